/* position_bias_test -- TUPE's positional logits, and the buckets of distance. */
#include "tests/ops/host.h"

struct extra {
    int   heads;
    float scale;
};

static void
fwd(const struct backend *be, const struct view *v, const void *extra)
{
    const struct extra *e = extra;

    op_position_bias_fwd(be, v[0], v[1], v[2], v[3], e->heads, e->scale);
}

static void
bwd(const struct backend *be, const struct view *v, const void *extra)
{
    const struct extra *e = extra;

    op_position_bias_bwd(be, v[0], v[1], v[2], v[3], v[4], v[5], e->heads, e->scale);
}

/* The distances at which the buckets begin, worked out by hand from 8 * 16^(n / 8): 8, 11.3, 16,
 * 22.6, 32, 45.3, 64, 90.5. */
static void
buckets(void)
{
    static const int first[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91 };
    bool             table = true, formula = true;

    for (int d = 0; d < 2000; d++) {
        int    b = 15;
        double far = 8 + floor(8 * log(d / 8.0) / log(16) + 1e-9);

        while (first[b] > d)
            b--;
        table &= op_bucket(-d) == b && op_bucket(d) == (d ? b + 16 : 0);
        formula &= op_bucket(-d) == (d < 8 ? d : far > 15 ? 15 : (int)far);
    }
    ok(table, "buckets begin at 0 to 8, 12, 16, 23, 32, 46, 64, 91 on both sides");
    ok(formula, "buckets are the formula's");
    ok(op_bucket(INT32_MAX) == 31 && op_bucket(INT32_MIN) == 15,
        "buckets of the farthest distances");
}

/* Two heads of one column, three positions; q rows 2, 3, 5, 7 and -; k rows 1, 10, 100, 1000. */
static void
by_hand(void)
{
    double        q[] = { 2, 0, 3, 0, 5, 1, 7, 2 }, k[] = { 1, 9, 10, 9, 100, 3, 1000, 4 };
    double        relative[66] = { 0 }, bias[18] = { 0 };
    /* head 0: theta1 = 2 * 1 / 2, theta2 = 3 * 10 / 2; inner 5 * 100 / 2 ...; + buckets */
    double        want[] = { 1, 1, 1, 15, 250, 2500, 15, 350, 3500, 0, 0, 0, 0, 1.5, 2, 0, 3, 4 };
    struct extra  e = { 2, 0.5f };
    struct arg    args[] = { { "bias", WIDE, OUT, 6, 3, bias, 0 }, { "q", WIDE, IN, 4, 2, q, 0 },
           { "k", WIDE, IN, 4, 2, k, 0 }, { "relative", WIDE, IN, 33, 2, NULL, 0 } };
    struct tensor t[4];

    execute(t, host_open("ref", 1), F64, args, 4, fwd, &e);
    ok(host_error(t[0].got, want, 18) == 0, "position bias, by hand");
    tensors_free(t, 4);
    for (int b = 0; b < 33; b++)
        relative[2 * b] = b + 1;
    args[3].values = relative;
    /* row 0: bucket 16; column 0: 32; on the diagonal 0; one to the right 17; one to the left 1 */
    want[0] += 17, want[1] += 17, want[2] += 17, want[3] += 33, want[6] += 33;
    want[4] += 1, want[8] += 1, want[5] += 18, want[7] += 2;
    execute(t, host_open("ref", 1), F64, args, 4, fwd, &e);
    ok(host_error(t[0].got, want, 18) == 0, "position bias with relative table, by hand");
    tensors_free(t, 4);
}

static void
shape(int positions, int heads, int head_cols, bool relative, bool wrong)
{
    int cols = heads * head_cols, rows = positions + 1, table = heads * positions * positions;
    double    *q = host_normal(rows * cols, 1, 1), *k = host_normal(rows * cols, 2, 1);
    double    *b = relative ? host_normal(33 * heads, 3, 1) : NULL, *bias = host_new(table);
    double *db = relative ? host_normal(33 * heads, 4, 1) : NULL, *dbias = host_normal(table, 5, 1);
    double    *room = host_new(rows * cols), *zero = relative ? host_new(33 * heads) : NULL;
    struct extra e = { heads, (float)(1 / sqrt(2.0 * head_cols)) };
    struct arg args[] = { { "bias", WIDE, OUT, heads * positions, positions, bias, 0 },
        { "q", WIDE, IN, rows, cols, q, 0 }, { "k", WIDE, IN, rows, cols, k, 0 },
        { "relative", WIDE, IN, 33, heads, b, 0 } };
    struct arg     back[] = { { "dq", WIDE, OUT, rows, cols, room, 0 },
            { "dk", WIDE, OUT, rows, cols, room, 0 },
                { "drelative", WIDE, SUM, 33, heads, zero, 0 },
            { "dbias", WIDE, IN, heads * positions, positions, dbias, 0 }, args[1], args[2] };
    struct forward f = { args, 4, 0, fwd, &e, dbias };
    struct tensor  t[6];
    char           name[80];

    snprintf(name, sizeof name, "position bias %d positions, %d x %d%s", positions, heads,
        head_cols, relative ? ", relative" : "");
    check_case(name, args, 4, fwd, &e, head_cols);
    if (positions < 30) {
        execute(t, host_open("ref", 1), F64, back, 6, bwd, &e);
        check_gradient(name, &f, 1, t[0].got);
        check_gradient(name, &f, 2, t[1].got);
        if (relative)
            check_gradient(name, &f, 3, t[2].got);
        tensors_free(t, 6);
    }
    back[2].values = db;
    strcat(name, " backward");
    check_case(name, back, 6, bwd, &e, positions);
    if (wrong) {
        check_wrong("position bias", args, 4, fwd, &e);
        check_wrong("position bias backward", back, 6, bwd, &e);
    }
    free(q), free(k), free(b), free(bias), free(db), free(dbias), free(room), free(zero);
}

/* Rows of mean 0 and variance 1, projected by weights of deviation 0.02, give logits of deviation
 * 0.02^2 * 768 * sqrt 64 / sqrt 128 = 0.217 (Ke et al. 2021, 1 / sqrt(2 d) with d of one head). */
static void
scale(void)
{
    enum { POSITIONS = 40, COLS = 768, HEADS = 12, ROWS = POSITIONS + 1 };
    double        *q = host_new(ROWS * COLS), *k = host_new(ROWS * COLS);
    double *p = host_normal(ROWS * COLS, 1, 1), *bias = host_new(HEADS * POSITIONS * POSITIONS);
    double        *uq = host_normal(COLS * COLS, 2, 0.02), *uk = host_normal(COLS * COLS, 3, 0.02);
    struct extra   e = { HEADS, (float)(1 / sqrt(2.0 * COLS / HEADS)) };
    struct arg     args[] = { { "bias", WIDE, OUT, HEADS * POSITIONS, POSITIONS, bias, 0 },
            { "q", WIDE, IN, ROWS, COLS, q, 0 }, { "k", WIDE, IN, ROWS, COLS, k, 0 },
            { "relative", WIDE, IN, 33, HEADS, NULL, 0 } };
    struct tensor  t[4];
    double         squares = 0;
    int            count = 0;

    for (int r = 0; r < ROWS; r++)
        for (int o = 0; o < COLS; o++)
            for (int i = 0; i < COLS; i++) {
                q[r * COLS + o] += p[r * COLS + i] * uq[o * COLS + i];
                k[r * COLS + o] += p[r * COLS + i] * uk[o * COLS + i];
            }
    execute(t, host_open("cpu", 1), F32, args, 4, fwd, &e);
    for (int h = 0; h < HEADS; h++)
        for (int i = 1; i < POSITIONS; i++)
            for (int j = 1; j < POSITIONS; j++, count++)
                squares += t[0].got[(h * POSITIONS + i) * POSITIONS + j] *
                           t[0].got[(h * POSITIONS + i) * POSITIONS + j];
    ok(fabs(sqrt(squares / count) - 0.217) < 0.01,
        "position logits have deviation %.4f, 0.217 expected", sqrt(squares / count));
    tensors_free(t, 4);
    free(q), free(k), free(p), free(bias), free(uq), free(uk);
}

int
main(void)
{
    buckets();
    by_hand();
    shape(1, 1, 1, false, false);
    shape(1, 2, 3, true, false);
    shape(3, 2, 3, true, true);
    shape(7, 3, 2, false, false);
    shape(26, 2, 5, true, false);
    shape(130, 3, 17, true, false);
    scale();
    return tap_done();
}
