/* shim.h -- what the sources of this folder use of CUDA, for the host: so that their logic is
 * tested, under sanitizers, on machines that have no GPU.  Nothing here is fast, and all of it
 * is meant to be strict; what is not here (an atomic sum of floats, say) the kernels shall not
 * use.
 *
 * Threads are fibers (block.h).  Device memory is the host's.  A stream does at once what it is
 * told. */
#ifndef KERNELS_CUDA_HOST_SHIM_H
#define KERNELS_CUDA_HOST_SHIM_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/cuda/host/block.h"
#include "kernels/cuda/host/asked.h"
#include "lib/bf16.h"
#include "lib/err.h"

/* ---- words ----------------------------------------------------------------------------------- */

/* Kernels, and functions with __shared__ variables, are declared static: these variables then
 * stand in a section of their own, which is filled with NaN before each block. */
#define __global__
#define __device__
#define __host__
#define __constant__ static
#define __shared__ static __attribute__((section("block_static")))
#define __launch_bounds__(...)
#define __restrict__ __restrict
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(bytes) __attribute__((aligned(bytes)))

struct dim3 {
    unsigned x, y, z;
    dim3(unsigned a = 1, unsigned b = 1, unsigned c = 1) : x(a), y(b), z(c) {}
};

template <typename F>
static inline void
shim_launch(dim3 grid, dim3 block, size_t shared_bytes, F thread)
{
    block_launch({ grid.x, grid.y, grid.z }, { block.x, block.y, block.z }, shared_bytes,
        [](void *f) { (*static_cast<F *>(f))(); }, &thread);
}

/* ---- types ----------------------------------------------------------------------------------- */

struct __align__(8) int2 { int x, y; };
struct __align__(16) int4 { int x, y, z, w; };
struct __align__(8) uint2 { unsigned x, y; };
struct __align__(16) uint4 { unsigned x, y, z, w; };
struct __align__(8) float2 { float x, y; };
struct __align__(16) float4 { float x, y, z, w; };
struct __align__(16) double2 { double x, y; };

static inline int2 make_int2(int x, int y) { return { x, y }; }
static inline int4 make_int4(int x, int y, int z, int w) { return { x, y, z, w }; }
static inline uint2 make_uint2(unsigned x, unsigned y) { return { x, y }; }
static inline uint4
make_uint4(unsigned x, unsigned y, unsigned z, unsigned w)
{
    return { x, y, z, w };
}
static inline float2 make_float2(float x, float y) { return { x, y }; }
static inline float4 make_float4(float x, float y, float z, float w) { return { x, y, z, w }; }
static inline double2 make_double2(double x, double y) { return { x, y }; }

struct __align__(2) __nv_bfloat16 { uint16_t bits; };
struct __align__(4) __nv_bfloat162 { __nv_bfloat16 x, y; };

static inline float __bfloat162float(__nv_bfloat16 x) { return bf16_float(x.bits); }
static inline __nv_bfloat16 __float2bfloat16_rn(float x) { return { bf16_round(x) }; }
static inline __nv_bfloat162
__floats2bfloat162_rn(float x, float y)
{
    return { { bf16_round(x) }, { bf16_round(y) } };
}
static inline float2
__bfloat1622float2(__nv_bfloat162 v)
{
    return { bf16_float(v.x.bits), bf16_float(v.y.bits) };
}

/* ---- arithmetic ------------------------------------------------------------------------------ */

template <typename T> static inline T min(T a, T b) { return b < a ? b : a; }
template <typename T> static inline T max(T a, T b) { return a < b ? b : a; }
static inline float rsqrtf(float x) { return 1 / sqrtf(x); }
static inline float normcdff(float x) { return 0.5f * erfcf(-x * 0.70710678f); }
#define __expf expf /* whose names the C library has taken */
#define __logf logf
static inline float __fdividef(float x, float y) { return x / y; }
static inline int __popc(unsigned x) { return __builtin_popcount(x); }
static inline int __clz(int x) { return x ? __builtin_clz((unsigned)x) : 32; }
static inline int __ffs(int x) { return __builtin_ffs(x); }
static inline unsigned __umulhi(unsigned x, unsigned y) { return (uint64_t)x * y >> 32; }

template <typename To, typename From>
static inline To
shim_bits(From from)
{
    static_assert(sizeof(To) == sizeof(From), "a number's bits as another's");
    To to;

    memcpy(&to, &from, sizeof to);
    return to;
}
static inline unsigned __float_as_uint(float x) { return shim_bits<unsigned>(x); }
static inline int __float_as_int(float x) { return shim_bits<int>(x); }
static inline float __uint_as_float(unsigned x) { return shim_bits<float>(x); }
static inline float __int_as_float(int x) { return shim_bits<float>(x); }

/* ---- the runtime ----------------------------------------------------------------------------- */

enum cudaError_t { cudaSuccess, cudaErrorMemoryAllocation };
enum cudaMemcpyKind { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost, cudaMemcpyDeviceToDevice };
enum { cudaEventDisableTiming };
typedef int cudaStream_t, cudaEvent_t;

static inline const char *cudaGetErrorString(cudaError_t error) { return error ? "no memory" : ""; }
static inline cudaError_t cudaGetLastError(void) { return cudaSuccess; }
static inline cudaError_t cudaStreamSynchronize(cudaStream_t) { return cudaSuccess; }
static inline cudaError_t cudaEventCreateWithFlags(cudaEvent_t *, int) { return cudaSuccess; }
static inline cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t) { return cudaSuccess; }
static inline cudaError_t cudaEventSynchronize(cudaEvent_t) { return cudaSuccess; }

/* a GPU with the least shared memory that is supported */
enum cudaDeviceAttr { cudaDevAttrMaxSharedMemoryPerMultiprocessor };

static inline cudaError_t
cudaGetDevice(int *device)
{
    *device = 0;
    return cudaSuccess;
}

static inline cudaError_t
cudaDeviceGetAttribute(int *value, cudaDeviceAttr, int)
{
    *value = 164 << 10;
    return cudaSuccess;
}

static inline cudaError_t
cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind, cudaStream_t)
{
    memcpy(to, from, bytes);
    return cudaSuccess;
}

static inline cudaError_t
cudaMemsetAsync(void *to, int value, size_t bytes, cudaStream_t)
{
    memset(to, value, bytes);
    return cudaSuccess;
}

static inline cudaError_t
cudaMallocHost(void **memory, size_t bytes)
{
    asked_all.allocations++;
    *memory = malloc(bytes);
    return *memory ? cudaSuccess : cudaErrorMemoryAllocation;
}

static inline cudaError_t
cudaMemGetInfo(size_t *free, size_t *total)
{
    *free = *total = 0;
    return cudaSuccess;
}

/* Memory begins at a multiple of 16 bytes, or when the order of threads is turned at 8 more: so the
 * same test sees wide and narrow loads.  What malloc gave stands in front of it. */
static inline cudaError_t
cudaMalloc(void **memory, size_t bytes)
{
    size_t before = block_turned() ? 24 : 16;
    char  *base = bytes < SIZE_MAX - before ? static_cast<char *>(malloc(bytes + before)) : NULL;

    asked_all.allocations++;
    if (!base)
        return cudaErrorMemoryAllocation;
    *memory = base + before;
    memcpy(base + before - sizeof base, &base, sizeof base);
    return cudaSuccess;
}

static inline cudaError_t
cudaFree(void *memory)
{
    void *base = NULL;

    if (memory)
        memcpy(&base, static_cast<char *>(memory) - sizeof base, sizeof base);
    free(base);
    return cudaSuccess;
}

/* ---- memory and atomics ---------------------------------------------------------------------- */

template <typename T> static inline T __ldg(const T *p) { return *p; }
template <typename T> static inline T __ldcs(const T *p) { return *p; }
template <typename T> static inline void __stcs(T *p, T value) { *p = value; }
static inline void __threadfence(void) {}
static inline void __threadfence_block(void) {}

/* Of whole numbers only: their order does not matter. */
template <typename T, typename F>
static inline T
shim_atomic(T *p, F change)
{
    static_assert((T)0.5 == 0, "sums of floats have a fixed order");
    T old = *p;

    *p = change(old);
    return old;
}
template <typename T> static inline T
atomicAdd(T *p, T x) { return shim_atomic(p, [=](T old) { return old + x; }); }
template <typename T> static inline T
atomicMin(T *p, T x) { return shim_atomic(p, [=](T old) { return old < x ? old : x; }); }
template <typename T> static inline T
atomicMax(T *p, T x) { return shim_atomic(p, [=](T old) { return old < x ? x : old; }); }
template <typename T> static inline T
atomicOr(T *p, T x) { return shim_atomic(p, [=](T old) { return old | x; }); }
template <typename T> static inline T
atomicExch(T *p, T x) { return shim_atomic(p, [=](T) { return x; }); }
template <typename T> static inline T
atomicCAS(T *p, T want, T x)
{
    return shim_atomic(p, [=](T old) { return old == want ? x : old; });
}

/* ---- among threads --------------------------------------------------------------------------- */

static inline void __syncthreads(void) { block_barrier(0); }
static inline int __syncthreads_count(int yes) { return block_barrier(yes); }
static inline int __syncthreads_or(int yes) { return block_barrier(yes) > 0; }
static inline int
__syncthreads_and(int yes)
{
    return block_barrier(yes) == (int)(blockDim.x * blockDim.y * blockDim.z);
}

static inline void
__syncwarp(uint32_t mask = 0xffffffff)
{
    int nothing = 0;

    block_meet(mask, &nothing, [](void *const *, uint32_t) {});
}

static inline unsigned
__ballot_sync(uint32_t mask, int yes)
{
    struct vote { int yes; unsigned all; } own = { yes, 0 };

    block_meet(mask, &own, [](void *const *lane, uint32_t present) {
        unsigned all = 0;

        for (int i = 0; i < BLOCK_LANES; i++)
            all |= present >> i & 1 && ((vote *)lane[i])->yes ? 1u << i : 0;
        for (int i = 0; i < BLOCK_LANES; i++)
            if (present >> i & 1)
                ((vote *)lane[i])->all = all;
    });
    return own.all;
}
static inline int __any_sync(uint32_t mask, int yes) { return __ballot_sync(mask, yes) != 0; }
static inline int __all_sync(uint32_t mask, int yes) { return __ballot_sync(mask, yes) == mask; }

/* shim_shuffle -- the value of lane `from`, which takes part: CUDA leaves the other case
 * undefined. */
template <typename T>
static inline T
shim_shuffle(uint32_t mask, T value, int from)
{
    struct parcel { T value, got; int from; } own = { value, value, from };

    CHECK(mask >> from & 1);
    block_meet(mask, &own, [](void *const *lane, uint32_t present) {
        for (int i = 0; i < BLOCK_LANES; i++)
            if (present >> i & 1)
                ((parcel *)lane[i])->got = ((parcel *)lane[((parcel *)lane[i])->from])->value;
    });
    return own.got;
}

template <typename T>
static inline T
__shfl_sync(uint32_t mask, T value, int from, int width = 32)
{
    return shim_shuffle(mask, value, (block_lane() & -width) + (from & (width - 1)));
}

template <typename T>
static inline T
__shfl_xor_sync(uint32_t mask, T value, int flip, int width = 32)
{
    int lane = block_lane(), from = lane ^ flip;

    return shim_shuffle(mask, value, from < (lane & -width) + width ? from : lane);
}

template <typename T>
static inline T
__shfl_down_sync(uint32_t mask, T value, unsigned by, int width = 32)
{
    int lane = block_lane(), from = lane + (int)by;

    return shim_shuffle(mask, value, from < (lane & -width) + width ? from : lane);
}

template <typename T>
static inline T
__shfl_up_sync(uint32_t mask, T value, unsigned by, int width = 32)
{
    int lane = block_lane(), from = lane - (int)by;

    return shim_shuffle(mask, value, from >= (lane & -width) ? from : lane);
}

#endif
