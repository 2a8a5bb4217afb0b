/* tanh.cu -- the hyperbolic tangent of the classification head: a few thousand numbers. */
#include "kernels/cuda/cuda.h"

static constexpr unsigned THREADS = 256;

template <typename T>
static __global__ void
__launch_bounds__(THREADS)
forward(T *y, const T *x, size_t count)
{
    size_t i = (size_t)blockIdx.x * THREADS + threadIdx.x;

    if (i < count)
        y[i] = from_float<T>(tanhf(to_float(x[i])));
}

template <typename T>
static __global__ void
__launch_bounds__(THREADS)
backward(T *dx, const T *dy, const T *y, size_t count)
{
    size_t i = (size_t)blockIdx.x * THREADS + threadIdx.x;

    if (i < count) {
        float t = to_float(y[i]);

        dx[i] = from_float<T>(to_float(dy[i]) * (1 - t * t));
    }
}

void
cuda_tanh_fwd(struct view y, struct view x)
{
    size_t count = cuda_count(x);

    REAL_SWITCH(x.dtype, T, LAUNCH(forward<T>, cuda_blocks(count, THREADS), THREADS, 0,
        static_cast<T *>(y.data), static_cast<const T *>(x.data), count));
}

void
cuda_tanh_bwd(struct view dx, struct view dy, struct view y)
{
    size_t count = cuda_count(y);

    REAL_SWITCH(y.dtype, T, LAUNCH(backward<T>, cuda_blocks(count, THREADS), THREADS, 0,
        static_cast<T *>(dx.data), static_cast<const T *>(dy.data),
        static_cast<const T *>(y.data), count));
}
