/* tanh.c -- the hyperbolic tangent of the classification head. */
#include <math.h>

#include "kernels/ref/ref.h"

void
ref_tanh_fwd(struct view y, struct view x)
{
    for (int r = 0; r < x.rows; r++)
        for (int c = 0; c < x.cols; c++)
            ref_set(y, r, c, tanh(ref_at(x, r, c)));
}

void
ref_tanh_bwd(struct view dx, struct view dy, struct view y)
{
    for (int r = 0; r < y.rows; r++)
        for (int c = 0; c < y.cols; c++)
            ref_set(dx, r, c, ref_at(dy, r, c) * (1 - ref_at(y, r, c) * ref_at(y, r, c)));
}
