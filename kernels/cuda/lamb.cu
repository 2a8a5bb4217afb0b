/* lamb.cu -- LAMB in two passes over a tensor: one over moments and weights for the norms, one that
 * moves.  The ratio of the norms stays on the device: what moves reads it there.
 *
 * The move is computed twice rather than kept: a square root is cheaper than four more bytes to
 * memory and back.  Bytes: 24 a parameter in the first pass, 16 in the second. */
#include "kernels/cuda/part.cuh"
#include "kernels/cuda/room.h"

enum { THREADS = 256, EACH = 4 };

struct factors {
    float beta1, beta1_rest, beta2, beta2_rest; /* of the moments */
    float mean, square, eps, decay;                         /* of the move */
};

/* Sums of squares of weights and moves. */
struct norms {
    double weights, moves;
};
static_assert(sizeof(struct norms) == 2 * sizeof(double), "as room_lamb counts");

static __device__ inline float
move_of(float weight, float m, float v, struct factors f)
{
    return f.mean * m / (sqrtf(f.square * v) + f.eps) + f.decay * weight;
}

template <bool WIDE>
static __global__ void
__launch_bounds__(THREADS)
lamb_moments(struct norms *part, const float *weight, float *m, float *v, const float *grad,
    const float *scale, struct factors f, size_t count)
{
    struct norms n = { 0, 0 };
    float        factor = *scale;
    size_t       end = fabsf(factor) <= FLT_MAX ? count : 0;

    for (size_t first = ((size_t)blockIdx.x * THREADS + threadIdx.x) * EACH; first < end;
         first += (size_t)gridDim.x * THREADS * EACH) {
        int   rest = count - first < EACH ? (int)(count - first) : EACH;
        float w[EACH], mean[EACH], square[EACH], g[EACH];

        part_load<WIDE>(w, weight + first, rest);
        part_load<WIDE>(mean, m + first, rest);
        part_load<WIDE>(square, v + first, rest);
        part_load<WIDE>(g, grad + first, rest);
#pragma unroll
        for (int i = 0; i < EACH; i++) {
            float slope = g[i] * factor, u;

            mean[i] = f.beta1 * mean[i] + f.beta1_rest * slope;
            square[i] = f.beta2 * square[i] + f.beta2_rest * slope * slope;
            u = move_of(w[i], mean[i], square[i], f);
            n.weights += (double)w[i] * (double)w[i];
            n.moves += (double)u * (double)u;
        }
        part_store<WIDE>(m + first, mean, rest);
        part_store<WIDE>(v + first, square, rest);
    }
    n.weights = block_sum(n.weights);
    n.moves = block_sum(n.moves);
    if (threadIdx.x == 0)
        part[blockIdx.x] = n;
}

/* *rate = lr times the ratio of the norms. */
static __global__ void
__launch_bounds__(THREADS)
lamb_rate(float *rate, const struct norms *part, int parts, float lr, bool adapt)
{
    struct norms n = { 0, 0 };

    for (int i = (int)threadIdx.x; i < parts; i += THREADS) {
        n.weights += part[i].weights;
        n.moves += part[i].moves;
    }
    n.weights = block_sum(n.weights);
    n.moves = block_sum(n.moves);
    if (threadIdx.x == 0) {
        bool both = adapt && n.weights > 0 && n.moves > 0;

        *rate = (float)((double)lr * (both ? sqrt(n.weights) / sqrt(n.moves) : 1));
    }
}

template <bool WIDE>
static __global__ void
__launch_bounds__(THREADS)
lamb_move(float *weight, const float *m, const float *v, const float *scale,
    const float *rate, struct factors f, size_t count)
{
    size_t first = ((size_t)blockIdx.x * THREADS + threadIdx.x) * EACH;
    int    rest = first >= count ? 0 : count - first < EACH ? (int)(count - first) : EACH;
    float  w[EACH], mean[EACH], square[EACH], factor = *rate;

    if (rest == 0 || !(fabsf(*scale) <= FLT_MAX))
        return;
    part_load<WIDE>(w, weight + first, rest);
    part_load<WIDE>(mean, m + first, rest);
    part_load<WIDE>(square, v + first, rest);
#pragma unroll
    for (int i = 0; i < EACH; i++)
        w[i] -= factor * move_of(w[i], mean[i], square[i], f);
    part_store<WIDE>(weight + first, w, rest);
}

void
cuda_lamb(struct view weight, struct view m, struct view v, struct view grad,
    struct view scale, struct adamw a, bool adapt)
{
    double         beta1 = (double)a.beta1, beta2 = (double)a.beta2;
    size_t         count = cuda_count(weight);
    unsigned       blocks = cuda_blocks(count, THREADS * EACH);
    int            parts = (int)min(blocks, (unsigned)LAMB_BLOCKS);
    float         *w = (float *)weight.data, *mean = (float *)m.data, *square = (float *)v.data;
    struct norms  *part = (struct norms *)cuda_scratch(__func__, room_lamb());
    float         *rate = (float *)(part + LAMB_BLOCKS);
    struct factors f = { a.beta1, (float)(1 - beta1), a.beta2, (float)(1 - beta2),
        (float)(1 / (1 - pow(beta1, a.t))), (float)(1 / (1 - pow(beta2, a.t))), a.eps, a.decay };

    if (part == NULL || count == 0)
        return;
    BOOL_SWITCH(part_ok(weight, m, v, grad), WIDE,
        LAUNCH(lamb_moments<WIDE>, parts, THREADS, 0, part, w, mean, square,
            (const float *)grad.data, (const float *)scale.data, f, count));
    LAUNCH(lamb_rate, 1, THREADS, 0, rate, part, parts, a.lr, adapt);
    BOOL_SWITCH(part_ok(weight, m, v), WIDE,
        LAUNCH(lamb_move<WIDE>, blocks, THREADS, 0, w, mean, square,
            (const float *)scale.data, rate, f, count));
}
