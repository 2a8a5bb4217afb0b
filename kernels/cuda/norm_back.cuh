/* norm_back.cuh -- the backward of what norm.cuh makes.
 *
 * The gradients of gain and bias are sums over all rows.  Each warp adds up its own in shared
 * memory, a block those of its warps, and a second kernel those of the blocks, in double:
 * which rows a warp has, and every order, follow from the shape alone. */
#ifndef KERNELS_CUDA_NORM_BACK_CUH
#define KERNELS_CUDA_NORM_BACK_CUH

#include "kernels/cuda/columns.h"
#include "kernels/cuda/norm.cuh"

/* Where a backward reads and writes.  `more` and `past` may be NULL; dx may be past. */
template <typename T> struct norm_places {
    T           *dx, *dropped;
    const T     *dy, *more, *past;
    const float *stat;
    const int   *key;
    struct drop  drop;
    int          rows, cols;
    float        inverse; /* 1 / cols */
};

/* row_back -- dx of row r; `mine` is given each step's shares of dgain and dbias.  The formula
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
        float g[N], given[N], to_gain[N];

        load<WIDE>(g, gain + c, cols - c);
        d.at_step(given, i, c);
#pragma unroll
        for (int k = 0; k < N; k++) {
            float normal = (n[k] - mean) * rstd;

            to_gain[k] = given[k] * normal;
            g[k] = rstd * (given[k] * g[k] - g_mean - normal * gn_mean);
        }
        mine(i, to_gain, given);
        if (KIND == NORM_RESIDUAL && p.past) {
            load<WIDE>(given, p.past + first + c, cols - c);
#pragma unroll
            for (int k = 0; k < N; k++)
                g[k] += given[k];
        }
        store<WIDE>(p.dx + first + c, g, cols - c);
        if constexpr (KIND == NORM_RESIDUAL) {
            drop_some(g, p.drop, key, c);
            store<WIDE>(p.dropped + first + c, g, cols - c);
        }
    });
}

/* sum_at -- where a warp's sum for number k of the lane's step i lies: fours of neighbouring lanes
 * side by side, as shared memory wants 16 bytes a lane. */
template <int N>
static __device__ __forceinline__ int
sum_at(int i, int lane, int k)
{
    return ((i * (N / 4) + k / 4) * WARP + lane) * 4 + k % 4;
}

template <int N>
static __device__ __forceinline__ void
add_shares(float *sums, const float (&share)[N], int i, int lane)
{
#pragma unroll
    for (int first = 0; first < N; first += 4) {
        float *at = sums + sum_at<N>(i, lane, first), now[4];

        load<true>(now, at, 4);
#pragma unroll
        for (int k = 0; k < 4; k++)
            now[k] += share[first + k];
        store<true>(at, now, 4);
    }
}

/* Rows in registers: part[block] = the block's dgain, then its dbias.  Each warp has its sums in
 * shared memory, so that a multiprocessor's registers hold two blocks of rows up to 768 wide: for
 * each of these 12 KB there and back, beside 8 KB of the device's memory that take four times as
 * long. */
template <typename T, bool WIDE, int STEPS, norm_kind KIND>
static __global__ void
__launch_bounds__(WARPS * WARP, STEPS < HELD_MAX ? 2 : 1)
backward(float *__restrict__ part, struct norm_places<T> p, const T *__restrict__ x,
    const float *__restrict__ gain)
{
    constexpr int N = LANES<T>, COLS = STEPS * HELD_COLS;
    int           warp = (int)threadIdx.x / WARP, lane = (int)threadIdx.x % WARP, cols = p.cols;

    DYNAMIC_SHARED(float, sums); /* a warp's for gains, then for biases */
    float *own = sums + warp * 2 * COLS;

    for (int c = lane; c < 2 * COLS; c += WARP)
        own[c] = 0;
    __syncwarp();
    for (int r = (int)blockIdx.x * WARPS + warp; r < p.rows; r += (int)gridDim.x * WARPS)
        row_back<T, WIDE, STEPS, KIND>(p, x, gain, r,
            [&](int i, const float (&to_gain)[N], const float (&to_bias)[N]) {
                add_shares(own, to_gain, i, lane);
                add_shares(own + COLS, to_bias, i, lane);
            });
    __syncthreads();
    for (int c = (int)threadIdx.x; c < 2 * cols; c += WARPS * WARP) {
        int    at = c < cols ? c : c - cols;
        float *from = sums + (c < cols ? 0 : COLS) +
            sum_at<N>(at / (WARP * N), at / N % WARP, at % N), sum = from[0];

#pragma unroll
        for (int w = 1; w < WARPS; w++)
            sum += from[w * 2 * COLS];
        part[(size_t)blockIdx.x * 2 * (size_t)cols + (size_t)c] = sum;
    }
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
        row_back<T, WIDE, 0, KIND>(p, x, gain, r, [](int, auto &, auto &) {});
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
    struct view    dx, dropped, dgain, dbias, dy, dmore, dpast, x, stat, gain, key;
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
    bool   wide = cuda_wide_ok(n.dx, n.dropped, n.dy, n.dmore, n.dpast, n.x, n.gain);
    auto   part = static_cast<float *>(cuda_scratch(op, room_norm(rows, cols)));
    auto   x = numbers<const T>(n.x);
    auto   gain = numbers<const float>(n.gain);

    struct norm_places<T> p = { numbers<T>(n.dx), numbers<T>(n.dropped), numbers<const T>(n.dy),
        numbers<const T>(n.dmore), numbers<const T>(n.dpast), numbers<const float>(n.stat),
        numbers<const int>(n.key), cuda_drop(n.drop), rows, cols, 1 / (float)cols };

    if (!part || !parts)
        return;
    if (cols > HELD_MAX * HELD_COLS) {
        backward_wide<T, KIND>(part, parts, wide, p, x, gain);
    } else {
        STEPS_SWITCH(wide, cols, WIDE, STEPS, if constexpr (STEPS > 0)
            LAUNCH(backward<T, WIDE, STEPS, KIND>, (unsigned)parts, WARPS * WARP,
                (size_t)WARPS * 2 * STEPS * HELD_COLS * sizeof(float), part, p, x, gain));
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
