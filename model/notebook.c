/* notebook.c -- see notebook.h.
 *
 * Sums are kept for the words of the step alone, since the table may have hundreds of thousands.
 * Which these are is known before the first piece is learned: the pieces are counted, the counts
 * added over all processes, and the words that occur numbered in ascending order, alike
 * everywhere. */
#include "model/notebook.h"

#include "lib/philox.h"

int
notebook_host(struct notebook *n, const struct model *m, struct arena *arena)
{
    size_t words = (size_t)m->config.notes.words, met = (size_t)m->limits.words;
    int    rc;

    *n = (struct notebook){ 0 };
    if ((rc = arena_alloc(arena, &n->times, words, sizeof *n->times)) != OK ||
        (rc = arena_alloc(arena, &n->slot, words, sizeof *n->slot)) != OK)
        return rc;
    return arena_alloc(arena, &n->met, 2 * met + 1, sizeof *n->met);
}

void
notebook_cut(struct notebook *n, const struct model *m, struct slab *own, struct slab *slab)
{
    int words = m->config.notes.words, width = m->config.hidden;

    n->table = slab_view(own, m->wide, words, width);
    if (!m->limits.training)
        return;
    n->sum = slab_view(own, m->wide, m->limits.words, width);
    n->note = slab_view(own, I32, m->limits.words, 1);
    n->count = slab_view(own, I32, m->limits.words, 1);
    n->window = slab_view(slab, I32, m->limits.batch.words, 3);
}

/* ---- the table ------------------------------------------------------------------------------- */

static size_t
elements(const struct notebook *n)
{
    return (size_t)n->table.rows * (size_t)n->table.cols;
}

/* Elements of the table, as one row. */
static struct view
piece_of(const struct model *m, size_t first, size_t count)
{
    const struct notebook *n = m->notebook;

    CHECK(count <= MODEL_PIECE && first + count <= elements(n));
    return view_of((char *)n->table.data + first * dtype_bytes(m->wide), m->wide, 1, (int)count);
}

void
notebook_get(const struct model *m, size_t first, size_t count, double *values)
{
    model_download(m, values, piece_of(m, first, count));
}

void
notebook_set(struct model *m, size_t first, size_t count, const double *values)
{
    model_upload(m, piece_of(m, first, count), values);
}

void
notebook_start(struct model *m, uint64_t seed)
{
    size_t all = elements(m->notebook);

    for (size_t first = 0; first < all; first += MODEL_PIECE) {
        size_t count = all - first < MODEL_PIECE ? all - first : MODEL_PIECE;

        params_normal(m->values, "cloze.notes", first, count, (double)m->config.initializer, seed);
        notebook_set(m, first, count, m->values);
    }
}

/* ---- a step ---------------------------------------------------------------------------------- */

/* times = the sum of times over all processes, which floats hold up to 2^24. */
static int
add_up(struct model *m)
{
    int32_t *times = m->notebook->times;
    float   *sum = m->host;
    int      words = m->config.notes.words, rc = OK;

    for (int first = 0; first < words && rc == OK; first += MODEL_PIECE) {
        int count = words - first < MODEL_PIECE ? words - first : MODEL_PIECE;

        for (int i = 0; i < count; i++)
            sum[i] = (float)times[first + i];
        rc = team_all_sum(view_of(sum, F32, 1, count));
        for (int i = 0; i < count; i++)
            times[first + i] = (int32_t)sum[i];
    }
    return rc;
}

int
notebook_begin(struct model *m, const struct batch *pieces, int count)
{
    struct notebook *n = m->notebook;
    int32_t         *counts;
    int              rc;

    if (n == NULL)
        return OK;
    CHECK(m->limits.training);
    for (int i = 0; i < m->config.notes.words; i++)
        n->times[i] = 0;
    for (int i = 0; i < count; i++)
        for (int w = 0; w < pieces[i].words; w++)
            n->times[pieces[i].word[3 * w]]++;
    if ((rc = add_up(m)) != OK)
        return rc;
    counts = n->met + m->limits.words;
    n->words_met = 0;
    for (int i = 0; i < m->config.notes.words; i++) {
        if (n->times[i] == 0)
            continue;
        if (n->words_met == m->limits.words)
            return err_set(ERR_LIMIT, "a step has more than %d different words with a note",
                m->limits.words);
        n->slot[i] = n->words_met;
        n->met[n->words_met] = i;
        counts[n->words_met++] = n->times[i];
    }
    op_zero(m->backend, view_rows(n->sum, 0, n->words_met));
    return OK;
}

int
notebook_end(struct model *m)
{
    const struct backend *be = m->backend;
    struct notebook      *n = m->notebook;
    struct view           sum, note, count;
    int                   rc;

    if (n == NULL || n->words_met == 0)
        return OK;
    sum = view_rows(n->sum, 0, n->words_met);
    note = view_rows(n->note, 0, n->words_met);
    count = view_rows(n->count, 0, n->words_met);
    if ((rc = op_all_sum(be, sum)) != OK)
        return rc;
    op_upload(be, note, n->met);
    op_upload(be, count, n->met + m->limits.words);
    op_note_update(be, n->table, sum, note, count, m->config.notes.decay);
    return OK;
}

/* ---- a batch --------------------------------------------------------------------------------- */

void
notebook_mix(const struct model *m, struct view sum, struct view id)
{
    const struct notebook *n = m->notebook;
    bool                   match = m->config.notes.match;

    if (n == NULL || m->device.word.rows == 0)
        return;
    op_note_mix(m->backend, sum, n->table, m->device.word,
        match ? model_weight(m, m->params.word) : view_none(),
        match ? id : view_none(), m->config.notes.weight);
}

void
notebook_mix_bwd(const struct model *m, struct view d)
{
    if (m->notebook != NULL && m->device.word.rows > 0)
        op_note_mix_bwd(m->backend, d, m->device.word, m->config.notes.weight);
}

/* The window of word w of a batch, which is in `sequence`: slot, first row, rows. */
static void
window_of(int32_t window[3], const struct model *m, const struct batch *b, int w, int sequence)
{
    const int32_t *word = b->word + 3 * w;
    int            span = m->config.notes.window;
    int            least = b->start[sequence] + 1, most = b->start[sequence + 1]; /* [CLS] is out */
    int            first = word[1] - span, end = word[1] + word[2] + span;

    CHECK(m->notebook->times[word[0]] > 0);
    first = first > least ? first : least;
    end = end < most ? end : most;
    window[0] = m->notebook->slot[word[0]];
    window[1] = first;
    window[2] = end - first;
}

void
notebook_sum(struct model *m, const struct batch *b, struct view x)
{
    struct notebook *n = m->notebook;
    int32_t         *window = m->host;
    int              sequence = 0;

    if (n == NULL)
        return;
    for (int first = 0; first < b->words; first += NOTEBOOK_SPANS) {
        int         left = b->words - first, count = left < NOTEBOOK_SPANS ? left : NOTEBOOK_SPANS;
        struct view windows = view_rows(n->window, first, count);

        for (int i = 0; i < count; i++) {
            while (b->word[3 * (first + i) + 1] >= b->start[sequence + 1])
                sequence++;
            window_of(window + 3 * i, m, b, first + i, sequence);
        }
        op_upload(m->backend, windows, window);
        op_note_sum(m->backend, n->sum, x, windows);
    }
}
