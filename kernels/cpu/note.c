/* note.c -- notes of rare words: mixed into embeddings, gathered from outputs, updated.
 *
 * Mixing touches rows that no other span has, so spans are shared among the threads.  Sums over
 * spans may meet in one row: as in gather.c a thread takes some columns and goes over all spans. */
#include <math.h>

#include "kernels/cpu/cpu.h"

enum { SPANS = 16, COLS = 64, PART = 1024 };

static void
check(struct view span, int table_rows, int rows)
{
    const int32_t *at = span.data;

    for (int i = 0; i < span.rows; i++, at += 3)
        CHECK(at[0] >= 0 && at[0] < table_rows && at[1] >= 0 && at[2] >= 1 &&
            at[2] <= rows - at[1]);
}

/* y = keep y + add x */
WIDE static void
note_blend(float *y, const float *x, float keep, float add, int count)
{
    SIMD
    for (int i = 0; i < count; i++)
        y[i] = keep * y[i] + add * x[i];
}

/* What the note of square `square` is multiplied by beside token `id`. */
static float
scale_of(struct view token, int id, double square)
{
    size_t cols = (size_t)token.cols;

    if (square == 0)
        return 1;
    return (float)sqrt(
        cpu_squares((const float *)token.data + (size_t)id * cols, cols) / square);
}

/* Row `row` of y becomes keep times it + add times the note. */
static void
mix_row(struct view y, int row, const float *note, float keep, float add)
{
    size_t cols = (size_t)y.cols, at = (size_t)row * cols;
    float  room[PART];

    for (size_t first = 0, n; first < cols; first += n) {
        float *to;

        n = cols - first < PART ? cols - first : PART;
        to = cpu_read(room, y, at + first, n);
        note_blend(to, note + first, keep, add, (int)n);
        cpu_write(y, at + first, n, to);
    }
}

void
cpu_note_mix(struct view y, struct view notes, struct view span, struct view token, struct view id,
    float weight)
{
    const int32_t *at = span.data, *ids = id.data;
    size_t         cols = (size_t)y.cols;
    int            pieces = cpu_pieces((size_t)span.rows, SPANS);

    check(span, notes.rows, y.rows);
    for (int r = 0; r < id.rows; r++)
        CHECK(ids[r] >= 0 && ids[r] < token.rows);
    PARALLEL(pieces)
    for (int piece = 0; piece < pieces; piece++) {
        size_t end = cpu_piece_end(piece, (size_t)span.rows, SPANS);

        for (size_t i = (size_t)piece * SPANS; i < end; i++) {
            const float *note = (const float *)notes.data + (size_t)at[3 * i] * cols;
            double       square = token.data ? cpu_squares(note, cols) : 0;
            int          first = at[3 * i + 1];

            for (int r = first; r < first + at[3 * i + 2]; r++) {
                float scale = token.data ? scale_of(token, ids[r], square) : 1;

                mix_row(y, r, note, 1 - weight, weight * scale);
            }
        }
    }
}

void
cpu_note_mix_bwd(struct view dy, struct view span, float weight)
{
    const int32_t *at = span.data;
    int            pieces = cpu_pieces((size_t)span.rows, SPANS);

    check(span, INT32_MAX, dy.rows);
    PARALLEL(pieces)
    for (int piece = 0; piece < pieces; piece++) {
        size_t end = cpu_piece_end(piece, (size_t)span.rows, SPANS);

        for (size_t i = (size_t)piece * SPANS; i < end; i++)
            cpu_scale(view_rows(dy, at[3 * i + 1], at[3 * i + 2]), 1 - weight);
    }
}

/* sum += the mean of `rows` rows of x from its element `at` on, `count` columns of each. */
static void
add_mean(float *sum, struct view x, size_t at, int rows, int count)
{
    float all[COLS] = { 0 }, room[COLS];

    for (int r = 0; r < rows; r++, at += (size_t)x.cols)
        note_blend(all, cpu_read(room, x, at, (size_t)count), 1, 1, count);
    note_blend(sum, all, 1, 1 / (float)rows, count);
}

void
cpu_note_sum(struct view sum, struct view x, struct view span)
{
    const int32_t *at = span.data;
    size_t         cols = (size_t)x.cols;
    int            pieces = cpu_pieces(cols, COLS);

    check(span, sum.rows, x.rows);
    PARALLEL(pieces)
    for (int piece = 0; piece < pieces; piece++) {
        size_t first = (size_t)piece * COLS, count = cpu_piece_end(piece, cols, COLS) - first;

        for (size_t i = 0; i < (size_t)span.rows; i++)
            add_mean((float *)sum.data + (size_t)at[3 * i] * cols + first, x,
                (size_t)at[3 * i + 1] * cols + first, at[3 * i + 2], (int)count);
    }
}

void
cpu_note_update(struct view notes, struct view sum, struct view note, struct view count,
    float decay)
{
    const int32_t *rows = note.data, *times = count.data;
    size_t         cols = (size_t)notes.cols;
    int            pieces = cpu_pieces((size_t)sum.rows, SPANS);

    for (int k = 0; k < sum.rows; k++)
        CHECK(rows[k] >= 0 && rows[k] < notes.rows && times[k] >= 1);
    PARALLEL(pieces)
    for (int piece = 0; piece < pieces; piece++) {
        size_t end = cpu_piece_end(piece, (size_t)sum.rows, SPANS);

        for (size_t k = (size_t)piece * SPANS; k < end; k++)
            note_blend((float *)notes.data + (size_t)rows[k] * cols,
                (const float *)sum.data + k * cols, 1 - decay, decay / (float)times[k],
                notes.cols);
    }
}
