/* metric_test.c -- the metrics against scikit-learn and SciPy (tests/golden/metric.py), by hand
 * where the formula is 0/0. */
#include "model/metric.h"

#include <math.h>

#include "tests/golden/metric.h"
#include "tests/tap.h"

static bool
near(double got, double want)
{
    return fabs(got - want) <= 1e-9; /* false for NaN */
}

static void
test_classes(void)
{
    for (size_t i = 0; i < sizeof class_cases / sizeof *class_cases; i++) {
        const struct class_case *c = &class_cases[i];
        bool                     undefined = false;
        size_t                   count = (size_t)c->count;
        double accuracy = metric_accuracy(&undefined, c->guess, c->truth, count);
        double f1 = metric_f1(&undefined, c->guess, c->truth, count, 1);
        double matthews = metric_matthews(&undefined, c->guess, c->truth, count, c->classes);

        ok(near(accuracy, c->accuracy), "case %zu: accuracy %.12g is %.12g", i, accuracy,
            c->accuracy);
        ok(near(f1, c->f1), "case %zu: F1 %.12g is %.12g", i, f1, c->f1);
        ok(near(matthews, c->matthews), "case %zu: Matthews %.12g is %.12g", i, matthews,
            c->matthews);
    }
}

static void
test_reals(void)
{
    for (size_t i = 0; i < sizeof real_cases / sizeof *real_cases; i++) {
        const struct real_case *c = &real_cases[i];
        bool                    undefined = false;
        double pearson = metric_pearson(&undefined, c->guess, c->truth, (size_t)c->count), spearman;
        int    rc = metric_spearman(&spearman, &undefined, c->guess, c->truth, (size_t)c->count);

        ok(near(pearson, c->pearson), "case %zu: Pearson %.12g is %.12g", i, pearson, c->pearson);
        ok(rc == OK && near(spearman, c->spearman), "case %zu: Spearman %.12g is %.12g", i,
            spearman, c->spearman);
        ok(!undefined, "case %zu is defined", i);
    }
}

static void
test_undefined(void)
{
    const int    ones[] = { 1, 1, 1, 1 }, zeros[] = { 0, 0, 0, 0 }, mixed[] = { 0, 1, 0, 1 };
    const double same[] = { 0.1, 0.1, 0.1, 0.1 }, rising[] = { 1, 2, 3, 4 };
    const double broken[] = { 1, NAN, 3, 4 };
    bool         undefined = false;
    double       r;

    ok(metric_matthews(&undefined, ones, mixed, 4, 2) == 0 && undefined,
        "constant guesses: Matthews is 0, undefined");
    undefined = false;
    ok(metric_f1(&undefined, zeros, zeros, 4, 1) == 0 && undefined,
        "no positives: F1 is 0, undefined");
    undefined = false;
    ok(metric_f1(&undefined, ones, zeros, 4, 1) == 0 && !undefined,
        "all wrong: F1 is 0 and defined");
    ok(metric_accuracy(&undefined, ones, ones, 0) == 0 && undefined,
        "no examples: accuracy is 0, undefined");
    undefined = false;
    ok(metric_pearson(&undefined, same, rising, 4) == 0 && undefined,
        "constant guesses: Pearson is 0, undefined");
    undefined = false;
    ok(metric_pearson(&undefined, broken, rising, 4) == 0 && undefined,
        "a NaN: Pearson is 0, undefined");
    undefined = false;
    ok(metric_spearman(&r, &undefined, broken, rising, 4) == OK && r == 0 && undefined,
        "a NaN: Spearman is 0, undefined");
    undefined = false;
    ok(metric_spearman(&r, &undefined, same, rising, 4) == OK && r == 0 && undefined,
        "constant guesses: Spearman is 0, undefined");
}

static void
test_median(void)
{
    double one[] = { 3 }, even[] = { 4, 1, 3, 2 }, odd[] = { 5, 1, 4, 2, 3 };

    ok(metric_median(one, 1) == 3, "median of one");
    ok(metric_median(even, 4) == 2.5, "median of four");
    ok(metric_median(odd, 5) == 3, "median of five");
}

int
main(void)
{
    test_classes();
    test_reals();
    test_undefined();
    test_median();
    return tap_done();
}
