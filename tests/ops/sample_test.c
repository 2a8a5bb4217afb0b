/* sample_test -- draws from a softmax: by the definition, and by their frequencies. */
#include "tests/ops/host.h"

static const struct sample sample = { .step = 3, .seed = 5 };

static void
run(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_sample(be, v[0], v[1], v[2], sample);
}

/* Uniform numbers of rows and draws are what the inverse of the distribution function is taken
 * at. */
static void
by_hand(void)
{
    double        logits[] = { log(1), log(2), -INFINITY, log(5), log(7), -1000, log(7), 0 };
    double        key[] = { 9, 10 }, draw[16] = { 0 };
    struct arg    args[] = { { "draw", INT, OUT, 2, 8, draw, 0 },
           { "logits", REAL, IN, 2, 4, logits, 0 }, { "key", INT, IN, 2, 1, key, 0 } };
    struct tensor t[3];
    bool          good = true;

    execute(t, host_open("ref", 1), F64, args, 3, run, NULL);
    for (int k = 0; k < 8; k++) {
        double u = op_sample_unit(sample, 9, k), w = op_sample_unit(sample, 10, k);

        good &= t[0].got[k] == (u < 1.0 / 8 ? 0 : u < 3.0 / 8 ? 1 : 3);
        good &= t[0].got[8 + k] == (w < 7.0 / 15 ? 0 : w < 14.0 / 15 ? 2 : 3);
    }
    ok(good, "draws are the inverse of the distribution function at their uniform numbers");
    tensors_free(t, 3);
}

/* Chi-squared of `rows` x `draws` draws from one softmax over `cols`; the bound is the mean and
 * five deviations of the distribution it follows if the draws do. */
static void
frequencies(const char *backend, int rows, int draws, int cols)
{
    double       *row = host_normal(cols, 4, 1.5), *logits = host_new(rows * cols), total = 0;
    double       *key = host_new(rows), *draw = host_new(rows * draws), chi = 0, pair = 0;
    double       *count = host_new(cols);
    struct arg    args[] = { { "draw", INT, OUT, rows, draws, draw, 0 },
           { "logits", REAL, IN, rows, cols, logits, 0 }, { "key", INT, IN, rows, 1, key, 0 } };
    struct tensor t[3];
    double        same = 0, wanted = 0, pairs = (double)rows * (draws - 1);

    for (int r = 0; r < rows; r++) {
        memcpy(logits + r * cols, row, (size_t)cols * sizeof *row);
        key[r] = r * 37;
    }
    execute(t, host_open(backend, 2), F32, args, 3, run, NULL);
    for (int c = 0; c < cols; c++)
        total += exp(row[c]);
    for (int i = 0; i < rows * draws; i++) {
        count[(int)t[0].got[i]]++;
        same += i % draws > 0 && t[0].got[i] == t[0].got[i - 1];
    }
    for (int c = 0; c < cols; c++) {
        double p = exp(row[c]) / total, expected = p * rows * draws;

        chi += (count[c] - expected) * (count[c] - expected) / expected;
        wanted += p * p;
    }
    ok(fabs(chi - (cols - 1)) < 5 * sqrt(2.0 * (cols - 1)),
        "%s: %d draws from a softmax over %d: chi-squared %.1f, %d degrees", backend, rows * draws,
        cols, chi, cols - 1);
    pair = (same - pairs * wanted) / sqrt(pairs * wanted * (1 - wanted));
    ok(draws == 1 || fabs(pair) < 5,
        "%s: neighbouring draws are equal as often as independent ones: %.2f deviations", backend,
        pair);
    tensors_free(t, 3);
    free(row), free(logits), free(key), free(draw), free(count);
}

static void
shape(int rows, int draws, int cols, double spread, bool wrong)
{
    double    *logits = host_normal(rows * cols, 1, spread), *key = host_below(rows, 2, 1 << 30);
    double    *draw = host_new(rows * draws);
    struct arg args[] = { { "draw", INT, OUT, rows, draws, draw, FREE_COLS },
        { "logits", REAL, IN, rows, cols, logits, FREE_COLS },
        { "key", INT, IN, rows, 1, key, 0 } };
    char       name[80];

    snprintf(name, sizeof name, "%d draws from %d x %d, spread %g", draws, rows, cols, spread);
    check_case(name, args, 3, run, NULL, 1);
    if (wrong)
        check_wrong("sample", args, 3, run, NULL);
    free(logits), free(key), free(draw);
}

/* Mass in a few columns, minus infinity in all others: in whole tiles of what a backend takes at a
 * time, before, between and behind. */
static void
hidden(void)
{
    enum { ROWS = 9, DRAWS = 7, COLS = 5000 };
    double    *logits = host_new(ROWS * COLS), *key = host_below(ROWS, 2, 1 << 30);
    double    *draw = host_new(ROWS * DRAWS);
    struct arg args[] = { { "draw", INT, OUT, ROWS, DRAWS, draw, 0 },
        { "logits", REAL, IN, ROWS, COLS, logits, 0 }, { "key", INT, IN, ROWS, 1, key, 0 } };

    for (int i = 0; i < ROWS * COLS; i++)
        logits[i] = i % COLS == 1300 || i % COLS == 1301 || i % COLS == 3999 ? i % 3 : -INFINITY;
    check_case("draws from three columns", args, 3, run, NULL, 1);
    free(logits), free(key), free(draw);
}

int
main(void)
{
    by_hand();
    shape(0, 3, 9, 1, false);
    shape(1, 1, 1, 1, false);
    shape(3, 2, 7, 1, true);
    shape(40, 10, 1000, 3, false);
    shape(5, 10, 32770, 2, false);
    shape(30, 4, 300, 60, false);
    hidden();
    frequencies("ref", 400, 10, 50);
    frequencies("cpu", 2000, 10, 600);
    frequencies("cpu", 4000, 1, 40);
    return tap_done();
}
