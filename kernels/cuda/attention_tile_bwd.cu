/* attention_tile_bwd.cu -- attention backward on tensor cores: bf16, 64 columns a head.
 *
 * Each 64 x 64 tile of logit gradients g, of a sequence, goes into four sums: dk and dv over the
 * queries, dq over the keys, dbias over the sequences.  A block can own one or two of them, and
 * what it does not own must be made again or go through memory, since nothing is added by atomics.
 * For 256 sequences of 512 and 12 heads:
 *
 *   one pass, dq through memory    5 products; dq in 8 parts of floats, 6.4 GB there and back
 *   one pass, dbias through memory 5 products; 805 M numbers to read and write, 6.4 GB
 *   two passes, which is done      7 products, 722 GFLOP for 516; nothing of the kind
 *
 * The pass by keys (attention_tile_key.cu) makes dk and dv, four products; the pass by queries
 * (attention_tile_query.cu) dq and dbias, three.  6.4 GB are 1.5 ms of device memory, or 1.2 ms of
 * L2; two products more, at the 300 TFLOP/s such kernels reach, 0.7 ms.
 *
 * dbias: a block of the second pass goes through a group of sequences and keeps 64 rows of it, a
 * segment of keys at a time, in shared memory.  A group's rows are its slab, H T T floats, 12.6 MB;
 * the slabs are added up in order.  There are so many groups that the GPU is filled, by the shapes
 * alone: 8 here, 100 MB written and read, 0.05 ms.
 *
 * Expected on one H200 for the shape above, in clocks of a multiprocessor:
 *   by keys     49,152 steps x 2 of 128 keys and 64 queries: products 1,650, shared memory 2,050
 *               (K and V read anew for 16 queries each, so that 128 sums fit the registers)
 *   by queries  196,608 tiles: products 620, shared memory 770, dbias 260, exponentials 260
 * 2,600 and 1,300 clocks where they overlap as is usual: 1.1 and 1.1 ms; L2 moves 5 and 8 GB, 0.9
 * and 1.5 ms.  So 1.2 + 1.6 + 0.2 for delta and slabs = 3.0 ms, 170 TFLOP/s of the 516 GFLOP; with
 * dropout, whose draws are made in both passes, 4 ms.  Not yet measured. */
#include "kernels/cuda/attention.cuh"

enum {
    THREADS = 256,
    ROW_LANES = 8    /* eight columns each */
};

/* delta -- dout . out of a head's columns, eight lanes a row of them. */
template <bool WIDE>
static __global__ void
__launch_bounds__(THREADS)
delta_kernel(float *delta, const bf16 *dout, const bf16 *out, size_t rows)
{
    size_t row = (size_t)blockIdx.x * (THREADS / ROW_LANES) + threadIdx.x / ROW_LANES;
    size_t from = row * ATTENTION_HEAD + threadIdx.x % ROW_LANES * 8;
    float  x[8], y[8], sum = 0;

    if (row < rows) {
        load<WIDE>(x, dout + from, 8);
        load<WIDE>(y, out + from, 8);
#pragma unroll
        for (int c = 0; c < 8; c++)
            sum = fmaf(x[c], y[c], sum);
    }
#pragma unroll
    for (int flip = ROW_LANES / 2; flip > 0; flip /= 2)
        sum += __shfl_xor_sync(0xffffffff, sum, flip);
    if (row < rows && threadIdx.x % ROW_LANES == 0)
        delta[row] = sum;
}

static __global__ void
__launch_bounds__(THREADS)
slabs_kernel(float *dbias, const float *slabs, size_t count, int groups)
{
    size_t i = (size_t)blockIdx.x * THREADS + threadIdx.x;
    float  sum = 0;

    if (i >= count)
        return;
    for (int g = 0; g < groups; g++)
        sum += slabs[(size_t)g * count + i];
    dbias[i] += sum;
}

/* segment_of -- twice the least where two blocks then fit a multiprocessor. */
static int
segment_of(const attention_job<bf16> &job)
{
    int device = 0, bytes = 0;

    if (!job.bias)
        return job.span;
    cuda_keep(cudaGetDevice(&device), "attention_bwd");
    cuda_keep(cudaDeviceGetAttribute(&bytes, cudaDevAttrMaxSharedMemoryPerMultiprocessor, device),
        "attention_bwd");
    return bytes >= 200 << 10 ? 2 * ATTENTION_SEGMENT : (int)ATTENTION_SEGMENT;
}

void
cuda_attention_tile_bwd(attention_job<bf16> job, int rows, float *dbias)
{
    struct room_attention room = room_attention(BF16, rows, job.sequences,
        job.bias ? job.positions : 0, job.heads, job.head_cols);
    size_t square = (size_t)job.heads * job.positions * job.positions;
    float *partial = static_cast<float *>(
        cuda_scratch("attention_bwd", room_attention_bytes(room)));
    float *slabs = partial + room.partial;

    if (!partial)
        return;
    job.delta = slabs + room.slabs;
    BOOL_SWITCH(job.by_pieces, WIDE,
        LAUNCH(delta_kernel<WIDE>, cuda_blocks(room.deltas, THREADS / ROW_LANES), THREADS, 0,
            job.delta, job.dout, job.out, room.deltas));
    cuda_attention_tile_key(job);
    cuda_attention_tile_query(job, slabs, partial, room.groups, segment_of(job));
    if (job.bias)
        LAUNCH(slabs_kernel, cuda_blocks(square, THREADS), THREADS, 0, dbias, slabs, square,
            room.groups);
}
