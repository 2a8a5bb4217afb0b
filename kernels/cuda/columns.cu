/* columns.cu -- see columns.h.
 *
 * A block takes 16 bytes of columns a lane and a slice of the rows, its warps one row after the
 * other: so every byte of x is read once, in whole lines.  The slices' sums are parts, which a
 * second kernel adds up. */
#include "kernels/cuda/columns.h"

#include "kernels/cuda/cuda.h"
#include "kernels/cuda/room.h"

static constexpr int WARPS = 8, SLICE_ROWS_MIN = 64;

/* ---- parts ----------------------------------------------------------------------------------- */

static __global__ void
__launch_bounds__(WARPS * WARP)
add_parts(float *__restrict__ sum, const float *__restrict__ part, int parts, int stride, int cols)
{
    __shared__ double of_warp[WARPS][WARP];
    int               lane = (int)threadIdx.x % WARP, warp = (int)threadIdx.x / WARP;
    int               c = (int)blockIdx.x * WARP + lane;
    double            total = 0;

    for (int p = warp; p < parts && c < cols; p += WARPS)
        total += (double)part[(size_t)p * (size_t)stride + (size_t)c];
    of_warp[warp][lane] = total;
    __syncthreads();
    if (warp > 0 || c >= cols)
        return;
    for (int w = 1; w < WARPS; w++)
        total += of_warp[w][lane];
    sum[c] = (float)((double)sum[c] + total);
}

void
cuda_add_parts(float *sum, const float *part, int parts, int stride, int cols)
{
    LAUNCH(add_parts, cuda_blocks((size_t)cols, WARP), WARPS * WARP, 0, sum, part, parts, stride,
        cols);
}

/* ---- columns --------------------------------------------------------------------------------- */

template <typename T, bool WIDE>
static __global__ void
__launch_bounds__(WARPS * WARP)
slice_sums(float *__restrict__ part, const T *__restrict__ x, int rows, int cols, int slice_rows)
{
    constexpr int    N = LANES<T>;
    static_assert(WARP * N <= COLUMNS_WIDTH, "as room_columns counts");
    __shared__ float of_warp[WARPS][WARP * N];
    int              lane = (int)threadIdx.x % WARP, warp = (int)threadIdx.x / WARP;
    int              first = (int)blockIdx.x * WARP * N, c = first + lane * N;
    int              end = min(rows, ((int)blockIdx.y + 1) * slice_rows);
    float            sum[N] = {};

    if (c < cols) {
#pragma unroll 4
        for (int r = (int)blockIdx.y * slice_rows + warp; r < end; r += WARPS) {
            float a[N];

            load<WIDE>(a, x + (size_t)r * (size_t)cols + (size_t)c, cols - c);
#pragma unroll
            for (int k = 0; k < N; k++)
                sum[k] += a[k];
        }
    }
#pragma unroll
    for (int k = 0; k < N; k++)
        of_warp[warp][lane * N + k] = sum[k];
    __syncthreads();
    for (int i = (int)threadIdx.x; i < WARP * N && first + i < cols; i += WARPS * WARP) {
        float total = 0;

        for (int w = 0; w < WARPS; w++)
            total += of_warp[w][i];
        part[(size_t)blockIdx.y * (size_t)cols + (size_t)(first + i)] = total;
    }
}

void
cuda_column_sums(const char *op, float *sum, struct view x)
{
    int    lanes = 16 / (int)dtype_bytes(x.dtype);
    int    across = (int)cuda_blocks((size_t)x.cols, (size_t)(WARP * lanes));
    int    most = (int)cuda_blocks((size_t)x.rows, SLICE_ROWS_MIN);
    int    slices = max(1, min(COLUMNS_BLOCKS / across, most));
    int    slice_rows = (int)cuda_blocks((size_t)x.rows, (size_t)slices);
    float *part = static_cast<float *>(cuda_scratch(op, room_columns((size_t)x.cols)));

    if (!part || !x.rows)
        return;
    REAL_SWITCH(x.dtype, T, BOOL_SWITCH(cuda_wide_ok(x), WIDE,
        LAUNCH(slice_sums<T, WIDE>, dim3((unsigned)across, (unsigned)slices), WARPS * WARP, 0, part,
            static_cast<const T *>(x.data), x.rows, x.cols, slice_rows)));
    cuda_add_parts(sum, part, slices, x.cols, x.cols);
}
