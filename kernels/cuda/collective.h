/* collective.h -- sums over ranks: their room. */
#ifndef KERNELS_CUDA_COLLECTIVE_H
#define KERNELS_CUDA_COLLECTIVE_H

#include "lib/err.h"

/* cuda_all_sum_open -- there is room for what the other ranks send.  Errors: ERR_MEMORY. */
MUST int cuda_all_sum_open(void);

#endif
