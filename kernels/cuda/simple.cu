/* simple.cu -- zero, add, scale: as fast as memory.
 *
 * Of a BERT-base step these touch little (the sums of gradients by residuals).  Bytes an
 * element: add 3 times its size, scale twice.  A thread takes 16 bytes at a time; a grid of some
 * blocks a multiprocessor walks over all. */
#include "kernels/cuda/cuda.h"

static constexpr unsigned THREADS = 256, BLOCKS_MAX = 2048;

static unsigned
blocks_of(size_t count, int lanes)
{
    unsigned blocks = cuda_blocks(count, (size_t)THREADS * (size_t)lanes);

    return blocks < BLOCKS_MAX ? blocks : BLOCKS_MAX;
}

template <typename T, bool WIDE>
static __global__ void
__launch_bounds__(THREADS)
add(T *__restrict__ y, const T *__restrict__ x, size_t count)
{
    size_t step = (size_t)gridDim.x * THREADS * LANES<T>;

    for (size_t i = ((size_t)blockIdx.x * THREADS + threadIdx.x) * LANES<T>; i < count; i += step) {
        float a[LANES<T>], b[LANES<T>];
        int   left = (int)min(count - i, (size_t)LANES<T>);

        load<WIDE>(a, y + i, left);
        load<WIDE>(b, x + i, left);
#pragma unroll
        for (int k = 0; k < LANES<T>; k++)
            a[k] += b[k];
        store<WIDE>(y + i, a, left);
    }
}

template <typename T, bool WIDE>
static __global__ void
__launch_bounds__(THREADS)
scale(T *y, float factor, size_t count)
{
    size_t step = (size_t)gridDim.x * THREADS * LANES<T>;

    for (size_t i = ((size_t)blockIdx.x * THREADS + threadIdx.x) * LANES<T>; i < count; i += step) {
        float a[LANES<T>];
        int   left = (int)min(count - i, (size_t)LANES<T>);

        load<WIDE>(a, y + i, left);
#pragma unroll
        for (int k = 0; k < LANES<T>; k++)
            a[k] *= factor;
        store<WIDE>(y + i, a, left);
    }
}

void
cuda_zero(struct view y)
{
    size_t bytes = cuda_count(y) * dtype_bytes(y.dtype);

    if (bytes)
        cuda_keep(cudaMemsetAsync(y.data, 0, bytes, cuda_stream), "op_zero");
}

void
cuda_add(struct view y, struct view x)
{
    size_t count = cuda_count(y);

    REAL_SWITCH(y.dtype, T, BOOL_SWITCH(cuda_flat_ok(y, x), WIDE,
        LAUNCH(add<T, WIDE>, blocks_of(count, LANES<T>), THREADS, 0, static_cast<T *>(y.data),
            static_cast<const T *>(x.data), count)));
}

void
cuda_scale(struct view y, float factor)
{
    size_t count = cuda_count(y);

    REAL_SWITCH(y.dtype, T, BOOL_SWITCH(cuda_flat_ok(y), WIDE,
        LAUNCH(scale<T, WIDE>, blocks_of(count, LANES<T>), THREADS, 0, static_cast<T *>(y.data),
            factor, count)));
}
