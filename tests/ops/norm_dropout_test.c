/* norm_dropout_test -- dropout of what layer norm gives, both ways. */
#include "tests/ops/host.h"

struct extra {
    float          eps;
    struct dropout drop;
};

static void
fwd(const struct backend *be, const struct view *v, const void *extra)
{
    const struct extra *e = extra;

    op_norm_dropout_fwd(be, v[0], v[1], v[2], v[3], v[4], e->eps, v[5], e->drop);
}

static void
bwd(const struct backend *be, const struct view *v, const void *extra)
{
    const struct extra *e = extra;

    op_norm_dropout_bwd(be, v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], e->drop);
}

static void
bwd_in_place(const struct backend *be, const struct view *v, const void *extra)
{
    const struct extra *e = extra;

    op_norm_dropout_bwd(be, v[0], v[1], v[2], v[0], v[3], v[4], v[5], v[6], v[7], e->drop);
}

static void
fwd_unfused(const struct backend *be, const struct view *v, const void *extra)
{
    const struct extra *e = extra;

    op_layernorm_fwd(be, v[0], v[1], v[2], v[3], v[4], e->eps);
    op_dropout(be, v[0], v[0], v[5], e->drop);
}

static void
shape(int rows, int cols, float p)
{
    struct extra   e = { 1e-5f, { p, 3, 9, 0xfedcba987ull } };
    int            n = rows * cols;
    double        *x = host_normal(n, 1, 1), *y = host_new(n + 2 * rows), *all = host_new(n);
    double        *gain = host_normal(cols, 3, 1), *bias = host_normal(cols, 4, 1);
    double        *dy = host_normal(n, 5, 1), *dmore = host_normal(n, 6, 1);
    double        *dgain = host_new(cols), *dbias = host_new(cols);
    double        *key = host_below(rows, 9, INT32_MAX);
    struct arg     args[] = { { "y", REAL, OUT, rows, cols, y, 0 },
            { "stat", WIDE, OUT, rows, 2, y, 0 }, { "x", REAL, IN, rows, cols, x, 0 },
            { "gain", WIDE, IN, 1, cols, gain, 0 }, { "bias", WIDE, IN, 1, cols, bias, 0 },
            { "key", INT, IN, rows, 1, key, 0 } };
    struct arg     back[] = { { "dx", REAL, OUT, rows, cols, y, 0 },
            { "dgain", WIDE, SUM, 1, cols, dgain, 0 }, { "dbias", WIDE, SUM, 1, cols, dbias, 0 },
            { "dy", REAL, IN, rows, cols, dy, 0 }, { "dmore", REAL, IN, rows, cols, dmore, 0 },
            args[2], { "stat", WIDE, IN, rows, 2, NULL, 0 }, args[3], args[5] };
    struct arg     onto[] = { back[3], back[1], back[2], back[4], back[5], back[6], back[7],
            back[8] };
    struct tensor  t[6], parts[6], u[9];
    struct forward f = { args, 6, 0, fwd, &e, all };
    double         terms = rows > cols ? rows : cols;
    char           name[80];

    snprintf(name, sizeof name, "norm dropout %dx%d, p = %g", rows, cols, (double)p);
    check_case(name, args, 6, fwd, &e, cols);
    execute(t, host_open("ref", 1), F64, args, 6, fwd, &e);
    execute(parts, host_open("ref", 1), F64, args, 6, fwd_unfused, &e);
    ok(same_bits(t, parts, 6), "%s: as its parts one by one", name);
    back[6].values = onto[5].values = t[1].got;
    strcat(name, " backward");
    execute(u, host_open("ref", 1), F64, back, 9, bwd, &e);
    for (int i = 0; i < n; i++)
        all[i] = dy[i] + dmore[i];
    check_gradient(name, &f, 2, u[0].got);
    check_gradient(name, &f, 3, u[1].got);
    check_gradient(name, &f, 4, u[2].got);
    for (int i = 0; i < cols; i++)
        dgain[i] = dbias[i] = 0.5 * (i % 3);
    for (int i = 0; i < 2 * rows; i++)
        t[1].got[i] = (float)t[1].got[i];
    check_case(name, back, 9, bwd, &e, terms);
    if (rows == 3) {
        check_wrong("norm dropout", args, 6, fwd, &e);
        check_wrong("norm dropout backward", back, 9, bwd, &e);
    }
    strcat(name, " in place");
    onto[0].use = INOUT;
    check_case(name, onto, 8, bwd_in_place, &e, terms);
    back[4].values = NULL;
    snprintf(name, sizeof name, "norm dropout %dx%d, p = %g backward of dy", rows, cols, (double)p);
    check_case(name, back, 9, bwd, &e, terms);
    tensors_free(t, 6), tensors_free(parts, 6), tensors_free(u, 9);
    free(x), free(y), free(all), free(gain), free(bias), free(dy), free(dmore), free(dgain);
    free(dbias), free(key);
}

int
main(void)
{
    shape(3, 7, 0.1f);
    shape(3, 7, 0);
    shape(257, 3, 0.5f);
    shape(130, 96, 0.1f);
    shape(5, 768, 0.1f);
    shape(2, 1500, 0.1f);
    return tap_done();
}
