/* layernorm_test -- layer normalisation, both ways. */
#include "tests/ops/host.h"

static void
fwd(const struct backend *be, const struct view *v, const void *extra)
{
    op_layernorm_fwd(be, v[0], v[1], v[2], v[3], v[4], *(const float *)extra);
}

static void
bwd(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_layernorm_bwd(be, v[0], v[1], v[2], v[3], v[4], v[5], v[6]);
}

static void
bwd_in_place(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_layernorm_bwd(be, v[0], v[1], v[2], v[0], v[3], v[4], v[5]);
}

/* mean 2, variance 2 of (0, 2, 2, 4); with eps 0.25 the root is 1.5 */
static void
by_hand(void)
{
    double        x[] = { 0, 2, 2, 4 }, gain[] = { 3, 1, 1, 1 }, bias[] = { 0, 0, 5, 1 }, y[4];
    double        want[] = { -4, 0, 5, 1 + 4 / 3.0 };
    float         eps = 0.25f;
    struct arg    args[] = { { "y", REAL, OUT, 1, 4, y, 0 }, { "stat", WIDE, OUT, 1, 2, y, 0 },
           { "x", REAL, IN, 1, 4, x, 0 }, { "gain", WIDE, IN, 1, 4, gain, 0 },
           { "bias", WIDE, IN, 1, 4, bias, 0 } };
    struct tensor t[5];

    memset(y, 0, sizeof y);
    execute(t, host_open("ref", 1), F64, args, 5, fwd, &eps);
    ok(host_error(t[0].got, want, 4) < 1e-15 && t[1].got[0] == 2 &&
           fabs(t[1].got[1] - 2 / 3.0) < 1e-15, "layernorm, by hand");
    tensors_free(t, 5);
}

static void
shape(int rows, int cols, double mean)
{
    int            n = rows * cols;
    float          eps = 1e-5f;
    double *x = host_normal(n, 1, 1), *gain = host_normal(cols, 2, 1), *y = host_new(n + 2 * rows);
    double        *bias = host_normal(cols, 3, 1), *dy = host_normal(n, 4, 1);
    double        *dgain = host_normal(cols, 5, 1), *dbias = host_normal(cols, 6, 1);
    struct arg     args[] = { { "y", REAL, OUT, rows, cols, y, 0 },
            { "stat", WIDE, OUT, rows, 2, y, 0 }, { "x", REAL, IN, rows, cols, x, 0 },
            { "gain", WIDE, IN, 1, cols, gain, 0 }, { "bias", WIDE, IN, 1, cols, bias, 0 } };
    struct arg     back[] = { { "dx", REAL, OUT, rows, cols, y, 0 },
            { "dgain", WIDE, SUM, 1, cols, dgain, 0 }, { "dbias", WIDE, SUM, 1, cols, dbias, 0 },
            { "dy", REAL, IN, rows, cols, dy, 0 }, { "x", REAL, IN, rows, cols, x, 0 },
            { "stat", WIDE, IN, rows, 2, NULL, 0 }, { "gain", WIDE, IN, 1, cols, gain, 0 } };
    struct arg     in_place[] = { back[3], back[1], back[2], back[4], back[5], back[6] };
    struct tensor  t[5], u[7];
    struct forward f = { args, 5, 0, fwd, &eps, dy };
    double         terms = cols == 1 ? 1 / (double)eps : rows > cols ? rows : cols;
    char           name[80];

    /* one column has no deviation: what is 0 but for rounding is divided by sqrt(eps) */
    for (int i = 0; i < n; i++)
        x[i] = (float)(x[i] + mean);
    snprintf(name, sizeof name, "layernorm %dx%d about %g", rows, cols, mean);
    check_case(name, args, 5, fwd, &eps, cols);
    execute(t, host_open("ref", 1), F64, args, 5, fwd, &eps);
    back[5].values = t[1].got;
    if (mean == 0) {
        double zero[2000] = { 0 };

        back[1].values = back[2].values = zero;
        execute(u, host_open("ref", 1), F64, back, 7, bwd, NULL);
        if (cols > 1)
            check_gradient(name, &f, 2, u[0].got);
        if (cols > 1)
            check_gradient(name, &f, 3, u[1].got);
        check_gradient(name, &f, 4, u[2].got);
        back[1].values = dgain;
        back[2].values = dbias;
        tensors_free(u, 7);
    }
    for (int i = 0; i < 2 * rows; i++)
        t[1].got[i] = (float)t[1].got[i];
    strcat(name, " backward");
    check_case(name, back, 7, bwd, NULL, terms);
    in_place[0].use = INOUT;
    in_place[4] = back[5];
    strcat(name, " in place");
    check_case(name, in_place, 6, bwd_in_place, NULL, terms);
    if (rows == 3) {
        check_wrong("layernorm", args, 5, fwd, &eps);
        check_wrong("layernorm backward", back, 7, bwd, NULL);
    }
    tensors_free(t, 5);
    free(x), free(gain), free(bias), free(dy), free(y), free(dgain), free(dbias);
}

int
main(void)
{
    by_hand();
    shape(1, 1, 0);
    shape(3, 7, 0);
    shape(257, 3, 0);
    shape(2, 1000, 0);
    shape(130, 96, 0);
    shape(5, 768, 100);
    return tap_done();
}
