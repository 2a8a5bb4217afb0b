/* gather_test -- rows of a table by index, and the way back. */
#include "tests/ops/host.h"

static void
fwd(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_gather_fwd(be, v[0], v[1], v[2]);
}

static void
add(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_gather_add(be, v[0], v[1], v[2]);
}

static void
sum(const struct backend *be, const struct view *v, const void *extra)
{
    struct lookup of[] = { { v[1], v[2] }, { v[3], v[4] }, { v[5], v[6] } };

    (void)extra;
    op_gather_sum(be, v[0], of[0], of[1], of[2]);
}

static void
bwd(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_gather_bwd(be, v[0], v[1], v[2]);
}

static void
by_hand(void)
{
    double table[] = { 1, 2, 3, 4, 5, 6 }, index[] = { 2, 0, 2 }, y[6], dx[] = { 1, 1, 1, 1, 1, 1 };
    double        rows[] = { 5, 6, 1, 2, 5, 6 }, back[] = { 2, 3, 1, 1, 11, 13 };
    struct arg    args[] = { { "y", REAL, OUT, 3, 2, y, 0 }, { "x", REAL, IN, 3, 2, table, 0 },
           { "index", INT, IN, 3, 1, index, 0 } };
    struct arg    to[] = { { "dx", REAL, SUM, 3, 2, dx, 0 }, { "dy", REAL, IN, 3, 2, rows, 0 },
           args[2] };
    struct tensor t[3];

    memset(y, 0, sizeof y);
    execute(t, host_open("ref", 1), F64, args, 3, fwd, NULL);
    ok(host_error(t[0].got, rows, 6) == 0, "gather, by hand");
    tensors_free(t, 3);
    execute(t, host_open("ref", 1), F64, to, 3, bwd, NULL);
    ok(host_error(t[0].got, back, 6) == 0, "gather backward, by hand");
    tensors_free(t, 3);
}

static void
shape(int table, int chosen, int cols)
{
    double    *x = host_normal(table * cols, 1, 1), *index = host_below(chosen, 2, table);
    double    *y = host_normal(chosen * cols, 3, 1), *dx = host_normal(table * cols, 4, 1);
    struct arg args[] = { { "y", REAL, OUT, chosen, cols, y, 0 },
        { "x", REAL, IN, table, cols, x, FREE_ROWS }, { "index", INT, IN, chosen, 1, index, 0 } };
    struct arg to[] = { { "dx", WIDE, SUM, table, cols, dx, FREE_ROWS },
        { "dy", REAL, IN, chosen, cols, y, 0 }, args[2] };
    struct arg from_wide[] = { args[0], args[1], args[2] };
    char       name[80];

    snprintf(name, sizeof name, "gather %d of %dx%d", chosen, table, cols);
    check_case(name, args, 3, fwd, NULL, 0);
    from_wide[1].kind = WIDE;
    check_case(name, from_wide, 3, fwd, NULL, 0);
    args[0].use = from_wide[0].use = SUM;
    strcat(name, " added");
    check_case(name, args, 3, add, NULL, 0);
    check_case(name, from_wide, 3, add, NULL, 0);
    strcat(name, " backward");
    check_case(name, to, 3, bwd, NULL, 0);
    if (table == 3) {
        check_wrong("gather", args, 3, fwd, NULL);
        check_wrong("gather added", args, 3, add, NULL);
        check_wrong("gather backward", to, 3, bwd, NULL);
        index[chosen - 1] = 3;
        for (int k = 0; k < 2; k++) {
            struct tensor t[3];
            struct view   v[3];

            for (int i = 0; i < 3; i++)
                v[i] = tensor_new(&t[i], host_open("ref", 1), &args[i], F32);
            ok(stops(v, add, NULL), "an index of %g in a table of 3 rows stops the program",
                index[chosen - 1]);
            for (int i = 0; i < 3; i++)
                op_free(host_open("ref", 1), t[i].memory);
            index[chosen - 1] = -1;
        }
    }
    free(x), free(index), free(y), free(dx);
}

/* sums -- of three tables, of the first and the third, and of the first alone. */
static void
sums(int rows, int cols)
{
    static const int tables[] = { 30, 7, 2 };
    double          *y = host_new(rows * cols);
    struct arg       args[7] = { { "y", REAL, OUT, rows, cols, y, 0 } };
    char             name[80];

    for (int i = 0; i < 3; i++) {
        unsigned stream = (unsigned)i;

        args[1 + 2 * i] = (struct arg){ "table", WIDE, IN, tables[i], cols,
            host_normal(tables[i] * cols, 10 + stream, 1), FREE_ROWS };
        args[2 + 2 * i] = (struct arg){ "index", INT, IN, rows, 1,
            host_below(rows, 20 + stream, tables[i]), 0 };
    }
    snprintf(name, sizeof name, "gather of three, %dx%d", rows, cols);
    check_case(name, args, 7, sum, NULL, 3);
    if (rows == 3) {
        double        want[3] = { 0 };
        struct tensor t[7];

        check_wrong("gather of three", args, 7, sum, NULL);
        execute(t, host_open("ref", 1), F64, args, 7, sum, NULL);
        for (int i = 0; i < 9; i++) {
            const struct arg *table = &args[1 + 2 * (i / 3)], *index = table + 1;

            want[i % 3] += table->values[(int)index->values[i % 3] * cols + cols - 1];
        }
        ok(fabs(t[0].got[cols - 1] - want[0]) < 1e-15 &&
               fabs(t[0].got[3 * cols - 1] - want[2]) < 1e-15, "gather of three, by hand");
        tensors_free(t, 7);
    }
    for (int i = 1; i < 7; i += 2)
        args[i].kind = REAL;
    check_case("gather of three of the type", args, 7, sum, NULL, 3);
    free(args[3].values), free(args[4].values);
    args[3].values = args[4].values = NULL;
    check_case("gather of the first and the third", args, 7, sum, NULL, 2);
    free(args[5].values), free(args[6].values);
    args[5].values = args[6].values = NULL;
    check_case("gather of the first alone", args, 7, sum, NULL, 1);
    free(args[1].values), free(args[2].values), free(y);
}

int
main(void)
{
    sums(3, 7);
    sums(200, 136);
    by_hand();
    shape(1, 1, 1);
    shape(3, 7, 5);
    shape(257, 1000, 3);
    shape(2, 700, 130);
    shape(500, 40, 1001);
    shape(4, 0, 8);
    return tap_done();
}
