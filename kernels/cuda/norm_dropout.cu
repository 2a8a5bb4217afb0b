/* norm_dropout.cu -- layer norm and dropout, both ways: see norm.cuh. */
#include "kernels/cuda/norm_back.cuh"

void
cuda_norm_dropout_fwd(struct view y, struct view stat, struct view x, struct view gain,
    struct view bias, float eps, struct view key, struct dropout drop)
{
    struct norm_fwd n = {};

    n.y = y, n.stat = stat, n.x = x, n.gain = gain, n.bias = bias, n.key = key, n.eps = eps;
    n.drop = drop;
    norm_forward<NORM_DROPPED>(n);
}

void
cuda_norm_dropout_bwd(struct view dx, struct view dgain, struct view dbias, struct view dy,
    struct view dmore, struct view x, struct view stat, struct view gain, struct view key,
    struct dropout drop)
{
    struct norm_bwd n = {};

    n.dx = dx, n.dgain = dgain, n.dbias = dbias, n.dy = dy, n.dmore = dmore, n.x = x;
    n.stat = stat, n.gain = gain, n.key = key, n.drop = drop;
    norm_backward<NORM_DROPPED>("op_norm_dropout_bwd", n);
}
