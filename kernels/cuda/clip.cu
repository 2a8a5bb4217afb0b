/* clip.cu -- the norm of a gradient, and what brings it to a limit: the sum of squares, then one
 * block that makes both of it.  Where the norm is no number that block looks for the first element
 * to blame: slowly, since that happens once in a run. */
#include "kernels/cuda/cuda.h"

#include <float.h>

enum { THREADS = 1024 };

static __global__ void
__launch_bounds__(THREADS)
clip(float *scale, double *norm, const float *x, size_t count, double limit)
{
    double length = sqrt((double)*scale), first = (double)count;

    if (length <= DBL_MAX) { /* alike for all threads */
        __syncthreads();     /* all have read the sum */
        if (threadIdx.x == 0) {
            *scale = (float)(limit > 0 && length > limit ? limit / (length + 1e-6) : 1);
            norm[0] = length;
            norm[1] = 0;
        }
        return;
    }
    for (size_t i = threadIdx.x; i < count && first == (double)count; i += THREADS)
        if (!(x[i] * x[i] <= FLT_MAX))
            first = (double)i;
    first = -block_max(-first);
    if (threadIdx.x == 0) {
        *scale = nanf("");
        norm[0] = length;
        norm[1] = first < (double)count ? 1 + first : 0;
    }
}

void
cuda_clip(struct view scale, struct view norm, struct view x, double limit)
{
    cuda_sum_squares(scale, x);
    LAUNCH(clip, 1, THREADS, 0, (float *)scale.data, (double *)norm.data, (const float *)x.data,
        cuda_count(x), limit);
}
