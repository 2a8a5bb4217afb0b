/* gelu_test -- gelu and tanh, both ways. */
#include "tests/ops/host.h"

static void
gelu_fwd(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_gelu_fwd(be, v[0], v[1]);
}

static void
gelu_bwd(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_gelu_bwd(be, v[0], v[1], v[2]);
}

static void
tanh_fwd(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_tanh_fwd(be, v[0], v[1]);
}

static void
tanh_bwd(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_tanh_bwd(be, v[0], v[1], v[2]);
}

/* From tables of the normal distribution and of tanh. */
static void
by_hand(void)
{
    double        x[] = { 0, 1, -1, 2, -3 }, y[5] = { 0 };
    double        gelu[] = { 0, 0.8413447460685429, -0.15865525393145707, 1.9544997361036416,
        -0.0040496940949 };
    double        tanhs[] = { 0, 0.7615941559557649, -0.7615941559557649, 0.9640275800758169,
        -0.9950547536867305 };
    struct arg    args[] = { { "y", REAL, OUT, 1, 5, y, 0 }, { "x", REAL, IN, 1, 5, x, 0 } };
    struct tensor t[2];

    execute(t, host_open("ref", 1), F64, args, 2, gelu_fwd, NULL);
    ok(host_error(t[0].got, gelu, 5) < 1e-12, "gelu, by table");
    tensors_free(t, 2);
    execute(t, host_open("ref", 1), F64, args, 2, tanh_fwd, NULL);
    ok(host_error(t[0].got, tanhs, 5) < 1e-15, "tanh, by table");
    tensors_free(t, 2);
}

/* both -- forward, backward, gradient and in place of one of the two functions. */
static void
both(const char *label, run_fn *fwd, run_fn *bwd, bool by_output, int rows, int cols, double *x,
    double *dy)
{
    int            n = rows * cols;
    double        *y = host_normal(n, 9, 1);
    struct arg     args[] = { { "y", REAL, OUT, rows, cols, y, 0 },
            { "x", REAL, IN, rows, cols, x, 0 } };
    struct arg     back[] = { { "dx", REAL, OUT, rows, cols, y, 0 },
            { "dy", REAL, IN, rows, cols, dy, 0 },
            { by_output ? "y" : "x", REAL, IN, rows, cols, x, 0 } };
    struct tensor  t[3], u[3];
    struct forward f = { args, 2, 0, fwd, NULL, dy };
    char           name[80];

    snprintf(name, sizeof name, "%s %dx%d", label, rows, cols);
    check_case(name, args, 2, fwd, NULL, 1);
    execute(t, host_open("ref", 1), F64, args, 2, fwd, NULL);
    if (by_output)
        back[2].values = t[0].got;
    execute(u, host_open("ref", 1), F64, back, 3, bwd, NULL);
    check_gradient(name, &f, 1, u[0].got);
    for (int i = 0; i < n; i++)
        back[2].values[i] = (float)back[2].values[i];
    snprintf(name, sizeof name, "%s backward %dx%d", label, rows, cols);
    check_case(name, back, 3, bwd, NULL, 1);
    if (rows == 3) {
        check_wrong(label, args, 2, fwd, NULL);
        check_wrong(name, back, 3, bwd, NULL);
    }
    tensors_free(t, 2);
    tensors_free(u, 3);
    free(y);
}

static void
bwd_in_place(const struct backend *be, const struct view *v, const void *extra)
{
    if (*(const bool *)extra)
        op_tanh_bwd(be, v[0], v[0], v[1]);
    else
        op_gelu_bwd(be, v[0], v[0], v[1]);
}

int
main(void)
{
    static const int shape[][2] = { { 1, 1 }, { 3, 7 }, { 257, 3 }, { 2, 1000 }, { 37, 1031 } };
    static const bool which[] = { false, true };

    by_hand();
    for (int i = 0; i < 5; i++) {
        int     n = shape[i][0] * shape[i][1];
        double *x = host_normal(n, 1, 2), *dy = host_normal(n, 2, 1);

        both("gelu", gelu_fwd, gelu_bwd, false, shape[i][0], shape[i][1], x, dy);
        both("tanh", tanh_fwd, tanh_bwd, true, shape[i][0], shape[i][1], x, dy);
        free(x);
        free(dy);
    }
    for (int i = 0; i < 2; i++) {
        double    *x = host_normal(1000, 1, 0.4), *dy = host_normal(1000, 2, 1);
        struct arg args[] = { { "dx", REAL, INOUT, 10, 100, dy, 0 },
            { "x", REAL, IN, 10, 100, x, 0 } };

        check_case(i ? "tanh backward in place" : "gelu backward in place", args, 2, bwd_in_place,
            &which[i], 1);
        free(x);
        free(dy);
    }
    return tap_done();
}
