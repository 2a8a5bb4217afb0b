/* attention_plain.cu -- attention for any type and head size, in true floats: what the tensor
 * cores' kernels are checked by, and what they do not know.  Scores stay in registers here too.
 *
 * A warp has one row of one head: a query, or in the backward a query or a key.  It meets 32 rows
 * of the other side at a time, a lane each, and then its lanes, a column each, add up what those
 * rows give.  The gradient of the bias has a thread for each of its numbers, which goes through all
 * sequences: the same two products once more, and an order that is fixed. */
#include "kernels/cuda/attention.cuh"

enum { WARPS = ATTENTION_THREADS / WARP };

/* Where row r of the sequence has the head's columns: of q, k and v for `which` 0, 1 and 2. */
template <typename T>
static __device__ __forceinline__ size_t
qkv_at(const attention_job<T> &job, const struct attention_place &at, int r, int which)
{
    return ((size_t)at.first + r) * 3 * job.cols + (size_t)which * job.cols +
           at.head * job.head_cols;
}

template <typename T>
static __device__ __forceinline__ size_t
out_at(const attention_job<T> &job, const struct attention_place &at, int r)
{
    return ((size_t)at.first + r) * job.cols + at.head * job.head_cols;
}

template <typename T>
static __device__ __forceinline__ float
dot(const float *x, const T *y, int count)
{
    float sum = 0;

    for (int d = 0; d < count; d++)
        sum = fmaf(x[d], to_float(y[d]), sum);
    return sum;
}

template <typename T>
static __device__ __forceinline__ float
bias_of(const attention_job<T> &job, const struct attention_place &at, int i, int j)
{
    return job.bias ? job.bias[((size_t)at.head * job.positions + i) * job.positions + j] : 0;
}

/* factor_of -- what the dropout multiplies the probability of key j for query i by. */
template <typename T>
static __device__ __forceinline__ float
factor_of(const attention_job<T> &job, const struct attention_place &at, int i, int j)
{
    if (!job.drop.limit)
        return 1;
    return attention_words(job.drop, job.key[at.first + i], at.head * job.span + j).x[0] <
                   job.drop.limit
               ? 0
               : job.drop.kept;
}

/* place_of -- the warp's row of its sequence; beyond the sequence there is nothing to do. */
template <typename T>
static __device__ __forceinline__ struct attention_place
place_of(int *row, const attention_job<T> &job, int pieces)
{
    *row = blockIdx.x % pieces * WARPS + threadIdx.x / WARP;
    return attention_place_of(job, blockIdx.x / pieces / job.heads,
        blockIdx.x / pieces % job.heads);
}

/* ---- forward --------------------------------------------------------------------------------- */

/* In the warp's shared memory: its query and the sum of values, head_cols floats each, and 32
 * probabilities. */
template <typename T>
static __global__ void
__launch_bounds__(ATTENTION_THREADS, 4)
fwd_kernel(attention_job<T> job, int pieces)
{
    DYNAMIC_SHARED(float, room);
    int                    i, cols = job.head_cols, lane = threadIdx.x % WARP;
    struct attention_place at = place_of(&i, job, pieces);
    float *q = room + threadIdx.x / WARP * (2 * cols + WARP), *mix = q + cols, *share = mix + cols;
    float  max = -INFINITY, sum = 0;

    if (i >= at.len)
        return;
    for (int d = lane; d < cols; d += WARP) {
        q[d] = to_float(job.qkv[qkv_at(job, at, i, 0) + d]);
        mix[d] = 0;
    }
    __syncwarp();
    for (int first = 0; first < at.len; first += WARP) {
        int   j = first + lane, count = min(at.len - first, (int)WARP);
        float x = -INFINITY, p = 0, more, shrink;

        if (j < at.len)
            x = fmaf(dot(q, job.qkv + qkv_at(job, at, j, 1), cols), job.scale,
                bias_of(job, at, i, j));
        more = fmaxf(max, warp_max(x));
        shrink = expf(max - more);
        max = more;
        if (j < at.len)
            p = expf(x - max);
        sum = sum * shrink + warp_sum(p);
        share[lane] = p > 0 ? p * factor_of(job, at, i, j) : 0;
        __syncwarp();
        for (int d = lane; d < cols; d += WARP) {
            float add = mix[d] * shrink;

            for (int r = 0; r < count; r++)
                add = fmaf(share[r], to_float(job.qkv[qkv_at(job, at, first + r, 2) + d]), add);
            mix[d] = add;
        }
        __syncwarp();
    }
    for (int d = lane; d < cols; d += WARP)
        job.result[out_at(job, at, i) + d] = from_float<T>(mix[d] / sum);
    if (lane == 0)
        job.lse[((size_t)at.first + i) * job.heads + at.head] = max + logf(sum);
}

/* ---- backward -------------------------------------------------------------------------------- */

/* What query i and key j give each other, from s = q . k and slope = dout . v. */
struct pair {
    float share, gradient; /* dropped(p), and that of the logit */
};

template <typename T>
static __device__ __forceinline__ struct pair
pair_of(const attention_job<T> &job, const struct attention_place &at, int i, int j, float s,
    float slope)
{
    size_t own = ((size_t)at.first + i) * job.heads + at.head;
    float  p = expf(fmaf(s, job.scale, bias_of(job, at, i, j)) - job.lse[own]);
    float  factor = factor_of(job, at, i, j);

    return { p * factor, p * (slope * factor - job.delta[own]) };
}

template <typename T>
static __global__ void
__launch_bounds__(ATTENTION_THREADS, 4)
delta_kernel(attention_job<T> job, int pieces)
{
    int                    i, lane = threadIdx.x % WARP;
    struct attention_place at = place_of(&i, job, pieces);
    float                  sum = 0;

    if (i >= at.len)
        return;
    for (int d = lane; d < job.head_cols; d += WARP)
        sum += to_float(job.dout[out_at(job, at, i) + d]) *
               to_float(job.out[out_at(job, at, i) + d]);
    sum = warp_sum(sum);
    if (lane == 0)
        job.delta[((size_t)at.first + i) * job.heads + at.head] = sum;
}

/* row_kernel -- the gradients of a query, or with KEY of a key and its value.  q and dout stand
 * opposite k and v: the warp has `own` two of the one pair, and meets those of the other.  In its
 * shared memory: own and sum, twice head_cols floats each, and twice 32 numbers. */
template <typename T, bool KEY>
static __global__ void
__launch_bounds__(ATTENTION_THREADS, 4)
row_kernel(attention_job<T> job, int pieces)
{
    DYNAMIC_SHARED(float, room);
    int                    row, cols = job.head_cols, lane = threadIdx.x % WARP;
    struct attention_place at = place_of(&row, job, pieces);
    float *own = room + threadIdx.x / WARP * (4 * cols + 2 * WARP), *sum = own + 2 * cols;
    float *gradient = sum + 2 * cols, *share = gradient + WARP;

    if (row >= at.len)
        return;
    for (int d = lane; d < cols; d += WARP) {
        own[d] = to_float(job.qkv[qkv_at(job, at, row, KEY ? 1 : 0) + d]);
        own[cols + d] = to_float(KEY ? job.qkv[qkv_at(job, at, row, 2) + d]
                                     : job.dout[out_at(job, at, row) + d]);
        sum[d] = sum[cols + d] = 0;
    }
    __syncwarp();
    for (int first = 0; first < at.len; first += WARP) {
        int         r = first + lane, count = min(at.len - first, (int)WARP);
        struct pair give = { 0, 0 };

        if (r < at.len) {
            const T *other = job.qkv + qkv_at(job, at, r, KEY ? 0 : 1);
            const T *second = KEY ? job.dout + out_at(job, at, r)
                                  : job.qkv + qkv_at(job, at, r, 2);

            give = pair_of(job, at, KEY ? r : row, KEY ? row : r, dot(own, other, cols),
                dot(own + cols, second, cols));
        }
        gradient[lane] = give.gradient;
        share[lane] = give.share;
        __syncwarp();
        for (int d = lane; d < cols; d += WARP)
            for (int c = 0; c < count; c++) {
                float other = to_float(job.qkv[qkv_at(job, at, first + c, KEY ? 0 : 1) + d]);

                sum[d] = fmaf(gradient[c], other, sum[d]);
                if (KEY)
                    sum[cols + d] = fmaf(share[c],
                        to_float(job.dout[out_at(job, at, first + c) + d]), sum[cols + d]);
            }
        __syncwarp();
    }
    for (int d = lane; d < cols; d += WARP) {
        job.result[qkv_at(job, at, row, KEY ? 1 : 0) + d] = from_float<T>(sum[d] * job.scale);
        if (KEY)
            job.result[qkv_at(job, at, row, 2) + d] = from_float<T>(sum[cols + d]);
    }
}

template <typename T>
static __global__ void
__launch_bounds__(ATTENTION_THREADS, 4)
bias_kernel(attention_job<T> job, float *dbias, int rows)
{
    size_t                 e = (size_t)blockIdx.x * ATTENTION_THREADS + threadIdx.x;
    int                    r = (int)(e / job.positions), j = (int)(e % job.positions);
    struct attention_place at;
    int                    i = r % job.positions;
    float                  sum = 0;

    if (r >= rows)
        return;
    for (int s = 0; s < job.sequences; s++) {
        float product = 0, slope = 0;

        at = attention_place_of(job, s, r / job.positions);
        if (i >= at.len || j >= at.len)
            continue;
        for (int d = 0; d < job.head_cols; d++) {
            product = fmaf(to_float(job.qkv[qkv_at(job, at, i, 0) + d]),
                to_float(job.qkv[qkv_at(job, at, j, 1) + d]), product);
            slope = fmaf(to_float(job.dout[out_at(job, at, i) + d]),
                to_float(job.qkv[qkv_at(job, at, j, 2) + d]), slope);
        }
        sum += pair_of(job, at, i, j, product, slope).gradient;
    }
    dbias[e] += sum;
}

/* ---- calls ----------------------------------------------------------------------------------- */

template <typename T>
static void
plain_fwd(const attention_job<T> &job)
{
    unsigned pieces = cuda_blocks(job.span, WARPS), blocks = pieces * job.heads * job.sequences;
    size_t   room = (size_t)WARPS * (2 * job.head_cols + WARP) * sizeof(float);

    LAUNCH(fwd_kernel<T>, blocks, ATTENTION_THREADS, room, job, (int)pieces);
}

template <typename T>
static void
plain_bwd(attention_job<T> job, int rows, float *dbias)
{
    unsigned pieces = cuda_blocks(job.span, WARPS), blocks = pieces * job.heads * job.sequences;
    size_t   room = (size_t)WARPS * (4 * job.head_cols + 2 * WARP) * sizeof(float);
    int      bias_rows = job.heads * job.positions;

    job.delta = static_cast<float *>(cuda_scratch("attention_bwd", room_attention_bytes(
        room_attention(F32, rows, job.sequences, 0, job.heads, job.head_cols))));
    if (!job.delta)
        return;
    LAUNCH(delta_kernel<T>, blocks, ATTENTION_THREADS, 0, job, (int)pieces);
    LAUNCH(row_kernel<T, false>, blocks, ATTENTION_THREADS, room, job, (int)pieces);
    LAUNCH(row_kernel<T, true>, blocks, ATTENTION_THREADS, room, job, (int)pieces);
    if (job.bias)
        LAUNCH(bias_kernel<T>, cuda_blocks((size_t)bias_rows * job.positions, ATTENTION_THREADS),
            ATTENTION_THREADS, 0, job, dbias, bias_rows);
}

void
cuda_attention_plain_fwd(const attention_job<float> &job)
{
    plain_fwd(job);
}

void
cuda_attention_plain_fwd(const attention_job<bf16> &job)
{
    plain_fwd(job);
}

void
cuda_attention_plain_bwd(const attention_job<float> &job, int rows, float *dbias)
{
    plain_bwd(job, rows, dbias);
}

void
cuda_attention_plain_bwd(const attention_job<bf16> &job, int rows, float *dbias)
{
    plain_bwd(job, rows, dbias);
}
