/* square_error.c -- the loss of a regression, one number a row: nothing to make fast. */
#include "kernels/cpu/cpu.h"

void
cpu_square_error_fwd(struct view loss, struct view x, struct view target)
{
    const float *a = x.data, *b = target.data;
    float       *y = loss.data;

    for (int r = 0; r < x.rows; r++)
        y[r] = (a[r] - b[r]) * (a[r] - b[r]);
}

void
cpu_square_error_bwd(struct view x, struct view target, float factor)
{
    const float *b = target.data;
    float       *a = x.data;

    for (int r = 0; r < x.rows; r++)
        a[r] = 2 * (a[r] - b[r]) * factor;
}
