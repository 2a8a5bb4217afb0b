/* choice_test -- a few outputs of a linear layer for each row, by number. */
#include "tests/ops/host.h"

static void
fwd(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_choice_fwd(be, v[0], v[1], v[2], v[3], v[4]);
}

static void
bwd(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_choice_bwd(be, v[0], v[1], v[2], v[3], v[4], v[5], v[6]);
}

/* Two rows that may choose among three; the second has one candidate twice, and one missing whose
 * slope, not a number, nobody looks at. */
static void
by_hand(const char *name)
{
    double        x[] = { 1, 2, -1, 3 }, weight[] = { 1, 0, 0, 1, 2, 2 }, bias[] = { 10, 20, 30 };
    double        candidate[] = { 2, 0, 1, 1, -1, 1 }, score[6] = { 0 };
    double        want[] = { 36, 11, 22, 23, (double)-INFINITY, 23 };
    double        dscore[] = { 1, 2, 3, 4, NAN, 5 }, dx[4] = { 0 };
    double        dweight[6] = { 0, 0, 1, 0, 0, 0 }, dbias[] = { 0, 0, 1 };
    double        want_dx[] = { 4, 5, 0, 9 }, want_dweight[] = { 2, 4, -5, 33, 1, 2 };
    double        want_dbias[] = { 2, 12, 2 };
    struct arg    args[] = { { "score", REAL, OUT, 2, 3, score, 0 }, { "x", REAL, IN, 2, 2, x, 0 },
           { "weight", REAL, IN, 3, 2, weight, 0 }, { "bias", WIDE, IN, 1, 3, bias, 0 },
           { "candidate", INT, IN, 2, 3, candidate, 0 } };
    struct arg    back[] = { { "dx", REAL, OUT, 2, 2, dx, 0 },
           { "dweight", WIDE, SUM, 3, 2, dweight, 0 }, { "dbias", WIDE, SUM, 1, 3, dbias, 0 },
           { "dscore", REAL, INOUT, 2, 3, dscore, 0 }, args[1], args[2], args[4] };
    struct tensor t[7];
    bool          good;

    good = execute(t, host_open(name, 1), F32, args, 5, fwd, NULL);
    for (int i = 0; i < 6; i++)
        good &= t[0].got[i] == want[i];
    ok(good, "scores on %s, by hand", name);
    tensors_free(t, 5);
    good = execute(t, host_open(name, 1), F32, back, 7, bwd, NULL);
    ok(good && host_error(t[0].got, want_dx, 4) == 0 &&
        host_error(t[1].got, want_dweight, 6) == 0 && host_error(t[2].got, want_dbias, 3) == 0,
        "their gradients on %s, by hand", name);
    tensors_free(t, 7);
}

static void
wrong_candidate(struct arg *args, int count)
{
    double *candidate = args[4].values, kept = candidate[0];

    for (int k = 0; k < 2; k++) {
        struct tensor t[5];
        struct view   v[5];

        candidate[0] = k ? -2 : args[2].rows;
        for (int i = 0; i < count; i++)
            v[i] = tensor_new(&t[i], host_open("ref", 1), &args[i], F32);
        ok(stops(v, fwd, NULL), "candidate %g of %d stops the program", candidate[0], args[2].rows);
        for (int i = 0; i < count; i++)
            op_free(host_open("ref", 1), t[i].memory);
    }
    candidate[0] = kept;
}

static void
shape(int rows, int slots, int cols, int words)
{
    double *x = host_normal(rows * cols, 1, 1), *weight = host_normal(words * cols, 2, 1);
    double *bias = host_normal(words, 3, 1), *candidate = host_below(rows * slots, 4, words);
    double *score = host_new(rows * slots), *dscore = host_normal(rows * slots, 5, 1);
    double *dx = host_new(rows * cols), *dweight = host_normal(words * cols, 6, 1);
    double *dbias = host_normal(words, 7, 1);
    struct arg     args[] = { { "score", REAL, OUT, rows, slots, score, 0 },
            { "x", REAL, IN, rows, cols, x, 0 }, { "weight", REAL, IN, words, cols, weight, 0 },
            { "bias", WIDE, IN, 1, words, bias, 0 },
            { "candidate", INT, IN, rows, slots, candidate, 0 } };
    struct arg     back[] = { { "dx", REAL, OUT, rows, cols, dx, 0 },
            { "dweight", WIDE, SUM, words, cols, dweight, 0 },
            { "dbias", WIDE, SUM, 1, words, dbias, 0 },
            { "dscore", REAL, IN, rows, slots, dscore, 0 }, args[1], args[2], args[4] };
    struct forward f = { args, 5, 0, fwd, NULL, dscore };
    struct tensor  t[7];
    char           name[80];

    snprintf(name, sizeof name, "choice among %d of %dx%d for %d rows", slots, words, cols, rows);
    check_case(name, args, 5, fwd, NULL, cols + 1);
    if (rows == 3) {
        check_wrong("choice", args, 5, fwd, NULL);
        wrong_candidate(args, 5);
        check_wrong("choice backward", back, 7, bwd, NULL);
    }
    if (rows > 0 && rows * slots < 1000) {
        memset(dweight, 0, (size_t)(words * cols) * sizeof *dweight);
        memset(dbias, 0, (size_t)words * sizeof *dbias);
        execute(t, host_open("ref", 1), F64, back, 7, bwd, NULL);
        check_gradient(name, &f, 1, t[0].got);
        check_gradient(name, &f, 2, t[1].got);
        check_gradient(name, &f, 3, t[2].got);
        tensors_free(t, 7);
    }
    for (int i = 0; i < rows * slots; i += 3)
        candidate[i] = -1;
    strcat(name, " backward");
    check_case(name, back, 7, bwd, NULL, (double)rows * slots);
    free(x), free(weight), free(bias), free(candidate), free(score), free(dscore);
    free(dx), free(dweight), free(dbias);
}

int
main(void)
{
    const char *only = getenv("BACKEND");

    by_hand("ref");
    by_hand(only ? only : "cpu");
    shape(1, 1, 1, 1);
    shape(3, 2, 5, 7);
    shape(40, 10, 65, 30);
    shape(700, 10, 130, 3);
    shape(200, 7, 768, 1000);
    shape(0, 4, 8, 9);
    return tap_done();
}
