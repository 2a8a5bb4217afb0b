/* dropout.c -- dropout.  One call of Philox serves four columns; as many calls at a time as there
 * are lanes become vector code. */
#include <math.h>
#include <string.h>

#include "kernels/cpu/cpu.h"
#include "lib/philox.h"

enum { ROWS = 8, COLS = 256 };

/* keep_blocks -- for blocks first .. first + count - 1 of four columns.  philox_unit(word) < p
 * holds iff the upper 24 bits of the word are less than p 2^24, rounded up: so words can be
 * compared. */
WIDE static void
keep_blocks(float *keep, struct dropout drop, uint32_t key, uint32_t first, int count)
{
    float    kept = 1 / (1 - drop.p);
    uint32_t limit = (uint32_t)ceilf(drop.p * 16777216.0f) << 8;

    SIMD
    for (int i = 0; i < count; i++) {
        uint64_t      place = (uint64_t)key << 32 | (first + (uint32_t)i);
        struct philox r = philox(drop.seed, PHILOX_DROPOUT, drop.step, drop.site, place);

        keep[4 * i] = r.x[0] < limit ? 0 : kept;
        keep[4 * i + 1] = r.x[1] < limit ? 0 : kept;
        keep[4 * i + 2] = r.x[2] < limit ? 0 : kept;
        keep[4 * i + 3] = r.x[3] < limit ? 0 : kept;
    }
}

void
cpu_keep(float *keep, struct dropout drop, int key, int first, int count)
{
    float edge[4];
    int   done = 0;

    if (first % 4) {
        int n = 4 - first % 4;

        n = n < count ? n : count;
        keep_blocks(edge, drop, (uint32_t)key, (uint32_t)first / 4, 1);
        memcpy(keep, edge + first % 4, (size_t)n * sizeof *keep);
        done = n;
    }
    keep_blocks(keep + done, drop, (uint32_t)key, (uint32_t)(first + done) / 4, (count - done) / 4);
    done += (count - done) / 4 * 4;
    if (done < count) {
        keep_blocks(edge, drop, (uint32_t)key, (uint32_t)(first + done) / 4, 1);
        memcpy(keep + done, edge, (size_t)(count - done) * sizeof *keep);
    }
}

/* rows -- rows first .. end - 1. */
static void
rows(struct view y, struct view x, struct view key, struct dropout drop, int first, int end)
{
    float keep[COLS], room[2][COLS];

    for (int i = 0; i < COLS && drop.p == 0; i++)
        keep[i] = 1;
    for (int r = first; r < end; r++)
        for (int c = 0; c < x.cols; c += COLS) {
            int    count = x.cols - c < COLS ? x.cols - c : COLS;
            size_t at = (size_t)r * (size_t)x.cols + (size_t)c, n = (size_t)count;
            float *to = cpu_room(room[0], y, at);

            if (drop.p > 0)
                cpu_keep(keep, drop, ((const int32_t *)key.data)[r], c, count);
            cpu_times_run(to, cpu_read(room[1], x, at, n), keep, n);
            cpu_write(y, at, n, to);
        }
}

void
cpu_dropout(struct view y, struct view x, struct view key, struct dropout drop)
{
    int pieces = cpu_pieces((size_t)x.rows, ROWS);

    if (drop.p == 0 && y.data == x.data)
        return;
    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++)
        rows(y, x, key, drop, i * ROWS, (int)cpu_piece_end(i, (size_t)x.rows, ROWS));
}
