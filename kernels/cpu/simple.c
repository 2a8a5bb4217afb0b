/* simple.c -- zero, add, scale, the sum of squares: as fast as memory. */
#include <math.h>
#include <string.h>

#include "kernels/cpu/cpu.h"

enum { PIECE = 1 << 13 };

static size_t
count_of(struct view v)
{
    return (size_t)v.rows * (size_t)v.cols;
}

void
cpu_zero(struct view y)
{
    size_t bytes = count_of(y) * dtype_bytes(y.dtype), piece = PIECE * sizeof(float);
    int    pieces = cpu_pieces(bytes, piece);

    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++)
        memset((char *)y.data + (size_t)i * piece, 0,
            cpu_piece_end(i, bytes, piece) - (size_t)i * piece);
}

WIDE void
cpu_add_run(float *y, const float *x, size_t count)
{
    SIMD
    for (size_t i = 0; i < count; i++)
        y[i] += x[i];
}

WIDE void
cpu_add_run_wide(double *y, const float *x, size_t count)
{
    SIMD
    for (size_t i = 0; i < count; i++)
        y[i] += (double)x[i];
}

void
cpu_add(struct view y, struct view x)
{
    size_t count = count_of(y);
    int    pieces = cpu_pieces(count, PIECE);

    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++) {
        float  room[2][PIECE], *to;
        size_t first = (size_t)i * PIECE, n = cpu_piece_end(i, count, PIECE) - first;

        to = cpu_read(room[0], y, first, n);
        cpu_add_run(to, cpu_read(room[1], x, first, n), n);
        cpu_write(y, first, n, to);
    }
}

WIDE void
cpu_times_run(float *y, const float *x, const float *z, size_t count)
{
    SIMD
    for (size_t i = 0; i < count; i++)
        y[i] = x[i] * z[i];
}

WIDE float
cpu_largest(const float *x, int count)
{
    float max = -INFINITY;

    SIMD_MAX(max)
    for (int i = 0; i < count; i++)
        max = x[i] > max ? x[i] : max;
    return max;
}

WIDE float
cpu_dot(const float *x, const float *y, int count)
{
    float sum = 0;

    SIMD_SUM(sum)
    for (int i = 0; i < count; i++)
        sum += x[i] * y[i];
    return sum;
}

WIDE static void
scale(float *y, float factor, size_t count)
{
    SIMD
    for (size_t i = 0; i < count; i++)
        y[i] *= factor;
}

void
cpu_scale(struct view y, float factor)
{
    size_t count = count_of(y);
    int    pieces = cpu_pieces(count, PIECE);

    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++) {
        float  room[PIECE], *to;
        size_t first = (size_t)i * PIECE, n = cpu_piece_end(i, count, PIECE) - first;

        to = cpu_read(room, y, first, n);
        scale(to, factor, n);
        cpu_write(y, first, n, to);
    }
}

WIDE double
cpu_squares(const float *x, size_t count)
{
    double sum = 0;

    SIMD_SUM(sum)
    for (size_t i = 0; i < count; i++)
        sum += (double)x[i] * (double)x[i];
    return sum;
}

void
cpu_sum_squares(struct view sum, struct view x)
{
    size_t  count = count_of(x);
    int     pieces = cpu_pieces(count, PIECE);
    double *part, total = 0;

    if (!cpu_scratch(2 * (size_t)pieces, 0))
        return;
    part = (double *)(void *)cpu_scratch_shared();
    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++) {
        float  room[PIECE];
        size_t first = (size_t)i * PIECE, n = cpu_piece_end(i, count, PIECE) - first;

        part[i] = cpu_squares(cpu_read(room, x, first, n), n);
    }
    for (int i = 0; i < pieces; i++)
        total += part[i];
    *(float *)sum.data = (float)total;
}
