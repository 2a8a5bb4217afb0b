/* gelu.c -- x Phi(x), Phi the distribution function of the normal (Hendrycks, Gimpel 2016,
 * section 2): the exact form by erf, as BERT and fairseq compute it, not the one by tanh. */
#include <math.h>

#include "kernels/ref/ref.h"

static double
phi(double x)
{
    /* erfc keeps the digits that 1 + erf loses for x far below 0 */
    return 0.5 * erfc(-x * 0.70710678118654752440 /* 1 / sqrt 2 */);
}

void
ref_gelu_fwd(struct view y, struct view x)
{
    for (int r = 0; r < x.rows; r++)
        for (int c = 0; c < x.cols; c++)
            ref_set(y, r, c, ref_at(x, r, c) * phi(ref_at(x, r, c)));
}

void
ref_gelu_bwd(struct view dx, struct view dy, struct view x)
{
    for (int r = 0; r < x.rows; r++)
        for (int c = 0; c < x.cols; c++) {
            double a = ref_at(x, r, c);
            double density = exp(-0.5 * a * a) * 0.39894228040143267794; /* 1 / sqrt(2 pi) */

            ref_set(dx, r, c, ref_at(dy, r, c) * (phi(a) + a * density));
        }
}
