/* notebook_test.c -- notes of rare words: which words have one, what it is made of, and a step in
 * pieces.  Numbers of PyTorch are in golden_test.c, gradients in gradient_test.c. */
#include "tests/model/noted.h"

static const struct model_pass pass = { .normaliser = 8, .seed = 5, .step = 3 };

static void
test_words(void)
{
    static const int32_t want[][3] = { { 3, 2, 2 }, { 0, 5, 2 }, { 3, 11, 1 }, { 0, 15, 2 },
        { 4, 19, 1 }, { 3, 22, 2 } };
    struct arena        arena = toy_arena();
    struct model_config c = noted_config(POSITION_ABSOLUTE, false);
    struct batch        b = noted_batch(&c, 0, 3, &arena);
    struct batch        none;

    ok(b.words == 6 && memcmp(b.word, want, sizeof want) == 0,
        "words with a chosen token have no note, those beside one have");
    batch_reset(&b);
    ok(b.words == 0, "an empty batch has none");
    if (batch_open(&none, toy_limits().batch, c.max_len, &arena) != OK)
        exit(1);
    toy_add(&none, &c, 0);
    batch_note(&none, &(struct span){ 2, 2, 3 }, 1);
    ok(none.words == 0, "a batch without room for words takes none");
    arena_close(&arena);
}

static double *
table_of(const struct model *m)
{
    size_t  count = (size_t)m->config.notes.words * (size_t)m->config.hidden;
    double *values = malloc(count * sizeof *values);

    notebook_get(m, 0, count, values);
    return values;
}

/* Changes the outputs of the last layer to known ones, and looks what becomes of the notes. */
static void
test_update(const struct backend *be)
{
    struct arena        arena = toy_arena();
    struct model_config c = noted_config(POSITION_TUPE_A, false);
    struct model        m = noted_model(&c, F64, be, &arena);
    struct batch        b = noted_batch(&c, 0, 3, &arena);
    struct model_loss   loss = { 0 };
    double             *before = table_of(&m), *after, x[24 * 8], worst = 0;
    /* windows by hand: 2 tokens each side, without row 0 of the sequence, within the sequence */
    static const int windows[][3] = { { 3, 1, 5 }, { 0, 3, 8 }, { 3, 9, 11 }, { 0, 14, 16 },
        { 4, 18, 21 }, { 3, 20, 23 } };
    double want[5 * 8] = { 0 };
    int    times[5] = { 0 };
    void  *memory;

    for (int i = 0; i < 24 * 8; i++)
        x[i] = (i * 7 % 31) / 4.0;
    if (op_alloc(be, &memory, sizeof x) != OK || notebook_begin(&m, &b, 1) != OK)
        exit(1);
    op_upload(be, view_of(memory, F64, 24, 8), x);
    notebook_sum(&m, &b, view_of(memory, F64, 24, 8));
    ok(notebook_end(&m) == OK, "the notes of a step are updated");
    for (int w = 0; w < 6; w++) {
        const int *at = windows[w];

        times[at[0]]++;
        for (int r = at[1]; r <= at[2]; r++)
            for (int i = 0; i < 8; i++)
                want[at[0] * 8 + i] += x[r * 8 + i] / (at[2] - at[1] + 1);
    }
    after = table_of(&m);
    for (int i = 0; i < 5 * 8; i++) {
        int    n = times[i / 8];
        double wanted = n > 0 ? 0.5 * before[i] + 0.5 * want[i] / n : before[i];

        worst = fmax(worst, fabs(after[i] - wanted));
    }
    ok(worst < 1e-14, "by the mean of their windows, once a word: %.1e", worst);
    ok(memcmp(after + 8, before + 8, 16 * sizeof *after) == 0,
        "the notes of words that were touched or absent are as they were");
    free(before);
    before = table_of(&m);
    ok(model_eval(&m, &b, &loss, NULL) == OK && notebook_begin(&m, &b, 0) == OK &&
        notebook_end(&m) == OK && memcmp(after, before, 40 * sizeof *after) == 0,
        "an evaluation reads them only");
    op_free(be, memory);
    free(before);
    free(after);
    model_close(&m);
    arena_close(&arena);
}

/* ---- pieces ---- */

/* The table and the gradient after one step in pieces of these many sequences. */
static void
step_in(const struct backend *be, enum dtype real, int size, double **table, double **gradient)
{
    struct arena        arena = toy_arena();
    struct model_config c = noted_config(POSITION_TUPE_R, true);
    struct model        m;
    struct batch        b[4];
    struct model_loss   loss = { 0 };
    int                 pieces = 0;

    c.dropout = c.attention_dropout = 0.25f;
    m = noted_model(&c, real, be, &arena);
    for (int first = 0; first < 4; first += size, pieces++)
        b[pieces] = noted_batch(&c, first, first + size <= 4 ? first + size - 1 : 3, &arena);
    model_forget(&m);
    if (notebook_begin(&m, b, pieces) != OK)
        exit(1);
    for (int i = 0; i < pieces; i++)
        if (toy_learn(&m, &b[i], pass, &loss) != OK)
            exit(1);
    if (notebook_end(&m) != OK)
        exit(1);
    *table = table_of(&m);
    *gradient = toy_all(&m, MODEL_GRADIENT);
    model_close(&m);
    arena_close(&arena);
}

static double
differ(const double *a, const double *b, size_t count)
{
    double worst = 0;

    for (size_t i = 0; i < count; i++)
        worst = fmax(worst, fabs(a[i] - b[i]));
    return worst;
}

static void
test_pieces(const char *device, enum dtype real, double bound)
{
    const struct backend *be = toy_backend(device);
    double               *table, *gradient, *again, *other;

    step_in(be, real, 4, &table, &gradient);
    step_in(be, real, 4, &again, &other);
    ok(differ(table, again, 40) == 0, "%s: a step again gives the same notes", device);
    free(again);
    free(other);
    for (int size = 1; size <= 3; size++) {
        step_in(be, real, size, &again, &other);
        ok(differ(table, again, 40) <= bound && differ(gradient, other, 300) <= bound,
            "%s: pieces of %d: the same notes and gradients to rounding: %.1e, %.1e", device, size,
            differ(table, again, 40), differ(gradient, other, 300));
        free(again);
        free(other);
    }
    free(table);
    free(gradient);
}

int
main(void)
{
    const struct backend *be = toy_backend("ref");

    test_words();
    test_update(be);
    test_pieces("ref", F64, 1e-14);
    test_pieces(backend_name(toy_fast()), F32, 2e-6);
    return tap_done();
}
