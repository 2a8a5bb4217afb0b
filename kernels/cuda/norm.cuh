/* norm.cuh -- layer normalisation, both ways, with what comes before or behind it: a warp takes a
 * row.
 *
 * Rows of up to 1024 numbers stay in the lanes' registers, so that a row is read once; wider ones
 * are read again, from the caches.  Bytes an element in bf16, forward and backward, where each in
 * brackets is what the ops one by one would move:
 *
 *     layer norm          x, y: 4                            dy, x, dx: 6
 *     residual and norm   x, residual, sum, y: 8 (10)        dy, dmore, sum, dsum, dx: 10 (16)
 *     norm and dropout    x, y: 4 (8)                        dy, dmore, x, dx: 8 (16)
 *
 * Of a BERT-base step on 131,072 tokens, 24 residual sums, the last of which has no dmore, and one
 * norm of the embeddings, that is 24 x 8 + 4 and 24 x 10 - 2 + 8, 45 GB instead of 65 and 4.7
 * milliseconds less of an H200's 4.3 TB/s.  The mask is drawn again backward: Philox takes some 20
 * instructions a number, and 8 bytes of memory the time of 55.
 *
 * The mean is found in two steps, a first guess and the mean of what remains: so rows with a mean
 * far larger than their deviation keep their digits. */
#ifndef KERNELS_CUDA_NORM_CUH
#define KERNELS_CUDA_NORM_CUH

#include "kernels/cuda/cuda.h"
#include "kernels/cuda/room.h"

/* What is made: the norm alone, of a residual sum, or with a dropout behind it. */
enum norm_kind { NORM_PLAIN, NORM_RESIDUAL, NORM_DROPPED };

static constexpr int WARPS = NORM_WARPS;
static constexpr int HELD_COLS = 256, HELD_MAX = 4; /* columns a step of a warp; steps */

/* The steps in which a warp goes over a row of STEPS * HELD_COLS columns or less, 16 bytes a
 * lane. */
template <typename T, int STEPS> constexpr int HELD = STEPS * HELD_COLS / (WARP * LANES<T>);

/* A row in registers; with STEPS 0, in memory. */
template <typename T, bool WIDE, int STEPS> struct row {
    static constexpr int N = LANES<T>, HOLDS = STEPS ? HELD<T, STEPS> : 1;

    const T *at;
    int      cols, lane;
    float    held[HOLDS][N];

    __device__ __forceinline__ row(const T *from, int count)
        : at(from), cols(count), lane((int)threadIdx.x % WARP)
    {
        if constexpr (STEPS > 0) {
#pragma unroll
            for (int i = 0; i < HOLDS; i++) {
                int c = (i * WARP + lane) * N;

                if (c < cols)
                    load<WIDE>(held[i], at + c, cols - c);
            }
        }
    }

    /* at_step -- the numbers of the lane's step i, from column c on. */
    __device__ __forceinline__ void
    at_step(float (&to)[N], int i, int c)
    {
        if constexpr (STEPS > 0) {
#pragma unroll
            for (int k = 0; k < N; k++)
                to[k] = held[i][k];
        } else {
            load<WIDE>(to, at + c, cols - c);
        }
    }

    /* each -- f(i, c, numbers): the lane's step i, from column c on. */
    template <typename F>
    __device__ __forceinline__ void
    each(F f)
    {
        if constexpr (STEPS > 0) {
#pragma unroll
            for (int i = 0; i < HOLDS; i++)
                if ((i * WARP + lane) * N < cols)
                    f(i, (i * WARP + lane) * N, held[i]);
        } else {
            float now[N];

            for (int i = 0; (i * WARP + lane) * N < cols; i++) {
                load<WIDE>(now, at + (i * WARP + lane) * N, cols - (i * WARP + lane) * N);
                f(i, (i * WARP + lane) * N, now);
            }
        }
    }
};

/* STEPS_SWITCH -- the statement with S the steps for rows of `cols`; where loads are narrow,
 * which only odd shapes want, all that there are. */
#define STEPS_SWITCH(wide, cols, W, S, ...) \
    do { \
        if ((cols) > HELD_MAX * HELD_COLS) { \
            constexpr int S = 0; \
            BOOL_SWITCH(wide, W, __VA_ARGS__); \
        } else if (!(wide)) { \
            constexpr int  S = HELD_MAX; \
            constexpr bool W = false; \
            __VA_ARGS__; \
        } else { \
            constexpr bool W = true; \
            switch (((cols) - 1) / HELD_COLS) { \
            case 0: { constexpr int S = 1; __VA_ARGS__; break; } \
            case 1: { constexpr int S = 2; __VA_ARGS__; break; } \
            case 2: { constexpr int S = 3; __VA_ARGS__; break; } \
            default: { constexpr int S = 4; __VA_ARGS__; } \
            } \
        } \
    } while (0)

/* inverse_root -- 1 / sqrt x: the GPU's guess, better by a step of Newton's.  Division and root
 * proper are calls, and a call keeps registers in memory.  For the same reason kernels are told
 * 1 / cols. */
static __device__ __forceinline__ float
inverse_root(float x)
{
    float guess = rsqrtf(x);

    return guess * (1.5f - 0.5f * x * guess * guess);
}

/* keep_four -- drop_four, of a dropout that may be none. */
static __device__ __forceinline__ void
keep_four(float (&keep)[4], const struct drop &drop, int key, int c)
{
    if (drop.limit) {
        drop_four(keep, drop, key, (uint32_t)c / 4);
    } else {
#pragma unroll
        for (int k = 0; k < 4; k++)
            keep[k] = 1;
    }
}

/* a *= the dropout of columns c, c + 1, ... */
template <int N>
static __device__ __forceinline__ void
drop_some(float (&a)[N], const struct drop &drop, int key, int c)
{
    float keep[4];

#pragma unroll
    for (int k = 0; k < N; k++) {
        if (k % 4 == 0)
            keep_four(keep, drop, key, c + k);
        a[k] *= keep[k % 4];
    }
}

/* ---- forward --------------------------------------------------------------------------------- */

/* Three blocks a multiprocessor are enough to keep memory busy; left to itself, ptxas spills for
 * more.  The sum is normalised as it is stored. */
template <typename T, bool WIDE, int STEPS, norm_kind KIND>
static __global__ void
__launch_bounds__(WARPS * WARP, 3)
forward(T *__restrict__ y, T *sums, float *__restrict__ stat, const T *x,
    const T *__restrict__ residual, const float *__restrict__ gain, const float *__restrict__ bias,
    const int *__restrict__ key, struct drop drop, int rows, int cols, float inverse, float eps)
{
    constexpr int N = LANES<T>;
    int           r = (int)blockIdx.x * WARPS + (int)threadIdx.x / WARP, row_key = 0;
    size_t        first = (size_t)r * (size_t)cols;
    float         sum = 0, rest = 0, square = 0, guess, shift, rstd;

    if (r >= rows)
        return;
    if (KIND != NORM_PLAIN)
        row_key = key[r];
    row<T, WIDE, STEPS> v(x + first, cols);
    auto                from_mean = [&](float a) { return a - guess - shift; };

    if constexpr (KIND == NORM_RESIDUAL) {
        v.each([&](int, int c, float (&a)[N]) {
            float b[N];

            load<WIDE>(b, residual + first + c, cols - c);
            drop_some(a, drop, row_key, c);
#pragma unroll
            for (int k = 0; k < N; k++)
                a[k] = to_float(from_float<T>(b[k] + a[k]));
            store<WIDE>(sums + first + c, a, cols - c);
        });
        v.at = sums + first;
    }
    v.each([&](int, int, float (&a)[N]) {
#pragma unroll
        for (int k = 0; k < N; k++)
            sum += a[k];
    });
    guess = warp_sum(sum) * inverse;
    v.each([&](int, int c, float (&a)[N]) {
#pragma unroll
        for (int k = 0; k < N; k++)
            rest += WIDE || c + k < cols ? a[k] - guess : 0;
    });
    shift = warp_sum(rest) * inverse;
    v.each([&](int, int c, float (&a)[N]) {
#pragma unroll
        for (int k = 0; k < N; k++)
            square += WIDE || c + k < cols ? from_mean(a[k]) * from_mean(a[k]) : 0;
    });
    rstd = inverse_root(warp_sum(square) * inverse + eps);
    v.each([&](int, int c, float (&a)[N]) {
        float g[N], b[N];

        load<WIDE>(g, gain + c, cols - c);
        load<WIDE>(b, bias + c, cols - c);
#pragma unroll
        for (int k = 0; k < N; k++)
            g[k] = from_mean(a[k]) * rstd * g[k] + b[k];
        if constexpr (KIND == NORM_DROPPED)
            drop_some(g, drop, row_key, c);
        store<WIDE>(y + first + c, g, cols - c);
    });
    if (v.lane == 0) {
        stat[2 * (size_t)r] = guess + shift;
        stat[2 * (size_t)r + 1] = rstd;
    }
}

/* The views of a forward, and of a backward; those that a kind does not have are none. */
struct norm_fwd {
    struct view    y, sum, stat, x, residual, gain, bias, key;
    float          eps;
    struct dropout drop;
};

template <typename T>
static T *
numbers(struct view v)
{
    return static_cast<T *>(v.data);
}

template <norm_kind KIND>
static void
norm_forward(const struct norm_fwd &n)
{
    struct view x = n.x;
    bool        wide = cuda_wide_ok(n.y, x, n.gain, n.bias) &&
        (KIND != NORM_RESIDUAL || cuda_wide_ok(n.sum, n.residual));

    REAL_SWITCH(x.dtype, T, STEPS_SWITCH(wide, x.cols, WIDE, STEPS,
        LAUNCH(forward<T, WIDE, STEPS, KIND>, cuda_blocks(x.rows, WARPS), WARPS * WARP, 0,
            numbers<T>(n.y), numbers<T>(n.sum), numbers<float>(n.stat), numbers<const T>(x),
            numbers<const T>(n.residual), numbers<const float>(n.gain),
            numbers<const float>(n.bias), numbers<const int>(n.key), cuda_drop(n.drop), x.rows,
            x.cols, 1 / (float)x.cols, n.eps)));
}

#endif
