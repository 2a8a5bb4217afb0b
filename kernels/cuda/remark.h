/* remark.h -- what the backend has chosen by itself, until op_remark is asked. */
#ifndef KERNELS_CUDA_REMARK_H
#define KERNELS_CUDA_REMARK_H

enum { REMARK_BYTES = 256 };

/* cuda_remark_add -- a sentence; cut to REMARK_BYTES - 1, and left out while many wait. */
void cuda_remark_add(const char *sentence);

#endif
