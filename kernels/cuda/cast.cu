/* cast.cu -- wide numbers in the type of the activations: 6 bytes a number to bf16, which for the
 * weights of BERT-base is a quarter of what the optimiser's step moves. */
#include "kernels/cuda/cuda.h"

static constexpr unsigned THREADS = 256;

template <bool WIDE>
static __global__ void
__launch_bounds__(THREADS)
cast(bf16 *__restrict__ y, const float *__restrict__ x, size_t count)
{
    size_t i = ((size_t)blockIdx.x * THREADS + threadIdx.x) * 8;
    float  a[8];
    int    left;

    if (i >= count)
        return;
    left = (int)min(count - i, (size_t)8);
    load<WIDE>(a, x + i, left);
    store<WIDE>(y + i, a, left);
}

void
cuda_cast(struct view y, struct view x)
{
    size_t count = cuda_count(y);

    if (y.dtype == F32) {
        cuda_keep(cudaMemcpyAsync(y.data, x.data, count * sizeof(float), cudaMemcpyDeviceToDevice,
                      cuda_stream), "op_cast");
        return;
    }
    BOOL_SWITCH(cuda_flat_ok(y, x), WIDE,
        LAUNCH(cast<WIDE>, cuda_blocks(count, THREADS * 8), THREADS, 0, static_cast<bf16 *>(y.data),
            static_cast<const float *>(x.data), count));
}
