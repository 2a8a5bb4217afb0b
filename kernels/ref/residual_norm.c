/* residual_norm.c -- the end of each half of a Transformer layer: what a branch gives, dropped,
 * goes onto the residual stream, which is normalised (Vaswani et al. 2017, section 5.4; Devlin et
 * al.  2018). */
#include "kernels/ref/ref.h"

void
ref_residual_norm_fwd(struct view y, struct view sum, struct view stat, struct view x,
    struct view residual, struct view gain, struct view bias, float eps, struct view key,
    struct dropout drop)
{
    for (int r = 0; r < x.rows; r++)
        for (int c = 0; c < x.cols; c++)
            ref_set(sum, r, c,
                ref_at(residual, r, c) + ref_at(x, r, c) * ref_keep(drop, ref_int(key, r), c));
    ref_layernorm_fwd(y, stat, sum, gain, bias, eps);
}

void
ref_residual_norm_bwd(struct view dsum, struct view dx, struct view dgain, struct view dbias,
    struct view dy, struct view dmore, struct view dpast, struct view sum, struct view stat,
    struct view gain, struct view key, struct dropout drop)
{
    struct view d = dpast.data ? dx : dsum; /* dsum may be dpast, which is wanted later */

    for (int r = 0; r < dy.rows; r++)
        for (int c = 0; c < dy.cols; c++)
            ref_set(d, r, c, ref_at(dy, r, c) + (dmore.data ? ref_at(dmore, r, c) : 0));
    ref_layernorm_bwd(d, dgain, dbias, d, sum, stat, gain);
    for (int r = 0; r < dy.rows && dpast.data; r++)
        for (int c = 0; c < dy.cols; c++)
            ref_set(dsum, r, c, ref_at(dpast, r, c) + ref_at(d, r, c));
    ref_dropout(dx, dsum, key, drop);
}
