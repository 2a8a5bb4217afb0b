/* linear_test -- the three products of a linear layer, and the sum of its bias. */
#include "tests/ops/linear.h"

static void
by_hand(void)
{
    double x[] = { 1, 2, 3, 4 }, weight[] = { 1, 0, 0, 1, 1, 1 }, bias[] = { 10, 20, 30 }, y[6];
    double        want[] = { 11, 22, 33, 13, 24, 37 };
    struct arg    args[] = { { "y", REAL, OUT, 2, 3, y, 0 }, { "x", REAL, IN, 2, 2, x, 0 },
           { "weight", REAL, IN, 3, 2, weight, 0 }, { "bias", REAL, IN, 1, 3, bias, 0 } };
    struct tensor t[4];

    memset(y, 0, sizeof y);
    execute(t, host_open("ref", 1), F64, args, 4, fwd, NULL);
    ok(host_error(t[0].got, want, 6) == 0, "linear, by hand");
    tensors_free(t, 4);
}

static void
shape(int rows, int in, int out, bool differences)
{
    double    *x = host_normal(rows * in, 1, 1), *weight = host_normal(out * in, 2, 1);
    double    *bias = host_normal(out, 3, 1), *dy = host_normal(rows * out, 4, 1);
    double    *dweight = host_normal(out * in, 5, 1), *dbias = host_normal(out, 6, 1);
    double    *zero = host_new(out * in + out + rows * (in + out));
    struct arg args[] = { { "y", REAL, OUT, rows, out, zero, 0 }, { "x", REAL, IN, rows, in, x, 0 },
        { "weight", REAL, IN, out, in, weight, 0 }, { "bias", REAL, IN, 1, out, bias, 0 } };
    struct arg     to_x[] = { { "dx", REAL, OUT, rows, in, zero, 0 },
            { "dy", REAL, IN, rows, out, dy, 0 }, { "weight", REAL, IN, out, in, weight, 0 } };
    struct arg to_w[] = { { "dweight", WIDE, SUM, out, in, dweight, 0 },
        { "dbias", WIDE, SUM, 1, out, dbias, 0 }, { "dy", REAL, IN, rows, out, dy, 0 },
        { "x", REAL, IN, rows, in, x, 0 } };
    struct forward f = { args, 4, 0, fwd, NULL, dy };
    struct tensor  t[4];
    char           name[80];

    snprintf(name, sizeof name, "linear %dx%d to %d", rows, in, out);
    check_case(name, args, 4, fwd, NULL, in);
    strcat(name, " by x");
    check_case(name, to_x, 3, bwd_x, NULL, out);
    name[strlen(name) - 1] = 'w';
    check_case(name, to_w, 4, bwd_w, NULL, rows);
    if (differences) {
        execute(t, host_open("ref", 1), F64, to_x, 3, bwd_x, NULL);
        check_gradient("linear", &f, 1, t[0].got);
        tensors_free(t, 3);
        to_w[0].values = to_w[1].values = zero;
        execute(t, host_open("ref", 1), F64, to_w, 4, bwd_w, NULL);
        check_gradient("linear", &f, 2, t[0].got);
        check_gradient("linear", &f, 3, t[1].got);
        tensors_free(t, 4);
        check_wrong("linear", args, 4, fwd, NULL);
        check_wrong("linear by x", to_x, 3, bwd_x, NULL);
        check_wrong("linear by w", to_w, 4, bwd_w, NULL);
    }
    free(x), free(weight), free(bias), free(dy), free(dweight), free(dbias), free(zero);
}

int
main(void)
{
    by_hand();
    shape(1, 1, 1, false);
    shape(3, 7, 5, true);
    shape(257, 3, 129, false);
    shape(2, 1000, 3, false);
    shape(300, 65, 531, false);
    shape(133, 259, 17, false);
    shape(0, 4, 3, false);
    return tap_done();
}
