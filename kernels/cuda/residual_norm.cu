/* residual_norm.cu -- dropout, residual sum and layer norm, both ways: see norm.cuh. */
#include "kernels/cuda/norm_back.cuh"

void
cuda_residual_norm_fwd(struct view y, struct view sum, struct view stat, struct view x,
    struct view residual, struct view gain, struct view bias, float eps, struct view key,
    struct dropout drop)
{
    norm_forward<NORM_RESIDUAL>({ y, sum, stat, x, residual, gain, bias, key, eps, drop });
}

void
cuda_residual_norm_bwd(struct view dsum, struct view dx, struct view dgain, struct view dbias,
    struct view dy, struct view dmore, struct view dpast, struct view sum, struct view stat,
    struct view gain, struct view key, struct dropout drop)
{
    norm_backward<NORM_RESIDUAL>("op_residual_norm_bwd",
        { dsum, dx, dgain, dbias, dy, dmore, dpast, sum, stat, gain, key, drop });
}
