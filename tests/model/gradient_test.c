/* gradient_test.c -- every element of the gradient of the whole model against differences of the
 * loss: each position with each objective, without notes and with them, and some heads of
 * fine-tuning; on the reference backend in F64, dropout on.
 *
 * The derivative by differences is the fourth-order one,
 *     (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h
 * with h = 3e-4 its own error is near 1e-11, so a bound of 1e-6 leaves no room for a small
 * mistake.  What a generator has drawn is held fixed, and so are notes. */
#include "tests/model/noted.h"

static void
no_attention_bwd(struct view dqkv, struct view dbias, struct view dout, struct view out,
    struct view lse, struct view qkv, struct view bias, struct view start, struct view key,
    struct attention att)
{
    (void)dqkv, (void)dbias, (void)dout, (void)out, (void)lse, (void)qkv, (void)bias, (void)start;
    (void)key, (void)att;
}

static void
no_linear_bwd(struct view dx, struct view dy, struct view weight)
{
    (void)dx, (void)dy, (void)weight;
}

static void
no_linear_bwd_w(struct view dweight, struct view dbias, struct view dy, struct view x)
{
    (void)dweight, (void)dbias, (void)dy, (void)x;
}

/* A backend without the dear part of a backward, which no loss asks for: half the time. */
static struct backend
forward_of(const struct backend *be)
{
    struct backend forward = *be;

    forward.attention_bwd = no_attention_bwd;
    forward.linear_bwd_x = no_linear_bwd;
    forward.linear_bwd_w = no_linear_bwd_w;
    return forward;
}

static const struct model_pass pass = { .normaliser = 8, .tokens = 24, .seed = 5, .step = 3 };

static double
loss_at(struct model *m, const struct batch *b, int param, size_t at, double value)
{
    struct model_loss loss = { 0 };

    model_set_piece(m, MODEL_WEIGHT, param, at, 1, &value);
    if (toy_learn(m, b, pass, &loss) != OK)
        return NAN;
    if (m->generator == NULL)
        return loss.sum / pass.normaliser;
    return loss.proposed.sum / pass.normaliser +
        (double)m->config.choice_weight * loss.sum / pass.tokens;
}

static double
difference(struct model *m, const struct batch *b, int param, size_t at)
{
    const double h = 3e-4;
    double       value, near, far;

    model_get_piece(m, MODEL_WEIGHT, param, at, 1, &value);
    near = loss_at(m, b, param, at, value + h) - loss_at(m, b, param, at, value - h);
    far = loss_at(m, b, param, at, value + 2 * h) - loss_at(m, b, param, at, value - 2 * h);
    model_set_piece(m, MODEL_WEIGHT, param, at, 1, &value);
    return (8 * near - far) / (12 * h);
}

/* Worst element of one parameter: |gradient - difference| relative to it, or to 1e-4 for gradients
 * that are smaller (that of the key's bias is 0: softmax does not see it). */
static double
worst_of(struct model *m, const struct batch *b, int param, const double *gradient)
{
    double worst = 0;

    for (size_t i = 0; i < toy_count(m, param); i++) {
        double want = difference(m, b, param, i);
        double error = fabs(gradient[i] - want) / fmax(fabs(want), 1e-4);

        worst = error > worst || isnan(error) ? error : worst;
    }
    return worst;
}

static void
test_gradients(struct model *m, const struct batch *b, const char *label)
{
    const struct backend *be = m->backend;
    struct backend        forward = forward_of(be);
    struct model_loss     loss = { 0 };
    double               *gradient, *at, worst = 0, largest = 0;
    const char           *where = "";
    int                   rc;

    model_forget(m);
    rc = toy_learn(m, b, pass, &loss);
    ok(rc == OK && loss.count == (m->generator ? b->rows : b->chosen) &&
        loss.proposed.count == (m->generator ? b->chosen : 0),
        "%s: %s, %s, %d classes, dropout %g: learns from %d rows", label,
        config_position_name(m->config.position), config_objective_name(m->config.objective),
        m->config.classes, (double)m->config.dropout, (int)loss.count);
    m->mlm->hold = true;
    gradient = at = toy_all(m, MODEL_GRADIENT);
    m->backend = &forward;
    for (int i = 0; i < m->params.params; at += toy_count(m, i), i++) {
        double error = worst_of(m, b, i, at);

        for (size_t j = 0; j < toy_count(m, i); j++)
            largest = fmax(largest, fabs(at[j]));
        if (!(error <= worst)) {
            worst = error;
            where = m->params.param[i].name;
        }
    }
    m->backend = be;
    ok(worst <= 1e-6 && largest > 0.01,
        "gradients of %d parameters agree with differences to 1e-6: %.1e, at %s",
        (int)m->params.count, worst, where);
    free(gradient);
}

static void
test_model(const struct backend *be, enum position position, enum objective objective, int classes,
    float dropout)
{
    struct arena        arena = toy_arena();
    struct model_config config = toy_config(position, classes);
    struct model        m;
    struct batch        b = toy_batch(&config, &arena);

    config.dropout = config.attention_dropout = dropout;
    config.objective = objective;
    m = toy_model(&config, F64, be, &arena);
    toy_weights(&m, 9);
    test_gradients(&m, &b, "without notes");
    model_close(&m);
    arena_close(&arena);
}

static void
test_noted(const struct backend *be, enum position position, enum objective objective)
{
    struct arena        arena = toy_arena();
    struct model_config config = noted_config(position, false);
    struct model        m;
    struct batch        b = noted_batch(&config, 0, 3, &arena), bare = b;
    struct model_loss   with = { 0 }, without = { 0 };
    int                 rc;

    config.dropout = config.attention_dropout = 0.25f;
    config.objective = objective;
    m = noted_model(&config, F64, be, &arena);
    rc = notebook_begin(&m, &b, 1);
    test_gradients(&m, &b, "with notes");
    bare.words = 0;
    if (rc != OK || toy_learn(&m, &b, pass, &with) != OK ||
        toy_learn(&m, &bare, pass, &without) != OK)
        without.sum = NAN;
    ok(fabs(without.sum - with.sum) > 1e-6 && (m.generator == NULL ||
        fabs(without.proposed.sum - with.proposed.sum) > 1e-6),
        "the notes are in the losses: %.4f and %.4f with, %.4f and %.4f without", with.sum,
        with.proposed.sum, without.sum, without.proposed.sum);
    model_close(&m);
    arena_close(&arena);
}

int
main(void)
{
    const struct backend *be = toy_backend("ref");

    for (int position = 0; position < POSITIONS; position++)
        for (int objective = 0; objective < OBJECTIVES; objective++) {
            test_model(be, (enum position)position, (enum objective)objective, 0, 0.25f);
            test_noted(be, (enum position)position, (enum objective)objective);
        }
    test_model(be, POSITION_ABSOLUTE, OBJECTIVE_MLM, 3, 0);
    test_model(be, POSITION_RELATIVE, OBJECTIVE_ELECTRA, 3, 0.25f);
    test_model(be, POSITION_TUPE_A, OBJECTIVE_MLM, 3, 0.25f);
    test_model(be, POSITION_TUPE_R, OBJECTIVE_MLM, 1, 0.25f);
    return tap_done();
}
