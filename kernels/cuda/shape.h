/* shape.h -- which products are alike: those of a shape are computed by one algorithm, which the
 * library of products is asked for once.
 *
 * A batch has as many rows as it has tokens, without padding, so the products of hardly two steps
 * have the same size.  But it is one number that differs, the rows of x and y forward and what is
 * summed over in the gradient of a weight; and as it is not the length of a row of any matrix,
 * nothing else about them does: alignment and strides are the same.  Such a number is rounded up
 * before the library is asked, to one of eight steps an octave as memory allocators have them: the
 * algorithm is chosen for a product larger by an eighth at most, 1/16 in the mean; and batches that
 * differ by a few per cent, as those of a run do, meet in two or three shapes.
 *
 * What is chosen follows from the exact shape alone: rounding is a function of it, the answer one
 * of the rounded shape, and whether that algorithm takes the exact shape one of both.  What was
 * asked before, and what has been forgotten since, does not matter: a run that was stopped and
 * resumed has the same bits.
 *
 * C as well as C++, for tests. */
#ifndef KERNELS_CUDA_SHAPE_H
#define KERNELS_CUDA_SHAPE_H

#include <stdio.h>
#include <string.h>

#include "kernels/cuda/product.h"

enum {
    SHAPES = 1024,     /* choices that are kept, at places that a hash gives; of two that meet the
                        * later stays */
    SHAPE_STEPS = 8,   /* an octave */
    SHAPE_VECTOR = 16, /* what an epilogue's vector begins at a multiple of */
    SHAPE_NAME = 160
};

/* What is added on the way out. */
enum shape_epilogue { SHAPE_NOTHING, SHAPE_BIAS, SHAPE_ROW_SUMS };

/* Compared as bytes. */
struct shape {
    int rows, cols, inner, a_type, c_type, a_turned, b_turned, keep, want;
    int align[4]; /* of a, b, c, and the epilogue's vector */
};

static inline int
shape_alignment(const void *p)
{
    uintptr_t at = (uintptr_t)p | 256;

    return (int)(at & -at);
}

static inline struct shape
shape_of(const struct product *p)
{
    struct shape s;

    memset(&s, 0, sizeof s);
    s.rows = p->c.rows;
    s.cols = p->c.cols;
    s.inner = p->a_turned ? p->a.rows : p->a.cols;
    s.a_type = p->a.dtype;
    s.c_type = p->c.dtype;
    s.a_turned = p->a_turned;
    s.b_turned = p->b_turned;
    s.keep = p->keep;
    s.want = p->bias ? SHAPE_BIAS : p->row_sums ? SHAPE_ROW_SUMS : SHAPE_NOTHING;
    s.align[0] = shape_alignment(p->a.data);
    s.align[1] = shape_alignment(p->b.data);
    s.align[2] = shape_alignment(p->c.data);
    s.align[3] = shape_alignment(p->bias) < SHAPE_VECTOR ? 4 : SHAPE_VECTOR;
    return s;
}

/* shape_step -- the least step that is not below `count`; none is beyond an int. */
static inline int
shape_step(int count)
{
    long long step = 1;

    while (2 * SHAPE_STEPS * step <= count)
        step *= 2;
    step = (count + step - 1) / step * step;
    return step <= INT32_MAX ? (int)step : count;
}

/* shape_rounded -- what is asked for in its place. */
static inline struct shape
shape_rounded(struct shape s)
{
    if (!s.a_turned)
        s.rows = shape_step(s.rows);
    else if (!s.b_turned)
        s.inner = shape_step(s.inner);
    return s;
}

static inline bool
shape_same(const struct shape *a, const struct shape *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static inline size_t
shape_place(const struct shape *s)
{
    const int *word = (const int *)s;
    uint64_t   hash = 0;

    for (size_t i = 0; i < sizeof *s / sizeof *word; i++)
        hash = (hash + (uint64_t)(unsigned)word[i]) * 0x9E3779B97F4A7C15u;
    return (size_t)(hash >> 32) % SHAPES;
}

/* shape_name -- "product 1024 x 768 of 3072, a b^T + bias, bf16 to fp32, aligned to 256 256 16". */
static inline void
shape_name(char name[SHAPE_NAME], const struct shape *s)
{
    static const char *const beside[] = { "", " + bias", ", sums of a" };

    snprintf(name, SHAPE_NAME, "product %d x %d of %d, a%s b%s%s%s, %s to %s, aligned to %d %d %d",
        s->rows, s->cols, s->inner, s->a_turned ? "^T" : "", s->b_turned ? "^T" : "",
        s->keep ? " + c" : "", beside[s->want], s->a_type == BF16 ? "bf16" : "fp32",
        s->c_type == BF16 ? "bf16" : "fp32", s->align[0], s->align[1], s->align[2]);
}

#endif
