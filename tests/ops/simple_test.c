/* simple_test -- zero, add, scale, cast, sum of squares. */
#include "tests/ops/host.h"

static void
zero(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_zero(be, v[0]);
}

static void
add(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_add(be, v[0], v[1]);
}

static void
scale(const struct backend *be, const struct view *v, const void *extra)
{
    op_scale(be, v[0], *(const float *)extra);
}

static void
cast(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_cast(be, v[0], v[1]);
}

static void
sum_squares(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_sum_squares(be, v[0], v[1]);
}

static void
by_hand(void)
{
    double        x[] = { 3, -4, 12 }, y[] = { 1, 1, 1 };
    struct arg    args[] = { { "y", REAL, SUM, 1, 3, y, 0 }, { "x", REAL, IN, 1, 3, x, 0 } };
    struct arg    sum[] = { { "sum", WIDE, OUT, 1, 1, y, 0 }, { "x", REAL, IN, 1, 3, x, 0 } };
    struct tensor t[2];

    execute(t, host_open("ref", 1), F64, args, 2, add, NULL);
    ok(t[0].got[0] == 4 && t[0].got[1] == -3 && t[0].got[2] == 13, "add, by hand");
    tensors_free(t, 2);
    execute(t, host_open("ref", 1), F64, sum, 2, sum_squares, NULL);
    ok(t[0].got[0] == 169, "sum of squares, by hand");
    tensors_free(t, 2);
}

int
main(void)
{
    static const int   shape[][2] = { { 1, 1 }, { 3, 7 }, { 257, 3 }, { 2, 1000 }, { 70, 1001 },
          { 0, 5 } };
    static const float factor = -0.3f;

    by_hand();
    for (int i = 0; i < 6; i++) {
        int         rows = shape[i][0], cols = shape[i][1], n = rows * cols;
        double     *y = host_normal(n, 1, 1), *x = host_normal(n, 2, 3);
        struct arg  one[] = { { "y", REAL, OUT, rows, cols, y, 7 } };
        struct arg  two[] = { { "y", REAL, SUM, rows, cols, y, 0 },
             { "x", REAL, IN, rows, cols, x, 0 } };
        struct arg  in_place[] = { { "y", REAL, INOUT, rows, cols, y, 3 } };
        struct arg  sum[] = { { "sum", WIDE, OUT, 1, 1, y, 0 },
             { "x", REAL, IN, rows, cols, x, 3 } };
        struct arg  into[] = { { "y", REAL, OUT, rows, cols, y, 0 },
             { "x", WIDE, IN, rows, cols, x, 0 } };
        const char *label[5] = { "zero", "add", "scale", "sum of squares", "cast" };
        char        name[5][64];

        for (int k = 0; k < 5; k++)
            snprintf(name[k], sizeof name[k], "%s %dx%d", label[k], rows, cols);
        check_case(name[0], one, 1, zero, NULL, 0);
        check_case(name[1], two, 2, add, NULL, 0);
        check_case(name[2], in_place, 1, scale, &factor, 0);
        check_case(name[3], sum, 2, sum_squares, NULL, 0);
        check_case(name[4], into, 2, cast, NULL, 0);
        if (i == 1) {
            check_wrong("add", two, 2, add, NULL);
            check_wrong("scale", in_place, 1, scale, &factor);
            check_wrong("sum of squares", sum, 2, sum_squares, NULL);
            check_wrong("cast", into, 2, cast, NULL);
        }
        free(x);
        free(y);
    }
    return tap_done();
}
