/* device.cu -- the host in place of a GPU: "threads" chooses the order in which threads run, so
 * a test that wants the same bits for any number of threads wants them for any order. */
#include "kernels/cuda/cuda.h"

#include <string.h>

cudaStream_t cuda_stream;

int
cuda_open(int threads)
{
    block_order((threads - 1) % BLOCK_ORDERS);
    return OK;
}

/* Small, so that a test can ask for more. */
void
cuda_device(struct device_info *info)
{
    strcpy(info->name, "the host");
    info->free_bytes = (size_t)48 << 20;
    info->total_bytes = (size_t)64 << 20;
}
