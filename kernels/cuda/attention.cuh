/* attention.cuh -- what the attention kernels share: the job, tiles of 64 columns in shared memory,
 * and the dropout.
 *
 * A tile holds rows of one head, 128 bytes each, eight pieces of 16.  Piece p of row r lies at
 * p ^ (r & 7), so that the eight lanes that read the same piece of eight rows meet all 32 banks.
 *
 * Rows of keys are stored in another order than they come in, so that a thread's numbers of a
 * product belong to four keys in a row: then its bias is one load of 16 bytes, and the four words
 * of one Philox draw are all its own.  See attention_key_slot and attention_key_slot_turned. */
#ifndef KERNELS_CUDA_ATTENTION_CUH
#define KERNELS_CUDA_ATTENTION_CUH

#include "kernels/cuda/cuda.h"
#include "kernels/cuda/mma.cuh"
#include "kernels/cuda/room.h"

enum { ATTENTION_THREADS = 128 /* four warps */ };

#define ATTENTION_LOG2E 1.4426950408889634f
#define ATTENTION_LN2   0.6931471805599453f

/* One call.  A bias that is not there is NULL. */
template <typename T>
struct attention_job {
    const T       *qkv, *dout, *out;
    const float   *bias;
    const int32_t *start, *key;
    float         *lse, *delta; /* delta: dout . out, N x H */
    T             *result;      /* out or dqkv */
    int            sequences, heads, head_cols, cols, span, positions;
    bool           by_pieces;   /* all rows of T begin at multiples of 16 bytes */
    bool           bias_by_four;
    float          scale;
    struct drop    drop;
};

void cuda_attention_plain_fwd(const attention_job<float> &job);
void cuda_attention_plain_fwd(const attention_job<bf16> &job);
void cuda_attention_plain_bwd(const attention_job<float> &job, int rows, float *dbias);
void cuda_attention_plain_bwd(const attention_job<bf16> &job, int rows, float *dbias);
void cuda_attention_tile_fwd(const attention_job<bf16> &job);
void cuda_attention_tile_bwd(attention_job<bf16> job, int rows, float *dbias);
void cuda_attention_tile_key(const attention_job<bf16> &job);
/* slabs: groups x H T x T, one slab for each group of sequences; partial: N x C, where the longest
 * sequence does not fit into a segment */
void cuda_attention_tile_query(const attention_job<bf16> &job, float *slabs, float *partial,
    int groups, int segment);

/* A sequence, and what of it the block looks at. */
struct attention_place {
    int first, len, head;
};

template <typename T>
static __device__ __forceinline__ struct attention_place
attention_place_of(const attention_job<T> &job, int sequence, int head)
{
    int first = job.start[sequence];

    return { first, job.start[sequence + 1] - first, head };
}

/* attention_words -- the draws for columns col .. col + 3 of the row with `key`.  A head's columns
 * begin at a multiple of `span`, which need not be one of 4. */
static __device__ __forceinline__ struct philox
attention_words(const struct drop &drop, int key, int col)
{
    uint64_t      counter = (uint64_t)(uint32_t)key << 32 | (uint32_t)col / 4;
    struct philox r = philox(drop.seed, PHILOX_DROPOUT, drop.step, drop.site, counter);

    if (col % 4 != 0) {
        struct philox next = philox(drop.seed, PHILOX_DROPOUT, drop.step, drop.site, counter + 1);

        for (int i = 0; i < col % 4; i++) {
            r = { { r.x[1], r.x[2], r.x[3], next.x[0] } };
            next = { { next.x[1], next.x[2], next.x[3], 0 } };
        }
    }
    return r;
}

/* attention_bias -- bias of query i for keys j .. j + 3, 0 beyond the sequence. */
static __device__ __forceinline__ float4
attention_bias(const attention_job<bf16> &job, const struct attention_place &at, int i, int j)
{
    const float *from =
        job.bias + ((size_t)at.head * job.positions + i) * (size_t)job.positions + j;
    float4       b = { 0, 0, 0, 0 };

    if (i >= at.len || j >= at.len)
        return b;
    if (job.bias_by_four)
        return __ldg((const float4 *)from);
    b.x = from[0];
    b.y = j + 1 < at.len ? from[1] : 0;
    b.z = j + 2 < at.len ? from[2] : 0;
    b.w = j + 3 < at.len ? from[3] : 0;
    return b;
}

/* ---- tiles ----------------------------------------------------------------------------------- */

/* Where a key's row is stored: key 16 n + 4 t + 2 b + e becomes column 2 t + e of the product's
 * block 2 n + b, a lane's own. */
static __device__ __forceinline__ int
attention_key_slot(int key)
{
    return (key & ~15) | (key >> 1 & 1) << 3 | (key >> 2 & 3) << 1 | (key & 1);
}

/* The same where keys are the rows of the product, 32 a warp: key 4 g + 2 m + b of them becomes row
 * g + 8 b of block m. */
static __device__ __forceinline__ int
attention_key_slot_turned(int key)
{
    return (key & ~31) | (key >> 1 & 1) << 4 | (key & 1) << 3 | (key >> 2 & 7);
}

static __device__ __forceinline__ int
attention_slot(int row)
{
    return row;
}

static __device__ __forceinline__ bf16 *
attention_piece(bf16 *tile, int row, int piece)
{
    return tile + row * ATTENTION_HEAD + ((piece ^ (row & 7)) << 3);
}

/* attention_fetch -- begin to copy ROWS rows of a head, `stride` numbers apart, those from `rows`
 * on as zeros; complete after a commit, a wait and a barrier. */
template <int ROWS, int SLOT(int)>
static __device__ __forceinline__ void
attention_fetch(bf16 *tile, const bf16 *from, int stride, int rows, bool by_pieces)
{
#pragma unroll
    for (int n = 0; n < ROWS * 8 / ATTENTION_THREADS; n++) {
        int             i = n * ATTENTION_THREADS + (int)threadIdx.x, row = i / 8, piece = i % 8;
        bf16       *to = attention_piece(tile, SLOT(row), piece);
        const bf16 *x = from + (row < rows ? row * stride + piece * 8 : 0);

        if (by_pieces)
            mma_copy16(to, x, row < rows);
        else
            for (int c = 0; c < 8; c++)
                to[c] = row < rows ? x[c] : from_float<bf16>(0);
    }
}

/* attention_left -- rows row .. row + 15, columns of step k of the tile, as a left factor. */
static __device__ __forceinline__ struct mma_a
attention_left(bf16 *tile, int row, int k)
{
    int             lane = threadIdx.x % 32;
    struct mma_four m = mma_load(attention_piece(tile, row + lane % 16, 2 * k + lane / 16));

    return { { m.x[0], m.x[1], m.x[2], m.x[3] } };
}

/* attention_right -- columns of step k of rows row .. row + 15, turned, as two right factors side
 * by side. */
static __device__ __forceinline__ void
attention_right(struct mma_b *b, bf16 *tile, int row, int k)
{
    int             lane = threadIdx.x % 32;
    struct mma_four m = mma_load(
        attention_piece(tile, row + lane % 8 + lane / 16 * 8, 2 * k + lane / 8 % 2));

    b[0] = { { m.x[0], m.x[1] } };
    b[1] = { { m.x[2], m.x[3] } };
}

/* attention_right_turned -- rows row .. row + 15, columns 16 n to 16 n + 15, as two right
 * factors. */
static __device__ __forceinline__ void
attention_right_turned(struct mma_b *b, bf16 *tile, int row, int n)
{
    int             lane = threadIdx.x % 32;
    struct mma_four m =
        mma_load_turned(attention_piece(tile, row + lane % 16, 2 * n + lane / 16));

    b[0] = { { m.x[0], m.x[1] } };
    b[1] = { { m.x[2], m.x[3] } };
}

/* attention_rounded -- two blocks of a product side by side, as a left factor. */
static __device__ __forceinline__ struct mma_a
attention_rounded(const struct mma_c &left, const struct mma_c &right)
{
    return { { mma_pack(left.x[0], left.x[1]), mma_pack(left.x[2], left.x[3]),
        mma_pack(right.x[0], right.x[1]), mma_pack(right.x[2], right.x[3]) } };
}

/* attention_store -- two numbers side by side. */
static __device__ __forceinline__ void
attention_store(bf16 *to, float low, float high, bool by_pieces)
{
    if (by_pieces) {
        *(unsigned *)to = mma_pack(low, high);
    } else {
        to[0] = from_float<bf16>(low);
        to[1] = from_float<bf16>(high);
    }
}

#endif
