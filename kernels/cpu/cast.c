/* cast.c -- between BF16, in which numbers lie in memory, and floats, in which they are computed. */
#include "kernels/cpu/cpu.h"
#include "lib/bf16.h"

enum { PIECE = 1 << 15 };

WIDE static void
narrow(uint16_t *y, const float *x, size_t count)
{
    SIMD
    for (size_t i = 0; i < count; i++)
        y[i] = bf16_round(x[i]);
}

void
cpu_cast(struct view y, struct view x)
{
    size_t       count = (size_t)y.rows * (size_t)y.cols;
    int          pieces = cpu_pieces(count, PIECE);
    const float *from = x.data;

    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++) {
        size_t first = (size_t)i * PIECE, n = cpu_piece_end(i, count, PIECE) - first;

        if (y.dtype == BF16)
            narrow((uint16_t *)y.data + first, from + first, n);
        else
            memcpy((float *)y.data + first, from + first, n * sizeof(float));
    }
}
