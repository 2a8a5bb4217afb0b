/* tanh.c -- the hyperbolic tangent of the classification head: a few rows, so one thread. */
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/vmath.h"

enum { PIECE = 1 << 13 };

WIDE static void
tanh_fwd(float *y, const float *x, size_t count)
{
    SIMD
    for (size_t i = 0; i < count; i++)
        y[i] = vmath_tanh(x[i]);
}

WIDE static void
tanh_bwd(float *dx, const float *dy, const float *y, size_t count)
{
    SIMD
    for (size_t i = 0; i < count; i++)
        dx[i] = dy[i] * (1 - y[i] * y[i]);
}

void
cpu_tanh_fwd(struct view y, struct view x)
{
    size_t count = (size_t)x.rows * (size_t)x.cols;
    float  room[2][PIECE], *to;

    for (size_t first = 0, n; first < count; first += n) {
        n = count - first < PIECE ? count - first : PIECE;
        to = cpu_room(room[0], y, first);
        tanh_fwd(to, cpu_read(room[1], x, first, n), n);
        cpu_write(y, first, n, to);
    }
}

void
cpu_tanh_bwd(struct view dx, struct view dy, struct view y)
{
    size_t count = (size_t)y.rows * (size_t)y.cols;
    float  room[3][PIECE], *to;

    for (size_t first = 0, n; first < count; first += n) {
        n = count - first < PIECE ? count - first : PIECE;
        to = cpu_room(room[0], dx, first);
        tanh_bwd(to, cpu_read(room[1], dy, first, n), cpu_read(room[2], y, first, n), n);
        cpu_write(dx, first, n, to);
    }
}
