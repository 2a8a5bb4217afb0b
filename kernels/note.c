/* note.c -- the checks of the operations of notes, as ops.c has those of the others. */
#include "kernels/check.h"

/* Spans of rows of x, each with a row of the table. */
static void
note_check(const struct backend *be, struct view x, struct view table, struct view span)
{
    CHECK(real(be, x));
    CHECK(is(table, wide(x), table.rows, x.cols));
    CHECK(is(span, I32, span.rows, 3));
    CHECK(apart(x, table));
}

static bool
is_weight(float weight)
{
    return weight >= 0 && weight <= 1;
}

void
op_note_mix(const struct backend *be, struct view y, struct view notes, struct view span,
    struct view token, struct view id, float weight)
{
    note_check(be, y, notes, span);
    CHECK(is_weight(weight));
    CHECK(none(token) == none(id));
    if (!none(token)) {
        CHECK(is(token, wide(y), token.rows, y.cols));
        CHECK(is(id, I32, y.rows, 1));
        CHECK(apart(y, token));
    }
    be->note_mix(y, notes, span, token, id, weight);
}

void
op_note_mix_bwd(const struct backend *be, struct view dy, struct view span, float weight)
{
    CHECK(real(be, dy));
    CHECK(is(span, I32, span.rows, 3));
    CHECK(is_weight(weight));
    be->note_mix_bwd(dy, span, weight);
}

void
op_note_sum(const struct backend *be, struct view sum, struct view x, struct view span)
{
    note_check(be, x, sum, span);
    be->note_sum(sum, x, span);
}

void
op_note_update(const struct backend *be, struct view notes, struct view sum, struct view note,
    struct view count, float decay)
{
    CHECK(real(be, notes) && notes.dtype == wide(notes));
    CHECK(is(sum, notes.dtype, sum.rows, notes.cols));
    CHECK(is(note, I32, sum.rows, 1));
    CHECK(is(count, I32, sum.rows, 1));
    CHECK(apart(notes, sum));
    CHECK(is_weight(decay));
    be->note_update(notes, sum, note, count, decay);
}
