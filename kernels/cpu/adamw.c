/* adamw.c -- Adam with decoupled weight decay, one pass over four arrays. */
#include <math.h>

#include "kernels/cpu/cpu.h"

enum { PIECE = 1 << 13 };

/* decay is lr times the option: 1 - 1e-6 as one float would be off by some percent of that 1e-6 */
struct factors {
    float scale, beta1, beta1_rest, beta2, beta2_rest, decay, step, eps;
};

/* A moment that decays towards 0 for thousands of steps (a rare word's row) ends among the denormal
 * numbers, which many CPUs compute a hundred times slower: below this it is 0. */
static const float least = 1e-36f;

WIDE static void
piece(float *weight, float *m, float *v, const float *grad, struct factors f, size_t count)
{
    SIMD
    for (size_t i = 0; i < count; i++) {
        float g = grad[i] * f.scale;
        float m1 = f.beta1 * m[i] + f.beta1_rest * g;
        float v1 = f.beta2 * v[i] + f.beta2_rest * g * g;

        m[i] = m1 = fabsf(m1) < least ? 0 : m1;
        v[i] = v1 = v1 < least ? 0 : v1;
        weight[i] -= f.decay * weight[i] + f.step * m1 / (sqrtf(v1) + f.eps);
    }
}

void
cpu_adamw(struct view weight, struct view m, struct view v, struct view grad,
    struct view scale, struct adamw a)
{
    double beta1 = (double)a.beta1, beta2 = (double)a.beta2;
    double step = (double)a.lr * sqrt(1 - pow(beta2, a.t)) / (1 - pow(beta1, a.t));
    size_t count = (size_t)weight.rows * (size_t)weight.cols;
    int    pieces = cpu_pieces(count, PIECE);
    struct factors f = { *(const float *)scale.data, a.beta1, (float)(1 - beta1), a.beta2,
        (float)(1 - beta2), (float)((double)a.lr * (double)a.decay), (float)step, a.eps };

    if (!isfinite(f.scale))
        return;
    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++) {
        size_t first = (size_t)i * PIECE, end = cpu_piece_end(i, count, PIECE);

        piece((float *)weight.data + first, (float *)m.data + first, (float *)v.data + first,
            (const float *)grad.data + first, f, end - first);
    }
}
