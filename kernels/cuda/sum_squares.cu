/* sum_squares.cu -- the sum of x^2 in double: each of some blocks sums what is its, then one block
 * sums the blocks.  How many blocks there are follows from the count alone, so the order of the sum
 * does.  Bytes: R C reals read. */
#include "kernels/cuda/part.cuh"
#include "kernels/cuda/room.h"

enum { THREADS = 256, EACH = 8 };

template <typename T, bool WIDE>
static __global__ void
__launch_bounds__(THREADS)
squares(double *part, const T *x, size_t count)
{
    double sum = 0;

    for (size_t i = ((size_t)blockIdx.x * THREADS + threadIdx.x) * LANES<T>; i < count;
         i += (size_t)gridDim.x * THREADS * LANES<T>) {
        float v[LANES<T>];

        part_load<WIDE>(v, x + i, (int)min(count - i, (size_t)LANES<T>));
#pragma unroll
        for (int k = 0; k < LANES<T>; k++)
            sum += (double)v[k] * (double)v[k];
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0)
        part[blockIdx.x] = sum;
}

static __global__ void
__launch_bounds__(THREADS)
sum_parts(float *to, const double *part, int parts)
{
    double sum = 0;

    for (int i = (int)threadIdx.x; i < parts; i += THREADS)
        sum += part[i];
    sum = block_sum(sum);
    if (threadIdx.x == 0)
        *to = (float)sum;
}

void
cuda_sum_squares(struct view sum, struct view x)
{
    size_t  count = cuda_count(x);
    int     blocks = (int)min(cuda_blocks(count, THREADS * EACH), (unsigned)SQUARES_BLOCKS);
    double *part = (double *)cuda_scratch(__func__, room_squares());

    if (part == NULL)
        return;
    REAL_SWITCH(x.dtype, T, BOOL_SWITCH(part_ok(x), WIDE,
        LAUNCH(squares<T, WIDE>, blocks, THREADS, 0, part, (const T *)x.data, count)));
    LAUNCH(sum_parts, 1, THREADS, 0, (float *)sum.data, part, blocks);
}
