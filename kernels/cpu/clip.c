/* clip.c -- the norm of a gradient, and what brings it to a limit. */
#include <float.h>
#include <math.h>

#include "kernels/cpu/cpu.h"

void
cpu_clip(struct view scale, struct view norm, struct view x, double limit)
{
    const float *at = x.data;
    float       *factor = scale.data;
    double      *told = norm.data, length;
    size_t       count = (size_t)x.rows * (size_t)x.cols, i = 0;

    cpu_sum_squares(scale, x);
    length = sqrt((double)*factor);
    told[0] = length;
    told[1] = 0;
    *factor = (float)(limit > 0 && length > limit ? limit / (length + 1e-6) : 1);
    if (isfinite(length))
        return;
    *factor = (float)NAN;
    while (i < count && at[i] * at[i] <= FLT_MAX)
        i++;
    if (i < count)
        told[1] = 1 + (double)i;
}
