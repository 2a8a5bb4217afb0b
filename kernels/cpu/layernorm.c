/* layernorm.c -- layer normalisation, a row at a time, which stays in the nearest cache.
 *
 * The mean is found in two steps, a first guess and the mean of what remains: so rows with a mean
 * far larger than their deviation keep their digits without sums in double. */
#include <math.h>

#include "kernels/cpu/layernorm.h"

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

/* norm_keep -- what the row's dropout multiplies it by. */
static const float *
norm_keep(float *room, struct dropout drop, struct view key, size_t row, int cols)
{
    cpu_keep(room, drop, ((const int32_t *)key.data)[row], 0, cols);
    return room;
}

WIDE static void
norm_times_add(float *y, const float *x, const float *keep, const float *residual, int cols)
{
    SIMD
    for (int c = 0; c < cols; c++)
        y[c] = residual[c] + x[c] * keep[c];
}

WIDE static void
norm_plus(float *y, const float *a, const float *b, int cols)
{
    SIMD
    for (int c = 0; c < cols; c++)
        y[c] = a[c] + b[c];
}

/* What is normalised of a row: x, or the residual sum, as it is stored. */
static const float *
norm_sum(const struct norm_fwd *n, size_t row, float *room)
{
    int          cols = n->x.cols;
    size_t       width = (size_t)cols, at = row * width;
    const float *x = cpu_read(room, n->x, at, width), *residual;
    float       *sum;

    if (!n->residual.data)
        return x;
    residual = cpu_read(room + width, n->residual, at, width);
    sum = cpu_room(room, n->sum, at);
    if (n->of_x.p > 0)
        norm_times_add(sum, x, norm_keep(room + 2 * width, n->of_x, n->key, row, cols), residual,
            cols);
    else
        norm_plus(sum, x, residual, cols);
    cpu_write(n->sum, at, width, sum);
    return cpu_read(room, n->sum, at, width);
}

void
cpu_layernorm_forward(const struct norm_fwd *n)
{
    size_t rows = (size_t)n->x.rows, cols = (size_t)n->x.cols;
    int    pieces = cpu_pieces(rows, ROWS);
    float *stats = n->stat.data;

    if (!cpu_scratch(0, 4 * cols))
        return;
    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++) {
        float *room = cpu_scratch_own(), *keep = room + 3 * cols;

        for (size_t r = (size_t)i * ROWS; r < cpu_piece_end(i, rows, ROWS); r++) {
            float *to = cpu_room(room, n->y, r * cols);

            norm_row_fwd(to, stats + 2 * r, norm_sum(n, r, room + cols), n->gain.data,
                n->bias.data, n->x.cols, n->eps);
            if (n->of_y.p > 0)
                cpu_times_run(to, to, norm_keep(keep, n->of_y, n->key, r, n->x.cols), cols);
            cpu_write(n->y, r * cols, cols, to);
        }
    }
}

void
cpu_layernorm_fwd(struct view y, struct view stat, struct view x, struct view gain,
    struct view bias, float eps)
{
    cpu_layernorm_forward(&(struct norm_fwd){ .y = y, .stat = stat, .x = x, .gain = gain,
        .bias = bias, .eps = eps });
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

/* The gradient that comes to a row. */
static const float *
norm_given(const struct norm_bwd *n, size_t row, float *room)
{
    int          cols = n->x.cols;
    size_t       width = (size_t)cols, at = row * width;
    const float *given = cpu_read(room, n->dy, at, width);

    if (n->dmore.data) {
        norm_plus(room, given, cpu_read(room + width, n->dmore, at, width), cols);
        given = room;
    }
    if (n->of_dy.p > 0) {
        cpu_times_run(room, given, norm_keep(room + width, n->of_dy, n->key, row, cols), width);
        given = room;
    }
    return given;
}

/* dx of a row, as it is stored, and its share of dgain and dbias.  The memory of dx may be that of
 * dpast: what is to be added to it is made in the room. */
static const float *
norm_back(const struct norm_bwd *n, size_t row, const float *given, float *dgain, float *dbias,
    float *room)
{
    int          cols = n->x.cols;
    size_t       width = (size_t)cols, at = row * width;
    float       *to = cpu_room(room, n->dx, at);
    const float *stat = (const float *)n->stat.data + 2 * row;

    norm_row_bwd(n->dpast.data ? room : to, dgain, dbias, given,
        cpu_read(room + 2 * width, n->x, at, width), stat, n->gain.data, cols);
    if (n->dpast.data)
        norm_plus(to, room, cpu_read(room + 2 * width, n->dpast, at, width), cols);
    cpu_write(n->dx, at, width, to);
    return to;
}

void
cpu_layernorm_backward(const struct norm_bwd *n)
{
    size_t       rows = (size_t)n->x.rows, cols = (size_t)n->x.cols;
    int          pieces = cpu_pieces(rows, SUM_ROWS), width = n->x.cols;
    float       *part;

    if (!cpu_scratch((size_t)pieces * 2 * cols, 4 * cols))
        return;
    part = cpu_scratch_shared();
    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++) {
        float *own = part + (size_t)i * 2 * cols, *room = cpu_scratch_own();
        float *second = room + cols, *third = room + 2 * cols;

        for (size_t c = 0; c < 2 * cols; c++)
            own[c] = 0;
        for (size_t r = (size_t)i * SUM_ROWS; r < cpu_piece_end(i, rows, SUM_ROWS); r++) {
            const float *to = norm_back(n, r, norm_given(n, r, second), own, own + cols, room);
            float       *also;

            if (!n->dropped.data)
                continue;
            also = cpu_room(second, n->dropped, r * cols);
            if (n->of_dx.p > 0)
                cpu_times_run(also, to, norm_keep(third, n->of_dx, n->key, r, width), cols);
            cpu_write(n->dropped, r * cols, cols, n->of_dx.p > 0 ? also : to);
        }
    }
    add_parts(n->dgain.data, part, pieces, 2 * width, width);
    add_parts(n->dbias.data, part + cols, pieces, 2 * width, width);
}

void
cpu_layernorm_bwd(struct view dx, struct view dgain, struct view dbias, struct view dy,
    struct view x, struct view stat, struct view gain)
{
    cpu_layernorm_backward(&(struct norm_bwd){ .dx = dx, .dgain = dgain, .dbias = dbias, .dy = dy,
        .x = x, .stat = stat, .gain = gain });
}
