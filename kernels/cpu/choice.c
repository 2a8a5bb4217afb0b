/* choice.c -- a few outputs of a linear layer for each row, by number.
 *
 * Scores and dx go by rows.  The gradient of the weight adds to few rows of it very often: so that
 * nothing is added out of order, a thread takes some columns and goes over all rows, as in
 * gather.c. */
#include <math.h>
#include <string.h>

#include "kernels/cpu/cpu.h"

enum { ROWS = 16, COLS = 64 };

static void
check(struct view weight, struct view candidate)
{
    const int32_t *choice = candidate.data;
    size_t         count = (size_t)candidate.rows * (size_t)candidate.cols;

    for (size_t i = 0; i < count; i++)
        CHECK(choice[i] >= -1 && choice[i] < weight.rows);
}

WIDE static void
add_scaled(float *y, const float *x, float factor, int count)
{
    SIMD
    for (int i = 0; i < count; i++)
        y[i] += factor * x[i];
}

void
cpu_choice_fwd(struct view score, struct view x, struct view weight, struct view bias,
    struct view candidate)
{
    int            pieces = cpu_pieces((size_t)score.rows, ROWS);
    size_t         slots = (size_t)score.cols, cols = (size_t)x.cols;
    const int32_t *choice = candidate.data;
    const float   *b = bias.data;

    check(weight, candidate);
    if (!cpu_scratch(0, 2 * cols + slots))
        return;
    PARALLEL(pieces)
    for (int p = 0; p < pieces; p++) {
        float *room = cpu_scratch_own();

        for (size_t r = (size_t)p * ROWS; r < cpu_piece_end(p, (size_t)score.rows, ROWS); r++) {
            const float   *from = cpu_read(room, x, r * cols, cols);
            const int32_t *c = choice + r * slots;
            float         *to = cpu_room(room + 2 * cols, score, r * slots);

            for (size_t k = 0; k < slots; k++)
                to[k] = c[k] < 0 ? -INFINITY
                                 : b[c[k]] + cpu_dot(from, cpu_read(room + cols, weight,
                                                               (size_t)c[k] * cols, cols), x.cols);
            cpu_write(score, r * slots, slots, to);
        }
    }
}

/* slopes_of_rows -- dx; of scratch 2 rows of x and one of scores are used. */
static void
slopes_of_rows(struct view dx, struct view dscore, struct view weight, struct view candidate)
{
    int            pieces = cpu_pieces((size_t)dx.rows, ROWS);
    size_t         slots = (size_t)dscore.cols, cols = (size_t)dx.cols;
    const int32_t *choice = candidate.data;

    PARALLEL(pieces)
    for (int p = 0; p < pieces; p++) {
        float *room = cpu_scratch_own();

        for (size_t r = (size_t)p * ROWS; r < cpu_piece_end(p, (size_t)dx.rows, ROWS); r++) {
            const float   *slope = cpu_read(room + 2 * cols, dscore, r * slots, slots);
            const int32_t *c = choice + r * slots;
            float         *to = cpu_room(room, dx, r * cols);

            memset(to, 0, cols * sizeof *to);
            for (size_t k = 0; k < slots; k++)
                if (c[k] >= 0)
                    add_scaled(to, cpu_read(room + cols, weight, (size_t)c[k] * cols, cols),
                        slope[k], dx.cols);
            cpu_write(dx, r * cols, cols, to);
        }
    }
}

/* columns_of_weight -- columns first .. first + count - 1 of dweight. */
static void
columns_of_weight(struct view dweight, struct view dscore, struct view x, struct view candidate,
    size_t first, size_t count)
{
    size_t         slots = (size_t)dscore.cols, cols = (size_t)x.cols;
    const int32_t *c = candidate.data;
    float         *to = (float *)dweight.data + first, room[COLS];

    for (size_t r = 0; r < (size_t)x.rows; r++, c += slots) {
        const float *from = cpu_read(room, x, r * cols + first, count);
        const float *slope = cpu_read(cpu_scratch_own(), dscore, r * slots, slots);

        for (size_t k = 0; k < slots; k++)
            if (c[k] >= 0)
                add_scaled(to + (size_t)c[k] * cols, from, slope[k], (int)count);
    }
}

void
cpu_choice_bwd(struct view dx, struct view dweight, struct view dbias, struct view dscore,
    struct view x, struct view weight, struct view candidate)
{
    size_t         slots = (size_t)dscore.cols, cols = (size_t)x.cols;
    int            pieces = cpu_pieces(cols, COLS);
    const int32_t *c = candidate.data;
    float         *sum = dbias.data;

    check(weight, candidate);
    if (!cpu_scratch(0, 2 * cols + slots))
        return;
    slopes_of_rows(dx, dscore, weight, candidate);
    PARALLEL(pieces)
    for (int p = 0; p < pieces; p++) {
        size_t first = (size_t)p * COLS;

        columns_of_weight(dweight, dscore, x, candidate, first,
            cpu_piece_end(p, cols, COLS) - first);
    }
    for (size_t r = 0; r < (size_t)x.rows; r++, c += slots) {
        const float *slope = cpu_read(cpu_scratch_own(), dscore, r * slots, slots);

        for (size_t k = 0; k < slots; k++)
            if (c[k] >= 0)
                sum[c[k]] += slope[k];
    }
}
