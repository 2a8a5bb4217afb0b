/* logistic_test -- the loss of a yes or no. */
#include "tests/ops/host.h"

static void
fwd(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_logistic_fwd(be, v[0], v[1], v[2]);
}

static void
bwd(const struct backend *be, const struct view *v, const void *extra)
{
    op_logistic_bwd(be, v[0], v[1], *(const float *)extra);
}

/* x = ln 3: yes has 3/4; and far out, where the exponential over- or underflows. */
static void
by_hand(void)
{
    double x[] = { log(3), log(3), 0, 1000, -1000, -1000 }, target[] = { 1, 0, 1, 0, 1, 0 };
    double stat[12] = { 0 };
    double want[] = { log(4.0 / 3), 1, log(4), 0, log(2), 0, 1000, 0, 1000, 0, 0, 1 };
    struct arg    args[] = { { "stat", WIDE, OUT, 6, 2, stat, 0 }, { "x", REAL, IN, 6, 1, x, 0 },
           { "target", INT, IN, 6, 1, target, 0 } };
    struct tensor t[3];

    execute(t, host_open("ref", 1), F64, args, 3, fwd, NULL);
    ok(host_error(t[0].got, want, 12) < 1e-13, "logistic loss, by hand");
    tensors_free(t, 3);
}

static void
shape(int rows, double spread)
{
    double *x = host_normal(rows, 1, spread), *target = host_below(rows, 2, 2);
    double *stat = host_new(2 * rows), *weight = host_new(2 * rows);
    float   factor = 0.75f;
    struct arg     args[] = { { "stat", WIDE, OUT, rows, 2, stat, 0 },
            { "x", REAL, IN, rows, 1, x, 0 }, { "target", INT, IN, rows, 1, target, 0 } };
    struct arg     back[] = { { "x", REAL, INOUT, rows, 1, x, 0 }, args[2] };
    struct forward f = { args, 3, 0, fwd, NULL, weight };
    struct tensor  t[2];
    char           name[60];

    for (int r = 0; r < rows; r++)
        weight[2 * r] = (double)factor;
    snprintf(name, sizeof name, "logistic loss of %d, spread %g", rows, spread);
    check_case(name, args, 3, fwd, NULL, 1);
    if (rows > 0 && spread < 10) {
        execute(t, host_open("ref", 1), F64, back, 2, bwd, &factor);
        check_gradient(name, &f, 1, t[0].got);
        tensors_free(t, 2);
    }
    strcat(name, " backward");
    check_case(name, back, 2, bwd, &factor, 1);
    if (rows == 3) {
        check_wrong("logistic loss", args, 3, fwd, NULL);
        check_wrong("logistic loss backward", back, 2, bwd, &factor);
    }
    free(x), free(target), free(stat), free(weight);
}

int
main(void)
{
    by_hand();
    shape(0, 1);
    shape(3, 1);
    shape(100, 4);
    shape(50, 100);
    return tap_done();
}
