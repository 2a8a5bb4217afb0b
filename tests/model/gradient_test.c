/* gradient_test.c -- every element of the gradient of the whole model against differences of the
 * loss: each position with each objective, without notes and with them, some heads of fine-tuning,
 * and some of these with Pre-LN; on the reference backend in F64, dropout on.
 *
 * The derivative by differences is first the one of second order,
 *     (f(h) - f(-h)) / 2h
 * whose own error is near 1e-10 with h = 1e-5.  The bound is a 1e-6th of the derivative, so this is
 * near enough for most elements; any that is not within the bound gets the one of fourth order,
 *     (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h
 * whose error is near 1e-11 with h = 3e-4, which leaves no room for a small mistake.  What a
 * generator has drawn is held fixed, and so are notes. */
#include "tests/model/noted.h"

/* ---- a loss, and nothing behind it ----------------------------------------------------------- */

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"

static void
nothing_of_3(struct view a, struct view b, struct view c)
{
}

static void
nothing_of_4(struct view a, struct view b, struct view c, struct view d)
{
}

static void
nothing_of_7(struct view a, struct view b, struct view c, struct view d, struct view e,
    struct view f, struct view g)
{
}

static void
nothing_of_norm_dropout(struct view a, struct view b, struct view c, struct view d, struct view e,
    struct view f, struct view g, struct view h, struct view i, struct dropout drop)
{
}

static void
nothing_of_residual_norm(struct view a, struct view b, struct view c, struct view d, struct view e,
    struct view f, struct view g, struct view h, struct view i, struct view j, struct view k,
    struct dropout drop)
{
}

static void
nothing_of_attention(struct view a, struct view b, struct view c, struct view d, struct view e,
    struct view f, struct view g, struct view h, struct view i, struct attention att)
{
}

static void
nothing_of_position_bias(struct view a, struct view b, struct view c, struct view d, struct view e,
    struct view f, int heads, float scale)
{
}

static void
nothing_of_relative_bias(struct view a, struct view b, int heads)
{
}

#pragma GCC diagnostic pop

/* A backend without what a backward alone asks for, and no loss: a third of the time. */
static struct backend
forward_of(const struct backend *be)
{
    struct backend forward = *be;

    forward.linear_bwd_x = forward.gelu_bwd = forward.tanh_bwd = forward.gather_bwd = nothing_of_3;
    forward.linear_bwd_w = nothing_of_4;
    forward.layernorm_bwd = forward.choice_bwd = nothing_of_7;
    forward.norm_dropout_bwd = nothing_of_norm_dropout;
    forward.residual_norm_bwd = nothing_of_residual_norm;
    forward.attention_bwd = nothing_of_attention;
    forward.position_bias_bwd = nothing_of_position_bias;
    forward.relative_bias_bwd = nothing_of_relative_bias;
    return forward;
}

/* ---- differences ----------------------------------------------------------------------------- */

static const double bound = 1e-6;

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

/* f(h) - f(-h) around the value that the element has. */
static double
step(struct model *m, const struct batch *b, int param, size_t at, double value, double h)
{
    return loss_at(m, b, param, at, value + h) - loss_at(m, b, param, at, value - h);
}

/* |gradient - want| relative to want, or to 1e-4 for derivatives that are smaller (that of the
 * key's bias is 0: softmax does not see it). */
static double
error_of(double gradient, double want)
{
    return fabs(gradient - want) / fmax(fabs(want), 1e-4);
}

static double
error_at(struct model *m, const struct batch *b, int param, size_t at, double gradient)
{
    const double h = 3e-4, small = 1e-5;
    double       value, error;

    model_get_piece(m, MODEL_WEIGHT, param, at, 1, &value);
    error = error_of(gradient, step(m, b, param, at, value, small) / (2 * small));
    if (!(error <= bound))
        error = error_of(gradient, (8 * step(m, b, param, at, value, h) -
            step(m, b, param, at, value, 2 * h)) / (12 * h));
    model_set_piece(m, MODEL_WEIGHT, param, at, 1, &value);
    return error;
}

/* Worst element of one parameter. */
static double
worst_of(struct model *m, const struct batch *b, int param, const double *gradient)
{
    double worst = 0;

    for (size_t i = 0; i < toy_count(m, param); i++) {
        double error = error_at(m, b, param, i, gradient[i]);

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
        "%s: %s%s, %s, %d classes, dropout %g: learns from %d rows", label,
        m->config.pre_norm ? "Pre-LN, " : "", config_position_name(m->config.position),
        config_objective_name(m->config.objective),
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
    ok(worst <= bound && largest > 0.01,
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
    toy_pre_norm = true;
    test_model(be, POSITION_ABSOLUTE, OBJECTIVE_MLM, 0, 0.25f);
    test_model(be, POSITION_TUPE_A, OBJECTIVE_ELECTRA, 3, 0.25f);
    test_noted(be, POSITION_RELATIVE, OBJECTIVE_ELECTRA);
    test_noted(be, POSITION_TUPE_R, OBJECTIVE_MC);
    return tap_done();
}
