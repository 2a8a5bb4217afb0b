/* norm_dropout.c -- the end of the embeddings: layer norm, and dropout of what it gives. */
#include "kernels/ref/ref.h"

void
ref_norm_dropout_fwd(struct view y, struct view stat, struct view x, struct view gain,
    struct view bias, float eps, struct view key, struct dropout drop)
{
    ref_layernorm_fwd(y, stat, x, gain, bias, eps);
    ref_dropout(y, y, key, drop);
}

void
ref_norm_dropout_bwd(struct view dx, struct view dgain, struct view dbias, struct view dy,
    struct view dmore, struct view x, struct view stat, struct view gain, struct view key,
    struct dropout drop)
{
    for (int r = 0; r < dy.rows; r++)
        for (int c = 0; c < dy.cols; c++)
            ref_set(dx, r, c, ref_at(dy, r, c) + (dmore.data ? ref_at(dmore, r, c) : 0));
    ref_dropout(dx, dx, key, drop);
    ref_layernorm_bwd(dx, dgain, dbias, dx, x, stat, gain);
}
