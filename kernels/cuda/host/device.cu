/* device.cu -- the host in place of a GPU: "threads" chooses the order in which threads run, so a test
 * that wants the same bits for any number of threads wants them for any order. */
#include "kernels/cuda/cuda.h"

cudaStream_t cuda_stream;

int
cuda_open(int threads)
{
    block_order((threads - 1) % BLOCK_ORDERS);
    return OK;
}
