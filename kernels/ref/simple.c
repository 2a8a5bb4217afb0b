/* simple.c -- zero, add, scale, the sum of squares. */
#include <string.h>

#include "kernels/ref/ref.h"

void
ref_zero(struct view y)
{
    if (y.rows)
        memset(y.data, 0, (size_t)y.rows * (size_t)y.cols * dtype_bytes(y.dtype));
}

void
ref_add(struct view y, struct view x)
{
    for (int r = 0; r < y.rows; r++)
        for (int c = 0; c < y.cols; c++)
            ref_add_to(y, r, c, ref_at(x, r, c));
}

void
ref_scale(struct view y, float factor)
{
    for (int r = 0; r < y.rows; r++)
        for (int c = 0; c < y.cols; c++)
            ref_set(y, r, c, ref_at(y, r, c) * (double)factor);
}

void
ref_sum_squares(struct view sum, struct view x)
{
    double total = 0;

    for (int r = 0; r < x.rows; r++)
        for (int c = 0; c < x.cols; c++)
            total += ref_at(x, r, c) * ref_at(x, r, c);
    ref_set(sum, 0, 0, total);
}
