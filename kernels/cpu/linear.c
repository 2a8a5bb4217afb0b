/* linear.c -- linear layers: three matrix products, cut into tiles, and the sums of bias. */
#include "kernels/cpu/cpu.h"

enum { SUM_ROWS = 64, SUM_COLS = 256 };

void
cpu_linear_fwd(struct view y, struct view x, struct view weight, struct view bias)
{
    cpu_product_tiled(&(struct product){ .rows = y.rows, .cols = y.cols, .inner = x.cols,
        .a = x.data, .a_stride = x.cols,
        .b = weight.data, .b_stride = x.cols, .b_turned = true,
        .c = y.data, .c_stride = y.cols, .factor = 1, .bias = bias.data });
}

void
cpu_linear_bwd_x(struct view dx, struct view dy, struct view weight)
{
    cpu_product_tiled(&(struct product){ .rows = dx.rows, .cols = dx.cols, .inner = dy.cols,
        .a = dy.data, .a_stride = dy.cols,
        .b = weight.data, .b_stride = dx.cols,
        .c = dx.data, .c_stride = dx.cols, .factor = 1 });
}

void
cpu_linear_bwd_w(struct view dweight, struct view dbias, struct view dy, struct view x)
{
    cpu_product_tiled(&(struct product){ .rows = dy.cols, .cols = x.cols, .inner = dy.rows,
        .a = dy.data, .a_stride = dy.cols, .a_turned = true,
        .b = x.data, .b_stride = x.cols,
        .c = dweight.data, .c_stride = x.cols, .factor = 1, .keep = true });
    cpu_column_sums(dbias.data, dy.data, dy.rows, dy.cols);
}

/* sums_of -- some columns: rows in blocks, each in float, the blocks in double. */
WIDE static void
sums_of(float *sum, const float *x, int rows, int count, size_t stride)
{
    double total[SUM_COLS];
    float  part[SUM_COLS];

    for (int c = 0; c < count; c++)
        total[c] = 0;
    for (int r = 0; r < rows; r += SUM_ROWS) {
        for (int c = 0; c < count; c++)
            part[c] = 0;
        for (int i = r; i < rows && i < r + SUM_ROWS; i++) {
            SIMD
            for (int c = 0; c < count; c++)
                part[c] += x[(size_t)i * stride + (size_t)c];
        }
        SIMD
        for (int c = 0; c < count; c++)
            total[c] += (double)part[c];
    }
    for (int c = 0; c < count; c++)
        sum[c] += (float)total[c];
}

void
cpu_column_sums(float *sum, const float *x, int rows, int cols)
{
    int pieces = cpu_pieces((size_t)cols, SUM_COLS);

    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++) {
        size_t first = (size_t)i * SUM_COLS;

        sums_of(sum + first, x + first, rows,
            (int)(cpu_piece_end(i, (size_t)cols, SUM_COLS) - first), (size_t)cols);
    }
}
