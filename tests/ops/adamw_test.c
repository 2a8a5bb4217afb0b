/* adamw_test -- one step, and a hundred. */
#include "tests/ops/host.h"

static void
step(const struct backend *be, const struct view *v, const void *extra)
{
    op_adamw(be, v[0], v[1], v[2], v[3], *(const struct adamw *)extra);
}

/* hundred -- with t = 1 .. 100 and the same gradient. */
static void
hundred(const struct backend *be, const struct view *v, const void *extra)
{
    struct adamw a = *(const struct adamw *)extra;

    for (a.t = 1; a.t <= 100; a.t++)
        op_adamw(be, v[0], v[1], v[2], v[3], a);
}

/* Step 1 from m = v = 0: m = g / 10, v = g^2 / 1000, both corrections undo that, so that the step
 * is lr times the sign of g, but for eps, which stands beside the uncorrected root. */
static void
by_hand(void)
{
    struct adamw  a = { 0.5f, 0.9f, 0.999f, 0.25f, 0.125f, 2, 1 };
    double        w[] = { 8, 8 }, zero[] = { 0, 0 }, g[] = { 3, -3 },
           root = sqrt((1 - (double)a.beta2) * 36);
    double        move = 0.5 * sqrt(1 - (double)a.beta2) * 6 / (root + 0.25);
    double        want[] = { 8 - 0.5 - move, 8 - 0.5 + move };
    struct arg    args[] = { { "weight", WIDE, INOUT, 1, 2, w, 0 },
           { "m", WIDE, INOUT, 1, 2, zero, 0 }, { "v", WIDE, INOUT, 1, 2, zero, 0 },
           { "grad", WIDE, IN, 1, 2, g, 0 } };
    struct tensor t[4];

    execute(t, host_open("ref", 1), F64, args, 4, step, &a);
    ok(host_error(t[0].got, want, 2) < 1e-14, "adamw, by hand");
    ok(fabs(t[1].got[0] - (1 - (double)a.beta1) * 6) < 1e-15 &&
            fabs(sqrt(t[2].got[1]) - root) < 1e-15,
        "adamw, by hand: moments");
    tensors_free(t, 4);
}

int
main(void)
{
    static const int shape[][2] = { { 1, 1 }, { 3, 7 }, { 257, 3 }, { 2, 1000 }, { 9, 4001 },
        { 0, 3 } };
    struct adamw     a = { 1e-3f, 0.9f, 0.999f, 1e-6f, 0.01f, 0.7f, 17 };

    by_hand();
    for (int i = 0; i < 6; i++) {
        int        rows = shape[i][0], cols = shape[i][1], n = rows * cols;
        double *w = host_normal(n, 1, 1), *m = host_normal(n, 2, 0.1), *v = host_normal(n, 3, 0.1);
        double    *g = host_normal(n, 4, 1);
        struct arg args[] = { { "weight", WIDE, INOUT, rows, cols, w, 0 },
            { "m", WIDE, INOUT, rows, cols, m, 0 }, { "v", WIDE, INOUT, rows, cols, v, 0 },
            { "grad", WIDE, IN, rows, cols, g, 0 } };
        char       name[40];

        for (int k = 0; k < n; k++)
            v[k] = fabs(v[k]);
        snprintf(name, sizeof name, "adamw %dx%d", rows, cols);
        check_case(name, args, 4, step, &a, 1);
        strcat(name, ", 100 steps");
        check_case(name, args, 4, hundred, &a, 100);
        if (i == 1)
            check_wrong(name, args, 4, step, &a);
        free(w), free(m), free(v), free(g);
    }
    return tap_done();
}
