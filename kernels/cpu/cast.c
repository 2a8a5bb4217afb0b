/* cast.c -- between BF16, in which numbers lie in memory, and floats, in which they are computed.
 *
 * No other file of this folder knows how a BF16 is made.  They read a piece, small enough to stay
 * in a near cache, compute with floats, and write it back; of F32 the piece is the
 * memory itself. */
#include <string.h>

#include "kernels/cpu/cpu.h"
#include "lib/bf16.h"

enum { PIECE = 1 << 13 };

WIDE static void
widen(float *y, const uint16_t *x, size_t count)
{
    SIMD
    for (size_t i = 0; i < count; i++)
        y[i] = bf16_float(x[i]);
}

WIDE static void
narrow(uint16_t *y, const float *x, size_t count)
{
    SIMD
    for (size_t i = 0; i < count; i++)
        y[i] = bf16_round(x[i]);
}

float *
cpu_room(float *room, struct view v, size_t first)
{
    return v.dtype == F32 ? (float *)v.data + first : room;
}

float *
cpu_read(float *room, struct view v, size_t first, size_t count)
{
    if (v.dtype == BF16)
        widen(room, (const uint16_t *)v.data + first, count);
    return cpu_room(room, v, first);
}

void
cpu_write(struct view v, size_t first, size_t count, const float *from)
{
    if (v.dtype == BF16)
        narrow((uint16_t *)v.data + first, from, count);
    else if ((float *)v.data + first != from)
        memcpy((float *)v.data + first, from, count * sizeof *from);
}

void
cpu_cast(struct view y, struct view x)
{
    size_t count = (size_t)y.rows * (size_t)y.cols;
    int    pieces = cpu_pieces(count, PIECE);

    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++) {
        size_t first = (size_t)i * PIECE;

        cpu_write(y, first, cpu_piece_end(i, count, PIECE) - first, (const float *)x.data + first);
    }
}
