/* linear.c -- linear layers: three matrix products, cut into tiles, and the sums of bias. */
#include "kernels/cpu/cpu.h"

enum { SUM_ROWS = 64, SUM_COLS = 256 };

void
cpu_linear_fwd(struct view y, struct view x, struct view weight, struct view bias)
{
    cpu_tiled(&(struct tiled){ .c = y, .a = x, .b = weight, .b_turned = true, .bias = bias });
}

void
cpu_linear_bwd_x(struct view dx, struct view dy, struct view weight)
{
    cpu_tiled(&(struct tiled){ .c = dx, .a = dy, .b = weight });
}

/* add_columns -- sum += the sums of columns first .. first + count - 1 of x: of rows in blocks,
 * each in float, the blocks in double. */
static void
add_columns(float *sum, struct view x, size_t first, size_t count)
{
    double total[SUM_COLS] = { 0 };
    float  room[SUM_COLS];

    for (int r = 0; r < x.rows; r += SUM_ROWS) {
        float part[SUM_COLS] = { 0 };

        for (int i = r; i < x.rows && i < r + SUM_ROWS; i++)
            cpu_add_run(part, cpu_read(room, x, (size_t)i * (size_t)x.cols + first, count), count);
        cpu_add_run_wide(total, part, count);
    }
    for (size_t c = 0; c < count; c++)
        sum[c] += (float)total[c];
}

void
cpu_linear_bwd_w(struct view dweight, struct view dbias, struct view dy, struct view x)
{
    size_t cols = (size_t)dy.cols;
    int    pieces = cpu_pieces(cols, SUM_COLS);

    cpu_tiled(&(struct tiled){ .c = dweight, .a = dy, .a_turned = true, .b = x, .keep = true });
    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++) {
        size_t first = (size_t)i * SUM_COLS;

        add_columns((float *)dbias.data + first, dy, first,
            cpu_piece_end(i, cols, SUM_COLS) - first);
    }
}
