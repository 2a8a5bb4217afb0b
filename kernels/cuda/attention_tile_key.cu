/* attention_tile_key.cu -- the gradients of keys and values on tensor cores; see
 * attention_tile_bwd.cu for why there are two passes.
 *
 * A block has 128 keys of one head of one sequence, 32 a warp, and goes through the queries 64 at a
 * time.  All is turned: the rows of the products are keys, so that probabilities and their
 * gradients leave the first two products as left factors of the last two,
 *
 *     s = k q^T    p = exp(scale s + bias - lse)        dv += dropped(p) dout
 *     d = v dout^T g = p (dropped(d) - delta)           dk += scale g q
 *
 * and the sums dk and dv stay in registers.  Queries beyond the sequence are zeros, and so are
 * dout, lse and delta there: they give p = 1, g = 0 and add nothing. */
#include "kernels/cuda/attention.cuh"

enum {
    KEYS = 128,
    QUERIES = 64,
    PART = 16, /* queries that a warp has in registers at a time */
    KEY_TILE = KEYS * ATTENTION_HEAD,
    QUERY_TILE = QUERIES * ATTENTION_HEAD,
    STEPS = 2
};

/* What a step brings: 64 queries. */
struct step {
    bf16  q[QUERY_TILE], dout[QUERY_TILE];
    float lse[QUERIES], delta[QUERIES];
    int   key[QUERIES];
};

struct room {
    bf16        k[KEY_TILE], v[KEY_TILE];
    struct step step[STEPS];
};

struct sums {
    struct mma_c dk[2][8], dv[2][8];
};

static __device__ __forceinline__ void
step_fetch(struct step &to, const attention_job<bf16> &job, const struct attention_place &at,
    int query)
{
    size_t row = (size_t)at.first + query;
    int    i = threadIdx.x, left = at.len - query, column = at.head * ATTENTION_HEAD;

    attention_fetch<QUERIES, attention_slot>(to.q, job.qkv + row * 3 * job.cols + column,
        3 * job.cols, left, job.by_pieces);
    attention_fetch<QUERIES, attention_slot>(to.dout, job.dout + row * job.cols + column, job.cols,
        left, job.by_pieces);
    if (i < QUERIES) {
        size_t own = i < left ? row + i : row;

        mma_copy4(&to.lse[i], &job.lse[own * job.heads + at.head], i < left);
        mma_copy4(&to.delta[i], &job.delta[own * job.heads + at.head], i < left);
        mma_copy4(&to.key[i], &job.key[own], i < left);
    }
    mma_copy_commit();
}

/* two_products -- s and d for the warp's keys and PART queries. */
static __device__ __forceinline__ void
two_products(struct mma_c (*s)[PART / 8], struct mma_c (*d)[PART / 8], struct room &room,
    struct step &step, int part)
{
    int key = threadIdx.x / 32 * 32;

#pragma unroll
    for (int m = 0; m < 2; m++)
#pragma unroll
        for (int n = 0; n < PART / 8; n++)
            s[m][n] = d[m][n] = {};
#pragma unroll
    for (int k = 0; k < 4; k++) {
        struct mma_a left[2];

#pragma unroll
        for (int which = 0; which < 2; which++) {
#pragma unroll
            for (int m = 0; m < 2; m++)
                left[m] = attention_left(which ? room.v : room.k, key + 16 * m, k);
#pragma unroll
            for (int n = 0; n < PART / 16; n++) {
                struct mma_b b[2];

                attention_right(b, which ? step.dout : step.q, part + 16 * n, k);
#pragma unroll
                for (int m = 0; m < 2; m++)
#pragma unroll
                    for (int side = 0; side < 2; side++)
                        mma_product(which ? d[m][2 * n + side] : s[m][2 * n + side], left[m],
                            b[side]);
            }
        }
    }
}

/* gradients -- s becomes dropped(p), but for the factor, and d becomes g.  The lane's keys are four
 * in a row, key + 2 m + half. */
template <bool BIAS, bool DROP>
static __device__ __forceinline__ void
gradients(struct mma_c (*s)[PART / 8], struct mma_c (*d)[PART / 8],
    const attention_job<bf16> &job, const struct attention_place &at, const struct step &step,
    int query, int part, int key)
{
    const float scale = job.scale * ATTENTION_LOG2E;

#pragma unroll
    for (int n = 0; n < PART / 8; n++)
#pragma unroll
        for (int e = 0; e < 2; e++) {
            int           i = part + 8 * n + threadIdx.x % 4 * 2 + e;
            float         lse = step.lse[i] * ATTENTION_LOG2E, delta = step.delta[i];
            float4        b = { 0, 0, 0, 0 };
            struct philox word;

            if (BIAS)
                b = attention_bias(job, at, query + i, key);
            if (DROP)
                word = attention_words(job.drop, step.key[i], at.head * job.span + key);
#pragma unroll
            for (int m = 0; m < 2; m++)
#pragma unroll
                for (int half = 0; half < 2; half++) {
                    float &x = s[m][n].x[2 * half + e], &g = d[m][n].x[2 * half + e];
                    float  own = m ? half ? b.w : b.z : half ? b.y : b.x;
                    float  p = mma_exp2(fmaf(x, scale, own * ATTENTION_LOG2E - lse));
                    bool   gone = DROP && word.x[2 * m + half] < job.drop.limit;

                    x = gone ? 0 : p;
                    g = p * ((gone ? 0 : DROP ? g * job.drop.kept : g) - delta);
                }
        }
}

static __device__ __forceinline__ void
two_sums(struct sums &sum, const struct mma_c (*p)[PART / 8], const struct mma_c (*g)[PART / 8],
    struct step &step, int part)
{
#pragma unroll
    for (int k = 0; k < PART / 16; k++)
#pragma unroll
        for (int which = 0; which < 2; which++) {
            struct mma_a left[2];

#pragma unroll
            for (int m = 0; m < 2; m++)
                left[m] = which ? attention_rounded(g[m][2 * k], g[m][2 * k + 1])
                                : attention_rounded(p[m][2 * k], p[m][2 * k + 1]);
#pragma unroll
            for (int n = 0; n < 4; n++) {
                struct mma_b b[2];

                attention_right_turned(b, which ? step.q : step.dout, part + 16 * k, n);
#pragma unroll
                for (int m = 0; m < 2; m++)
#pragma unroll
                    for (int side = 0; side < 2; side++)
                        mma_product(which ? sum.dk[m][2 * n + side] : sum.dv[m][2 * n + side],
                            left[m], b[side]);
            }
        }
}

static __device__ __forceinline__ void
sums_store(const struct sums &sum, const attention_job<bf16> &job,
    const struct attention_place &at, int key)
{
#pragma unroll
    for (int m = 0; m < 2; m++)
#pragma unroll
        for (int half = 0; half < 2; half++) {
            int    j = key + 2 * m + half;
            size_t row = (size_t)at.first + j;
            bf16  *to = job.result + row * 3 * job.cols + job.cols + at.head * ATTENTION_HEAD +
                        threadIdx.x % 4 * 2;

            if (j >= at.len)
                continue;
#pragma unroll
            for (int n = 0; n < 8; n++) {
                const float *dk = sum.dk[m][n].x + 2 * half, *dv = sum.dv[m][n].x + 2 * half;

                attention_store(to + 8 * n, dk[0] * job.scale, dk[1] * job.scale, job.by_pieces);
                attention_store(to + job.cols + 8 * n, dv[0] * job.drop.kept,
                    dv[1] * job.drop.kept, job.by_pieces);
            }
        }
}

template <bool BIAS, bool DROP>
static __global__ void
__launch_bounds__(ATTENTION_THREADS, 2)
key_kernel(attention_job<bf16> job, int tiles)
{
    DYNAMIC_SHARED(struct room, room);
    int tile = blockIdx.x % tiles * KEYS, head = blockIdx.x / tiles % job.heads;
    struct attention_place at = attention_place_of(job, blockIdx.x / tiles / job.heads, head);
    int         stride = 3 * job.cols, warp = tile + threadIdx.x / 32 * 32;
    int         key = warp + threadIdx.x % 32 / 4 * 4;
    const bf16 *k = job.qkv + (size_t)(at.first + tile) * stride + job.cols + head * ATTENTION_HEAD;
    struct sums sum = {};

    if (tile >= at.len)
        return;
    attention_fetch<KEYS, attention_key_slot_turned>(room->k, k, stride, at.len - tile,
        job.by_pieces);
    attention_fetch<KEYS, attention_key_slot_turned>(room->v, k + job.cols, stride, at.len - tile,
        job.by_pieces);
    step_fetch(room->step[0], job, at, 0);
    for (int query = 0; query < at.len; query += QUERIES) {
        struct step &here = room->step[query / QUERIES % 2];

        mma_copy_wait<0>();
        __syncthreads(); /* this step has come, and nobody reads the one before any more */
        if (query + QUERIES < at.len)
            step_fetch(room->step[(query / QUERIES + 1) % 2], job, at, query + QUERIES);
        if (warp >= at.len)
            continue;
#pragma unroll 1
        for (int part = 0; part < QUERIES && query + part < at.len; part += PART) {
            struct mma_c s[2][PART / 8], d[2][PART / 8];

            two_products(s, d, *room, here, part);
            gradients<BIAS, DROP>(s, d, job, at, here, query, part, key);
            two_sums(sum, s, d, here, part);
        }
    }
    sums_store(sum, job, at, key);
}

void
cuda_attention_tile_key(const attention_job<bf16> &job)
{
    unsigned tiles = cuda_blocks(job.span, KEYS), blocks = tiles * job.heads * job.sequences;

    BOOL_SWITCH(job.bias, BIAS, BOOL_SWITCH(job.drop.limit, DROP,
        LAUNCH(key_kernel<BIAS, DROP>, blocks, ATTENTION_THREADS, sizeof(struct room), job,
            (int)tiles)));
}
