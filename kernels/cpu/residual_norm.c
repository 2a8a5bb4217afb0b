/* residual_norm.c -- dropout, residual sum and layer norm of a row while it is in the
 * nearest cache. */
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/layernorm.h"

void
cpu_residual_norm_fwd(struct view y, struct view sum, struct view stat, struct view x,
    struct view residual, struct view gain, struct view bias, float eps, struct view key,
    struct dropout drop)
{
    cpu_layernorm_forward(&(struct norm_fwd){ .y = y, .sum = sum, .stat = stat, .x = x,
        .residual = residual, .gain = gain, .bias = bias, .key = key, .eps = eps, .of_x = drop });
}

void
cpu_residual_norm_bwd(struct view dsum, struct view dx, struct view dgain, struct view dbias,
    struct view dy, struct view dmore, struct view dpast, struct view sum, struct view stat,
    struct view gain, struct view key, struct dropout drop)
{
    cpu_layernorm_backward(&(struct norm_bwd){ .dx = dsum, .dropped = dx, .dgain = dgain,
        .dbias = dbias, .dy = dy, .dmore = dmore, .dpast = dpast, .x = sum, .stat = stat,
        .gain = gain, .key = key, .of_dx = drop });
}
