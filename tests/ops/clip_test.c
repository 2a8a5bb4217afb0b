/* clip_test -- the norm of a gradient, what brings it to a limit, and who is to blame for one that
 * is no number. */
#include "tests/ops/host.h"

/* What a backend makes of it, in `real`. */
struct clipped {
    double scale, norm[2];
};

static struct clipped
clip(const char *name, enum dtype real, int rows, int cols, const double *x, double limit)
{
    const struct backend *be = host_open(name, 1);
    size_t                bytes = (size_t)rows * (size_t)cols * dtype_bytes(real);
    void                 *memory, *packed = malloc(bytes + 1);
    struct clipped        c;
    double                scale;

    if (op_alloc(be, &memory, 64 + bytes) != OK)
        abort();
    pack(packed, real, x, rows * cols);
    op_upload(be, view_of((char *)memory + 64, real, rows, cols), packed);
    op_clip(be, view_of((char *)memory + 32, real, 1, 1), view_of(memory, F64, 1, 2),
        view_of((char *)memory + 64, real, rows, cols), limit);
    op_download(be, c.norm, view_of(memory, F64, 1, 2));
    op_download(be, &scale, view_of((char *)memory + 32, real, 1, 1));
    unpack(&c.scale, real, &scale, 1);
    op_free(be, memory);
    free(packed);
    return c;
}

static void
by_hand(const char *name, enum dtype real)
{
    double         x[] = { 3, -4, 12, 0, 84, 0 }; /* norms 5, 13, 85 */
    float          narrow = (float)(2.5 / (85 + 1e-6));
    double         want = real == F64 ? 2.5 / (85 + 1e-6) : (double)narrow;
    struct clipped c = clip(name, real, 2, 3, x, 2.5);

    ok(c.norm[0] == 85 && c.norm[1] == 0 && c.scale == want, "%s: 85 to 2.5: %.17g", name, c.scale);
    c = clip(name, real, 2, 3, x, 85);
    ok(c.norm[0] == 85 && c.scale == 1, "%s: 85 is not above 85", name);
    c = clip(name, real, 2, 3, x, 0);
    ok(c.norm[0] == 85 && c.scale == 1, "%s: no limit", name);
    c = clip(name, real, 0, 3, x, 1);
    ok(c.norm[0] == 0 && c.norm[1] == 0 && c.scale == 1, "%s: nothing has norm 0", name);
}

static void
random_ones(const char *name)
{
    static const int shapes[][2] = { { 1, 1 }, { 3, 7 }, { 257, 3 }, { 9, 4001 } };

    for (int i = 0; i < 4; i++) {
        int            rows = shapes[i][0], cols = shapes[i][1];
        double        *x = host_normal(rows * cols, 1, 3), sum = 0, limit = 0.25;
        struct clipped c;

        for (int k = 0; k < rows * cols; k++)
            sum += x[k] * x[k];
        sum = sqrt(sum);
        c = clip(name, F32, rows, cols, x, limit);
        ok(fabs(c.norm[0] - sum) <= 0x1p-23 * sum && c.norm[1] == 0 &&
            fabs(c.scale * (sum + 1e-6) - limit) <= 0x1p-22 * limit,
            "%s: %d x %d: %.7g, and %.7g of it", name, rows, cols, c.norm[0], c.scale);
        free(x);
    }
}

static void
blame(const char *name)
{
    enum { ROWS = 5, COLS = 1001, N = ROWS * COLS };
    static const double bad[] = { NAN, INFINITY, -INFINITY, 2e19, -1e30 };
    int                 wrong = 0;

    for (int i = 0; i < 5; i++)
        for (int at = 0; at < N; at = 3 * at + 1) {
            double        *x = host_normal(N, 1, 1);
            struct clipped c;

            x[N - 1] = x[at] = bad[i];
            c = clip(name, F32, ROWS, COLS, x, 1);
            wrong += c.norm[1] != 1 + at || isfinite(c.scale) || isfinite(c.norm[0]) ||
                isnan(c.norm[0]) != (i == 0);
            free(x);
        }
    ok(wrong == 0, "%s: the first of two elements that are none, wherever it is", name);
    for (int i = 0; i < 2; i++) {
        double        *x = host_normal(N, 1, 1);
        struct clipped c;

        for (int k = 0; k < N && i == 0; k++)
            x[k] = 1.5e19; /* whose square is 2.25e38 */
        x[7] = 1.5e19;
        c = clip(name, F32, ROWS, COLS, x, 1);
        ok(i == 0 ? isinf(c.norm[0]) && c.norm[1] == 0 && !isfinite(c.scale)
                  : fabs(c.norm[0] - 1.5e19) < 1e13 && c.scale < 1e-18,
            i == 0 ? "%s: too many that are large: no one's fault" : "%s: one that is large is one",
            name);
        free(x);
    }
}

static void
run(const struct backend *be, const struct view *v, const void *extra)
{
    void *norm;

    (void)extra;
    if (op_alloc(be, &norm, 2 * sizeof(double)) != OK)
        abort();
    op_clip(be, v[0], view_of(norm, F64, 1, 2), v[1], 0.5);
    op_free(be, norm);
}

int
main(void)
{
    const char *names[3];
    double      scale = 0, x[6] = { 1, 2, 3, 4, 5, 6 };
    struct arg  args[] = { { "scale", WIDE, OUT, 1, 1, &scale, 0 },
        { "x", WIDE, IN, 2, 3, x, FREE_ROWS | FREE_COLS } };

    by_hand("ref", F64);
    for (int i = 0, backends = test_names(names); i < backends; i++) {
        by_hand(names[i], F32);
        random_ones(names[i]);
        blame(names[i]);
    }
    check_case("clip", args, 2, run, NULL, 1);
    check_wrong("clip", args, 2, run, NULL);
    return tap_done();
}
