/* vmath.h -- exp, tanh and the normal distribution as straight lines of arithmetic, so that a loop
 * over them becomes vector code: no branch, no table, no call.  Errors against libm, measured by
 * tests/ops/vmath_test.c, stand at each.  NaN stays NaN. */
#ifndef KERNELS_CPU_VMATH_H
#define KERNELS_CPU_VMATH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "kernels/cpu/cpu.h"

CPU_INLINE uint32_t
vmath_bits(float x)
{
    uint32_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}

CPU_INLINE float
vmath_float(uint32_t bits)
{
    float x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

/* vmath_exp -- e^x within 2 units in the last place; 0 below -87.3, where e^x would no longer be a
 * normal number; infinity above 88.
 *
 * x = n ln 2 + r with |r| <= ln 2 / 2; e^r by its Taylor polynomial, good to 2^-27 there; 2^n by
 * writing n into the exponent.  Adding 1.5 * 2^23 rounds to a whole number, which then stands in
 * the low bits: no conversion, which NaN would make undefined. */
CPU_INLINE float
vmath_exp(float x)
{
    float whole = x * 1.44269504f /* 1 / ln 2 */ + 12582912.0f, n = whole - 12582912.0f;
    /* ln 2 in two parts, the first so short that n times it is exact */
    float r = x - n * 0.693359375f + n * 2.12194440e-4f;
    float p = 1.98412698e-4f, power; /* 1 / 7! */

    p = p * r + 1.38888889e-3f;
    p = p * r + 8.33333333e-3f;
    p = p * r + 4.16666667e-2f;
    p = p * r + 1.66666667e-1f;
    p = p * r + 0.5f;
    p = p * (r * r) + r + 1.0f;
    power = vmath_float((vmath_bits(whole) + 127) << 23);
    p = p * power;
    p = x < -87.3f ? 0.0f : p;
    return x > 88.0f ? INFINITY : p;
}

/* vmath_tail -- Q(t) = 1 - Phi(t) for t >= 0, where `gauss` is exp(-t^2 / 2): relative error 3e-6,
 * absolute 2e-7.  Q(t) / gauss falls smoothly like 1 / t; in u = 1 / (1 + t / 4) it is u times a
 * polynomial, fitted for the least largest relative error, 1.8e-8, over 0 <= t <= 40. */
CPU_INLINE float
vmath_tail(float t, float gauss)
{
    float u = 1.0f / (1.0f + 0.25f * t), p = 0.02050141431391239f;

    p = p * u - 0.08397045731544495f;
    p = p * u + 0.10111019760370255f;
    p = p * u - 0.03697114437818527f;
    p = p * u + 0.06656723469495773f;
    p = p * u + 0.05809289216995239f;
    p = p * u + 0.0817364752292633f;
    p = p * u + 0.09346247464418411f;
    p = p * u + 0.09973527491092682f;
    p = p * u + 0.09973565489053726f;
    return p * u * gauss;
}

/* vmath_tanh -- within 3 units in the last place: for |x| < 0.6 an odd polynomial, fitted like
 * the one above; beyond it 1 - 2 / (e^2|x| + 1), which for small x would lose its digits. */
CPU_INLINE float
vmath_tanh(float x)
{
    float t = fabsf(x), square = x * x, p = -0.005819086916744709f, big;

    p = p * square + 0.020734753459692f;
    p = p * square - 0.05376704782247543f;
    p = p * square + 0.13331745564937592f;
    p = p * square - 0.33333292603492737f;
    p = p * square * x + x;
    big = 1.0f - 2.0f / (vmath_exp(2.0f * t) + 1.0f);
    big = x < 0 ? -big : big;
    return t < 0.6f ? p : big;
}

#endif
