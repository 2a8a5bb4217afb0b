/* gelu.c -- x Phi(x) and its slope.  One exponential serves both: Q(t) = 1 - Phi(t) is it times a
 * smooth function (vmath_tail), and the density is it times a constant. */
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/vmath.h"

enum { PIECE = 1 << 13 };

WIDE static void
gelu_fwd(float *y, const float *x, size_t count)
{
    SIMD
    for (size_t i = 0; i < count; i++) {
        float a = x[i], tail = vmath_tail(fabsf(a), vmath_exp(-0.5f * a * a));

        y[i] = a < 0 ? a * tail : a - a * tail;
    }
}

WIDE static void
gelu_bwd(float *dx, const float *dy, const float *x, size_t count)
{
    SIMD
    for (size_t i = 0; i < count; i++) {
        float a = x[i], gauss = vmath_exp(-0.5f * a * a), tail = vmath_tail(fabsf(a), gauss);
        float phi = a < 0 ? tail : 1 - tail;

        dx[i] = dy[i] * (phi + a * gauss * 0.3989422804f /* 1 / sqrt(2 pi) */);
    }
}

void
cpu_gelu_fwd(struct view y, struct view x)
{
    size_t count = (size_t)x.rows * (size_t)x.cols;
    int    pieces = cpu_pieces(count, PIECE);

    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++) {
        float  room[2][PIECE], *to;
        size_t first = (size_t)i * PIECE, n = cpu_piece_end(i, count, PIECE) - first;

        to = cpu_room(room[0], y, first);
        gelu_fwd(to, cpu_read(room[1], x, first, n), n);
        cpu_write(y, first, n, to);
    }
}

void
cpu_gelu_bwd(struct view dx, struct view dy, struct view x)
{
    size_t count = (size_t)x.rows * (size_t)x.cols;
    int    pieces = cpu_pieces(count, PIECE);

    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++) {
        float  room[3][PIECE], *to;
        size_t first = (size_t)i * PIECE, n = cpu_piece_end(i, count, PIECE) - first;

        to = cpu_room(room[0], dx, first);
        gelu_bwd(to, cpu_read(room[1], dy, first, n), cpu_read(room[2], x, first, n), n);
        cpu_write(dx, first, n, to);
    }
}
