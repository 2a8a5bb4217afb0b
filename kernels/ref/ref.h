/* ref.h -- what the files of the reference backend share.
 *
 * The reference defines what the ops of ops.h mean: plain loops in the order of the formula, every
 * number read as double, every sum in double, rounded when stored (to BF16 by way of F32).  It is
 * not fast on purpose: it is read beside the papers, and the other backends are held to it. */
#ifndef KERNELS_REF_REF_H
#define KERNELS_REF_REF_H

#include "kernels/backend.h"
#include "lib/bf16.h"
#include "lib/philox.h"

BACKEND_OPS(BACKEND_PROTOTYPE, ref)

static inline double
ref_at(struct view v, int row, int col)
{
    size_t i = (size_t)row * (size_t)v.cols + (size_t)col;

    return v.dtype == F64   ? ((const double *)v.data)[i]
           : v.dtype == F32 ? (double)((const float *)v.data)[i]
                            : (double)bf16_float(((const uint16_t *)v.data)[i]);
}

static inline void
ref_set(struct view v, int row, int col, double value)
{
    size_t i = (size_t)row * (size_t)v.cols + (size_t)col;

    if (v.dtype == F64)
        ((double *)v.data)[i] = value;
    else if (v.dtype == F32)
        ((float *)v.data)[i] = (float)value;
    else
        ((uint16_t *)v.data)[i] = bf16_round((float)value);
}

static inline void
ref_add_to(struct view v, int row, int col, double value)
{
    ref_set(v, row, col, ref_at(v, row, col) + value);
}

static inline int
ref_int(struct view v, int row)
{
    return ((const int32_t *)v.data)[row];
}

/* ref_keep -- what a dropout multiplies the element at `col` of the row with `key` by. */
static inline double
ref_keep(struct dropout drop, int key, int col)
{
    uint64_t counter = (uint64_t)(uint32_t)key << 32 | (uint32_t)col / 4;

    if (drop.p == 0)
        return 1;
    return philox_unit(
               philox(drop.seed, PHILOX_DROPOUT, drop.step, drop.site, counter).x[col % 4]) < drop.p
               ? 0
               : 1 / (1 - (double)drop.p);
}

/* ref_scratch -- room for `count` doubles until the next call; NULL without memory, which the next
 * sync tells. */
double *ref_scratch(size_t count);

#endif
