/* square_error.cu -- the loss of a regression; a number a thread. */
#include "kernels/cuda/cuda.h"

enum { THREADS = 256 };

template <typename T>
static __global__ void
square_error_fwd(float *loss, const T *x, const float *target, int rows)
{
    int r = (int)(blockIdx.x * THREADS + threadIdx.x);

    if (r < rows) {
        float difference = to_float(x[r]) - target[r];

        loss[r] = difference * difference;
    }
}

template <typename T>
static __global__ void
square_error_bwd(T *x, const float *target, float factor, int rows)
{
    int r = (int)(blockIdx.x * THREADS + threadIdx.x);

    if (r < rows)
        x[r] = from_float<T>(2 * (to_float(x[r]) - target[r]) * factor);
}

void
cuda_square_error_fwd(struct view loss, struct view x, struct view target)
{
    REAL_SWITCH(x.dtype, T,
        LAUNCH(square_error_fwd<T>, cuda_blocks((size_t)x.rows, THREADS), THREADS, 0,
            (float *)loss.data, (const T *)x.data, (const float *)target.data, x.rows));
}

void
cuda_square_error_bwd(struct view x, struct view target, float factor)
{
    REAL_SWITCH(x.dtype, T,
        LAUNCH(square_error_bwd<T>, cuda_blocks((size_t)x.rows, THREADS), THREADS, 0, (T *)x.data,
            (const float *)target.data, factor, x.rows));
}
