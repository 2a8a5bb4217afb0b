/* adamw_test -- one step, and a hundred. */
#include "tests/ops/host.h"

static void
step(const struct backend *be, const struct view *v, const void *extra)
{
    op_adamw(be, v[0], v[1], v[2], v[3], v[4], *(const struct adamw *)extra);
}

/* hundred -- with t = 1 .. 100 and the same gradient. */
static void
hundred(const struct backend *be, const struct view *v, const void *extra)
{
    struct adamw a = *(const struct adamw *)extra;

    for (a.t = 1; a.t <= 100; a.t++)
        op_adamw(be, v[0], v[1], v[2], v[3], v[4], a);
}

/* Step 1 from m = v = 0: m = g / 10, v = g^2 / 1000, both corrections undo that, so that the step
 * is lr times the sign of g, but for eps, which stands beside the uncorrected root. */
static void
by_hand(void)
{
    struct adamw  a = { 0.5f, 0.9f, 0.999f, 0.25f, 0.125f, 1 };
    double        w[] = { 8, 8 }, zero[] = { 0, 0 }, g[] = { 3, -3 }, scale = 2,
           root = sqrt((1 - (double)a.beta2) * 36);
    double        move = 0.5 * sqrt(1 - (double)a.beta2) * 6 / (root + 0.25);
    double        want[] = { 8 - 0.5 - move, 8 - 0.5 + move };
    struct arg    args[] = { { "weight", WIDE, INOUT, 1, 2, w, 0 },
           { "m", WIDE, INOUT, 1, 2, zero, 0 }, { "v", WIDE, INOUT, 1, 2, zero, 0 },
           { "grad", WIDE, IN, 1, 2, g, 0 },
           { "scale", WIDE, IN, 1, 1, &scale, 0 } };
    struct tensor t[5];

    execute(t, host_open("ref", 1), F64, args, 5, step, &a);
    ok(host_error(t[0].got, want, 2) < 1e-14, "adamw, by hand");
    ok(fabs(t[1].got[0] - (1 - (double)a.beta1) * 6) < 1e-15 &&
            fabs(sqrt(t[2].got[1]) - root) < 1e-15,
        "adamw, by hand: moments");
    tensors_free(t, 5);
}

int
main(void)
{
    struct adamw a = { 1e-3f, 0.9f, 0.999f, 1e-6f, 0.01f, 17 };

    by_hand();
    check_optimizer("adamw", step, &a, hundred, &a);
    check_stays("adamw", step, &a);
    return tap_done();
}
