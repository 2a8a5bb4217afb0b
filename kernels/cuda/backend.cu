/* backend.cu -- the CUDA backend's table: all that the shared object shows. */
#include "kernels/cuda/cuda.h"

extern "C" {
__attribute__((visibility("default"))) extern const struct backend cuda_backend;
__attribute__((visibility("default"))) extern const size_t         cuda_backend_bytes;
}

const size_t cuda_backend_bytes = sizeof(struct backend);
const struct backend cuda_backend = { .name = "cuda",
    .has_f64 = false,
    .has_bf16 = true,
    BACKEND_OPS(BACKEND_ENTRY, cuda) };
