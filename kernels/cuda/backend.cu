/* backend.cu -- the CUDA backend's table, which is all that the shared object shows, and what the
 * backend takes for itself. */
#include "kernels/cuda/collective.h"
#include "kernels/cuda/cuda.h"
#include "kernels/cuda/product.h"
#include "kernels/team.h"

extern "C" {
__attribute__((visibility("default"))) extern const struct backend cuda_backend;
__attribute__((visibility("default"))) extern const size_t         cuda_backend_bytes;
}

const size_t cuda_backend_bytes = sizeof(struct backend);
const struct backend cuda_backend = { .name = "cuda",
    .has_f64 = false,
    .has_bf16 = true,
    BACKEND_OPS(BACKEND_ENTRY, cuda) };

int
cuda_reserve(const struct reserve *reserve)
{
    int rc;

    (void)cuda_scratch("op_reserve", reserve->scratch_bytes);
    cuda_pinned("op_reserve");
    cuda_product_open("op_reserve");
    rc = cuda_sync();
    if (rc == OK && team_ranks() > 1)
        rc = cuda_all_sum_open();
    return rc == ERR_MEMORY ? cuda_no_memory("room to work in", reserve->device_bytes) : rc;
}
