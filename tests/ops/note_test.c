/* note_test -- notes beside the pieces of words, sums over windows, and the update. */
#include "tests/ops/host.h"

static const float weight = 0.25f;

static void
mix(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_note_mix(be, v[0], v[1], v[2], v[3], v[4], weight);
}

static void
mix_bwd(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_note_mix_bwd(be, v[0], v[1], weight);
}

static void
sum(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_note_sum(be, v[0], v[1], v[2]);
}

static void
update(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_note_update(be, v[0], v[1], v[2], v[3], weight);
}

/* Runs in F64 on ref and compares argument 0. */
static void
by_hand(const char *name, const struct arg *args, int count, run_fn *run, const double *want)
{
    struct tensor t[ARGS_MAX];
    bool          good = execute(t, host_open("ref", 1), F64, args, count, run, NULL);

    ok(good && host_error(t[0].got, want, args[0].rows * args[0].cols) == 0, "%s, by hand", name);
    tensors_free(t, count);
}

static void
all_by_hand(void)
{
    /* rows 1 and 2 are one word, row 3 another; the note of the second is 0 */
    double y[] = { 1, 2, 4, 8, 12, 16, 20, 24 }, notes[] = { 8, 0, 0, 0, 3, 4 };
    double span[] = { 2, 1, 2, 1, 3, 1 };
    double raw[] = { 1, 2, 3.75, 7, 9.75, 13, 15, 18 };
    double token[] = { 1, 1, 6, 8, 0, 0 }, id[] = { 0, 1, 2, 0 }; /* lengths beside 5: 10, 0 */
    double match[] = { 1, 2, 4.5, 8, 9, 12, 15, 18 };
    double back[] = { 1, 2, 3, 6, 9, 12, 15, 18 };
    double sums[] = { 1, 1, 0, 0 }, windows[] = { 1, 1, 2, 0, 0, 4, 1, 3, 1 };
    double summed[] = { 10.25, 13.5, 0 + 8 + 20, 0 + 12 + 24 };
    double s[] = { 4, 8, 9, 3 }, note[] = { 2, 0 }, count[] = { 2, 3 };
    double updated[] = { 6.75, 0.25, 0, 0, 2.75, 4 };

    struct arg mixes[] = { { "y", REAL, INOUT, 4, 2, y, 0 }, { "notes", WIDE, IN, 3, 2, notes, 0 },
        { "span", INT, IN, 2, 3, span, 0 }, { "token", WIDE, IN, 3, 2, NULL, 0 },
        { "id", INT, IN, 4, 1, NULL, 0 } };
    struct arg backs[] = { mixes[0], mixes[2] };
    struct arg windowed[] = { { "sum", WIDE, SUM, 2, 2, sums, 0 }, { "x", REAL, IN, 4, 2, y, 0 },
        { "span", INT, IN, 3, 3, windows, 0 } };
    struct arg updates[] = { { "notes", WIDE, INOUT, 3, 2, notes, 0 },
        { "sum", WIDE, IN, 2, 2, s, 0 }, { "note", INT, IN, 2, 1, note, 0 },
        { "count", INT, IN, 2, 1, count, 0 } };

    by_hand("notes mixed in as they are", mixes, 5, mix, raw);
    mixes[3].values = token;
    mixes[4].values = id;
    by_hand("notes as long as the tokens", mixes, 5, mix, match);
    by_hand("notes, backward", backs, 2, mix_bwd, back);
    by_hand("sums of means of windows", windowed, 3, sum, summed);
    by_hand("one update a word", updates, 4, update, updated);
}

/* `words` spans of 1 to 3 rows that do not overlap, in order, of notes that may come again. */
static double *
words_of(int words, int notes)
{
    double *span = host_new(3 * words), *note = host_below(words, 5, notes);
    int     next = 1;

    for (int i = 0; i < words; i++) {
        span[3 * i] = note[i];
        span[3 * i + 1] = next;
        span[3 * i + 2] = 1 + i % 3;
        next += 2 + i % 3;
    }
    free(note);
    return span;
}

static void
shape(int words, int notes, int cols)
{
    int        rows = 1 + 4 * words, tokens = 7;
    double    *y = host_normal(rows * cols, 1, 1), *table = host_normal(notes * cols, 2, 2);
    double    *token = host_normal(tokens * cols, 3, 0.02), *id = host_below(rows, 4, tokens);
    double    *span = words_of(words, notes), *fresh = host_normal(notes * cols, 6, 1);
    double    *note = host_new(notes), *count = host_below(notes, 7, 9);
    struct arg mixes[] = { { "y", REAL, INOUT, rows, cols, y, FREE_ROWS },
        { "notes", WIDE, IN, notes, cols, table, FREE_ROWS },
        { "span", INT, IN, words, 3, span, FREE_ROWS },
            { "token", WIDE, IN, tokens, cols, NULL, 0 },
        { "id", INT, IN, rows, 1, NULL, 0 } };
    struct arg backs[] = { mixes[0], mixes[2] };
    struct arg sums[] = { { "sum", WIDE, SUM, notes, cols, fresh, FREE_ROWS },
        { "x", REAL, IN, rows, cols, y, FREE_ROWS }, mixes[2] };
    struct arg updates[] = { { "notes", WIDE, INOUT, notes, cols, table, FREE_ROWS },
        { "sum", WIDE, IN, notes, cols, fresh, 0 }, { "note", INT, IN, notes, 1, note, 0 },
        { "count", INT, IN, notes, 1, count, 0 } };
    char       name[80];

    backs[0].free |= FREE_COLS;
    for (int i = 0; i < notes; i++) {
        note[i] = notes - 1 - i;
        count[i] += 1;
    }
    snprintf(name, sizeof name, "%d words, %d notes of %d", words, notes, cols);
    check_case(name, mixes, 5, mix, NULL, 1);
    check_case(name, backs, 2, mix_bwd, NULL, 1);
    check_case(name, sums, 3, sum, NULL, 3);
    check_case(name, updates, 4, update, NULL, 1);
    mixes[3].values = token;
    mixes[4].values = id;
    check_case(name, mixes, 5, mix, NULL, cols);
    if (words == 5) {
        mixes[0].free = mixes[4].free = 0;
        mixes[3].free = FREE_ROWS;
        mixes[0].free = 0;
        check_wrong("notes mixed", mixes, 5, mix, NULL);
        check_wrong("notes mixed, backward", backs, 2, mix_bwd, NULL);
        check_wrong("notes summed", sums, 3, sum, NULL);
        check_wrong("notes updated", updates, 4, update, NULL);
    }
    free(y), free(table), free(token), free(id), free(span), free(fresh), free(note), free(count);
}

/* Most spans are of one word, which the others' lie among, and windows overlap. */
static void
crowded(void)
{
    enum { SPANS = 1300, NOTES = 300, ROWS = 50, COLS = 5, WORD = 270 };
    double    *x = host_normal(ROWS * COLS, 1, 1), *sums = host_normal(NOTES * COLS, 2, 1);
    double    *span = host_new(3 * SPANS), *other = host_below(SPANS, 3, NOTES);
    double    *first = host_below(SPANS, 4, ROWS - 9), *rows = host_below(SPANS, 5, 9);
    struct arg args[] = { { "sum", WIDE, SUM, NOTES, COLS, sums, 0 },
        { "x", REAL, IN, ROWS, COLS, x, 0 }, { "span", INT, IN, SPANS, 3, span, 0 } };

    for (int i = 0; i < SPANS; i++) {
        span[3 * i] = i % 4 ? WORD : other[i];
        span[3 * i + 1] = first[i];
        span[3 * i + 2] = 1 + rows[i];
    }
    check_case("1300 windows, most of one word", args, 3, sum, NULL, SPANS);
    free(x), free(sums), free(span), free(other), free(first), free(rows);
}

/* The gradient of y passes the mix as mix_bwd says. */
static void
gradient(void)
{
    double    *y = host_normal(21 * 4, 1, 1), *table = host_normal(3 * 4, 2, 2);
    double    *span = words_of(5, 3), *by = host_normal(21 * 4, 3, 1);
    struct arg args[] = { { "y", REAL, INOUT, 21, 4, y, 0 }, { "notes", WIDE, IN, 3, 4, table, 0 },
        { "span", INT, IN, 5, 3, span, 0 }, { "token", WIDE, IN, 1, 4, NULL, 0 },
        { "id", INT, IN, 21, 1, NULL, 0 } };
    struct arg back[] = { { "dy", REAL, INOUT, 21, 4, by, 0 }, args[2] };
    struct forward f = { args, 5, 0, mix, NULL, by };
    struct tensor  t[2];

    execute(t, host_open("ref", 1), F64, back, 2, mix_bwd, NULL);
    check_gradient("notes", &f, 0, t[0].got);
    tensors_free(t, 2);
    free(y), free(table), free(span), free(by);
}

/* A span of the table's rows or of the tokens that are not there stops the program. */
static void
outside(void)
{
    static const double wrong[][3] = { { 3, 0, 1 }, { -1, 0, 1 }, { 0, -1, 1 }, { 0, 3, 2 },
        { 0, 1, 0 }, { 0, 4, 1 } };
    double              y[8] = { 0 }, table[6] = { 0 }, span[3];
    struct arg          args[] = { { "sum", WIDE, SUM, 3, 2, table, 0 },
                 { "x", REAL, IN, 4, 2, y, 0 }, { "span", INT, IN, 1, 3, span, 0 } };

    for (int k = 0; k < 6; k++) {
        struct tensor t[3];
        struct view   v[3];

        memcpy(span, wrong[k], sizeof span);
        for (int i = 0; i < 3; i++)
            v[i] = tensor_new(&t[i], host_open("ref", 1), &args[i], F32);
        ok(stops(v, sum, NULL), "a span of note %g, rows from %g, %g of them stops the program",
            span[0], span[1], span[2]);
        for (int i = 0; i < 3; i++)
            op_free(host_open("ref", 1), t[i].memory);
    }
}

int
main(void)
{
    all_by_hand();
    shape(1, 1, 1);
    shape(5, 3, 4);
    shape(200, 11, 130);
    shape(40, 100, 768);
    shape(0, 2, 8);
    crowded();
    gradient();
    outside();
    return tap_done();
}
