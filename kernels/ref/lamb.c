/* lamb.c -- Adam's step, scaled for each tensor to the norm of its weights (You et al. 2020). */
#include <math.h>

#include "kernels/ref/ref.h"

/* Before the ratio: what algorithm 2 calls r + lambda x. */
static double
move_of(struct view weight, struct view m, struct view v, struct adamw a, int r, int c)
{
    double mean = ref_at(m, r, c) / (1 - pow((double)a.beta1, a.t));
    double square = ref_at(v, r, c) / (1 - pow((double)a.beta2, a.t));

    return mean / (sqrt(square) + (double)a.eps) + (double)a.decay * ref_at(weight, r, c);
}

static void
update_moments(struct view m, struct view v, struct view grad, double factor, struct adamw a, int r,
    int c)
{
    double beta1 = (double)a.beta1, beta2 = (double)a.beta2;
    double g = ref_at(grad, r, c) * factor;

    ref_set(m, r, c, beta1 * ref_at(m, r, c) + (1 - beta1) * g);
    ref_set(v, r, c, beta2 * ref_at(v, r, c) + (1 - beta2) * g * g);
}

void
ref_lamb(struct view weight, struct view m, struct view v, struct view grad,
    struct view scale, struct adamw a, bool adapt)
{
    double weights = 0, moves = 0, ratio = 1, factor = ref_at(scale, 0, 0);

    if (!isfinite(factor))
        return;
    for (int r = 0; r < weight.rows; r++)
        for (int c = 0; c < weight.cols; c++) {
            double w = ref_at(weight, r, c), u;

            update_moments(m, v, grad, factor, a, r, c);
            u = move_of(weight, m, v, a, r, c);
            weights += w * w;
            moves += u * u;
        }
    if (adapt && weights > 0 && moves > 0)
        ratio = sqrt(weights) / sqrt(moves);
    for (int r = 0; r < weight.rows; r++)
        for (int c = 0; c < weight.cols; c++)
            ref_add_to(weight, r, c,
                -(double)a.lr * ratio * move_of(weight, m, v, a, r, c));
}
