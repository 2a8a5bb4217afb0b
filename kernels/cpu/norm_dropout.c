/* norm_dropout.c -- layer norm and dropout of a row while it is in the nearest cache. */
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/layernorm.h"

void
cpu_norm_dropout_fwd(struct view y, struct view stat, struct view x, struct view gain,
    struct view bias, float eps, struct view key, struct dropout drop)
{
    cpu_layernorm_forward(&(struct norm_fwd){ .y = y, .stat = stat, .x = x, .gain = gain,
        .bias = bias, .key = key, .eps = eps, .of_y = drop });
}

void
cpu_norm_dropout_bwd(struct view dx, struct view dgain, struct view dbias, struct view dy,
    struct view dmore, struct view x, struct view stat, struct view gain, struct view key,
    struct dropout drop)
{
    cpu_layernorm_backward(&(struct norm_bwd){ .dx = dx, .dgain = dgain, .dbias = dbias, .dy = dy,
        .dmore = dmore, .x = x, .stat = stat, .gain = gain, .key = key, .of_dy = drop });
}
