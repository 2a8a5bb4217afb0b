/* note.c -- notes of rare words: mixed into embeddings, gathered from outputs, updated. */
#include <math.h>

#include "kernels/ref/ref.h"

struct span {
    int row, first, end; /* row of the table; rows of tokens */
};

static struct span
span_at(struct view span, int i, int table_rows, int rows)
{
    const int32_t *at = (const int32_t *)span.data + (size_t)i * 3;

    CHECK(at[0] >= 0 && at[0] < table_rows);
    CHECK(at[1] >= 0 && at[2] >= 1 && at[2] <= rows - at[1]);
    return (struct span){ at[0], at[1], at[1] + at[2] };
}

static double
length(struct view v, int row)
{
    double sum = 0;

    CHECK(row >= 0 && row < v.rows);
    for (int c = 0; c < v.cols; c++)
        sum += ref_at(v, row, c) * ref_at(v, row, c);
    return sqrt(sum);
}

void
ref_note_mix(struct view y, struct view notes, struct view span, struct view token, struct view id,
    float weight)
{
    double share = (double)weight;

    for (int i = 0; i < span.rows; i++) {
        struct span s = span_at(span, i, notes.rows, y.rows);
        double      note = length(notes, s.row);

        for (int r = s.first; r < s.end; r++) {
            double scale = token.data && note > 0 ? length(token, ref_int(id, r)) / note : 1;

            for (int c = 0; c < y.cols; c++)
                ref_set(y, r, c,
                    (1 - share) * ref_at(y, r, c) + share * scale * ref_at(notes, s.row, c));
        }
    }
}

void
ref_note_mix_bwd(struct view dy, struct view span, float weight)
{
    for (int i = 0; i < span.rows; i++) {
        struct span s = span_at(span, i, INT32_MAX, dy.rows);

        for (int r = s.first; r < s.end; r++)
            for (int c = 0; c < dy.cols; c++)
                ref_set(dy, r, c, (1 - (double)weight) * ref_at(dy, r, c));
    }
}

void
ref_note_sum(struct view sum, struct view x, struct view span)
{
    for (int i = 0; i < span.rows; i++) {
        struct span s = span_at(span, i, sum.rows, x.rows);

        for (int c = 0; c < x.cols; c++) {
            double all = 0;

            for (int r = s.first; r < s.end; r++)
                all += ref_at(x, r, c);
            ref_add_to(sum, s.row, c, all / (s.end - s.first));
        }
    }
}

void
ref_note_update(struct view notes, struct view sum, struct view note, struct view count,
    float decay)
{
    for (int k = 0; k < sum.rows; k++) {
        int row = ref_int(note, k), times = ref_int(count, k);

        CHECK(row >= 0 && row < notes.rows && times >= 1);
        for (int c = 0; c < notes.cols; c++)
            ref_add_to(notes, row, c,
                (double)decay * (ref_at(sum, k, c) / times - ref_at(notes, row, c)));
    }
}
