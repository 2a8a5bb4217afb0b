/* logistic.cu -- the loss of a yes or no; a number a thread. */
#include "kernels/cuda/cuda.h"

enum { THREADS = 256 };

template <typename T>
static __global__ void
logistic_fwd(float *stat, const T *x, const int32_t *target, int rows, struct fault fault)
{
    int r = (int)(blockIdx.x * THREADS + threadIdx.x);

    if (r < rows && index_ok(fault, target[r] == 0 || target[r] == 1)) {
        float value = to_float(x[r]);
        bool  yes = target[r] != 0;

        stat[2 * (size_t)r] = fmaxf(value, 0) + log1pf(expf(-fabsf(value))) - (yes ? value : 0);
        stat[2 * (size_t)r + 1] = (value > 0) == yes ? 1 : 0;
    }
}

template <typename T>
static __global__ void
logistic_bwd(T *x, const int32_t *target, float factor, int rows)
{
    int r = (int)(blockIdx.x * THREADS + threadIdx.x);

    if (r < rows)
        x[r] = from_float<T>((1 / (1 + expf(-to_float(x[r]))) - (float)target[r]) * factor);
}

void
cuda_logistic_fwd(struct view stat, struct view x, struct view target)
{
    REAL_SWITCH(x.dtype, T,
        LAUNCH(logistic_fwd<T>, cuda_blocks((size_t)x.rows, THREADS), THREADS, 0,
            (float *)stat.data, (const T *)x.data, (const int32_t *)target.data, x.rows,
            cuda_fault("op_logistic_fwd")));
}

void
cuda_logistic_bwd(struct view x, struct view target, float factor)
{
    REAL_SWITCH(x.dtype, T,
        LAUNCH(logistic_bwd<T>, cuda_blocks((size_t)x.rows, THREADS), THREADS, 0, (T *)x.data,
            (const int32_t *)target.data, factor, x.rows));
}
