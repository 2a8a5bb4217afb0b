/* lamb_test -- a step by hand, five against NumPy, and cases of all shapes. */
#include "tests/golden/lamb.h"
#include "tests/ops/host.h"

struct lamb {
    struct adamw a;
    bool         adapt;
    int          steps; /* with the same gradient, from a.t on */
};

static void
step(const struct backend *be, const struct view *v, const void *extra)
{
    struct lamb l = *(const struct lamb *)extra;

    for (int i = 0; i < l.steps; i++, l.a.t++)
        op_lamb(be, v[0], v[1], v[2], v[3], v[4], l.a, l.adapt);
}

/* Step 1 with eps 1: m and v, corrected, are g and g^2, and g = 1 or -1, so r = 1/2 or -1/2.  With
 * w = (3, 4), of norm 5, and decay 1/2: u = (2, 3/2), of norm 5/2, so the ratio is 2. */
static void
by_hand(void)
{
    const struct {
        const char *what;
        float       decay;
        bool        adapt;
        double      w[2], want[2];
    } cases[] = {
        { "the ratio is 2", 0.5f, true, { 3, 4 }, { 3 - 0.25 * 2 * 2, 4 - 0.25 * 2 * 1.5 } },
        { "not adapted", 0.5f, false, { 3, 4 }, { 3 - 0.25 * 2, 4 - 0.25 * 1.5 } },
        { "weights of 0", 0.5f, true, { 0, 0 }, { -0.25 * 0.5, 0.25 * 0.5 } },
        { "without decay", 0, true, { 3, 4 },
            { 3 - 0.25 * 5 * sqrt(2) * 0.5, 4 + 0.25 * 5 * sqrt(2) * 0.5 } },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lamb   l = { { 0.25f, 0.9f, 0.999f, 1, cases[i].decay, 1 }, cases[i].adapt, 1 };
        double        zero[] = { 0, 0 }, g[] = { 2, -2 }, w[2] = { cases[i].w[0], cases[i].w[1] };
        double        scale = 0.5;
        struct arg    args[] = { { "weight", WIDE, INOUT, 1, 2, w, 0 },
               { "m", WIDE, INOUT, 1, 2, zero, 0 }, { "v", WIDE, INOUT, 1, 2, zero, 0 },
               { "grad", WIDE, IN, 1, 2, g, 0 },
               { "scale", WIDE, IN, 1, 1, &scale, 0 } };
        struct tensor t[5];

        execute(t, host_open("ref", 1), F64, args, 5, step, &l);
        ok(host_error(t[0].got, cases[i].want, 2) < 1e-14, "lamb, by hand: %s", cases[i].what);
        ok(fabs(t[1].got[0] - (1 - (double)l.a.beta1)) < 1e-15 &&
                fabs(t[2].got[1] - (1 - (double)l.a.beta2)) < 1e-15,
            "lamb, by hand: moments");
        tensors_free(t, 5);
    }
}

static void
golden(const struct lamb_case *c)
{
    enum { COUNT = LAMB_ROWS * LAMB_COLS };
    struct adamw a = { (float)c->lr, (float)c->beta1, (float)c->beta2, (float)c->eps,
        (float)c->decay, 0 };
    const struct backend *be = host_open("ref", 1);
    double                w[COUNT], m[COUNT] = { 0 }, v[COUNT] = { 0 }, g[COUNT], scale = c->scale;
    struct view           view[4] = { view_of(w, F64, LAMB_ROWS, LAMB_COLS),
                  view_of(m, F64, LAMB_ROWS, LAMB_COLS), view_of(v, F64, LAMB_ROWS, LAMB_COLS),
                  view_of(g, F64, LAMB_ROWS, LAMB_COLS) };

    memcpy(w, c->start, sizeof w);
    for (a.t = 1; a.t <= LAMB_STEPS; a.t++) {
        memcpy(g, c->grad[a.t - 1], sizeof g);
        op_lamb(be, view[0], view[1], view[2], view[3], view_of(&scale, F64, 1, 1), a,
            c->adapt != 0);
    }
    ok(host_error(w, c->end, COUNT) < 1e-13, "lamb, five steps as NumPy makes them: %.1e",
        host_error(w, c->end, COUNT));
}

int
main(void)
{
    struct lamb l = { { 1e-3f, 0.9f, 0.999f, 1e-6f, 0.01f, 17 }, true, 1 };
    struct lamb hundred = { { 1e-3f, 0.9f, 0.999f, 1e-6f, 0.01f, 1 }, true, 100 };

    by_hand();
    for (size_t i = 0; i < sizeof lamb_cases / sizeof *lamb_cases; i++)
        golden(&lamb_cases[i]);
    check_optimizer("lamb", step, &l, step, &hundred);
    check_stays("lamb", step, &l);
    return tap_done();
}
