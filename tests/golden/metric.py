#!/usr/bin/env python3
"""metric.py -- writes metric.h: inputs and what scikit-learn and SciPy say of them.

    python3 tests/golden/metric.py > tests/golden/metric.h

Only needed to make the file anew; the test itself (tests/model/metric_test.c) needs no Python."""
import warnings

import numpy as np
import scipy
import scipy.stats
import sklearn
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef

warnings.simplefilter("ignore")
rng = np.random.default_rng(20261123)


def row(kind, values):
    return "{ " + ", ".join(("%d" if kind is int else "%.17g") % v for v in values) + " }"


print("/* Made by metric.py with scikit-learn %s and SciPy %s; do not edit. */" % (
    sklearn.__version__, scipy.__version__))
print("static const struct class_case {")
print("    int    count, classes, guess[60], truth[60];")
print("    double accuracy, f1, matthews;")
print("} class_cases[] = {")
for count, classes, share in [(60, 2, 0.5), (59, 2, 0.05), (2, 2, 0.5), (60, 3, 0.4), (57, 3, 0.9),
    (1, 2, 1), (40, 2, 0), (31, 2, 1)]:
    truth = rng.integers(0, classes, count)
    guess = np.where(rng.random(count) < share, truth, rng.integers(0, classes, count))
    if share == 0:
        guess = 1 - truth
    f1 = f1_score(truth == 1, guess == 1, zero_division=0)
    print("    { %d, %d, %s,\n        %s,\n        %.17g, %.17g, %.17g }," % (count, classes,
        row(int, guess), row(int, truth),
        accuracy_score(truth, guess), f1, matthews_corrcoef(truth, guess)))
guess, truth = np.ones(10, int), np.array([0, 1] * 5)
print("    { %d, %d, %s,\n        %s,\n        %.17g, %.17g, %.17g }," % (10, 2, row(int, guess),
    row(int, truth),
    accuracy_score(truth, guess), f1_score(truth, guess), matthews_corrcoef(truth, guess)))
print("};")
print("static const struct real_case {")
print("    int    count;")
print("    double guess[40], truth[40], pearson, spearman;")
print("} real_cases[] = {")
for count, noise, digits, offset in [(40, 0.3, None, 0), (40, 2, 1, 0), (3, 1, None, 0), (39, 0.1,
    0, 0), (33, 5, None, 1e6), (40, 1e-9, None, 0), (2, 1, None, 0)]:
    truth = np.round(rng.random(count) * 5, 1)
    guess = truth + noise * rng.standard_normal(count) + offset
    if digits is not None:
        guess = np.round(guess, digits)
    print("    { %d, %s,\n        %s,\n        %.17g, %.17g }," % (count, row(float, guess),
        row(float, truth),
        scipy.stats.pearsonr(guess, truth)[0], scipy.stats.spearmanr(guess, truth)[0]))
print("};")
