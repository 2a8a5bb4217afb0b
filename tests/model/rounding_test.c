/* rounding_test.c -- whole models on a fast backend beside the reference: of every method, in F32
 * and BF16, gradients and losses as near to those in F64 as rounding alone brings them. */
#include "kernels/backend.h"
#include "model/mc.h"
#include "model/mlm.h"
#include "tests/model/noted.h"

/* What was drawn, of a model with a generator, is kept, or is what was kept before: in another type
 * another word may be drawn, which would say nothing about rounding. */
static void
hold_draws(struct model *m, bool keep)
{
    static int32_t kept[512];
    struct view    draw = m->config.objective == OBJECTIVE_MC ? m->mc->draw : m->mlm->draw;

    if (m->generator == NULL)
        return;
    CHECK((size_t)draw.rows * (size_t)draw.cols <= sizeof kept / sizeof *kept);
    if (keep)
        op_download(m->backend, kept, draw);
    else
        op_upload(m->backend, draw, kept);
    m->mlm->hold = !keep;
}

/* The loss of every row, and behind them those of a generator. */
struct losses {
    double row[120]; /* see toy_limits */
    int    rows;
};

static void
add_losses(struct losses *losses, const struct model *m, struct view stat)
{
    double values[3 * 80];

    CHECK(losses->rows + stat.rows <= 120 && stat.rows <= 80 && stat.cols <= 3);
    model_download(m, values, stat);
    for (int r = 0; r < stat.rows; r++)
        losses->row[losses->rows++] = values[r * stat.cols];
}

/* Losses and gradient in `real` on `be`; in F64 draws are made, and in others used again. */
static double *
learn_once(const struct backend *be, enum dtype real, const struct model_config *config,
    uint64_t weights, struct losses *losses)
{
    struct arena      arena = toy_arena();
    bool              notes = config->notes.words > 0;
    struct model      m = notes ? noted_model(config, real, be, &arena)
                                : toy_model(config, real, be, &arena);
    struct batch      b = notes ? noted_batch(config, 0, 3, &arena) : toy_batch(config, &arena);
    struct model_pass pass = { .normaliser = 8, .tokens = 24, .seed = 5, .step = 3 };
    struct model_loss sum = { 0 };
    double           *gradient;

    toy_weights(&m, weights);
    model_forget(&m);
    if (notes && notebook_begin(&m, &b, 1) != OK)
        printf("# %s\n", err_msg());
    if (real != F64)
        hold_draws(&m, false);
    if (toy_learn(&m, &b, pass, &sum) != OK)
        printf("# %s\n", err_msg());
    if (real == F64)
        hold_draws(&m, true);
    *losses = (struct losses){ 0 };
    add_losses(losses, &m, view_rows(m.stat, 0, m.generator ? b.rows : b.chosen));
    if (m.generator)
        add_losses(losses, &m, view_rows(m.proposed, 0, b.chosen));
    gradient = toy_all(&m, MODEL_GRADIENT);
    model_close(&m);
    arena_close(&arena);
    return gradient;
}

enum { MODELS = 4 };

/* Differences from F64: the largest, and the sum of their squares. */
struct error {
    double most, squares;
};

static struct error
error_of(const double *got, const double *want, size_t count)
{
    struct error e = { 0 };

    for (size_t i = 0; i < count; i++) {
        double difference = fabs(got[i] - want[i]);

        e.most = difference > e.most || isnan(difference) ? difference : e.most;
        e.squares += difference * difference;
    }
    return e;
}

/* How many times a backend loses what the reference does in that type, in one model after another:
 * the worst of them, and the product, of their largest errors and of their norms. */
struct odds {
    double worst, most, norm;
};

static void
add_odds(struct odds *o, struct error e, struct error lost)
{
    double most = (e.most + 1e-6) / (lost.most + 1e-6);
    double norm = (sqrt(e.squares) + 1e-6) / (sqrt(lost.squares) + 1e-6);

    o->worst = norm > o->worst || isnan(norm) ? norm : o->worst;
    o->most *= most;
    o->norm *= norm;
}

/* Two that round at other places, each as well as can be, are lucky in turn: here one loses four
 * times as much as the other, there a third, so that in one model this says little.  In the mean
 * over models (geometric, as these are factors) it must be less than twice.  NaN never passes. */
static bool
fair(struct odds o)
{
    return o.worst < 8 && pow(o.most, 1.0 / MODELS) < 2 && pow(o.norm, 1.0 / MODELS) < 2;
}

/* All elements of the gradient, and the loss of every row: in their sum errors would cancel, and a
 * wrong row could hide.  Some models with other weights are looked at, and with an epsilon that
 * lets no layer norm divide by next to nothing: behind one that does a row loses far more than
 * others, and which backend is the lucky one there says nothing. */
static void
test_fast(const struct backend *ref, const struct backend *fast, enum dtype real,
    enum position position, enum objective objective, int classes, bool notes)
{
    struct model_config config = notes ? noted_config(position, false)
                                       : toy_config(position, classes);
    struct arena        arena = toy_arena();
    struct params       p;
    struct losses       exact, rounded, losses;
    struct odds         odds = { 0, 1, 1 }, rows = { 0, 1, 1 };
    double             *want, *near, *got = NULL, *again, largest = 0, lost = 0;

    config.objective = objective;
    if (params_open(&p, &config, &arena) != OK)
        exit(1);
    config.dropout = config.attention_dropout = 0.25f;
    config.layer_norm_eps = 0.1f;
    for (uint64_t weights = 9; weights < 9 + MODELS; weights++) {
        free(got);
        want = learn_once(ref, F64, &config, weights, &exact);
        near = learn_once(ref, real, &config, weights, &rounded);
        got = learn_once(fast, real, &config, weights, &losses);
        CHECK(exact.rows == rounded.rows && exact.rows == losses.rows);
        add_odds(&odds, error_of(got, want, p.count), error_of(near, want, p.count));
        add_odds(&rows, error_of(losses.row, exact.row, (size_t)exact.rows),
            error_of(rounded.row, exact.row, (size_t)exact.rows));
        lost = fmax(lost, error_of(near, want, p.count).most);
        for (size_t i = 0; i < p.count; i++)
            largest = fmax(largest, fabs(want[i]));
        free(want);
        free(near);
    }
    ok(fair(odds) && fair(rows),
        "%s%s, %s%s, %d classes: %s's gradients in %s differ from ref's in F64 by %.2f times what "
        "ref's own do, at most by %.2f; the losses of rows by %.2f, %.2f",
        toy_pre_norm ? "Pre-LN, " : "", config_position_name(position),
        config_objective_name(objective), notes ? " with notes" : "", classes, backend_name(fast),
        real == BF16 ? "BF16" : "F32",
        pow(odds.norm, 1.0 / MODELS), pow(odds.most, 1.0 / MODELS),
        pow(rows.norm, 1.0 / MODELS), pow(rows.most, 1.0 / MODELS));
    /* sixteen units in the last place, after some twenty roundings on the way through two layers */
    ok(lost < (real == BF16 ? 0x1p-4 : 1e-6) * largest, "ref's are %.1e of the largest, %.2f",
        lost / largest, largest);
    again = learn_once(fast, real, &config, 8 + MODELS, &losses);
    ok(memcmp(got, again, p.count * sizeof *got) == 0, "twice the same bits");
    free(got);
    free(again);
    arena_close(&arena);
}

static void
test_methods(const struct backend *ref, const struct backend *fast)
{
    for (int position = 0; position < POSITIONS; position++)
        for (int objective = 0; objective < OBJECTIVES; objective++)
            for (int notes = 0; notes < 2; notes++) {
                enum position  p = (enum position)position;
                enum objective o = (enum objective)objective;

                test_fast(ref, fast, F32, p, o, 0, notes);
                test_fast(ref, fast, BF16, p, o, 0, notes);
            }
    test_fast(ref, fast, F32, POSITION_TUPE_A, OBJECTIVE_MLM, 3, false);
    test_fast(ref, fast, BF16, POSITION_TUPE_A, OBJECTIVE_MLM, 3, false);
    toy_pre_norm = true;
    test_fast(ref, fast, F32, POSITION_ABSOLUTE, OBJECTIVE_MLM, 0, false);
    test_fast(ref, fast, BF16, POSITION_TUPE_R, OBJECTIVE_MC, 0, true);
    toy_pre_norm = false;
}

int
main(void)
{
    const struct backend *ref = toy_backend("ref");

    test_methods(ref, toy_fast());
    if (getenv("BACKEND") == NULL && test_cuda_host())
        test_methods(ref, toy_backend("cuda-host"));
    return tap_done();
}
