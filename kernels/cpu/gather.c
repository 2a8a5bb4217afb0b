/* gather.c -- rows of a table by index.
 *
 * The backward adds rows of dy to rows of the table, many of them to the same one.  So that nothing
 * is added out of order, a thread takes some columns and goes over all rows. */
#include <string.h>

#include "kernels/cpu/cpu.h"

enum { ROWS = 64, COLS = 64 };

static void
check(struct view table, struct view index)
{
    const int32_t *row = index.data;

    for (int r = 0; r < index.rows; r++)
        CHECK(row[r] >= 0 && row[r] < table.rows);
}

WIDE static void
gather_row(float *y, const float *x, int count)
{
    SIMD
    for (int i = 0; i < count; i++)
        y[i] += x[i];
}

static void
gather(struct view y, struct view x, struct view index, bool adding)
{
    int            pieces = cpu_pieces((size_t)y.rows, ROWS);
    size_t         cols = (size_t)y.cols;
    const int32_t *row = index.data;
    const float   *from = x.data;
    float         *to = y.data;

    check(x, index);
    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++)
        for (size_t r = (size_t)i * ROWS; r < cpu_piece_end(i, (size_t)y.rows, ROWS); r++)
            if (adding)
                gather_row(to + r * cols, from + (size_t)row[r] * cols, y.cols);
            else
                memcpy(to + r * cols, from + (size_t)row[r] * cols, cols * sizeof *to);
}

void
cpu_gather_fwd(struct view y, struct view x, struct view index)
{
    gather(y, x, index, false);
}

void
cpu_gather_add(struct view y, struct view x, struct view index)
{
    gather(y, x, index, true);
}

void
cpu_gather_bwd(struct view dx, struct view dy, struct view index)
{
    size_t         cols = (size_t)dy.cols;
    int            pieces = cpu_pieces(cols, COLS);
    const int32_t *row = index.data;
    const float   *from = dy.data;
    float         *to = dx.data;

    check(dx, index);
    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++) {
        size_t first = (size_t)i * COLS, count = cpu_piece_end(i, cols, COLS) - first;

        for (int r = 0; r < dy.rows; r++)
            gather_row(
                to + (size_t)row[r] * cols + first, from + (size_t)r * cols + first, (int)count);
    }
}
