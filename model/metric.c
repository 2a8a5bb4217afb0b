/* metric.c -- see metric.h. */
#include "model/metric.h"

#include <math.h>
#include <stdlib.h>

#include "lib/buf.h"

static double
share(bool *undefined, double part, double whole)
{
    if (whole == 0) {
        *undefined = true;
        return 0;
    }
    return part / whole;
}

double
metric_accuracy(bool *undefined, const int *guess, const int *truth, size_t count)
{
    size_t right = 0;

    for (size_t i = 0; i < count; i++)
        right += guess[i] == truth[i];
    return share(undefined, (double)right, (double)count);
}

double
metric_f1(bool *undefined, const int *guess, const int *truth, size_t count, int positive)
{
    size_t both = 0, guessed = 0, true_ones = 0;

    for (size_t i = 0; i < count; i++) {
        both += guess[i] == positive && truth[i] == positive;
        guessed += guess[i] == positive;
        true_ones += truth[i] == positive;
    }
    return share(undefined, 2 * (double)both, (double)(guessed + true_ones));
}

double
metric_matthews(bool *undefined, const int *guess, const int *truth, size_t count, int classes)
{
    double n = (double)count, right = 0, both = 0, guess_square = 0, truth_square = 0;

    for (int k = 0; k < classes; k++) {
        double guessed = 0, true_ones = 0;

        for (size_t i = 0; i < count; i++) {
            guessed += guess[i] == k;
            true_ones += truth[i] == k;
            right += guess[i] == k && truth[i] == k;
        }
        both += guessed * true_ones;
        guess_square += guessed * guessed;
        truth_square += true_ones * true_ones;
    }
    /* whole numbers below 2^53 as long as count is below 9e7: the differences are exact */
    return share(undefined, right * n - both,
        sqrt(n * n - guess_square) * sqrt(n * n - truth_square));
}

/* Rounding gives a constant array a mean that is not quite it, so this is asked, not computed. */
static bool
varies(const double *x, size_t count)
{
    bool differs = false;

    for (size_t i = 0; i < count; i++) {
        if (!isfinite(x[i]))
            return false;
        differs |= x[i] != x[0];
    }
    return differs;
}

double
metric_pearson(bool *undefined, const double *guess, const double *truth, size_t count)
{
    double guess_mean = 0, truth_mean = 0, both = 0, guess_square = 0, truth_square = 0, r;

    if (!varies(guess, count) || !varies(truth, count)) {
        *undefined = true;
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        guess_mean += guess[i];
        truth_mean += truth[i];
    }
    guess_mean /= (double)count;
    truth_mean /= (double)count;
    for (size_t i = 0; i < count; i++) {
        double g = guess[i] - guess_mean, t = truth[i] - truth_mean;

        both += g * t;
        guess_square += g * g;
        truth_square += t * t;
    }
    r = share(undefined, both, sqrt(guess_square) * sqrt(truth_square));
    return fmax(-1, fmin(1, r));
}

struct place {
    double value;
    size_t index;
};

static int
by_value(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    return x->value < y->value ? -1 : x->value > y->value;
}

static void
rank_all(double *rank, struct place *places, const double *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        places[i] = (struct place){ x[i], i };
    qsort(places, count, sizeof *places, by_value);
    for (size_t first = 0, next; first < count; first = next) {
        for (next = first + 1; next < count && places[next].value == places[first].value; next++)
            ;
        for (size_t i = first; i < next; i++)
            rank[places[i].index] = (double)(first + next + 1) / 2; /* ranks count from 1 */
    }
}

int
metric_spearman(double *r, bool *undefined, const double *guess, const double *truth, size_t count)
{
    struct buf    memory = { 0 };
    struct place *places;
    double       *ranks;
    int           rc;

    *r = 0;
    if (!varies(guess, count) || !varies(truth, count)) {
        *undefined = true;
        return OK;
    }
    if ((rc = buf_reserve(&memory, count * (sizeof *places + 2 * sizeof *ranks))) != OK)
        return rc;
    places = (struct place *)(void *)memory.bytes;
    ranks = (double *)(void *)(places + count);
    rank_all(ranks, places, guess, count);
    rank_all(ranks + count, places, truth, count);
    *r = metric_pearson(undefined, ranks, ranks + count, count);
    buf_free(&memory);
    return OK;
}

static int
by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

double
metric_median(double *values, size_t count)
{
    CHECK(count > 0);
    qsort(values, count, sizeof *values, by_size);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}
