/* attention_tile_query.cu -- the gradients of queries and of the bias on tensor cores; see
 * attention_tile_bwd.cu for why there are two passes.
 *
 * A block has 64 queries of one head, 16 a warp, of all the sequences of a group, one after the
 * other, and goes through their keys 64 at a time:
 *
 *     s = q k^T      p = exp(scale s + bias - lse)
 *     d = dout v^T   g = p (dropped(d) - delta)         dbias += g    dq += scale g k
 *
 * dq stays in registers; dbias, 64 rows of it, in shared memory, where each number has one thread
 * that adds to it, so that no barrier is needed and the order is that of the sequences.  At last
 * the block writes its rows into the group's slab, and attention_tile_bwd.cu adds up the slabs.
 *
 * Shared memory has room for the gradient of `segment` keys.  With more of them the block goes
 * through its sequences once for each segment, and dq waits between as floats. */
#include "kernels/cuda/attention.cuh"

enum {
    QUERIES = 64,
    KEYS = 64,
    PART = 32, /* keys that a warp has in registers at a time */
    TILE = KEYS * ATTENTION_HEAD,
    STEP = 2 * TILE,
    QUADS = PART / 8 /* a thread's of dbias, from a part */
};

/* What a warp knows of its 16 queries; a lane has rows g and g + 8. */
struct queries {
    struct mma_a q[4], dout[4];
    struct mma_c dq[8];
    float        lse[2], delta[2];
    int          row, key[2];
};

/* queries_begin -- from the tiles; dq from what segments before have left, if any. */
static __device__ __forceinline__ void
queries_begin(struct queries &r, const attention_job<bf16> &job, const struct attention_place &at,
    bf16 *room, const float *partial)
{
    int warp = threadIdx.x / 32, t = threadIdx.x % 4;

#pragma unroll
    for (int k = 0; k < 4; k++) {
        r.q[k] = attention_left(room, warp * 16, k);
        r.dout[k] = attention_left(room + TILE, warp * 16, k);
    }
#pragma unroll
    for (int half = 0; half < 2; half++) {
        int    i = r.row + 8 * half;
        bool   there = i < at.len;
        size_t row = (size_t)at.first + (there ? i : 0), own = row * job.heads + at.head;

        r.lse[half] = there ? job.lse[own] * ATTENTION_LOG2E : 0;
        r.delta[half] = there ? job.delta[own] : 0;
        r.key[half] = there ? job.key[row] : 0;
#pragma unroll
        for (int n = 0; n < 8; n++) {
            float2 before = { 0, 0 };

            if (partial && there)
                before = *(const float2 *)(partial + row * job.cols + at.head * ATTENTION_HEAD +
                                           8 * n + 2 * t);
            r.dq[n].x[2 * half] = before.x;
            r.dq[n].x[2 * half + 1] = before.y;
        }
    }
}

static __device__ __forceinline__ void
queries_end(const struct queries &r, const attention_job<bf16> &job,
    const struct attention_place &at, float *partial)
{
#pragma unroll
    for (int half = 0; half < 2; half++) {
        size_t row = (size_t)at.first + r.row + 8 * half;
        int    column = at.head * ATTENTION_HEAD + threadIdx.x % 4 * 2;

        if (r.row + 8 * half >= at.len)
            continue;
#pragma unroll
        for (int n = 0; n < 8; n++) {
            float low = r.dq[n].x[2 * half], high = r.dq[n].x[2 * half + 1];

            if (partial)
                *(float2 *)(partial + row * job.cols + column + 8 * n) = { low, high };
            else
                attention_store(job.result + row * 3 * job.cols + column + 8 * n, low * job.scale,
                    high * job.scale, job.by_pieces);
        }
    }
}

static __device__ __forceinline__ void
two_products(struct mma_c *s, struct mma_c *d, const struct queries &r, bf16 *keys, int part)
{
#pragma unroll
    for (int n = 0; n < PART / 8; n++)
        s[n] = d[n] = {};
#pragma unroll
    for (int k = 0; k < 4; k++)
#pragma unroll
        for (int n = 0; n < PART / 16; n++) {
            struct mma_b b[2];

            attention_right(b, keys, part + 16 * n, k);
            mma_product(s[2 * n], r.q[k], b[0]);
            mma_product(s[2 * n + 1], r.q[k], b[1]);
            attention_right(b, keys + TILE, part + 16 * n, k);
            mma_product(d[2 * n], r.dout[k], b[0]);
            mma_product(d[2 * n + 1], r.dout[k], b[1]);
        }
}

/* gradients -- s becomes g, which is added to the thread's own quads of `dbias`. */
template <bool BIAS, bool DROP>
static __device__ __forceinline__ void
gradients(struct mma_c *s, const struct mma_c *d, float4 *dbias, const struct queries &r,
    const attention_job<bf16> &job, const struct attention_place &at, int first)
{
    const float scale = job.scale * ATTENTION_LOG2E;

#pragma unroll
    for (int n = 0; n < PART / 16; n++)
#pragma unroll
        for (int half = 0; half < 2; half++) {
            int           j = first + 16 * n + threadIdx.x % 4 * 4;
            float4        b = { 0, 0, 0, 0 };
            float         own[4];
            struct philox word;

            if (BIAS)
                b = attention_bias(job, at, r.row + 8 * half, j);
            if (DROP)
                word = attention_words(job.drop, r.key[half], at.head * job.span + j);
            own[0] = b.x, own[1] = b.y, own[2] = b.z, own[3] = b.w;
#pragma unroll
            for (int e = 0; e < 4; e++) {
                int    c = 2 * half + e % 2;
                float &x = s[2 * n + e / 2].x[c], slope = d[2 * n + e / 2].x[c];
                float  p = mma_exp2(fmaf(x, scale, own[e] * ATTENTION_LOG2E - r.lse[half]));

                if (DROP)
                    slope = word.x[e] < job.drop.limit ? 0 : slope * job.drop.kept;
                if (first + PART > at.len && j + e >= at.len)
                    p = 0;
                own[e] = x = p * (slope - r.delta[half]);
            }
            if (BIAS) {
                float4 &sum = dbias[(2 * n + half) * ATTENTION_THREADS];

                b = sum;
                sum = { b.x + own[0], b.y + own[1], b.z + own[2], b.w + own[3] };
            }
        }
}

static __device__ __forceinline__ void
add_keys(struct queries &r, const struct mma_c *g, bf16 *keys, int part)
{
#pragma unroll
    for (int k = 0; k < PART / 16; k++) {
        struct mma_a a = attention_rounded(g[2 * k], g[2 * k + 1]);

#pragma unroll
        for (int n = 0; n < 4; n++) {
            struct mma_b b[2];

            attention_right_turned(b, keys, part + 16 * k, n);
            mma_product(r.dq[2 * n], a, b[0]);
            mma_product(r.dq[2 * n + 1], a, b[1]);
        }
    }
}

static __device__ __forceinline__ void
keys_fetch(bf16 *to, const attention_job<bf16> &job, const struct attention_place &at, int first)
{
    int         stride = 3 * job.cols;
    const bf16 *k = job.qkv + (size_t)(at.first + first) * stride + job.cols +
                    at.head * ATTENTION_HEAD;

    attention_fetch<KEYS, attention_key_slot>(to, k, stride, at.len - first, job.by_pieces);
    attention_fetch<KEYS, attention_key_slot>(to + TILE, k + job.cols, stride, at.len - first,
        job.by_pieces);
    mma_copy_commit();
}

/* sequence_part -- one sequence's queries and its keys begin .. end - 1. */
template <bool BIAS, bool DROP>
static __device__ __forceinline__ void
sequence_part(float4 *dbias, bf16 *room, float *partial, const attention_job<bf16> &job,
    const struct attention_place &at, int query, int begin, int end)
{
    size_t         row = (size_t)at.first + query;
    int            column = at.head * ATTENTION_HEAD;
    struct queries r;

    r.row = query + threadIdx.x / 32 * 16 + threadIdx.x % 32 / 4;
    __syncthreads(); /* nobody reads the sequence before any more */
    /* queries wait where the second step's keys and values will be */
    attention_fetch<QUERIES, attention_slot>(room + STEP, job.qkv + row * 3 * job.cols + column,
        3 * job.cols, at.len - query, job.by_pieces);
    attention_fetch<QUERIES, attention_slot>(room + STEP + TILE,
        job.dout + row * job.cols + column, job.cols, at.len - query, job.by_pieces);
    mma_copy_commit();
    keys_fetch(room, job, at, begin);
    mma_copy_wait<1>();
    __syncthreads();
    queries_begin(r, job, at, room + STEP, begin > 0 ? partial : NULL);
    for (int first = begin; first < end; first += KEYS) {
        int   step = (first - begin) / KEYS;
        bf16 *here = room + step % 2 * STEP;

        mma_copy_wait<0>();
        __syncthreads();
        if (first + KEYS < end)
            keys_fetch(room + (step + 1) % 2 * STEP, job, at, first + KEYS);
        if (query + (int)threadIdx.x / 32 * 16 >= at.len)
            continue; /* none of the warp's queries is there */
#pragma unroll 1
        for (int part = 0; part < KEYS && first + part < at.len; part += PART) {
            struct mma_c s[PART / 8], d[PART / 8];

            two_products(s, d, r, here, part);
            gradients<BIAS, DROP>(s, d, dbias, r, job, at, first + part);
            add_keys(r, s, here, part);
            dbias += QUADS * ATTENTION_THREADS;
        }
    }
    queries_end(r, job, at, end < at.len ? partial : NULL);
}

/* slab_store -- the thread's own numbers of rows query .., columns begin .. of a head's slab. */
static __device__ __forceinline__ void
slab_store(float *slab, const float4 *dbias, int positions, int query, int begin, int segment)
{
    int row = query + threadIdx.x / 32 * 16 + threadIdx.x % 32 / 4;

    for (int c = 0; c < segment / 8; c++) {
        int          i = row + c % 2 * 8, j = begin + c / 2 * 16 + threadIdx.x % 4 * 4;
        float4       sum = dbias[c * ATTENTION_THREADS];
        const float  x[4] = { sum.x, sum.y, sum.z, sum.w };
        float       *to = slab + (size_t)i * positions + j;

        if (i >= positions)
            continue;
        if (positions % 4 == 0 && j < positions)
            *(float4 *)to = sum;
        else
#pragma unroll
            for (int e = 0; e < 4; e++)
                if (j + e < positions)
                    to[e] = x[e];
    }
}

template <bool BIAS, bool DROP>
static __global__ void
__launch_bounds__(ATTENTION_THREADS, 2)
query_kernel(attention_job<bf16> job, float *slabs, float *partial, int tiles, int groups,
    int segment)
{
    DYNAMIC_SHARED(bf16, room); /* for two steps: keys, then values; behind it dbias */
    float4 *dbias = (float4 *)(room + 2 * STEP) + threadIdx.x;
    int     query = blockIdx.x % tiles * QUERIES, head = blockIdx.x / tiles % job.heads;
    int     group = blockIdx.x / tiles / job.heads, longest = BIAS ? job.positions : job.span;
    int     from = (int)((int64_t)job.sequences * group / groups);
    int     end = (int)((int64_t)job.sequences * (group + 1) / groups);

    for (int begin = 0; begin < longest; begin += segment) {
        for (int c = 0; BIAS && c < segment / 8; c++)
            dbias[c * ATTENTION_THREADS] = { 0, 0, 0, 0 };
        for (int s = from; s < end; s++) {
            struct attention_place at = attention_place_of(job, s, head);

            if (query < at.len && begin < at.len)
                sequence_part<BIAS, DROP>(dbias, room, partial, job, at, query, begin,
                    min(at.len, begin + segment));
        }
        if (BIAS)
            slab_store(slabs + ((size_t)group * job.heads + head) * job.positions * job.positions,
                dbias, job.positions, query, begin, segment);
    }
}

void
cuda_attention_tile_query(const attention_job<bf16> &job, float *slabs, float *partial, int groups,
    int segment)
{
    int      longest = job.bias ? job.positions : job.span;
    unsigned tiles = cuda_blocks(longest, QUERIES), blocks = tiles * job.heads * groups;
    size_t   dbias = job.bias ? (size_t)QUERIES * segment * sizeof(float) : 0;

    BOOL_SWITCH(job.bias, BIAS, BOOL_SWITCH(job.drop.limit, DROP,
        LAUNCH(query_kernel<BIAS, DROP>, blocks, ATTENTION_THREADS,
            2 * STEP * sizeof(bf16) + dbias, job, slabs, partial, (int)tiles, groups, segment)));
}
