/* nccl.h -- messages between the GPUs of the ranks, on a stream of their own.
 *
 *     rc = cuda_nccl_meet();                 all ranks are here
 *     rc = cuda_nccl_follow();               what cuda_stream was asked comes first
 *     rc = cuda_nccl_begin();
 *     cuda_nccl_send(1, from, bytes);        for as many ranks as there are
 *     cuda_nccl_receive(1, to, bytes);
 *     rc = cuda_nccl_end();                  under way
 *     rc = cuda_nccl_wait();                 done, or the one to blame is named
 *
 * Several groups may be under way before the wait. */
#ifndef KERNELS_CUDA_NCCL_H
#define KERNELS_CUDA_NCCL_H

#include "kernels/cuda/cuda.h"

extern cudaStream_t cuda_nccl_stream; /* from the first cuda_nccl_meet on */

/* Errors, of all: ERR_DEVICE, with what NCCL says, or the rank that does not answer. */
MUST int cuda_nccl_meet(void);
MUST int cuda_nccl_follow(void);
MUST int cuda_nccl_begin(void);
void     cuda_nccl_send(int to, const void *bytes, size_t count);
void     cuda_nccl_receive(int from, void *bytes, size_t count);
MUST int cuda_nccl_end(void);
MUST int cuda_nccl_wait(void);

#endif
