/* part.cuh -- loads and stores of arrays that begin at a multiple of 16 bytes but may end
 * anywhere. */
#ifndef KERNELS_CUDA_PART_CUH
#define KERNELS_CUDA_PART_CUH

#include <float.h>

#include "kernels/cuda/cuda.h"

/* part_ok -- every view begins at a multiple of 16 bytes. */
template <typename... V>
static inline bool
part_ok(V... v)
{
    return (((uintptr_t)v.data % 16 == 0) && ...);
}

/* part_load -- load, where WIDE promises only that `from` is aligned; what is beyond is
 * `beyond`. */
template <bool WIDE, typename T, int COUNT>
static __device__ __forceinline__ void
part_load(float (&to)[COUNT], const T *from, int left, float beyond = 0)
{
    if (WIDE && left >= COUNT) {
        load<true>(to, from, left);
        return;
    }
    load<false>(to, from, left);
    if (beyond != 0) {
#pragma unroll
        for (int i = 0; i < COUNT; i++)
            to[i] = i < left ? to[i] : beyond;
    }
}

template <bool WIDE, typename T, int COUNT>
static __device__ __forceinline__ void
part_store(T *to, const float (&from)[COUNT], int left)
{
    if (WIDE && left >= COUNT)
        store<true>(to, from, left);
    else
        store<false>(to, from, left);
}

#endif
