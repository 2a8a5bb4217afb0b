/* bf16.h -- the upper half of a float: its sign, its eight bits of exponent, and seven of its 23
 * bits of fraction (Kalamkar et al. 2019, arXiv:1905.12322).  What is kept in it has some three
 * decimal digits and all the range of a float.
 *
 * Straight lines of arithmetic, so that a loop over them becomes vector code. */
#ifndef LIB_BF16_H
#define LIB_BF16_H

#include <stdint.h>
#include <string.h>

static inline float
bf16_float(uint16_t half)
{
    uint32_t bits = (uint32_t)half << 16;
    float    x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

/* bf16_round -- the nearest, of two alike the even one; NaN stays NaN. */
static inline uint16_t
bf16_round(float x)
{
    uint32_t bits, even;

    memcpy(&bits, &x, sizeof bits);
    even = bits + 0x7fff + (bits >> 16 & 1);
    return (uint16_t)((x != x ? bits | 0x400000 : even) >> 16);
}

#endif
