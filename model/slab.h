/* slab.h -- one piece of device memory, cut into views from the bottom up.
 *
 * The same cutting code runs twice: first on an empty slab (base NULL), which only counts, so that
 * the plan of a model is exactly what it takes; then on the memory itself. */
#ifndef MODEL_SLAB_H
#define MODEL_SLAB_H

#include "kernels/ops.h"

struct slab {
    char    *base;
    uint64_t used_bytes;
};

enum { SLAB_ALIGN_BYTES = 256 }; /* what a GPU likes for wide loads */

static inline struct view
slab_view(struct slab *s, enum dtype dtype, int64_t rows, int64_t cols)
{
    uint64_t at = s->used_bytes;
    uint64_t bytes = (uint64_t)rows * (uint64_t)cols * dtype_bytes(dtype);

    CHECK(rows >= 0 && rows <= INT32_MAX && cols >= 0 && cols <= INT32_MAX);
    s->used_bytes = (at + bytes + SLAB_ALIGN_BYTES - 1) / SLAB_ALIGN_BYTES * SLAB_ALIGN_BYTES;
    return (struct view){ s->base ? s->base + at : NULL, dtype, (int)rows, (int)cols };
}

#endif
