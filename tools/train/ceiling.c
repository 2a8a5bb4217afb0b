/* ceiling.c -- see ceiling.h. */
#include "tools/train/ceiling.h"

#include "tools/train/clock.h"

/* best_time -- seconds of one product of `size` cubed; goes on until 20 ms are spent. */
static int
best_time(double *best_s, const struct backend *be, enum dtype real, void *memory, int size)
{
    size_t      matrix_bytes = (size_t)size * (size_t)size * dtype_bytes(real);
    struct view x = view_of(memory, real, size, size);
    struct view weight = view_of((char *)memory + matrix_bytes, real, size, size);
    struct view y = view_of((char *)memory + 2 * matrix_bytes, real, size, size);
    struct view bias = view_of((char *)memory + 3 * matrix_bytes, real, 1, size);
    double      start_s, before_s, spent_s;

    *best_s = 1e30;
    op_linear_fwd(be, y, x, weight, bias); /* the first may compile its kernel */
    start_s = clock_s();
    do {
        int rc;

        before_s = clock_s();
        op_linear_fwd(be, y, x, weight, bias);
        rc = op_sync(be);
        if (rc != OK)
            return rc;
        spent_s = clock_s() - before_s;
        if (spent_s < *best_s)
            *best_s = spent_s;
    } while (clock_s() - start_s < 0.02);
    return OK;
}

int
ceiling_measure(double *flops, const struct backend *be, enum dtype real)
{
    static const int sizes[] = { 128, 256, 512, 1024 };
    const size_t     largest = 1024, elements = 3 * largest * largest + largest;
    void            *memory;
    double           best_s = 0;
    int              rc = op_alloc(be, &memory, elements * sizeof(float));

    *flops = 0;
    if (rc != OK)
        return rc;
    op_zero(be, view_of(memory, F32, 3 * (int)largest + 1, (int)largest));
    /* larger ones only while they are quick: the reference backend takes its time */
    for (int i = 0; i < 4 && rc == OK && best_s < 0.1; i++) {
        double size = sizes[i];

        rc = best_time(&best_s, be, real, memory, sizes[i]);
        if (rc == OK && 2 * size * size * size / best_s > *flops)
            *flops = 2 * size * size * size / best_s;
    }
    op_free(be, memory);
    return rc;
}
