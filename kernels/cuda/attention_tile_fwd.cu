/* attention_tile_fwd.cu -- attention forward on tensor cores: bf16, 64 columns a head (after Dao et
 * al. 2022, arXiv:2205.14135, algorithm 1, and Dao 2023, arXiv:2307.08691, section 3).
 *
 * A block has 128 queries of one head of one sequence, 32 a warp, and goes through the keys 64 at a
 * time: two products with a softmax between them, its maximum and sum carried along, all in
 * registers.  Keys and values of the next 64 are copied meanwhile.  32 queries a warp, not 16,
 * since what is read from shared memory for a product serves them all: 64 KB a step, 512 clocks,
 * under the 830 that mma.sync needs for its 1 M products on sm_90 (two thirds of what wgmma would
 * reach).
 *
 * The bias stays float: rounded, it would be most of the error of lse.  Each step reads 32 KB of it
 * from L2, beside 16 KB of keys and values.
 *
 * Expected on one H200 for 256 sequences of 512, 12 heads, 206 GFLOP: 98,304 steps on 132
 * multiprocessors, each 830 clocks of products, 512 of exponentials and 640 of other arithmetic,
 * which overlap in part: 1,700 clocks, 0.72 ms; L2 moves 5 GB, 0.9 ms at 5.5 TB/s.  So 1.0 ms, 210
 * TFLOP/s.  With dropout, 20 wide multiplications for four probabilities, 1.4 to 1.7 ms.  Not yet
 * measured. */
#include "kernels/cuda/attention.cuh"

enum { QUERIES = 128, KEYS = 64, TILE = KEYS * ATTENTION_HEAD, STEP = 2 * TILE };

enum { PART = 32, BLOCKS = PART / 8 }; /* keys that a warp has in registers at a time */

/* What a warp carries along: 32 queries, two blocks of 16; a lane has rows g and g + 8 of each. */
struct running {
    struct mma_a q[2][4];
    struct mma_c mix[2][8];
    float        max[2][2], sum[2][2]; /* sum: of the lane's own columns */
    int          row[2], key[2][2];
};

/* running_begin -- queries from the tile; row: the lane's first one in each block. */
static __device__ __forceinline__ void
running_begin(struct running &r, const attention_job<bf16> &job,
    const struct attention_place &at, bf16 *queries, int query)
{
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32;

#pragma unroll
    for (int m = 0; m < 2; m++) {
        r.row[m] = query + warp * 32 + m * 16 + lane / 4;
#pragma unroll
        for (int k = 0; k < 4; k++)
            r.q[m][k] = attention_left(queries, warp * 32 + m * 16, k);
#pragma unroll
        for (int n = 0; n < 8; n++)
            r.mix[m][n] = {};
#pragma unroll
        for (int half = 0; half < 2; half++) {
            int i = r.row[m] + 8 * half;

            r.max[m][half] = -INFINITY;
            r.sum[m][half] = 0;
            r.key[m][half] = i < at.len ? job.key[at.first + i] : 0;
        }
    }
}

/* logits -- of the lane's queries and keys, in units of ln 2; -infinity beyond the sequence. */
template <bool BIAS>
static __device__ __forceinline__ void
logits(struct mma_c (*s)[BLOCKS], const struct running &r, const attention_job<bf16> &job,
    const struct attention_place &at, bf16 *keys, int part, int first)
{
    int lane = threadIdx.x % 32;

#pragma unroll
    for (int m = 0; m < 2; m++)
#pragma unroll
        for (int n = 0; n < BLOCKS; n++)
            s[m][n] = {};
#pragma unroll
    for (int k = 0; k < 4; k++)
#pragma unroll
        for (int n = 0; n < BLOCKS / 2; n++) {
            struct mma_b b[2];

            attention_right(b, keys, part + 16 * n, k);
#pragma unroll
            for (int m = 0; m < 2; m++) {
                mma_product(s[m][2 * n], r.q[m][k], b[0]);
                mma_product(s[m][2 * n + 1], r.q[m][k], b[1]);
            }
        }
#pragma unroll
    for (int m = 0; m < 2; m++)
#pragma unroll
        for (int n = 0; n < BLOCKS / 2; n++)
#pragma unroll
            for (int half = 0; half < 2; half++) {
                int          j = first + 16 * n + 4 * (lane % 4);
                float4       b = { 0, 0, 0, 0 };
                float       *low = s[m][2 * n].x + 2 * half, *high = s[m][2 * n + 1].x + 2 * half;
                const float  scale = job.scale * ATTENTION_LOG2E;

                if (BIAS)
                    b = attention_bias(job, at, r.row[m] + 8 * half, j);
                low[0] = fmaf(low[0], scale, b.x * ATTENTION_LOG2E);
                low[1] = fmaf(low[1], scale, b.y * ATTENTION_LOG2E);
                high[0] = fmaf(high[0], scale, b.z * ATTENTION_LOG2E);
                high[1] = fmaf(high[1], scale, b.w * ATTENTION_LOG2E);
                if (first + PART > at.len) {
                    low[0] = j < at.len ? low[0] : -INFINITY;
                    low[1] = j + 1 < at.len ? low[1] : -INFINITY;
                    high[0] = j + 2 < at.len ? high[0] : -INFINITY;
                    high[1] = j + 3 < at.len ? high[1] : -INFINITY;
                }
            }
}

/* softmax -- logits become exponentials above the greatest so far; where that has grown, what was
 * summed before shrinks. */
static __device__ __forceinline__ void
softmax(struct mma_c (*s)[BLOCKS], struct running &r)
{
#pragma unroll
    for (int m = 0; m < 2; m++)
#pragma unroll
        for (int half = 0; half < 2; half++) {
            float max = r.max[m][half], sum = 0;

#pragma unroll
            for (int n = 0; n < BLOCKS; n++)
                max = fmaxf(max, fmaxf(s[m][n].x[2 * half], s[m][n].x[2 * half + 1]));
            max = fmaxf(max, __shfl_xor_sync(0xffffffff, max, 1));
            max = fmaxf(max, __shfl_xor_sync(0xffffffff, max, 2));
            if (__any_sync(0xffffffff, max > r.max[m][half])) {
                float shrink = mma_exp2(r.max[m][half] - max);

                r.max[m][half] = max;
                r.sum[m][half] *= shrink;
#pragma unroll
                for (int n = 0; n < 8; n++) {
                    r.mix[m][n].x[2 * half] *= shrink;
                    r.mix[m][n].x[2 * half + 1] *= shrink;
                }
            }
#pragma unroll
            for (int n = 0; n < BLOCKS; n++)
#pragma unroll
                for (int e = 0; e < 2; e++) {
                    float &x = s[m][n].x[2 * half + e];

                    x = mma_exp2(x - max);
                    sum += x;
                }
            r.sum[m][half] += sum;
        }
}

static __device__ __forceinline__ void
drop(struct mma_c (*s)[BLOCKS], const struct running &r, const attention_job<bf16> &job,
    const struct attention_place &at, int first)
{
    int lane = threadIdx.x % 32, col = at.head * job.span + first + 4 * (lane % 4);

#pragma unroll
    for (int m = 0; m < 2; m++)
#pragma unroll
        for (int n = 0; n < BLOCKS / 2; n++)
#pragma unroll
            for (int half = 0; half < 2; half++) {
                struct philox word = attention_words(job.drop, r.key[m][half], col + 16 * n);

#pragma unroll
                for (int e = 0; e < 4; e++)
                    if (word.x[e] < job.drop.limit)
                        s[m][2 * n + e / 2].x[2 * half + e % 2] = 0;
            }
}

static __device__ __forceinline__ void
add_values(struct running &r, const struct mma_c (*s)[BLOCKS], bf16 *values, int part)
{
#pragma unroll
    for (int k = 0; k < PART / 16; k++) {
        struct mma_a a[2];

#pragma unroll
        for (int m = 0; m < 2; m++)
            a[m] = attention_rounded(s[m][2 * k], s[m][2 * k + 1]);
#pragma unroll
        for (int n = 0; n < 4; n++) {
            struct mma_b b[2];

            attention_right_turned(b, values, part + 16 * k, n);
#pragma unroll
            for (int m = 0; m < 2; m++) {
                mma_product(r.mix[m][2 * n], a[m], b[0]);
                mma_product(r.mix[m][2 * n + 1], a[m], b[1]);
            }
        }
    }
}

static __device__ __forceinline__ void
running_end(struct running &r, const attention_job<bf16> &job,
    const struct attention_place &at)
{
    int t = threadIdx.x % 4;

#pragma unroll
    for (int m = 0; m < 2; m++)
#pragma unroll
        for (int half = 0; half < 2; half++) {
            int       i = r.row[m] + 8 * half;
            size_t    row = (size_t)at.first + i;
            float     sum = r.sum[m][half], factor;
            bf16 *to = job.result + row * job.cols + at.head * ATTENTION_HEAD + 2 * t;

            sum += __shfl_xor_sync(0xffffffff, sum, 1);
            sum += __shfl_xor_sync(0xffffffff, sum, 2);
            factor = job.drop.kept / sum;
            if (i >= at.len)
                continue;
#pragma unroll
            for (int n = 0; n < 8; n++)
                attention_store(to + 8 * n, r.mix[m][n].x[2 * half] * factor,
                    r.mix[m][n].x[2 * half + 1] * factor, job.by_pieces);
            if (t == 0)
                job.lse[row * job.heads + at.head] =
                    r.max[m][half] * ATTENTION_LN2 + logf(sum);
        }
}

template <bool BIAS, bool DROP>
static __global__ void
__launch_bounds__(ATTENTION_THREADS, 2)
fwd_kernel(attention_job<bf16> job, int tiles)
{
    DYNAMIC_SHARED(bf16, room); /* for two steps: keys, then values */
    int query = blockIdx.x % tiles * QUERIES, head = blockIdx.x / tiles % job.heads;
    struct attention_place at = attention_place_of(job, blockIdx.x / tiles / job.heads, head);
    int             stride = 3 * job.cols;
    const bf16 *q = job.qkv + (size_t)at.first * stride + head * ATTENTION_HEAD;
    struct running  r;

    if (query >= at.len)
        return;
    /* queries wait where the second step's keys and values will be */
    attention_fetch<QUERIES, attention_slot>(room + STEP, q + (size_t)query * stride, stride,
        at.len - query, job.by_pieces);
    mma_copy_commit();
    attention_fetch<KEYS, attention_key_slot>(room, q + job.cols, stride, at.len, job.by_pieces);
    attention_fetch<KEYS, attention_key_slot>(room + TILE, q + 2 * job.cols, stride, at.len,
        job.by_pieces);
    mma_copy_commit();
    mma_copy_wait<1>();
    __syncthreads();
    running_begin(r, job, at, room + STEP, query);
    for (int first = 0; first < at.len; first += KEYS) {
        bf16       *here = room + first / KEYS % 2 * STEP;
        bf16       *next = room + (first / KEYS + 1) % 2 * STEP;
        const bf16 *k = q + job.cols + (size_t)(first + KEYS) * stride;

        mma_copy_wait<0>();
        __syncthreads(); /* this step has come, and nobody reads the one before any more */
        if (first + KEYS < at.len) {
            attention_fetch<KEYS, attention_key_slot>(next, k, stride, at.len - first - KEYS,
                job.by_pieces);
            attention_fetch<KEYS, attention_key_slot>(next + TILE, k + job.cols, stride,
                at.len - first - KEYS, job.by_pieces);
            mma_copy_commit();
        }
        if (query + (int)threadIdx.x / 32 * 32 >= at.len)
            continue; /* none of the warp's queries is there */
#pragma unroll 1
        for (int part = 0; part < KEYS && first + part < at.len; part += PART) {
            struct mma_c s[2][BLOCKS];

            logits<BIAS>(s, r, job, at, here, part, first + part);
            softmax(s, r);
            if (DROP)
                drop(s, r, job, at, first + part);
            add_values(r, s, here + TILE, part);
        }
    }
    running_end(r, job, at);
}

void
cuda_attention_tile_fwd(const attention_job<bf16> &job)
{
    unsigned tiles = cuda_blocks(job.span, QUERIES), blocks = tiles * job.heads * job.sequences;

    BOOL_SWITCH(job.bias, BIAS, BOOL_SWITCH(job.drop.limit, DROP,
        LAUNCH(fwd_kernel<BIAS, DROP>, blocks, ATTENTION_THREADS, 2 * STEP * sizeof(bf16), job,
            (int)tiles)));
}
