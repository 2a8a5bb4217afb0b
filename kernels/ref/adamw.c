/* adamw.c -- Adam (Kingma, Ba 2015) with decoupled weight decay (Loshchilov, Hutter 2019), in
 * fairseq's form: eps is added to the root of v before v's bias is corrected. */
#include <math.h>

#include "kernels/ref/ref.h"

void
ref_adamw(struct view weight, struct view m, struct view v, struct view grad,
    struct view scale, struct adamw a)
{
    double beta1 = (double)a.beta1, beta2 = (double)a.beta2;
    double step = (double)a.lr * sqrt(1 - pow(beta2, a.t)) / (1 - pow(beta1, a.t));
    double shrink = 1 - (double)a.lr * (double)a.decay, factor = ref_at(scale, 0, 0);

    if (!isfinite(factor))
        return;
    for (int r = 0; r < weight.rows; r++)
        for (int c = 0; c < weight.cols; c++) {
            double g = ref_at(grad, r, c) * factor;
            double m1 = beta1 * ref_at(m, r, c) + (1 - beta1) * g;
            double v1 = beta2 * ref_at(v, r, c) + (1 - beta2) * g * g;
            double w = ref_at(weight, r, c);

            ref_set(m, r, c, m1);
            ref_set(v, r, c, v1);
            ref_set(weight, r, c, w * shrink - step * m1 / (sqrt(v1) + (double)a.eps));
        }
}
