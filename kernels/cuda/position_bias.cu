/* position_bias.cu -- the positional logits of TUPE, and back.  Formulas: ops.h and
 * ref/position_bias.c.
 *
 * Once a micro-batch, for all layers: 0.4 GFLOP forward and 0.8 backward for BERT-base of 512
 * positions, so true floats on the ordinary units are fast enough: products of tiles of 32 x 32
 * from shared memory, some 0.1 ms each on an H200 (expected, not measured).  [CLS], which is row 0
 * and column 0, is apart: its logits are two products of rows, theta, and what comes back to those
 * rows is the sum of a row or column of dbias. */
#include "kernels/cuda/distance.cuh"

enum { TILE = 32, THREADS = 256, OWN = TILE * TILE / THREADS /* numbers of a thread */ };

struct job {
    const float *q, *k;
    int          heads, head_cols, cols, positions;
    float        scale;
};

static struct job
job_of(struct view q, struct view k, int heads, float scale)
{
    return { static_cast<const float *>(q.data), static_cast<const float *>(k.data), heads,
        q.cols / heads, q.cols, q.rows - 1, scale };
}

/* tile_sum -- sum[n] += the sum over c of a[row][c] b[col][c], for the thread's row and columns. */
static __device__ __forceinline__ void
tile_sum(float *sum, const float (*a)[TILE + 1], const float (*b)[TILE + 1])
{
    int row = threadIdx.x / 8, col = threadIdx.x % 8;

    for (int c = 0; c < TILE; c++)
#pragma unroll
        for (int n = 0; n < OWN; n++)
            sum[n] = fmaf(a[row][c], b[col + 8 * n][c], sum[n]);
}

struct tiles {
    float a[TILE][TILE + 1], b[TILE][TILE + 1];
};

/* ---- forward --------------------------------------------------------------------------------- */

/* theta -- scale q[row] . k[row] of a head. */
static __device__ __forceinline__ float
theta(const struct job &job, int row, int head)
{
    size_t at = (size_t)row * job.cols + head * job.head_cols;
    float  sum = 0;

    for (int d = 0; d < job.head_cols; d++)
        sum = fmaf(job.q[at + d], job.k[at + d], sum);
    return job.scale * sum;
}

static __global__ void
__launch_bounds__(THREADS)
fwd_kernel(float *bias, struct job job, const float *relative, distance_buckets buckets)
{
    DYNAMIC_SHARED(struct tiles, room);
    int   first_i = blockIdx.x * TILE, first_j = blockIdx.y * TILE, head = blockIdx.z;
    int   i = first_i + threadIdx.x / 8;
    float sum[OWN] = {};

    for (int first = 0; first < job.head_cols; first += TILE) {
#pragma unroll
        for (int n = 0; n < OWN; n++) {
            int    row = threadIdx.x / TILE + 8 * n, c = threadIdx.x % TILE;
            bool   in = first + c < job.head_cols;
            size_t at = (size_t)head * job.head_cols + first + c;

            room->a[row][c] = in && first_i + row < job.positions
                                  ? job.q[(size_t)(first_i + row + 1) * job.cols + at]
                                  : 0;
            room->b[row][c] = in && first_j + row < job.positions
                                  ? job.k[(size_t)(first_j + row + 1) * job.cols + at]
                                  : 0;
        }
        __syncthreads();
        tile_sum(sum, room->a, room->b);
        __syncthreads();
    }
#pragma unroll
    for (int n = 0; n < OWN; n++) {
        int   j = first_j + threadIdx.x % 8 + 8 * n;
        int   bucket = i == 0 ? 16 : j == 0 ? 32 : distance_bucket(buckets, j - i);
        float x = i == 0 ? theta(job, 0, head) : j == 0 ? theta(job, 1, head) : job.scale * sum[n];

        if (i < job.positions && j < job.positions)
            bias[((size_t)head * job.positions + i) * job.positions + j] =
                relative ? x + relative[bucket * job.heads + head] : x;
    }
}

void
cuda_position_bias_fwd(struct view bias, struct view q, struct view k, struct view relative,
    int heads, float scale)
{
    struct job job = job_of(q, k, heads, scale);
    unsigned   tiles = cuda_blocks(job.positions, TILE);

    LAUNCH(fwd_kernel, dim3(tiles, tiles, heads), THREADS, sizeof(struct tiles),
        static_cast<float *>(bias.data), job, static_cast<const float *>(relative.data),
        distance_buckets_of());
}

/* ---- backward -------------------------------------------------------------------------------- */

/* product_kernel -- for i from 1: to[i + 1] = scale times the sum over j from 1 of dbias[i][j]
 * from[j + 1]; TURNED: of dbias[j][i] from[j + 1].  A block has 32 rows and 32 columns of a head.
 * */
template <bool TURNED>
static __global__ void
__launch_bounds__(THREADS)
product_kernel(float *to, const float *from, const float *dbias, struct job job)
{
    DYNAMIC_SHARED(struct tiles, room);
    int   first_i = blockIdx.x * TILE, first_d = blockIdx.y * TILE, head = blockIdx.z;
    int   i = first_i + threadIdx.x / 8;
    float sum[OWN] = {};

    dbias += (size_t)head * job.positions * job.positions;
    for (int first = 0; first < job.positions; first += TILE) {
#pragma unroll
        for (int n = 0; n < OWN; n++) {
            int row = threadIdx.x / TILE + 8 * n, c = threadIdx.x % TILE;
            /* of dbias as it lies, and of `from`, whose columns are the tile's rows */
            int  y = (TURNED ? first : first_i) + row, x = (TURNED ? first_i : first) + c;
            bool in = y > 0 && x > 0 && y < job.positions && x < job.positions;
            int  j = first + row, d = first_d + c;

            (TURNED ? room->a[c][row] : room->a[row][c]) =
                in ? dbias[(size_t)y * job.positions + x] : 0;
            room->b[c][row] = j < job.positions && d < job.head_cols
                                  ? from[(size_t)(j + 1) * job.cols + head * job.head_cols + d]
                                  : 0;
        }
        __syncthreads();
        tile_sum(sum, room->a, room->b);
        __syncthreads();
    }
#pragma unroll
    for (int n = 0; n < OWN; n++) {
        int d = first_d + threadIdx.x % 8 + 8 * n;

        if (i > 0 && i < job.positions && d < job.head_cols)
            to[(size_t)(i + 1) * job.cols + head * job.head_cols + d] = job.scale * sum[n];
    }
}

/* theta_kernel -- rows 0 and 1 of dq and dk, and of drelative what [CLS] has in it.  A block has
 * one head and one of the two: the sum of row 0 of dbias, or of column 0 below it. */
static __global__ void
__launch_bounds__(THREADS)
theta_kernel(float *dq, float *dk, float *drelative, const float *dbias, struct job job)
{
    int    head = blockIdx.x / 2, row = blockIdx.x % 2;
    size_t at = (size_t)row * job.cols + head * job.head_cols;
    double sum = 0;

    dbias += (size_t)head * job.positions * job.positions;
    for (int r = row + threadIdx.x; r < job.positions; r += THREADS)
        sum += (double)dbias[row ? (size_t)r * job.positions : (size_t)r];
    sum = block_sum(sum);
    if (drelative && threadIdx.x == 0) {
        float *to = drelative + (row ? 32 : 16) * job.heads + head;

        *to = (float)((double)*to + sum);
    }
    for (int d = threadIdx.x; d < job.head_cols; d += THREADS) {
        dq[at + d] = job.scale * (float)sum * job.k[at + d];
        dk[at + d] = job.scale * (float)sum * job.q[at + d];
    }
}

void
cuda_position_bias_bwd(struct view dq, struct view dk, struct view drelative, struct view dbias,
    struct view q, struct view k, int heads, float scale)
{
    struct job   job = job_of(q, k, heads, scale);
    const float *from = static_cast<const float *>(dbias.data);
    float       *to_q = static_cast<float *>(dq.data), *to_k = static_cast<float *>(dk.data);
    float       *table = static_cast<float *>(drelative.data);
    dim3         grid(cuda_blocks(job.positions, TILE), cuda_blocks(job.head_cols, TILE), heads);

    LAUNCH(product_kernel<false>, grid, THREADS, sizeof(struct tiles), to_q, job.k, from, job);
    LAUNCH(product_kernel<true>, grid, THREADS, sizeof(struct tiles), to_k, job.q, from, job);
    LAUNCH(theta_kernel, 2 * heads, THREADS, 0, to_q, to_k, table, from, job);
    if (table)
        distance_bwd("position_bias_bwd", table, from, heads, job.positions, 1);
}
