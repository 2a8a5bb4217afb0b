/* layernorm.cu -- layer normalisation, both ways: see norm.cuh. */
#include "kernels/cuda/norm_back.cuh"

void
cuda_layernorm_fwd(struct view y, struct view stat, struct view x, struct view gain,
    struct view bias, float eps)
{
    struct norm_fwd n = {};

    n.y = y, n.stat = stat, n.x = x, n.gain = gain, n.bias = bias, n.eps = eps;
    norm_forward<NORM_PLAIN>(n);
}

void
cuda_layernorm_bwd(struct view dx, struct view dgain, struct view dbias, struct view dy,
    struct view x, struct view stat, struct view gain)
{
    struct norm_bwd n = {};

    n.dx = dx, n.dgain = dgain, n.dbias = dbias, n.dy = dy, n.x = x, n.stat = stat, n.gain = gain;
    norm_backward<NORM_PLAIN>("op_layernorm_bwd", n);
}
