/* layernorm.cu -- layer normalisation, both ways: a warp takes a row.
 *
 * Rows of up to 1024 numbers stay in the lanes' registers, so that a row is read once: 2 C bytes
 * in and 2 C out forward in bf16, 4 C in and 2 C out backward.  Wider ones are read again, from
 * the caches. The mean is found in two steps, a first guess and the mean of what remains: so
 * rows with a mean far larger than their deviation keep their digits.
 *
 * The gradients of gain and bias are sums over all rows.  Each warp adds up its own in
 * registers, a block those of its warps, and a second kernel those of the blocks, in double:
 * which rows a warp has, and every order, follow from the shape alone. */
#include "kernels/cuda/columns.h"
#include "kernels/cuda/cuda.h"

static constexpr int WARPS = 8, HELD_COLS = 256, HELD_MAX = 4; /* columns a step of a warp; steps */
static constexpr int PARTS_MAX = 264; /* blocks: two a multiprocessor of an H200 */

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

/* ---- forward --------------------------------------------------------------------------------- */

/* Three blocks a multiprocessor are enough to keep memory busy; left to itself, ptxas spills for
 * more. */
template <typename T, bool WIDE, int STEPS>
static __global__ void
__launch_bounds__(WARPS * WARP, 3)
forward(T *__restrict__ y, float *__restrict__ stat, const T *__restrict__ x,
    const float *__restrict__ gain, const float *__restrict__ bias, int rows, int cols,
    float inverse, float eps)
{
    constexpr int N = LANES<T>;
    int           r = (int)blockIdx.x * WARPS + (int)threadIdx.x / WARP;
    size_t        first = (size_t)r * (size_t)cols;
    float         sum = 0, rest = 0, square = 0, guess, shift, rstd;

    if (r >= rows)
        return;
    row<T, WIDE, STEPS> v(x + first, cols);
    auto                from_mean = [&](float a) { return a - guess - shift; };

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
        store<WIDE>(y + first + c, g, cols - c);
    });
    if (v.lane == 0) {
        stat[2 * (size_t)r] = guess + shift;
        stat[2 * (size_t)r + 1] = rstd;
    }
}

void
cuda_layernorm_fwd(struct view y, struct view stat, struct view x, struct view gain,
    struct view bias, float eps)
{
    bool wide = cuda_wide_ok(y, x, gain, bias);

    REAL_SWITCH(x.dtype, T, STEPS_SWITCH(wide, x.cols, WIDE, STEPS,
        LAUNCH(forward<T, WIDE, STEPS>, cuda_blocks(x.rows, WARPS), WARPS * WARP, 0,
            static_cast<T *>(y.data), static_cast<float *>(stat.data),
            static_cast<const T *>(x.data), static_cast<const float *>(gain.data),
            static_cast<const float *>(bias.data), x.rows, x.cols, 1 / (float)x.cols, eps)));
}

/* ---- backward -------------------------------------------------------------------------------- */

/* row_back -- dx of row r; `mine` is given each number's share of dgain and dbias.  The formula
 * is in ref/layernorm.c. */
template <typename T, bool WIDE, int STEPS, typename F>
static __device__ __forceinline__ void
row_back(T *dx, const T *dy, const T *x, const float *stat, const float *gain, int r, int cols,
    float inverse, F mine)
{
    constexpr int       N = LANES<T>;
    size_t              first = (size_t)r * (size_t)cols;
    row<T, WIDE, STEPS> a(x + first, cols), d(dy + first, cols);
    float               mean = stat[2 * (size_t)r], rstd = stat[2 * (size_t)r + 1];
    float               g_mean = 0, gn_mean = 0;

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
    g_mean = warp_sum(g_mean) * inverse;
    gn_mean = warp_sum(gn_mean) * inverse;
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
        store<WIDE>(dx + first + c, g, cols - c);
    });
}

/* Rows in registers: part[block] = the block's dgain, then its dbias. */
template <typename T, bool WIDE, int STEPS>
static __global__ void
__launch_bounds__(WARPS * WARP)
backward(T *dx, float *__restrict__ part, const T *dy, const T *__restrict__ x,
    const float *__restrict__ stat, const float *__restrict__ gain, int rows, int cols,
    float inverse)
{
    constexpr int N = LANES<T>, HOLDS = HELD<T, STEPS>;
    float         gains[HOLDS][N] = {}, biases[HOLDS][N] = {};
    int           warp = (int)threadIdx.x / WARP, lane = (int)threadIdx.x % WARP;

    DYNAMIC_SHARED(float, sum);

    for (int r = (int)blockIdx.x * WARPS + warp; r < rows; r += (int)gridDim.x * WARPS)
        row_back<T, WIDE, STEPS>(dx, dy, x, stat, gain, r, cols, inverse,
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

/* Wide rows: dx alone; then the sums, a thread a column. */
template <typename T, bool WIDE>
static __global__ void
__launch_bounds__(WARPS * WARP)
backward_x(T *dx, const T *dy, const T *__restrict__ x, const float *__restrict__ stat,
    const float *__restrict__ gain, int rows, int cols, float inverse)
{
    int r = (int)blockIdx.x * WARPS + (int)threadIdx.x / WARP;

    if (r < rows)
        row_back<T, WIDE, 0>(dx, dy, x, stat, gain, r, cols, inverse,
            [](int, int, float, float) {});
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

template <typename T>
static void
backward_of(struct view dx, struct view dgain, struct view dbias, struct view dy, struct view x,
    struct view stat, struct view gain)
{
    int    parts = min((int)cuda_blocks(x.rows, WARPS), PARTS_MAX);
    size_t cols = (size_t)x.cols;
    bool   wide = cuda_wide_ok(dx, dy, x, gain);
    float  inverse = 1 / (float)x.cols;
    auto   part = static_cast<float *>(
        cuda_scratch("op_layernorm_bwd", (size_t)parts * 2 * cols * sizeof(float)));
    auto   to = static_cast<T *>(dx.data);
    auto   given = static_cast<const T *>(dy.data), from = static_cast<const T *>(x.data);
    auto   stats = static_cast<const float *>(stat.data);
    auto   gains = static_cast<const float *>(gain.data);

    if (!part || !parts)
        return;
    if (x.cols > HELD_MAX * HELD_COLS) {
        /* the sums first: dx may be dy */
        LAUNCH(backward_sums<T>, dim3(cuda_blocks(cols, WARPS * WARP), (unsigned)parts),
            WARPS * WARP, 0, part, given, from, stats, x.rows, x.cols);
        BOOL_SWITCH(wide, WIDE,
            LAUNCH(backward_x<T, WIDE>, cuda_blocks(x.rows, WARPS), WARPS * WARP, 0, to, given,
                from, stats, gains, x.rows, x.cols, inverse));
    } else {
        STEPS_SWITCH(wide, x.cols, WIDE, STEPS, if constexpr (STEPS > 0)
            LAUNCH(backward<T, WIDE, STEPS>, (unsigned)parts, WARPS * WARP,
                2 * cols * sizeof(float), to, part, given, from, stats, gains, x.rows, x.cols,
                inverse));
    }
    cuda_add_parts(static_cast<float *>(dgain.data), part, parts, 2 * x.cols, x.cols);
    cuda_add_parts(static_cast<float *>(dbias.data), part + cols, parts, 2 * x.cols, x.cols);
}

void
cuda_layernorm_bwd(struct view dx, struct view dgain, struct view dbias, struct view dy,
    struct view x, struct view stat, struct view gain)
{
    REAL_SWITCH(x.dtype, T, backward_of<T>(dx, dgain, dbias, dy, x, stat, gain));
}
