/* gather.c -- rows of a table by index: embeddings, and the choice of masked rows. */
#include "kernels/ref/ref.h"

static int
row_of(struct view table, struct view index, int r)
{
    int row = ref_int(index, r);

    CHECK(row >= 0 && row < table.rows);
    return row;
}

void
ref_gather_fwd(struct view y, struct view x, struct view index)
{
    for (int r = 0; r < y.rows; r++)
        for (int c = 0, row = row_of(x, index, r); c < y.cols; c++)
            ref_set(y, r, c, ref_at(x, row, c));
}

void
ref_gather_add(struct view y, struct view x, struct view index)
{
    for (int r = 0; r < y.rows; r++)
        for (int c = 0, row = row_of(x, index, r); c < y.cols; c++)
            ref_add_to(y, r, c, ref_at(x, row, c));
}

void
ref_gather_sum(struct view y, struct lookup a, struct lookup b, struct lookup c)
{
    const struct lookup tables[] = { a, b, c };

    for (int r = 0; r < y.rows; r++)
        for (int col = 0; col < y.cols; col++) {
            double sum = 0;

            for (int i = 0; i < 3; i++)
                if (tables[i].table.data)
                    sum += ref_at(tables[i].table, row_of(tables[i].table, tables[i].index, r),
                        col);
            ref_set(y, r, col, sum);
        }
}

void
ref_gather_bwd(struct view dx, struct view dy, struct view index)
{
    for (int r = 0; r < dy.rows; r++)
        for (int c = 0, row = row_of(dx, index, r); c < dy.cols; c++)
            ref_add_to(dx, row, c, ref_at(dy, r, c));
}
