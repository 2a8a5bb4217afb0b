/* cuda.h -- what the files of the CUDA backend share; kernels include it and *.cuh of this
 * folder, and nothing else.
 *
 * All work goes to one stream, in the order of the calls; nothing waits for it but op_download
 * and op_sync.  Messages alone, and the sums of what they bring, have a stream beside it (nccl.h).
 * Sums of floats have a fixed order that follows from the shapes alone, so no
 * kernel adds floats with atomics.
 *
 * The same sources are compiled for the host with CUDA_ON_HOST (host/shim.h): that is how tests
 * reach them without a GPU.  Views there are aligned to 16 bytes or not, by turns, and both must
 * give the same bits. */
#ifndef KERNELS_CUDA_CUDA_H
#define KERNELS_CUDA_CUDA_H

#ifdef CUDA_ON_HOST
#include "kernels/cuda/host/shim.h"
#else
#include <cuda_bf16.h>
#include <cuda_runtime.h>
#endif

#include "kernels/backend.h"
#include "lib/philox.h"

extern "C" {
BACKEND_OPS(BACKEND_PROTOTYPE, cuda)
}

typedef __nv_bfloat16 bf16;

/* ---- the device ------------------------------------------------------------------------------ */

extern cudaStream_t cuda_stream;

/* cuda_keep -- the first error since the last op_sync is what that will tell, with the op in
 * which it was noticed; a kernel's own failure may be noticed in a later one. */
void cuda_keep(cudaError_t error, const char *op);
/* cuda_fail -- the same for what is not of the CUDA runtime: a finished sentence without a full
 * stop. */
void cuda_fail(const char *op, const char *sentence);

/* cuda_scratch -- device memory until the next call of it, aligned to 256 bytes: so many as room.h
 * has for the op, so that what op_reserve has taken is enough.  NULL without memory: the op gives
 * up, and the next sync tells.
 * cuda_pinned -- the host's memory that the device reaches is there.
 * cuda_no_memory -- ERR_MEMORY: "no memory for 5 bytes of tensors", and what the GPU has. */
void    *cuda_scratch(const char *op, size_t bytes);
void     cuda_pinned(const char *op);
MUST int cuda_no_memory(const char *what, size_t bytes);

/* ---- launches -------------------------------------------------------------------------------- */

/* LAUNCH -- LAUNCH(kernel<T, 8>, grid, block, shared_bytes, arguments...).  An empty grid is
 * nothing to do.  LAUNCH_ON(stream, ...) -- on another than cuda_stream. */
#define LAUNCH(...) cuda_launch(cuda_stream, __func__, __VA_ARGS__)
#define LAUNCH_ON(stream, ...) cuda_launch(stream, __func__, __VA_ARGS__)

template <typename... P, typename... A>
static inline void
cuda_launch(cudaStream_t stream, const char *op, void (*kernel)(P...), dim3 grid, dim3 block,
    size_t shared_bytes, A... args)
{
    if (grid.x == 0 || grid.y == 0 || grid.z == 0)
        return;
#ifdef CUDA_ON_HOST
    (void)stream, (void)op;
    shim_launch(grid, block, shared_bytes, [=]() { kernel(args...); });
#else
    if (shared_bytes > (48 << 10)) /* more has to be asked for */
        cuda_keep(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                      (int)shared_bytes), op);
    kernel<<<grid, block, shared_bytes, stream>>>(args...);
    cuda_keep(cudaGetLastError(), op);
#endif
}

/* DYNAMIC_SHARED -- DYNAMIC_SHARED(float, tile): `tile` is the launch's dynamic shared memory. */
#ifdef CUDA_ON_HOST
#define DYNAMIC_SHARED(type, name) type *name = static_cast<type *>(block_shared)
#else
#define DYNAMIC_SHARED(type, name) \
    extern __shared__ __align__(128) unsigned char cuda_dynamic_shared[]; \
    type *name = reinterpret_cast<type *>(cuda_dynamic_shared)
#endif

/* Indices are data, and a wrong one is told by the next sync, with its op: a kernel that meets one
 * leaves out what it belongs to, and a word of the host's memory says so.  That is a comparison an
 * index, and no store where all is right. */
struct fault {
    int *at, op;
};

/* cuda_fault -- for a kernel of the op, a string that stays. */
struct fault cuda_fault(const char *op);

/* index_ok -- `good`, noted where it is not. */
static __device__ __forceinline__ bool
index_ok(const struct fault &fault, bool good)
{
    if (!good && fault.at)
        *reinterpret_cast<volatile int *>(fault.at) = fault.op;
    return good;
}

/* REAL_SWITCH -- the statement with T for the type of real numbers: float or bf16. */
#define REAL_SWITCH(dtype, T, ...) \
    do { \
        if ((dtype) == F32) { \
            using T = float; \
            __VA_ARGS__; \
        } else { \
            using T = bf16; \
            __VA_ARGS__; \
        } \
    } while (0)

/* BOOL_SWITCH -- the statement with B a constant. */
#define BOOL_SWITCH(value, B, ...) \
    do { \
        if (value) { \
            constexpr bool B = true; \
            __VA_ARGS__; \
        } else { \
            constexpr bool B = false; \
            __VA_ARGS__; \
        } \
    } while (0)

/* cuda_blocks -- how many blocks of `size` cover `count`. */
static inline unsigned
cuda_blocks(size_t count, size_t size)
{
    return (unsigned)((count + size - 1) / size);
}

static inline size_t
cuda_count(struct view v)
{
    return (size_t)v.rows * (size_t)v.cols;
}

/* ---- numbers --------------------------------------------------------------------------------- */

static __device__ __forceinline__ float
to_float(float x)
{
    return x;
}

static __device__ __forceinline__ float
to_float(bf16 x)
{
    return __bfloat162float(x);
}

template <typename T> static __device__ __forceinline__ T from_float(float x);

template <>
__device__ __forceinline__ float
from_float<float>(float x)
{
    return x;
}

template <>
__device__ __forceinline__ bf16
from_float<bf16>(float x)
{
    return __float2bfloat16_rn(x);
}

/* Sixteen bytes are what a thread loads best at once.  LANES<T>: so many numbers. */
template <typename T> constexpr int LANES = 16 / (int)sizeof(T);

/* cuda_wide_ok -- every row of every view begins at a multiple of 16 bytes. */
static inline bool
cuda_wide_ok(struct view v)
{
    return (uintptr_t)v.data % 16 == 0 && (size_t)v.cols * dtype_bytes(v.dtype) % 16 == 0;
}

template <typename... V>
static inline bool
cuda_wide_ok(struct view v, V... more)
{
    return cuda_wide_ok(v) && cuda_wide_ok(more...);
}

/* cuda_flat_ok -- the views, whose rows do not matter, can be taken 16 bytes at a time. */
static inline bool
cuda_flat_ok(struct view v)
{
    return (uintptr_t)v.data % 16 == 0 && cuda_count(v) * dtype_bytes(v.dtype) % 16 == 0;
}

template <typename... V>
static inline bool
cuda_flat_ok(struct view v, V... more)
{
    return cuda_flat_ok(v) && cuda_flat_ok(more...);
}

/* load -- `count` numbers, the first at `from` and `left` of them there: those beyond are 0.  WIDE:
 * all are there, and lie at a multiple of 16 bytes, or of what `count` of them take.
 * store -- likewise; what is beyond is not written. */
template <bool WIDE, int COUNT>
static __device__ __forceinline__ void
load(float (&to)[COUNT], const float *from, int left)
{
    if constexpr (WIDE && COUNT % 4 == 0) {
#pragma unroll
        for (int i = 0; i < COUNT / 4; i++) {
            float4 v = reinterpret_cast<const float4 *>(from)[i];

            to[4 * i] = v.x, to[4 * i + 1] = v.y, to[4 * i + 2] = v.z, to[4 * i + 3] = v.w;
        }
    } else {
#pragma unroll
        for (int i = 0; i < COUNT; i++)
            to[i] = i < left ? from[i] : 0;
    }
}

/* the two halves of a word, as floats: bf16 is the upper half of a float */
static __device__ __forceinline__ float
low_half(unsigned word)
{
    return __uint_as_float(word << 16);
}

static __device__ __forceinline__ float
high_half(unsigned word)
{
    return __uint_as_float(word & 0xffff0000);
}

template <bool WIDE, int COUNT>
static __device__ __forceinline__ void
load(float (&to)[COUNT], const bf16 *from, int left)
{
    if constexpr (WIDE && COUNT % 8 == 0) {
#pragma unroll
        for (int i = 0; i < COUNT / 8; i++) {
            uint4    v = reinterpret_cast<const uint4 *>(from)[i];
            unsigned word[4] = { v.x, v.y, v.z, v.w };

#pragma unroll
            for (int k = 0; k < 4; k++) {
                to[8 * i + 2 * k] = low_half(word[k]);
                to[8 * i + 2 * k + 1] = high_half(word[k]);
            }
        }
    } else if constexpr (WIDE && COUNT == 4) {
        uint2 v = *reinterpret_cast<const uint2 *>(from);

        to[0] = low_half(v.x), to[1] = high_half(v.x);
        to[2] = low_half(v.y), to[3] = high_half(v.y);
    } else {
#pragma unroll
        for (int i = 0; i < COUNT; i++)
            to[i] = i < left ? to_float(from[i]) : 0;
    }
}

template <bool WIDE, int COUNT>
static __device__ __forceinline__ void
store(float *to, const float (&from)[COUNT], int left)
{
    if constexpr (WIDE && COUNT % 4 == 0) {
#pragma unroll
        for (int i = 0; i < COUNT / 4; i++)
            reinterpret_cast<float4 *>(to)[i] =
                make_float4(from[4 * i], from[4 * i + 1], from[4 * i + 2], from[4 * i + 3]);
    } else {
#pragma unroll
        for (int i = 0; i < COUNT; i++)
            if (i < left)
                to[i] = from[i];
    }
}

/* two floats as bf16, the first in the lower half */
static __device__ __forceinline__ unsigned
two_halves(float low, float high)
{
    __nv_bfloat162 v = __floats2bfloat162_rn(low, high);

    return *reinterpret_cast<unsigned *>(&v);
}

template <bool WIDE, int COUNT>
static __device__ __forceinline__ void
store(bf16 *to, const float (&from)[COUNT], int left)
{
    if constexpr (WIDE && COUNT % 8 == 0) {
#pragma unroll
        for (int i = 0; i < COUNT / 8; i++) {
            const float *f = from + 8 * i;

            reinterpret_cast<uint4 *>(to)[i] = make_uint4(two_halves(f[0], f[1]),
                two_halves(f[2], f[3]), two_halves(f[4], f[5]), two_halves(f[6], f[7]));
        }
    } else if constexpr (WIDE && COUNT == 4) {
        *reinterpret_cast<uint2 *>(to) =
            make_uint2(two_halves(from[0], from[1]), two_halves(from[2], from[3]));
    } else {
#pragma unroll
        for (int i = 0; i < COUNT; i++)
            if (i < left)
                to[i] = __float2bfloat16_rn(from[i]);
    }
}

/* ---- sums ------------------------------------------------------------------------------------ */

enum { WARP = 32 };

/* warp_sum, warp_max -- over the lanes of a warp, all of which get it: always the same tree. */
template <typename T>
static __device__ __forceinline__ T
warp_sum(T x)
{
#pragma unroll
    for (int flip = WARP / 2; flip > 0; flip /= 2)
        x += __shfl_xor_sync(0xffffffff, x, flip);
    return x;
}

template <typename T>
static __device__ __forceinline__ T
warp_max(T x)
{
#pragma unroll
    for (int flip = WARP / 2; flip > 0; flip /= 2)
        x = max(x, __shfl_xor_sync(0xffffffff, x, flip));
    return x;
}

/* block_sum, block_max -- over the threads of a block of whole warps, in one dimension; all get it.
 * Every thread of the block calls it. */
template <typename T>
static __device__ __forceinline__ T
block_sum(T x)
{
    __shared__ T part[WARP];
    int          warps = (int)blockDim.x / WARP, lane = (int)threadIdx.x % WARP;

    x = warp_sum(x);
    __syncthreads(); /* the last call's sums have been read */
    if (lane == 0)
        part[threadIdx.x / WARP] = x;
    __syncthreads();
    return warp_sum(lane < warps ? part[lane] : T(0));
}

template <typename T>
static __device__ __forceinline__ T
block_max(T x)
{
    __shared__ T part[WARP];
    int          warps = (int)blockDim.x / WARP, lane = (int)threadIdx.x % WARP;

    x = warp_max(x);
    __syncthreads();
    if (lane == 0)
        part[threadIdx.x / WARP] = x;
    __syncthreads();
    return warp_max(part[lane < warps ? lane : 0]);
}

/* ---- dropout --------------------------------------------------------------------------------- */

/* A dropout as kernels want it: philox_unit(word) < p holds iff the upper 24 bits of the word
 * are less than p 2^24, rounded up; so words are compared. */
struct drop {
    uint64_t seed;
    uint32_t step, site, limit;
    float    kept;
};

static inline struct drop
cuda_drop(struct dropout d)
{
    return { d.seed, d.step, d.site, (uint32_t)ceilf(d.p * 16777216.0f) << 8, 1 / (1 - d.p) };
}

/* drop_four -- what a dropout multiplies columns 4 quad .. 4 quad + 3 of the row with `key` by. */
static __device__ __forceinline__ void
drop_four(float (&keep)[4], const struct drop &d, int key, uint32_t quad)
{
    struct philox r =
        philox(d.seed, PHILOX_DROPOUT, d.step, d.site, (uint64_t)(uint32_t)key << 32 | quad);

#pragma unroll
    for (int i = 0; i < 4; i++)
        keep[i] = r.x[i] < d.limit ? 0 : d.kept;
}

#endif
