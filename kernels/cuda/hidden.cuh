/* hidden.cuh -- which of the hidden words of a batch a token is. */
#ifndef KERNELS_CUDA_HIDDEN_CUH
#define KERNELS_CUDA_HIDDEN_CUH

#include "kernels/cuda/cuda.h"

/* hidden_at -- the i with row[i] = r, or -1: halves the ascending `row`, which is small enough to
 * stay in the cache. */
static __device__ __forceinline__ int
hidden_at(const int *__restrict__ row, int count, int r)
{
    int first = 0, end = count;

    while (first < end) {
        int middle = (first + end) / 2;

        if (row[middle] < r)
            first = middle + 1;
        else
            end = middle;
    }
    return first < count && row[first] == r ? first : -1;
}

#endif
