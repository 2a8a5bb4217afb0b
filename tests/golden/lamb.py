#!/usr/bin/env python3
"""lamb.py -- writes lamb.h: steps of LAMB on two tensors, computed with NumPy in float64.

    python3 tests/golden/lamb.py > tests/golden/lamb.h

Written from algorithm 2 of You et al. 2020 (arXiv:1904.00962) with phi the identity; a tensor whose
weights or move are 0, and one that is not adapted, has the ratio 1.  Only needed to make the file
anew; the test itself (tests/ops/lamb_test.c) needs no Python."""
import numpy as np

rng = np.random.default_rng(20261127)
ROWS, COLS, STEPS = 3, 4, 5


def lamb(x, grads, lr, beta1, beta2, eps, decay, scale, adapt):
    m, v = np.zeros_like(x), np.zeros_like(x)
    for t, grad in enumerate(grads, 1):
        g = scale * grad
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        r = (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps)
        u = r + decay * x
        ratio = 1.0
        if adapt and np.linalg.norm(x) > 0 and np.linalg.norm(u) > 0:
            ratio = np.linalg.norm(x) / np.linalg.norm(u)
        x = x - lr * ratio * u
    return x


def row(values):
    return "{ " + ", ".join("%.17g" % v for v in np.ravel(values)) + " }"


print("/* Made by lamb.py with NumPy %s; do not edit. */" % np.__version__)
print("enum { LAMB_ROWS = %d, LAMB_COLS = %d, LAMB_STEPS = %d };" % (ROWS, COLS, STEPS))
print("static const struct lamb_case {")
print("    double lr, beta1, beta2, eps, decay, scale;")
print("    int    adapt;")
print("    double start[LAMB_ROWS * LAMB_COLS], grad[LAMB_STEPS][LAMB_ROWS * LAMB_COLS];")
print("    double end[LAMB_ROWS * LAMB_COLS];")
print("} lamb_cases[] = {")
# numbers that a float holds, since an op takes floats
for zero, adapt, decay, scale in [(0, 1, 0.0625, 1), (0, 1, 0, 0.5), (0, 0, 0.25, 1), (1, 1,
    0.0625, 1)]:
    x = np.round(rng.normal(0, 1, (ROWS, COLS)) * 256) / 256 * (1 - zero)
    grads = [np.round(rng.normal(0, 0.5, (ROWS, COLS)) * 256) / 256 for _ in range(STEPS)]
    numbers = (0.03125, 0.875, 0.9375, 2.0**-20, decay, scale)
    end = lamb(x, grads, *numbers, adapt)
    print("    { %s, %d," % (", ".join("%.17g" % n for n in numbers), adapt))
    print("        %s," % row(x))
    print("        { " + ",\n            ".join(row(g) for g in grads) + " },")
    print("        %s }," % row(end))
print("};")
