/* check.h -- what the checks of the ops are made of. */
#ifndef KERNELS_CHECK_H
#define KERNELS_CHECK_H

#include "kernels/backend.h"

static inline size_t
view_bytes(struct view v)
{
    return (size_t)v.rows * (size_t)v.cols * dtype_bytes(v.dtype);
}

static inline bool
none(struct view v)
{
    return !v.data && !v.rows && !v.cols;
}

static inline bool
is(struct view v, enum dtype dtype, int rows, int cols)
{
    return v.dtype == dtype && v.rows == rows && v.cols == cols && cols > 0 && (v.data || !rows);
}

/* real -- a type that this backend computes with. */
static inline bool
real(const struct backend *be, struct view v)
{
    bool has =
        v.dtype == F32 || (v.dtype == F64 && be->has_f64) || (v.dtype == BF16 && be->has_bf16);

    return has && is(v, v.dtype, v.rows, v.cols);
}

static inline bool
same(struct view a, struct view b)
{
    return is(a, b.dtype, b.rows, b.cols);
}

static inline enum dtype
wide(struct view v)
{
    return v.dtype == F64 ? F64 : F32;
}

/* apart -- no byte is in both. */
static inline bool
apart(struct view a, struct view b)
{
    uintptr_t a0 = (uintptr_t)a.data, b0 = (uintptr_t)b.data;

    return a0 + view_bytes(a) <= b0 || b0 + view_bytes(b) <= a0;
}

static inline bool
apart_or_equal(struct view a, struct view b)
{
    return a.data == b.data || apart(a, b);
}

static inline bool
drop_ok(struct dropout drop)
{
    return drop.p >= 0 && drop.p < 1;
}

#endif
