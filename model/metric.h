/* metric.h -- the numbers that GLUE scores a task by (Wang et al. 2019, arXiv:1804.07461).
 *
 * All are computed in double from whole arrays.  A number whose formula is 0/0, such as a
 * correlation with constant guesses, is 0 here and sets *undefined, which is never cleared: a
 * caller passes one flag to several metrics and warns once.  A guess that is NaN makes its metric
 * undefined likewise. */
#ifndef MODEL_METRIC_H
#define MODEL_METRIC_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

/* metric_accuracy -- share of places where guess and truth are the same class. */
double metric_accuracy(bool *undefined, const int *guess, const int *truth, size_t count);

/* metric_f1 -- 2 tp / (2 tp + fp + fn) of the class `positive`. */
double metric_f1(bool *undefined, const int *guess, const int *truth, size_t count, int positive);

/* metric_matthews -- Matthews' correlation of the classes 0 .. classes - 1.  With c right answers
 * of n, class k guessed p_k and true t_k times (Gorodkin 2004, the R_K statistic, for two classes
 * the phi coefficient of Matthews 1975):
 *     (c n - sum p_k t_k) / sqrt((n^2 - sum p_k^2) (n^2 - sum t_k^2)) */
double metric_matthews(bool *undefined, const int *guess, const int *truth, size_t count,
    int classes);

/* metric_pearson -- product-moment correlation. */
double metric_pearson(bool *undefined, const double *guess, const double *truth, size_t count);

/* metric_spearman -- *r = Pearson's correlation of the ranks; equal values share the mean of
 * their ranks.  Errors: ERR_MEMORY. */
MUST int metric_spearman(double *r, bool *undefined, const double *guess, const double *truth,
    size_t count);

/* metric_median -- of count > 0 values, which it sorts; the mean of the middle two of an even
 * count. */
double metric_median(double *values, size_t count);

#endif
