/* lamb.c -- LAMB in two passes: one over moments and weights for the norms, one that moves.
 *
 * The move is computed twice rather than kept: a square root is cheaper than four more bytes a
 * parameter to memory and back. */
#include <math.h>

#include "kernels/cpu/cpu.h"

enum { PIECE = 1 << 13 };

struct factors {
    float scale, beta1, beta1_rest, beta2, beta2_rest; /* of the moments */
    float mean, square, eps, decay;                         /* of the move */
};

/* as in adamw.c: no denormal numbers */
static const float least = 1e-36f;

CPU_INLINE float
move_of(float weight, float m, float v, struct factors f)
{
    return f.mean * m / (sqrtf(f.square * v) + f.eps) + f.decay * weight;
}

/* sums[0] = the sum of squared weights, sums[1] = of squared moves. */
WIDE static void
lamb_moments(double sums[2], const float *weight, float *m, float *v, const float *grad,
    struct factors f, size_t count)
{
    double weights = 0, moves = 0;

    SIMD_SUM(weights, moves)
    for (size_t i = 0; i < count; i++) {
        float g = grad[i] * f.scale;
        float m1 = f.beta1 * m[i] + f.beta1_rest * g;
        float v1 = f.beta2 * v[i] + f.beta2_rest * g * g;
        float u;

        m[i] = m1 = fabsf(m1) < least ? 0 : m1;
        v[i] = v1 = v1 < least ? 0 : v1;
        u = move_of(weight[i], m1, v1, f);
        weights += (double)weight[i] * (double)weight[i];
        moves += (double)u * (double)u;
    }
    sums[0] = weights;
    sums[1] = moves;
}

WIDE static void
lamb_move(float *weight, const float *m, const float *v, float rate, struct factors f, size_t count)
{
    SIMD
    for (size_t i = 0; i < count; i++)
        weight[i] -= rate * move_of(weight[i], m[i], v[i], f);
}

void
cpu_lamb(struct view weight, struct view m, struct view v, struct view grad,
    struct view scale, struct adamw a, bool adapt)
{
    double  beta1 = (double)a.beta1, beta2 = (double)a.beta2, weights = 0, moves = 0, ratio = 1;
    size_t  count = (size_t)weight.rows * (size_t)weight.cols;
    int     pieces = cpu_pieces(count, PIECE);
    float  *w = weight.data, *mean = m.data, *square = v.data;
    double *sums;
    struct factors f = { *(const float *)scale.data, a.beta1, (float)(1 - beta1), a.beta2,
        (float)(1 - beta2), (float)(1 / (1 - pow(beta1, a.t))), (float)(1 / (1 - pow(beta2, a.t))),
        a.eps, a.decay };

    if (!isfinite(f.scale) || !cpu_scratch(4 * (size_t)pieces, 0))
        return;
    sums = (double *)(void *)cpu_scratch_shared();
    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++) {
        size_t first = (size_t)i * PIECE, end = cpu_piece_end(i, count, PIECE);

        lamb_moments(sums + 2 * i, w + first, mean + first, square + first,
            (const float *)grad.data + first, f, end - first);
    }
    for (int i = 0; i < pieces; i++) {
        weights += sums[2 * i];
        moves += sums[2 * i + 1];
    }
    if (adapt && weights > 0 && moves > 0)
        ratio = sqrt(weights) / sqrt(moves);
    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++) {
        size_t first = (size_t)i * PIECE, end = cpu_piece_end(i, count, PIECE);

        lamb_move(w + first, mean + first, square + first, (float)((double)a.lr * ratio), f,
            end - first);
    }
}
