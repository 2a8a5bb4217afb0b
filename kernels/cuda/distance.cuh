/* distance.cuh -- biases that are looked up by distance: the bucket of a distance (op_bucket), and
 * the gradient of the table.
 *
 * The gradient of a bucket is the sum of dbias over some diagonals.  First each diagonal has a
 * thread that adds it up, in double, neighbours beside each other in memory; then each bucket has
 * one that adds up its diagonals.  Once a micro-batch: 12.6 MB for 12 heads and 512 positions. */
#ifndef KERNELS_CUDA_DISTANCE_CUH
#define KERNELS_CUDA_DISTANCE_CUH

#include "kernels/cuda/cuda.h"
#include "kernels/cuda/room.h"

enum { DISTANCE_THREADS = 128, DISTANCE_BUCKETS = 16 /* of each side */ };

/* Where each bucket begins, of distances to the left; to the right the same and 16 more. */
struct distance_buckets {
    int first[DISTANCE_BUCKETS + 1];
};

static inline distance_buckets
distance_buckets_of(void)
{
    distance_buckets b = {};

    for (int d = 0, bucket = 0; bucket < DISTANCE_BUCKETS - 1; d++)
        for (; bucket < op_bucket(-d); bucket++)
            b.first[bucket + 1] = d;
    b.first[DISTANCE_BUCKETS] = INT32_MAX;
    return b;
}

static __device__ __forceinline__ int
distance_bucket(const distance_buckets &b, int delta)
{
    int far = delta < 0 ? -delta : delta, bucket = 0;

#pragma unroll
    for (int i = 1; i < DISTANCE_BUCKETS; i++)
        bucket += far >= b.first[i];
    return delta > 0 ? bucket + DISTANCE_BUCKETS : bucket;
}

/* diagonal[h][delta + positions - 1] = the sum of dbias[h][i][i + delta], i and i + delta at least
 * `from`. */
static __global__ void
__launch_bounds__(DISTANCE_THREADS)
distance_diagonal(double *diagonal, const float *dbias, int heads, int positions, int from)
{
    int    at = blockIdx.x * DISTANCE_THREADS + threadIdx.x, diagonals = 2 * positions - 1;
    int    head = at / diagonals, delta = at % diagonals - positions + 1;
    int    first = max(from, from - delta), end = min(positions, positions - delta);
    double sum = 0;

    if (head >= heads)
        return;
    dbias += (size_t)head * positions * positions;
#pragma unroll 8
    for (int i = first; i < end; i++)
        sum += (double)dbias[(size_t)i * positions + i + delta];
    diagonal[at] = sum;
}

/* drelative[b][h] += the sum of the diagonals of bucket b. */
static __global__ void
__launch_bounds__(DISTANCE_THREADS)
distance_table(float *drelative, const double *diagonal, distance_buckets buckets, int heads,
    int positions)
{
    int    at = blockIdx.x * DISTANCE_THREADS + threadIdx.x, head = at % heads, b = at / heads;
    bool   right = b >= DISTANCE_BUCKETS;
    int    first = buckets.first[b % DISTANCE_BUCKETS];
    int    end = min(positions, buckets.first[b % DISTANCE_BUCKETS + 1]);
    double sum = 0;

    if (b >= 2 * DISTANCE_BUCKETS || (right && first == 0))
        return; /* a distance of 0 is not to the right */
    diagonal += (size_t)head * (2 * positions - 1) + positions - 1;
#pragma unroll 8
    for (int far = first; far < end; far++)
        sum += diagonal[right ? far : -far];
    drelative[at] = (float)((double)drelative[at] + sum);
}

/* distance_bwd -- both. */
static inline void
distance_bwd(const char *op, float *drelative, const float *dbias, int heads, int positions,
    int from)
{
    size_t  diagonals = (size_t)heads * (2 * (size_t)positions - 1);
    double *room = static_cast<double *>(cuda_scratch(op, room_distance(heads, positions)));

    if (!room || !positions)
        return;
    LAUNCH(distance_diagonal, cuda_blocks(diagonals, DISTANCE_THREADS), DISTANCE_THREADS, 0, room,
        dbias, heads, positions, from);
    LAUNCH(distance_table, cuda_blocks(2 * DISTANCE_BUCKETS * heads, DISTANCE_THREADS),
        DISTANCE_THREADS, 0, drelative, room, distance_buckets_of(), heads, positions);
}

#endif
