/* relative_bias.cu -- a bias of attention by distance alone. */
#include "kernels/cuda/distance.cuh"

static __global__ void
__launch_bounds__(DISTANCE_THREADS)
fwd_kernel(float *bias, const float *relative, distance_buckets buckets, int heads,
    int positions)
{
    size_t at = (size_t)blockIdx.x * DISTANCE_THREADS + threadIdx.x;
    int    row = (int)(at / positions), i = row % positions, j = (int)(at % positions);

    if (row < heads * positions)
        bias[at] = relative[distance_bucket(buckets, j - i) * heads + row / positions];
}

void
cuda_relative_bias_fwd(struct view bias, struct view relative, int heads)
{
    LAUNCH(fwd_kernel, cuda_blocks(cuda_count(bias), DISTANCE_THREADS), DISTANCE_THREADS, 0,
        static_cast<float *>(bias.data), static_cast<const float *>(relative.data),
        distance_buckets_of(), heads, bias.cols);
}

void
cuda_relative_bias_bwd(struct view drelative, struct view dbias, int heads)
{
    distance_bwd("relative_bias_bwd", static_cast<float *>(drelative.data),
        static_cast<const float *>(dbias.data), heads, dbias.cols, 0);
}
