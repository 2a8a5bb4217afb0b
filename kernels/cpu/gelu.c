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
    size_t       count = (size_t)x.rows * (size_t)x.cols;
    int          pieces = cpu_pieces(count, PIECE);
    const float *from = x.data;
    float       *to = y.data;

    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++) {
        size_t first = (size_t)i * PIECE;

        gelu_fwd(to + first, from + first, cpu_piece_end(i, count, PIECE) - first);
    }
}

void
cpu_gelu_bwd(struct view dx, struct view dy, struct view x)
{
    size_t       count = (size_t)x.rows * (size_t)x.cols;
    int          pieces = cpu_pieces(count, PIECE);
    const float *from = x.data, *given = dy.data;
    float       *to = dx.data;

    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++) {
        size_t first = (size_t)i * PIECE;

        gelu_bwd(to + first, given + first, from + first, cpu_piece_end(i, count, PIECE) - first);
    }
}
