/* position_bias.c -- the positional part of TUPE's attention (Ke et al. 2021, equations 7 to 11,
 * and the authors' code for what the text leaves open; see ops.h).
 *
 * Two positions attend to each other by q . k; what has to do with [CLS], which stands nowhere,
 * is reset to two learned numbers a head, and these are products of table rows, too. */
#include "kernels/ref/ref.h"

/* Which rows of q and k make the element (i, j). */
static void
rows_of(int *q_row, int *k_row, int i, int j)
{
    *q_row = i == 0 ? 0 : j == 0 ? 1 : i + 1;
    *k_row = i == 0 ? 0 : j == 0 ? 1 : j + 1;
}

static int
bucket(int i, int j)
{
    return i == 0 ? 16 : j == 0 ? 32 : op_bucket(j - i);
}

void
ref_position_bias_fwd(struct view bias, struct view q, struct view k, struct view relative,
    int heads, float scale)
{
    int positions = bias.cols, head_cols = q.cols / heads;

    for (int h = 0; h < heads; h++)
        for (int i = 0; i < positions; i++)
            for (int j = 0; j < positions; j++) {
                double sum = 0;
                int    q_row, k_row;

                rows_of(&q_row, &k_row, i, j);
                for (int d = h * head_cols; d < (h + 1) * head_cols; d++)
                    sum += ref_at(q, q_row, d) * ref_at(k, k_row, d);
                sum *= (double)scale;
                if (relative.data)
                    sum += ref_at(relative, bucket(i, j), h);
                ref_set(bias, h * positions + i, j, sum);
            }
}

/* One head of dq and dk; `sum` has room for both, and begins as zeros. */
static void
head_bwd(struct view dq, struct view dk, struct view dbias, struct view q, struct view k, int head,
    int head_cols, float scale, double *sum)
{
    int positions = dbias.cols, first = head * head_cols, half = q.rows * head_cols;

    for (int i = 0; i < positions; i++)
        for (int j = 0; j < positions; j++) {
            double g = (double)scale * ref_at(dbias, head * positions + i, j);
            int    q_row, k_row;

            rows_of(&q_row, &k_row, i, j);
            for (int d = 0; d < head_cols; d++) {
                sum[q_row * head_cols + d] += g * ref_at(k, k_row, first + d);
                sum[half + k_row * head_cols + d] += g * ref_at(q, q_row, first + d);
            }
        }
    for (int row = 0; row < q.rows; row++)
        for (int d = 0; d < head_cols; d++) {
            ref_set(dq, row, first + d, sum[row * head_cols + d]);
            ref_set(dk, row, first + d, sum[half + row * head_cols + d]);
        }
}

void
ref_position_bias_bwd(struct view dq, struct view dk, struct view drelative, struct view dbias,
    struct view q, struct view k, int heads, float scale)
{
    int     positions = dbias.cols, head_cols = q.cols / heads, count = 2 * q.rows * head_cols;
    double *sum = ref_scratch((size_t)count);

    for (int h = 0; sum && h < heads; h++) {
        for (int i = 0; i < count; i++)
            sum[i] = 0;
        head_bwd(dq, dk, dbias, q, k, h, head_cols, scale, sum);
        for (int b = 0; drelative.data && b < drelative.rows; b++) {
            double total = 0;

            for (int i = 0; i < positions; i++)
                for (int j = 0; j < positions; j++)
                    if (bucket(i, j) == b)
                        total += ref_at(dbias, h * positions + i, j);
            ref_add_to(drelative, b, h, total);
        }
    }
}
