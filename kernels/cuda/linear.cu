/* linear.cu -- y = x weight^T + bias and its three gradients. */
#include "kernels/cuda/cuda.h"
#include "kernels/cuda/product.h"

void
cuda_linear_fwd(struct view y, struct view x, struct view weight, struct view bias)
{
    struct product p = { x, weight, y, false, true, false, bias.data, nullptr };

    cuda_product("op_linear_fwd", &p);
}

void
cuda_linear_bwd_x(struct view dx, struct view dy, struct view weight)
{
    struct product p = { dy, weight, dx, false, false, false, nullptr, nullptr };

    cuda_product("op_linear_bwd_x", &p);
}

void
cuda_linear_bwd_w(struct view dweight, struct view dbias, struct view dy, struct view x)
{
    struct product p = { dy, x, dweight, true, false, true, nullptr, dbias.data };

    cuda_product("op_linear_bwd_w", &p);
}
