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
 * far larger than their deviation keep their digits.
 *
 * The gradients of gain and bias are sums over all rows.  Each warp adds up its own in
 * registers, a block those of its warps, and a second kernel those of the blocks, in double:
 * which rows a warp has, and every order, follow from the shape alone. */
#ifndef KERNELS_CUDA_NORM_CUH
#define KERNELS_CUDA_NORM_CUH

#include "kernels/cuda/columns.h"
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

/* ---- backward -------------------------------------------------------------------------------- */

/* Where a backward reads and writes.  `more` may be NULL. */
template <typename T> struct norm_places {
    T           *dx, *dropped;
    const T     *dy, *more;
    const float *stat;
    const int   *key;
    struct drop  drop;
    int          rows, cols;
    float        inverse; /* 1 / cols */
};

/* row_back -- dx of row r; `mine` is given each number's share of dgain and dbias.  The formula
 * is in ref/layernorm.c.  Of a row in registers what comes is summed and dropped here. */
template <typename T, bool WIDE, int STEPS, norm_kind KIND, typename F>
static __device__ __forceinline__ void
row_back(const struct norm_places<T> &p, const T *__restrict__ x, const float *__restrict__ gain,
    int r, F mine)
{
    constexpr int       N = LANES<T>;
    int                 cols = p.cols, key = KIND == NORM_PLAIN ? 0 : p.key[r];
    size_t              first = (size_t)r * (size_t)cols;
    row<T, WIDE, STEPS> a(x + first, cols), d(p.dy + first, cols);
    float               mean = p.stat[2 * (size_t)r], rstd = p.stat[2 * (size_t)r + 1];
    float               g_mean = 0, gn_mean = 0;

    if (STEPS > 0 && KIND != NORM_PLAIN && p.more)
        d.each([&](int, int c, float (&given)[N]) {
            float more[N];

            load<WIDE>(more, p.more + first + c, cols - c);
#pragma unroll
            for (int k = 0; k < N; k++)
                given[k] += more[k];
        });
    if constexpr (STEPS > 0 && KIND == NORM_DROPPED)
        d.each([&](int, int c, float (&given)[N]) { drop_some(given, p.drop, key, c); });
    a.each([&](int i, int c, float (&n)[N]) {
        float g[N], given[N];

        load<WIDE>(g, gain + c, cols - c);
        d.at_step(given, i, c);
#pragma unroll
        for (int k = 0; k < N; k++) {
            g_mean += given[k] * g[k];
            gn_mean += given[k] * g[k] * ((n[k] - mean) * rstd);
        }
    });
    g_mean = warp_sum(g_mean) * p.inverse;
    gn_mean = warp_sum(gn_mean) * p.inverse;
    a.each([&](int i, int c, float (&n)[N]) {
        float g[N], given[N];

        load<WIDE>(g, gain + c, cols - c);
        d.at_step(given, i, c);
#pragma unroll
        for (int k = 0; k < N; k++) {
            float normal = (n[k] - mean) * rstd;

            mine(i, k, given[k] * normal, given[k]);
            g[k] = rstd * (given[k] * g[k] - g_mean - normal * gn_mean);
        }
        store<WIDE>(p.dx + first + c, g, cols - c);
        if constexpr (KIND == NORM_RESIDUAL) {
            drop_some(g, p.drop, key, c);
            store<WIDE>(p.dropped + first + c, g, cols - c);
        }
    });
}

/* Rows in registers: part[block] = the block's dgain, then its dbias. */
template <typename T, bool WIDE, int STEPS, norm_kind KIND>
static __global__ void
__launch_bounds__(WARPS * WARP)
backward(float *__restrict__ part, struct norm_places<T> p, const T *__restrict__ x,
    const float *__restrict__ gain)
{
    constexpr int N = LANES<T>, HOLDS = HELD<T, STEPS>;
    float         gains[HOLDS][N] = {}, biases[HOLDS][N] = {};
    int           warp = (int)threadIdx.x / WARP, lane = (int)threadIdx.x % WARP, cols = p.cols;

    DYNAMIC_SHARED(float, sum);

    for (int r = (int)blockIdx.x * WARPS + warp; r < p.rows; r += (int)gridDim.x * WARPS)
        row_back<T, WIDE, STEPS, KIND>(p, x, gain, r,
            [&](int i, int k, float to_gain, float to_bias) {
                gains[i][k] += to_gain;
                biases[i][k] += to_bias;
            });
    for (int w = 0; w < WARPS; w++) {
        if (warp == w) {
#pragma unroll
            for (int i = 0; i < HOLDS; i++)
#pragma unroll
                for (int k = 0; k < N; k++) {
                    int c = (i * WARP + lane) * N + k;

                    if (c < cols) {
                        sum[c] = (w ? sum[c] : 0) + gains[i][k];
                        sum[cols + c] = (w ? sum[cols + c] : 0) + biases[i][k];
                    }
                }
        }
        __syncthreads();
    }
    for (int c = (int)threadIdx.x; c < 2 * cols; c += WARPS * WARP)
        part[(size_t)blockIdx.x * 2 * (size_t)cols + (size_t)c] = sum[c];
}

/* Wide rows, in three: dx = what comes, where that is more than dy; the sums, a thread a column;
 * dx. */
template <typename T, bool WIDE, norm_kind KIND>
static __global__ void
__launch_bounds__(WARPS * WARP)
gather_given(struct norm_places<T> p)
{
    int    r = (int)blockIdx.x * WARPS + (int)threadIdx.x / WARP, cols = p.cols;
    size_t first = (size_t)r * (size_t)cols;

    if (r >= p.rows)
        return;
    for (int c = (int)threadIdx.x % WARP * LANES<T>; c < cols; c += WARP * LANES<T>) {
        float given[LANES<T>], more[LANES<T>];

        load<WIDE>(given, p.dy + first + c, cols - c);
        if (p.more) {
            load<WIDE>(more, p.more + first + c, cols - c);
#pragma unroll
            for (int k = 0; k < LANES<T>; k++)
                given[k] += more[k];
        }
        if (KIND == NORM_DROPPED)
            drop_some(given, p.drop, p.key[r], c);
        store<WIDE>(p.dx + first + c, given, cols - c);
    }
}

template <typename T, bool WIDE, norm_kind KIND>
static __global__ void
__launch_bounds__(WARPS * WARP)
backward_x(struct norm_places<T> p, const T *__restrict__ x, const float *__restrict__ gain)
{
    int r = (int)blockIdx.x * WARPS + (int)threadIdx.x / WARP;

    if (r < p.rows)
        row_back<T, WIDE, 0, KIND>(p, x, gain, r, [](int, int, float, float) {});
}

template <typename T>
static __global__ void
__launch_bounds__(WARPS * WARP)
backward_sums(float *__restrict__ part, const T *__restrict__ dy, const T *__restrict__ x,
    const float *__restrict__ stat, int rows, int cols)
{
    int   c = (int)(blockIdx.x * WARPS * WARP + threadIdx.x);
    float to_gain = 0, to_bias = 0;

    if (c >= cols)
        return;
    for (int r = (int)blockIdx.y; r < rows; r += (int)gridDim.y) {
        float given = to_float(dy[(size_t)r * (size_t)cols + (size_t)c]);
        float from = to_float(x[(size_t)r * (size_t)cols + (size_t)c]);

        to_gain += given * ((from - stat[2 * (size_t)r]) * stat[2 * (size_t)r + 1]);
        to_bias += given;
    }
    part += (size_t)blockIdx.y * 2 * (size_t)cols + (size_t)c;
    part[0] = to_gain;
    part[cols] = to_bias;
}

struct norm_bwd {
    struct view    dx, dropped, dgain, dbias, dy, dmore, x, stat, gain, key;
    struct dropout drop;
};

template <typename T, norm_kind KIND>
static void
backward_wide(float *part, int parts, bool wide, struct norm_places<T> p, const T *x,
    const float *gain)
{
    dim3     sums(cuda_blocks((size_t)p.cols, WARPS * WARP), (unsigned)parts);
    unsigned blocks = cuda_blocks((size_t)p.rows, WARPS);

    if (KIND == NORM_DROPPED || p.more) {
        BOOL_SWITCH(wide, WIDE,
            LAUNCH(gather_given<T, WIDE, KIND>, blocks, WARPS * WARP, 0, p));
        p.dy = p.dx;
    }
    /* the sums first: dx may be dy */
    LAUNCH(backward_sums<T>, sums, WARPS * WARP, 0, part, p.dy, x, p.stat, p.rows, p.cols);
    BOOL_SWITCH(wide, WIDE,
        LAUNCH(backward_x<T, WIDE, KIND>, blocks, WARPS * WARP, 0, p, x, gain));
}

template <typename T, norm_kind KIND>
static void
backward_of(const char *op, const struct norm_bwd &n)
{
    int    rows = n.x.rows, cols = n.x.cols;
    int    parts = room_norm_parts(rows);
    size_t sum_bytes = 2 * (size_t)cols * sizeof(float);
    bool   wide = cuda_wide_ok(n.dx, n.dropped, n.dy, n.dmore, n.x, n.gain);
    auto   part = static_cast<float *>(cuda_scratch(op, room_norm(rows, cols)));
    auto   x = numbers<const T>(n.x);
    auto   gain = numbers<const float>(n.gain);

    struct norm_places<T> p = { numbers<T>(n.dx), numbers<T>(n.dropped), numbers<const T>(n.dy),
        numbers<const T>(n.dmore), numbers<const float>(n.stat), numbers<const int>(n.key),
        cuda_drop(n.drop), rows, cols, 1 / (float)cols };

    if (!part || !parts)
        return;
    if (cols > HELD_MAX * HELD_COLS) {
        backward_wide<T, KIND>(part, parts, wide, p, x, gain);
    } else {
        STEPS_SWITCH(wide, cols, WIDE, STEPS, if constexpr (STEPS > 0)
            LAUNCH(backward<T, WIDE, STEPS, KIND>, (unsigned)parts, WARPS * WARP, sum_bytes, part,
                p, x, gain));
    }
    cuda_add_parts(numbers<float>(n.dgain), part, parts, 2 * cols, cols);
    cuda_add_parts(numbers<float>(n.dbias), part + cols, parts, 2 * cols, cols);
}

template <norm_kind KIND>
static void
norm_backward(const char *op, const struct norm_bwd &n)
{
    REAL_SWITCH(n.x.dtype, T, backward_of<T, KIND>(op, n));
}

#endif
