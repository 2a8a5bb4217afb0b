/* layernorm.c -- layer normalisation, a row at a time, which stays in the nearest cache.
 *
 * The mean is found in two steps, a first guess and the mean of what remains: so rows with a mean
 * far larger than their deviation keep their digits without sums in double. */
#include <math.h>

#include "kernels/cpu/cpu.h"

enum { ROWS = 16, SUM_ROWS = 64 };

WIDE static void
norm_row_fwd(float *y, float *stat, const float *x, const float *gain, const float *bias, int cols,
    float eps)
{
    float sum = 0, rest = 0, square = 0, guess, shift, rstd;

    SIMD_SUM(sum)
    for (int c = 0; c < cols; c++)
        sum += x[c];
    guess = sum / (float)cols;
    SIMD_SUM(rest)
    for (int c = 0; c < cols; c++)
        rest += x[c] - guess;
    shift = rest / (float)cols;
    SIMD_SUM(square)
    for (int c = 0; c < cols; c++) {
        float d = x[c] - guess - shift;

        square += d * d;
    }
    rstd = 1 / sqrtf(square / (float)cols + eps);
    SIMD
    for (int c = 0; c < cols; c++)
        y[c] = (x[c] - guess - shift) * rstd * gain[c] + bias[c];
    stat[0] = guess + shift;
    stat[1] = rstd;
}

void
cpu_layernorm_fwd(struct view y, struct view stat, struct view x, struct view gain,
    struct view bias, float eps)
{
    int    pieces = cpu_pieces((size_t)x.rows, ROWS);
    size_t cols = (size_t)x.cols;
    float *stats = stat.data;

    if (!cpu_scratch(0, 2 * cols))
        return;
    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++) {
        float *room = cpu_scratch_own();

        for (size_t r = (size_t)i * ROWS; r < cpu_piece_end(i, (size_t)x.rows, ROWS); r++) {
            float *to = cpu_room(room, y, r * cols);

            norm_row_fwd(to, stats + 2 * r, cpu_read(room + cols, x, r * cols, cols), gain.data,
                bias.data, x.cols, eps);
            cpu_write(y, r * cols, cols, to);
        }
    }
}

/* norm_row_bwd -- dx of one row, and its share of dgain and dbias; the formula is in
 * ref/layernorm.c. */
WIDE static void
norm_row_bwd(float *dx, float *dgain, float *dbias, const float *dy, const float *x,
    const float *stat, const float *gain, int cols)
{
    float mean = stat[0], rstd = stat[1], g_mean = 0, gn_mean = 0;

    SIMD_SUM(g_mean, gn_mean)
    for (int c = 0; c < cols; c++) {
        float n = (x[c] - mean) * rstd, g = dy[c] * gain[c];

        g_mean += g;
        gn_mean += g * n;
    }
    g_mean /= (float)cols;
    gn_mean /= (float)cols;
    SIMD
    for (int c = 0; c < cols; c++) {
        float n = (x[c] - mean) * rstd, d = dy[c];

        dgain[c] += d * n;
        dbias[c] += d;
        dx[c] = rstd * (d * gain[c] - g_mean - n * gn_mean);
    }
}

WIDE static void
add_parts(float *sum, const float *part, int parts, int stride, int cols)
{
    for (int c = 0; c < cols; c++) {
        double total = 0;

        for (int p = 0; p < parts; p++)
            total += (double)part[(size_t)p * (size_t)stride + (size_t)c];
        sum[c] += (float)total;
    }
}

void
cpu_layernorm_bwd(struct view dx, struct view dgain, struct view dbias, struct view dy,
    struct view x, struct view stat, struct view gain)
{
    size_t       cols = (size_t)x.cols;
    int          pieces = cpu_pieces((size_t)x.rows, SUM_ROWS);
    const float *stats = stat.data;
    float       *part;

    if (!cpu_scratch((size_t)pieces * 2 * cols, 3 * cols))
        return;
    part = cpu_scratch_shared();
    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++) {
        float *own = part + (size_t)i * 2 * cols, *room = cpu_scratch_own();

        for (size_t c = 0; c < 2 * cols; c++)
            own[c] = 0;
        for (size_t r = (size_t)i * SUM_ROWS; r < cpu_piece_end(i, (size_t)x.rows, SUM_ROWS); r++) {
            float *to = cpu_room(room, dx, r * cols);

            norm_row_bwd(to, own, own + cols, cpu_read(room + cols, dy, r * cols, cols),
                cpu_read(room + 2 * cols, x, r * cols, cols), stats + 2 * r, gain.data, x.cols);
            cpu_write(dx, r * cols, cols, to);
        }
    }
    add_parts(dgain.data, part, pieces, 2 * x.cols, x.cols);
    add_parts(dbias.data, part + cols, pieces, 2 * x.cols, x.cols);
}
