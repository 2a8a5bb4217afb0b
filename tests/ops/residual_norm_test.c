/* residual_norm_test -- layer norm of a residual sum of what was dropped, both ways. */
#include "tests/ops/host.h"

struct extra {
    float          eps;
    struct dropout drop;
};

static void
fwd(const struct backend *be, const struct view *v, const void *extra)
{
    const struct extra *e = extra;

    op_residual_norm_fwd(be, v[0], v[1], v[2], v[3], v[4], v[5], v[6], e->eps, v[7], e->drop);
}

/* the sum where x was */
static void
fwd_in_place(const struct backend *be, const struct view *v, const void *extra)
{
    const struct extra *e = extra;

    op_residual_norm_fwd(be, v[0], v[1], v[2], v[1], v[3], v[4], v[5], e->eps, v[6], e->drop);
}

static void
bwd(const struct backend *be, const struct view *v, const void *extra)
{
    const struct extra *e = extra;

    op_residual_norm_bwd(be, v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10],
        e->drop);
}

/* dsum where dy was, and dx where dmore was */
static void
bwd_in_place(const struct backend *be, const struct view *v, const void *extra)
{
    const struct extra *e = extra;

    op_residual_norm_bwd(be, v[0], v[1], v[2], v[3], v[0], v[1], view_none(), v[4], v[5], v[6],
        v[7], e->drop);
}

/* dsum where dpast was, and dx where dy was: Pre-LN */
static void
bwd_past_in_place(const struct backend *be, const struct view *v, const void *extra)
{
    const struct extra *e = extra;

    op_residual_norm_bwd(be, v[0], v[1], v[2], v[3], v[1], view_none(), v[0], v[4], v[5], v[6],
        v[7], e->drop);
}

/* One after the other: what the fused ones mean. */
static void
fwd_unfused(const struct backend *be, const struct view *v, const void *extra)
{
    const struct extra *e = extra;

    op_dropout(be, v[1], v[3], v[7], e->drop);
    op_add(be, v[1], v[4]);
    op_layernorm_fwd(be, v[0], v[2], v[1], v[5], v[6], e->eps);
}

static void
bwd_unfused(const struct backend *be, const struct view *v, const void *extra)
{
    const struct extra *e = extra;

    op_zero(be, v[0]);
    op_add(be, v[0], v[4]);
    if (v[5].data)
        op_add(be, v[0], v[5]);
    op_layernorm_bwd(be, v[0], v[2], v[3], v[0], v[7], v[8], v[9]);
    if (v[6].data)
        op_add(be, v[0], v[6]);
    op_dropout(be, v[1], v[0], v[10], e->drop);
}

/* alike -- on ref, in F64: the fused op and its parts one by one give the same. */
static void
alike(const char *label, const struct arg *args, int count, run_fn *fused, run_fn *parts,
    const struct extra *e)
{
    struct tensor a[ARGS_MAX], b[ARGS_MAX];
    double        worst = 0;

    execute(a, host_open("ref", 1), F64, args, count, fused, e);
    execute(b, host_open("ref", 1), F64, args, count, parts, e);
    for (int i = 0; i < count; i++)
        if (args[i].values)
            worst = fmax(worst, host_error(a[i].got, b[i].got, args[i].rows * args[i].cols));
    ok(worst < 1e-14, "%s: as its parts one by one, to %.1g", label, worst);
    tensors_free(a, count);
    tensors_free(b, count);
}

/* With the other gradient of the sum itself.  back: those of a backward of dy and dmore. */
static void
with_past(const char *shape, const struct arg *given, const struct extra *e, double terms)
{
    struct arg back[11], onto[8];
    char       name[100];

    memcpy(back, given, sizeof back);
    back[6].values = back[5].values;
    back[5].values = NULL;
    snprintf(name, sizeof name, "%s backward past the norm", shape);
    alike(name, back, 11, bwd, bwd_unfused, e);
    check_case(name, back, 11, bwd, e, terms);
    strcat(name, " in place");
    memcpy(onto, (struct arg[]){ back[6], back[4], back[2], back[3], back[7], back[8], back[9],
        back[10] }, sizeof onto);
    onto[0].use = onto[1].use = INOUT;
    check_case(name, onto, 8, bwd_past_in_place, e, terms);
}

static void
shape(int rows, int cols, float p)
{
    struct extra   e = { 1e-5f, { p, 12345, 7, 0x123456789abcull } };
    int            n = rows * cols;
    double        *x = host_normal(n, 1, 1), *res = host_normal(n, 2, 1),
        *y = host_new(n + 2 * rows);
    double        *gain = host_normal(cols, 3, 1), *bias = host_normal(cols, 4, 1);
    double        *dy = host_normal(n, 5, 1), *dmore = host_normal(n, 6, 1), *all = host_new(n);
    double        *dgain = host_new(cols), *dbias = host_new(cols);
    double        *key = host_below(rows, 9, INT32_MAX);
    struct arg     args[] = { { "y", REAL, OUT, rows, cols, y, 0 },
            { "sum", REAL, OUT, rows, cols, y, 0 }, { "stat", WIDE, OUT, rows, 2, y, 0 },
            { "x", REAL, IN, rows, cols, x, 0 }, { "residual", REAL, IN, rows, cols, res, 0 },
            { "gain", WIDE, IN, 1, cols, gain, 0 }, { "bias", WIDE, IN, 1, cols, bias, 0 },
            { "key", INT, IN, rows, 1, key, 0 } };
    struct arg     place[] = { args[0], { "sum", REAL, INOUT, rows, cols, x, 0 }, args[2], args[4],
            args[5], args[6], args[7] };
    struct arg     back[] = { { "dsum", REAL, OUT, rows, cols, y, 0 },
            { "dx", REAL, OUT, rows, cols, y, 0 }, { "dgain", WIDE, SUM, 1, cols, dgain, 0 },
            { "dbias", WIDE, SUM, 1, cols, dbias, 0 }, { "dy", REAL, IN, rows, cols, dy, 0 },
            { "dmore", REAL, IN, rows, cols, dmore, 0 },
            { "dpast", REAL, IN, rows, cols, NULL, 0 }, { "sum", REAL, IN, rows, cols, NULL, 0 },
            { "stat", WIDE, IN, rows, 2, NULL, 0 }, args[5], args[7] };
    struct tensor  t[8], u[11];
    struct forward f = { args, 8, 0, fwd, &e, all };
    double         terms = rows > cols ? rows : cols;
    char           label[64], name[100];

    snprintf(label, sizeof label, "residual norm %dx%d, p = %g", rows, cols, (double)p);
    strcpy(name, label);
    check_case(name, args, 8, fwd, &e, cols);
    alike(name, args, 8, fwd, fwd_unfused, &e);
    strcat(name, " in place");
    check_case(name, place, 7, fwd_in_place, &e, cols);
    execute(t, host_open("ref", 1), F64, args, 8, fwd, &e);
    back[7].values = t[1].got;
    back[8].values = t[2].got;
    snprintf(name, sizeof name, "%s backward", label);
    execute(u, host_open("ref", 1), F64, back, 11, bwd, &e);
    for (int i = 0; i < n; i++)
        all[i] = dy[i] + dmore[i];
    check_gradient(name, &f, 3, u[1].got);
    check_gradient(name, &f, 4, u[0].got);
    check_gradient(name, &f, 5, u[2].got);
    check_gradient(name, &f, 6, u[3].got);
    alike(name, back, 11, bwd, bwd_unfused, &e);
    for (int i = 0; i < cols; i++)
        dgain[i] = dbias[i] = 0.5 * (i % 3);
    for (int i = 0; i < 2 * rows; i++)
        t[2].got[i] = (float)t[2].got[i];
    for (int i = 0; i < n; i++)
        t[1].got[i] = (float)t[1].got[i];
    check_case(name, back, 11, bwd, &e, terms);
    if (rows == 3) {
        check_wrong("residual norm", args, 8, fwd, &e);
        check_wrong("residual norm backward", back, 11, bwd, &e);
    }
    strcat(name, " in place");
    struct arg onto[] = { back[4], back[5], back[2], back[3], back[7], back[8], back[9], back[10] };

    onto[0].use = onto[1].use = INOUT;
    check_case(name, onto, 8, bwd_in_place, &e, terms);
    with_past(label, back, &e, terms);
    back[5].values = NULL;
    snprintf(name, sizeof name, "%s backward of dy", label);
    check_case(name, back, 11, bwd, &e, terms);
    tensors_free(t, 8);
    tensors_free(u, 11);
    free(x), free(res), free(y), free(gain), free(bias), free(dy), free(dmore), free(all);
    free(dgain), free(dbias), free(key);
}

int
main(void)
{
    shape(3, 7, 0.1f);
    shape(3, 7, 0);
    shape(257, 3, 0.5f);
    shape(130, 96, 0.1f);
    shape(5, 768, 0.1f);
    shape(9, 1024, 0.1f);
    shape(2, 1500, 0.1f);
    return tap_done();
}
