/* clip.c -- the norm of a gradient, and what brings it to a limit. */
#include <float.h>
#include <math.h>

#include "kernels/ref/ref.h"

/* 1 + the number of the first element whose square is more than `most`, or not a number. */
static double
first_beyond(struct view x, double most)
{
    for (int r = 0; r < x.rows; r++)
        for (int c = 0; c < x.cols; c++)
            if (!(ref_at(x, r, c) * ref_at(x, r, c) <= most))
                return 1 + (double)r * x.cols + c;
    return 0;
}

void
ref_clip(struct view scale, struct view norm, struct view x, double limit)
{
    double length, factor;

    ref_sum_squares(scale, x);
    length = sqrt(ref_at(scale, 0, 0));
    factor = limit > 0 && length > limit ? limit / (length + 1e-6) : 1;
    ref_set(scale, 0, 0, isfinite(length) ? factor : (double)NAN);
    ref_set(norm, 0, 0, length);
    ref_set(norm, 0, 1,
        isfinite(length) ? 0 : first_beyond(x, x.dtype == F64 ? DBL_MAX : (double)FLT_MAX));
}
