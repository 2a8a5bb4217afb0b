/* mc_test.c -- what MC-BERT's main network is offered: by hand where the draws are given, by
 * chi-squared that the draws follow the controller's softmax, and that neither the pieces of a
 * batch nor the groups of rows matter to them.
 *
 * The bounds are mean and five deviations of what the sums follow if the draws do; the draws are a
 * fixed function, so a test that passes passes always. */
#include "model/mc.h"

#include "model/mlm.h"
#include "tests/model/toy.h"

enum { SLOTS = 4, REJECT = 5, ROWS = 24, VOCAB = 17, LENGTHS = 4 };

static struct model_config
mc_config(bool distinct)
{
    struct model_config c = toy_config(POSITION_TUPE_R, 0);

    c.objective = OBJECTIVE_MC;
    c.distinct = distinct;
    return c;
}

static void
learn(struct model *m, const struct batch *b, uint32_t step)
{
    struct model_loss loss = { 0 };
    struct model_pass pass = { .normaliser = 1, .tokens = 1, .seed = 5, .step = step };

    if (toy_learn(m, b, pass, &loss) != OK) {
        printf("# %s\n", err_msg());
        exit(1);
    }
}

/* What the main network was given at some rows. */
struct offered {
    int32_t candidate[ROWS * SLOTS], drawn[ROWS * SLOTS], id[ROWS], right[ROWS];
};

static void
fetch(struct offered *o, const struct model *m, int rows)
{
    op_download(m->backend, o->drawn, view_rows(m->mc->draw, 0, rows));
    op_download(m->backend, o->candidate, view_rows(m->mc->candidate, 0, rows));
    op_download(m->backend, o->id, view_rows(m->mc->id, 0, rows));
    op_download(m->backend, o->right, view_rows(m->mc->label, 0, rows));
}

/* ---- the slots ---- */

/* Tokens 1 2 3 4, of which 8 and 9 stood at the second and the third. */
static void
test_slots(const struct backend *be, bool distinct)
{
    static const uint32_t ids[] = { 1, 2, 3, 4 };
    static const int32_t  draws[4][SLOTS] = { { 7, 6, 1, 7 }, /* stays 1; drawn in slot 2 */
         { 8, 3, 8, 2 },                                      /* filled rightly */
         { 7, 6, 9, 11 },                                     /* becomes 7 */
         { 6, 4, REJECT, 4 } };                               /* stays 4; slots 1 and 3 */
    static const int32_t  all[4][SLOTS] = { { REJECT, 6, 1, 7 }, { REJECT, 3, 8, 2 },
         { REJECT, 9, 9, 11 }, { REJECT, 4, REJECT, 4 } };
    static const int32_t  some[4][SLOTS] = { { REJECT, 6, -1, 7 }, { REJECT, 3, -1, 2 },
         { REJECT, 9, -1, 11 }, { REJECT, -1, REJECT, -1 } };
    static const int32_t  ids_then[] = { 1, 8, 7, 4 }, right[] = { 0, 0, 1, 0 };
    struct arena          arena = toy_arena();
    struct model_config   c = mc_config(distinct);
    struct model          m = toy_model(&c, F64, be, &arena);
    struct batch          b;
    struct offered        o;

    if (batch_open(&b, toy_limits().batch, c.max_len, &arena) != OK)
        exit(1);
    batch_add(&b, ids, 4, 0, 0);
    batch_choose(&b, 1, 8);
    batch_choose(&b, 2, 9);
    toy_weights(&m, 9);
    op_upload(be, view_rows(m.mc->draw, 0, 4), draws);
    m.mlm->hold = true;
    learn(&m, &b, 1);
    fetch(&o, &m, 4);
    ok(memcmp(o.candidate, distinct ? some : all, sizeof all) == 0,
        "candidates by hand%s", distinct ? ", distinct" : "");
    ok(memcmp(o.id, ids_then, sizeof ids_then) == 0 &&
        memcmp(o.right, right, sizeof right) == 0, "and the tokens, and which is right");
    model_close(&m);
    arena_close(&arena);
}

/* ---- the draws ---- */

/* What the draws of many steps were, beside the softmax they should come from. */
struct tally {
    double seen[ROWS][VOCAB], p[ROWS][VOCAB];
    double replaced, broken; /* masks filled with another word; rules that did not hold */
    int    masks, steps;
};

/* Every row is chosen, so that its logits are there to see. */
static struct batch
whole_batch(const struct model_config *c, struct arena *arena)
{
    struct batch b = toy_batch(c, arena);

    b.chosen = 0;
    for (int r = 0; r < b.rows; r++) {
        b.row[r] = r;
        b.row_key[r] = b.key[r];
        b.target[r] = (r * 5 + 1) % VOCAB;
        b.chosen++;
    }
    return b;
}

static void
see_softmax(struct tally *t, const struct model *m, int rows)
{
    float logits[ROWS * VOCAB];

    op_download(m->backend, logits, view_rows(m->mlm->logits, 0, rows));
    for (int r = 0; r < rows; r++) {
        double sum = 0;

        for (int v = 0; v < VOCAB; v++)
            sum += exp((double)logits[r * VOCAB + v]);
        for (int v = 0; v < VOCAB; v++)
            t->p[r][v] = exp((double)logits[r * VOCAB + v]) / sum;
    }
}

/* The rules that hold whatever is drawn, and the counts. */
static void
see_step(struct tally *t, const struct model *m, const struct batch *b)
{
    struct offered o;
    int            next = 0;

    fetch(&o, m, b->rows);
    for (int r = 0; r < b->rows; r++) {
        const int32_t *drawn = o.drawn + r * SLOTS, *candidate = o.candidate + r * SLOTS;
        bool           masked = next < b->chosen && b->row[next] == r;
        int32_t        truth = masked ? b->target[next++] : b->id[r];

        for (int k = 0; k < SLOTS; k++)
            t->seen[r][drawn[k]]++;
        t->broken += candidate[0] != REJECT || o.id[r] != (masked ? drawn[0] : truth) ||
            o.right[r] != (o.id[r] != truth) ||
            candidate[1] != (o.right[r] ? truth : drawn[1]) || candidate[2] != drawn[2] ||
            candidate[3] != drawn[3];
        t->masks += masked;
        t->replaced += o.right[r];
    }
    t->steps++;
}

static void
test_draws(const struct backend *be)
{
    enum { STEPS = 3000 };
    static struct tally t;
    struct arena        arena = toy_arena();
    struct model_config c = mc_config(false);
    struct model        m = toy_model(&c, F32, be, &arena);
    struct batch        all = whole_batch(&c, &arena), b = toy_batch(&c, &arena);
    struct model_loss   loss = { 0 };
    double              chi = 0, cells = 0, share = 0, spread = 0;
    int                 rc;

    toy_weights(&m, 9);
    rc = model_eval(&m, &all, &loss, NULL);
    ok(rc == OK && all.rows == ROWS, "logits of %d rows", all.rows);
    see_softmax(&t, &m, ROWS);
    for (uint32_t step = 1; step <= STEPS; step++) {
        learn(&m, &b, step);
        see_step(&t, &m, &b);
    }
    for (int r = 0; r < ROWS; r++) {
        double rest = 0, rest_seen = 0, draws = (double)STEPS * SLOTS;

        cells--;
        for (int v = 0; v < VOCAB; v++) {
            double expected = t.p[r][v] * draws, off = t.seen[r][v] - expected;

            if (expected < 10) { /* too few for a cell of their own */
                rest += expected;
                rest_seen += t.seen[r][v];
                continue;
            }
            chi += off * off / expected;
            cells++;
        }
        if (rest > 10) {
            chi += (rest_seen - rest) * (rest_seen - rest) / rest;
            cells++;
        }
    }
    ok(cells > 200 && fabs(chi - cells) < 5 * sqrt(2 * cells),
        "draws follow the controller's softmax: chi-squared %.1f, %g degrees", chi, cells);
    ok(t.broken == 0 && t.masks == STEPS * b.chosen, "the rules of the slots hold %d times",
        STEPS * b.rows);
    for (int i = 0; i < b.chosen; i++) {
        double p = t.p[b.row[i]][b.target[i]];

        share += 1 - p;
        spread += p * (1 - p);
    }
    ok(fabs(t.replaced - share * STEPS) < 5 * sqrt(spread * STEPS),
        "masks are filled with another word as often as the softmax says: %g of %d, expected %.1f",
        t.replaced, t.masks, share * STEPS);
    model_close(&m);
    arena_close(&arena);
}

/* ---- pieces ---- */

/* The toy sequences, `size` at a time, with logits of up to `group` rows at a time. */
static void
offer_in(struct offered *o, const struct backend *be, enum dtype real, int size, int group)
{
    struct arena        arena = toy_arena();
    struct model_config c = mc_config(true);
    struct model_limits limits = toy_limits();
    struct model        m;
    struct batch        b = toy_batch(&c, &arena);
    struct offered      piece;
    int                 row = 0;

    c.dropout = c.attention_dropout = 0.25f;
    limits.batch.chosen = group;
    if (model_open(&m, &c, limits, real, be, &arena) != OK)
        exit(1);
    toy_weights(&m, 9);
    for (int first = 0; first < LENGTHS; first += size) {
        batch_reset(&b);
        for (int i = first; i < first + size && i < LENGTHS; i++)
            toy_add(&b, &c, i);
        learn(&m, &b, 3);
        fetch(&piece, &m, b.rows);
        memcpy(o->drawn + row * SLOTS, piece.drawn, (size_t)(b.rows * SLOTS) * 4);
        memcpy(o->candidate + row * SLOTS, piece.candidate, (size_t)(b.rows * SLOTS) * 4);
        memcpy(o->id + row, piece.id, (size_t)b.rows * 4);
        memcpy(o->right + row, piece.right, (size_t)b.rows * 4);
        row += b.rows;
    }
    model_close(&m);
    arena_close(&arena);
}

static void
test_pieces(const struct backend *be, enum dtype real)
{
    static const int sizes[][2] = { { 4, 9 }, { 1, 4 }, { 2, 5 }, { 3, 24 }, { 4, 24 } };
    struct offered   whole, pieces;

    offer_in(&whole, be, real, 4, 40);
    for (int i = 0; i < 5; i++) {
        offer_in(&pieces, be, real, sizes[i][0], sizes[i][1]);
        ok(memcmp(&whole, &pieces, sizeof whole) == 0,
            "%s: %d sequences at a time, logits of up to %d rows: the same draws and candidates",
            backend_name(be), sizes[i][0], sizes[i][1]);
    }
}

int
main(void)
{
    const struct backend *ref = toy_backend("ref"), *cpu = toy_backend("cpu");

    test_slots(ref, false);
    test_slots(ref, true);
    test_draws(cpu);
    test_pieces(ref, F64);
    test_pieces(cpu, F32);
    return tap_done();
}
