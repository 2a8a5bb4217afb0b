/* sample.cu -- draws from the softmax of a row: the inverse of its distribution function.
 *
 * A block takes a row and reads it once.  Its columns are cut into tiles of 1024, a tile a warp:
 * 32 columns a lane, whose largest logit and the sum of exponentials relative to it are kept.
 * When all tiles are known their sums are brought to one measure and added up in order.  A draw
 * then looks for its tile, and reads that one alone again: for the step of the warp, the lane in
 * it, the column. Sums are made in double, each in an order that follows from the shape.  Bytes:
 * M V reals read, and 1024 a draw. */
#include "kernels/cuda/part.cuh"

enum { THREADS = 256, WARPS = THREADS / WARP, TILE = 1024, TILES_MAX = 3072 };

/* What stands in the block's shared memory for each tile. */
struct tile {
    double mass; /* of the tile, relative to max; later of all columns up to its end */
    float  max;
};

/* In step j a lane has LANES<T> columns from (32 j + lane) LANES<T> on: one wide load a step,
 * all of them under way at once.  Beyond the row there is -infinity; the least finite number is
 * below all that has mass, and -infinity minus it is no NaN. */
template <bool WIDE, typename T>
static __device__ __forceinline__ void
tile_sum(struct tile *to, const T *from, int count)
{
    constexpr int STEPS = TILE / WARP / LANES<T>;
    float  x[STEPS][LANES<T>], most = -FLT_MAX;
    double sum = 0;

#pragma unroll
    for (int j = 0; j < STEPS; j++) {
        int c = (WARP * j + (int)threadIdx.x % WARP) * LANES<T>;

        part_load<WIDE>(x[j], from + c, count - c, -INFINITY);
    }
#pragma unroll
    for (int j = 0; j < STEPS; j++)
#pragma unroll
        for (int i = 0; i < LANES<T>; i++)
            most = fmaxf(most, x[j][i]);
    most = warp_max(most);
#pragma unroll
    for (int j = 0; j < STEPS; j++)
#pragma unroll
        for (int i = 0; i < LANES<T>; i++)
            sum += (double)expf(x[j][i] - most);
    sum = warp_sum(sum);
    if (threadIdx.x % WARP == 0) {
        to->mass = sum;
        to->max = most;
    }
}

/* Masses relative to the largest logit of the row, added up in the order of the tiles.  Returns
 * that logit. */
static __device__ __forceinline__ float
add_up(struct tile *tile, int tiles)
{
    float most = -FLT_MAX;

    for (int t = 0; t < tiles; t++)
        most = fmaxf(most, tile[t].max);
    for (int t = (int)threadIdx.x; t < tiles; t += THREADS)
        tile[t].mass *= exp((double)tile[t].max - (double)most);
    __syncthreads();
    for (int t = 1; threadIdx.x == 0 && t < tiles; t++)
        tile[t].mass += tile[t - 1].mass;
    __syncthreads();
    return most;
}

template <bool WIDE, typename T>
static __device__ __forceinline__ double
lane_mass(float (&mass)[LANES<T>], const T *from, int count, float most)
{
    double sum = 0;

    part_load<WIDE>(mass, from, count, -INFINITY);
#pragma unroll
    for (int i = 0; i < LANES<T>; i++) {
        mass[i] = expf(mass[i] - most);
        sum += (double)mass[i];
    }
    return sum;
}

/* The first column of the tile up to which more than `wanted` of the mass lies, `before` being that
 * of the tiles before; or the last that has mass, where rounding has eaten the rest. */
template <bool WIDE, typename T>
static __device__ __forceinline__ int
find(const T *tile, int count, float most, double before, double wanted)
{
    constexpr int EACH = LANES<T>;
    int      lane = (int)threadIdx.x % WARP, from = lane * EACH, last = -1;
    float    mass[EACH];
    double   sum = before, own;
    unsigned here, some;

    for (int c = lane * EACH; c - lane * EACH < count; c += WARP * EACH) {
        double all = warp_sum(lane_mass<WIDE>(mass, tile + c, count - c, most));

        from = all > 0 ? c : from;
        sum = all > 0 ? before : sum;
        before += all;
        if (before > wanted)
            break;
    }
    own = lane_mass<WIDE>(mass, tile + from, count - from, most);
#pragma unroll 4
    for (int l = 0; l < WARP - 1; l++) {
        double other = __shfl_sync(0xffffffff, own, l);

        sum = l < lane ? sum + other : sum;
    }
#pragma unroll
    for (int i = 0; i < EACH; i++) {
        last = mass[i] > 0 && sum <= wanted ? from + i : last;
        sum = sum <= wanted ? sum + (double)mass[i] : sum;
    }
    here = __ballot_sync(0xffffffff, last >= 0 && sum > wanted);
    some = __ballot_sync(0xffffffff, last >= 0);
    lane = here != 0 ? __ffs((int)here) - 1 : WARP - 1 - __clz((int)some);
    return max(__shfl_sync(0xffffffff, last, lane), 0);
}

/* Uniform number k of the row with `key`, as op_sample_unit. */
static __device__ __forceinline__ double
unit(struct sample sample, int key, int k)
{
    struct philox bits = philox(sample.seed, PHILOX_SAMPLE, sample.step, (uint32_t)k / 2,
        (uint64_t)(uint32_t)key);

    return k % 2 == 0 ? philox_fine(bits.x[0], bits.x[1]) : philox_fine(bits.x[2], bits.x[3]);
}

template <bool WIDE, typename T>
static __global__ void
__launch_bounds__(THREADS, 3)
draws(int32_t *draw, const T *logits, const int32_t *key, struct sample sample, int cols, int each)
{
    DYNAMIC_SHARED(struct tile, tile);
    const T *x = logits + (size_t)blockIdx.x * (size_t)cols;
    int      tiles = (cols + TILE - 1) / TILE, warp = (int)threadIdx.x / WARP;
    float    most;

    for (int t = warp; t < tiles; t += WARPS)
        tile_sum<WIDE>(&tile[t], x + (size_t)t * TILE, min(cols - t * TILE, (int)TILE));
    __syncthreads();
    most = add_up(tile, tiles);
    for (int k = warp; k < each; k += WARPS) {
        double wanted = tile[tiles - 1].mass * unit(sample, key[blockIdx.x], k);
        int    t = 0, c;

        while (t < tiles - 1 && tile[t].mass <= wanted)
            t++;
        while (t > 0 && tile[t].mass == tile[t - 1].mass) /* no mass: rounding went too far */
            t--;
        c = find<WIDE>(x + (size_t)t * TILE, min(cols - t * TILE, (int)TILE), most,
            t > 0 ? tile[t - 1].mass : 0, wanted);
        if (threadIdx.x % WARP == 0)
            draw[(size_t)blockIdx.x * (size_t)each + (size_t)k] = t * TILE + c;
    }
}

void
cuda_sample(struct view draw, struct view logits, struct view key, struct sample sample)
{
    int tiles = (logits.cols + TILE - 1) / TILE;

    CHECK(tiles <= TILES_MAX); /* three million columns: what a block's shared memory holds */
    REAL_SWITCH(logits.dtype, T, BOOL_SWITCH(cuda_wide_ok(logits), WIDE,
        LAUNCH(draws<WIDE, T>, logits.rows, THREADS, (size_t)tiles * sizeof(struct tile),
            (int32_t *)draw.data, (const T *)logits.data, (const int32_t *)key.data, sample,
            logits.cols, draw.cols)));
}
