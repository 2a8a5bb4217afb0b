/* dropout.cu -- dropout alone.  A warp takes a row; a lane 16 bytes at a time, for which it calls
 * Philox once for four columns: some 20 instructions a number, which stays under what memory takes.
 * Bytes an element, in bf16: 4. */
#include "kernels/cuda/cuda.h"

static constexpr unsigned WARPS = 8;

template <typename T, bool WIDE>
static __global__ void
__launch_bounds__(WARPS * WARP)
dropout_rows(T *y, const T *x, const int *__restrict__ key, struct drop drop, int rows, int cols)
{
    int    row = (int)(blockIdx.x * WARPS + threadIdx.x / WARP);
    size_t first = (size_t)row * (size_t)cols;
    int    row_key;

    if (row >= rows)
        return;
    row_key = key[row];
    for (int c = (int)(threadIdx.x % WARP) * LANES<T>; c < cols; c += WARP * LANES<T>) {
        float a[LANES<T>], keep[4];

        load<WIDE>(a, x + first + c, cols - c);
#pragma unroll
        for (int k = 0; k < LANES<T>; k++) {
            if (k % 4 == 0)
                drop_four(keep, drop, row_key, (uint32_t)(c + k) / 4);
            a[k] *= keep[k % 4];
        }
        store<WIDE>(y + first + c, a, cols - c);
    }
}

void
cuda_dropout(struct view y, struct view x, struct view key, struct dropout drop)
{
    if (drop.p == 0) {
        if (y.data != x.data)
            cuda_keep(cudaMemcpyAsync(y.data, x.data, cuda_count(x) * dtype_bytes(x.dtype),
                          cudaMemcpyDeviceToDevice, cuda_stream), "op_dropout");
        return;
    }
    REAL_SWITCH(x.dtype, T, BOOL_SWITCH(cuda_wide_ok(y, x), WIDE,
        LAUNCH(dropout_rows<T, WIDE>, cuda_blocks(x.rows, WARPS), WARPS * WARP, 0,
            static_cast<T *>(y.data), static_cast<const T *>(x.data),
            static_cast<const int *>(key.data), cuda_drop(drop), x.rows, x.cols)));
}
