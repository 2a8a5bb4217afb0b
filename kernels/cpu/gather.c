/* gather.c -- rows of a table by index.
 *
 * The backward adds rows of dy to rows of the table, many of them to the same one.  So that nothing
 * is added out of order, a thread takes some columns and goes over all rows. */
#include <string.h>

#include "kernels/cpu/cpu.h"

enum { ROWS = 64, COLS = 64, PART = 1024 };

static void
check(struct view table, struct view index)
{
    const int32_t *row = index.data;

    for (int r = 0; r < index.rows; r++)
        CHECK(row[r] >= 0 && row[r] < table.rows);
}

/* move -- `count` elements of x from `from` on are put, or added, to those of y from `at` on. */
static void
move(struct view y, size_t at, struct view x, size_t from, size_t count, bool adding)
{
    float room[2][PART];

    for (size_t done = 0, n; done < count; done += n, at += n, from += n) {
        const float *more;
        float       *to;

        n = count - done < PART ? count - done : PART;
        more = cpu_read(room[0], x, from, n);
        if (!adding) {
            cpu_write(y, at, n, more);
            continue;
        }
        to = cpu_read(room[1], y, at, n);
        cpu_add_run(to, more, n);
        cpu_write(y, at, n, to);
    }
}

static void
gather(struct view y, struct view x, struct view index, bool adding)
{
    int            pieces = cpu_pieces((size_t)y.rows, ROWS);
    size_t         cols = (size_t)y.cols;
    const int32_t *row = index.data;

    check(x, index);
    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++)
        for (size_t r = (size_t)i * ROWS; r < cpu_piece_end(i, (size_t)y.rows, ROWS); r++)
            move(y, r * cols, x, (size_t)row[r] * cols, cols, adding);
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
cpu_gather_sum(struct view y, struct lookup a, struct lookup b, struct lookup c)
{
    const struct lookup tables[] = { a, b, c };
    int                 pieces = cpu_pieces((size_t)y.rows, ROWS);
    size_t              cols = (size_t)y.cols;

    for (int t = 0; t < 3; t++)
        check(tables[t].table, tables[t].index);
    if (!cpu_scratch(0, 2 * cols))
        return;
    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++)
        for (size_t r = (size_t)i * ROWS; r < cpu_piece_end(i, (size_t)y.rows, ROWS); r++) {
            float *more = cpu_scratch_own(), *sum = cpu_room(more + cols, y, r * cols);

            for (int t = 0; t < 3; t++) {
                const int32_t *at = tables[t].index.data;
                const float   *row;

                if (!tables[t].table.data)
                    continue;
                row = cpu_read(more, tables[t].table, (size_t)at[r] * cols, cols);
                if (t == 0)
                    memcpy(sum, row, cols * sizeof *sum);
                else
                    cpu_add_run(sum, row, cols);
            }
            cpu_write(y, r * cols, cols, sum);
        }
}

void
cpu_gather_bwd(struct view dx, struct view dy, struct view index)
{
    size_t         cols = (size_t)dy.cols;
    int            pieces = cpu_pieces(cols, COLS);
    const int32_t *row = index.data;

    check(dx, index);
    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++) {
        size_t first = (size_t)i * COLS, count = cpu_piece_end(i, cols, COLS) - first;

        for (int r = 0; r < dy.rows; r++)
            move(dx, (size_t)row[r] * cols + first, dy, (size_t)r * cols + first, count, true);
    }
}
