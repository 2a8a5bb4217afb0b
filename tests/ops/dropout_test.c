/* dropout_test -- the mask is the function of seed, step, site, key and column that ops.h writes
 * down, whoever computes it and however the rows are cut; and it drops as often as it says. */
#include "tests/ops/host.h"

static void
drop(const struct backend *be, const struct view *v, const void *extra)
{
    op_dropout(be, v[0], v[1], v[2], *(const struct dropout *)extra);
}

static void
drop_in_place(const struct backend *be, const struct view *v, const void *extra)
{
    op_dropout(be, v[0], v[0], v[1], *(const struct dropout *)extra);
}

/* in_halves -- the same in two calls. */
static void
in_halves(const struct backend *be, const struct view *v, const void *extra)
{
    int half = v[0].rows / 2, rest = v[0].rows - half;

    op_dropout(be, view_rows(v[0], 0, half), view_rows(v[1], 0, half), view_rows(v[2], 0, half),
        *(const struct dropout *)extra);
    op_dropout(be, view_rows(v[0], half, rest), view_rows(v[1], half, rest),
        view_rows(v[2], half, rest), *(const struct dropout *)extra);
}

/* formula -- word c % 4 of philox(seed, PHILOX_DROPOUT, step, site, key << 32 | c / 4), read
 * anew. */
static bool
dropped(const struct dropout *d, uint32_t key, uint32_t col)
{
    struct philox r = philox(d->seed, 3, d->step, d->site, ((uint64_t)key << 32) + col / 4);

    return (float)(r.x[col % 4] >> 8) * 0x1p-24f < d->p;
}

static void
shape(const char *name, int rows, int cols)
{
    struct dropout d = { 0.1f, 12345, 7, 0x123456789abcull }, none = { 0, 1, 1, 1 };
    double        *x = host_normal(rows * cols, 1, 1), *y = host_new(rows * cols);
    double        *key = host_below(rows, 3, INT32_MAX);
    struct arg args[] = { { "y", REAL, OUT, rows, cols, y, 0 }, { "x", REAL, IN, rows, cols, x, 0 },
        { "key", INT, IN, rows, 1, key, 0 } };
    struct arg     place[] = { { "y", REAL, INOUT, rows, cols, x, 0 }, args[2] };
    struct tensor  t[3], cut[3];
    bool           right = true;

    execute(t, host_open(name, 2), F32, args, 3, drop, &d);
    for (int i = 0; i < rows * cols; i++)
        right &= dropped(&d, (uint32_t)key[i / cols], (uint32_t)(i % cols)) == (t[0].got[i] == 0);
    ok(right, "dropout %dx%d on %s: the mask is the formula's", rows, cols, name);
    execute(cut, host_open(name, 2), F32, args, 3, in_halves, &d);
    ok(same_bits(t, cut, 3), "dropout %dx%d on %s: the same in two calls", rows, cols, name);
    tensors_free(t, 3);
    tensors_free(cut, 3);
    if (!strcmp(name, "ref")) {
        check_case("dropout", args, 3, drop, &d, 1);
        check_case("dropout in place", place, 2, drop_in_place, &d, 1);
        check_case("dropout with p = 0", args, 3, drop, &none, 0);
        check_case("dropout with p = 0 in place", place, 2, drop_in_place, &none, 0);
    }
    if (rows == 3)
        check_wrong("dropout", args, 3, drop, &d);
    free(x), free(key), free(y);
}

/* rate -- 200,000 elements, their number of zeros within five deviations of the binomial law. */
static void
rate(const char *name, float p)
{
    enum { ROWS = 200, COLS = 1000 };
    struct dropout d = { p, 3, 2, 99 };
    double *x = host_new(ROWS * COLS), *key = host_new(ROWS), zeros = 0, sum = 0, n = ROWS * COLS;
    struct arg args[] = { { "y", REAL, OUT, ROWS, COLS, x, 0 }, { "x", REAL, IN, ROWS, COLS, x, 0 },
        { "key", INT, IN, ROWS, 1, key, 0 } };
    struct tensor  t[3];

    for (int i = 0; i < ROWS * COLS; i++)
        x[i] = 1;
    for (int i = 0; i < ROWS; i++)
        key[i] = i;
    execute(t, host_open(name, 2), F32, args, 3, drop, &d);
    for (int i = 0; i < ROWS * COLS; i++) {
        zeros += t[0].got[i] == 0;
        sum += t[0].got[i];
    }
    ok(fabs(zeros - n * (double)p) < 5 * sqrt(n * (double)p * (1 - (double)p)) &&
           fabs(sum - (n - zeros) / (1 - (double)p)) < 1e-6 * n,
        "dropout %g on %s: %.0f of %.0f dropped, mean %.4f", (double)p, name, zeros, n, sum / n);
    tensors_free(t, 3);
    free(x), free(key);
}

int
main(void)
{
    static const char *const names[] = { "ref", "cpu", "cuda-host" };
    const char              *only = getenv("BACKEND");

    for (int i = 0; i < (test_cuda_host() ? 3 : 2); i++) {
        const char *name = only ? only : names[i];

        shape(name, 1, 1);
        shape(name, 3, 7);
        shape(name, 257, 3);
        shape(name, 2, 1000);
        rate(name, 0.1f);
        rate(name, 0.5f);
        if (only)
            break;
    }
    return tap_done();
}
