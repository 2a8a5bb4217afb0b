/* losses.c -- ops.c goes on: choices, losses, draws and the optimiser, checked alike. */
#include "kernels/check.h"
#include "lib/philox.h"

/* ---- choices --------------------------------------------------------------------------------- */

void
op_choice_fwd(const struct backend *be, struct view score, struct view x, struct view weight,
    struct view bias, struct view candidate)
{
    CHECK(real(be, x));
    CHECK(is(score, x.dtype, x.rows, score.cols));
    CHECK(is(weight, x.dtype, weight.rows, x.cols));
    CHECK(is(bias, wide(x), 1, weight.rows));
    CHECK(is(candidate, I32, x.rows, score.cols));
    CHECK(apart(score, x) && apart(score, weight));
    be->choice_fwd(score, x, weight, bias, candidate);
}

void
op_choice_bwd(const struct backend *be, struct view dx, struct view dweight, struct view dbias,
    struct view dscore, struct view x, struct view weight, struct view candidate)
{
    CHECK(real(be, x));
    CHECK(same(dx, x));
    CHECK(is(weight, x.dtype, weight.rows, x.cols));
    CHECK(is(dweight, wide(x), weight.rows, x.cols));
    CHECK(is(dbias, wide(x), 1, weight.rows));
    CHECK(is(dscore, x.dtype, x.rows, dscore.cols));
    CHECK(is(candidate, I32, x.rows, dscore.cols));
    CHECK(apart(dx, x) && apart(dx, dscore) && apart(dx, weight) && apart(dweight, weight));
    be->choice_bwd(dx, dweight, dbias, dscore, x, weight, candidate);
}

/* ---- losses ---------------------------------------------------------------------------------- */

void
op_cross_entropy_fwd(const struct backend *be, struct view stat, struct view logits,
    struct view target)
{
    CHECK(real(be, logits));
    CHECK(is(stat, wide(logits), logits.rows, 3));
    CHECK(is(target, I32, logits.rows, 1));
    CHECK(apart(stat, logits));
    be->cross_entropy_fwd(stat, logits, target);
}

void
op_cross_entropy_bwd(const struct backend *be, struct view logits, struct view stat,
    struct view target, float factor)
{
    CHECK(real(be, logits));
    CHECK(is(stat, wide(logits), logits.rows, 3));
    CHECK(is(target, I32, logits.rows, 1));
    CHECK(apart(stat, logits));
    be->cross_entropy_bwd(logits, stat, target, factor);
}

void
op_logistic_fwd(const struct backend *be, struct view stat, struct view x, struct view target)
{
    CHECK(real(be, x));
    CHECK(is(x, x.dtype, x.rows, 1));
    CHECK(is(stat, wide(x), x.rows, 2));
    CHECK(is(target, I32, x.rows, 1));
    CHECK(apart(stat, x));
    be->logistic_fwd(stat, x, target);
}

void
op_logistic_bwd(const struct backend *be, struct view x, struct view target, float factor)
{
    CHECK(real(be, x));
    CHECK(is(x, x.dtype, x.rows, 1));
    CHECK(is(target, I32, x.rows, 1));
    be->logistic_bwd(x, target, factor);
}

void
op_square_error_fwd(const struct backend *be, struct view loss, struct view x, struct view target)
{
    CHECK(real(be, x));
    CHECK(is(x, x.dtype, x.rows, 1));
    CHECK(is(loss, wide(x), x.rows, 1));
    CHECK(same(target, loss));
    be->square_error_fwd(loss, x, target);
}

void
op_square_error_bwd(const struct backend *be, struct view x, struct view target, float factor)
{
    CHECK(real(be, x));
    CHECK(is(x, x.dtype, x.rows, 1));
    CHECK(is(target, wide(x), x.rows, 1));
    be->square_error_bwd(x, target, factor);
}

void
op_tally(const struct backend *be, struct view tally, struct view stat, struct view key)
{
    CHECK(real(be, stat) && stat.dtype == wide(stat) && stat.cols <= 3);
    CHECK(is(tally, F64, 1, 4));
    CHECK(is(key, I32, stat.rows, 1));
    be->tally(tally, stat, key);
}

/* ---- draws ----------------------------------------------------------------------------------- */

void
op_sample(const struct backend *be, struct view draw, struct view logits, struct view key,
    struct sample sample)
{
    CHECK(real(be, logits));
    CHECK(is(draw, I32, logits.rows, draw.cols));
    CHECK(is(key, I32, logits.rows, 1));
    CHECK(apart(draw, logits));
    be->sample(draw, logits, key, sample);
}

double
op_sample_unit(struct sample sample, int key, int k)
{
    struct philox bits = philox(sample.seed, PHILOX_SAMPLE, sample.step, (uint32_t)k / 2,
        (uint64_t)(uint32_t)key);

    return philox_fine(bits.x[2 * (k % 2)], bits.x[2 * (k % 2) + 1]);
}

/* Tokens of which some are hidden; what becomes of them, and a word about each. */
static void
hidden_check(struct view id, struct view about, struct view text, struct view row,
    struct view target)
{
    CHECK(is(text, I32, text.rows, 1));
    CHECK(same(id, text));
    CHECK(same(about, text));
    CHECK(is(row, I32, row.rows, 1) && row.rows <= text.rows);
    CHECK(same(target, row));
    CHECK(apart(id, text) && apart(about, text) && apart(id, about));
}

void
op_replace(const struct backend *be, struct view id, struct view changed, struct view text,
    struct view row, struct view target, struct view draw)
{
    hidden_check(id, changed, text, row, target);
    CHECK(same(draw, row));
    be->replace(id, changed, text, row, target, draw);
}

void
op_offer(const struct backend *be, struct view candidate, struct view id, struct view right,
    struct view text, struct view row, struct view target, struct view draw, struct offer offer)
{
    hidden_check(id, right, text, row, target);
    CHECK(is(draw, I32, text.rows, draw.cols) && draw.cols >= 2);
    CHECK(same(candidate, draw));
    CHECK(apart(candidate, draw));
    CHECK(offer.reject >= 0);
    be->offer(candidate, id, right, text, row, target, draw, offer);
}

/* ---- the optimiser --------------------------------------------------------------------------- */

void
op_clip(const struct backend *be, struct view scale, struct view norm, struct view x, double limit)
{
    CHECK(real(be, x) && x.dtype == wide(x));
    CHECK(is(scale, x.dtype, 1, 1));
    CHECK(is(norm, F64, 1, 2));
    CHECK(apart(scale, x) && apart(norm, x));
    be->clip(scale, norm, x, limit);
}

static void
optimizer_check(const struct backend *be, struct view weight, struct view m, struct view v,
    struct view grad, struct view scale, struct adamw a)
{
    CHECK(real(be, weight) && weight.dtype == wide(weight));
    CHECK(same(m, weight));
    CHECK(same(v, weight));
    CHECK(same(grad, weight));
    CHECK(is(scale, weight.dtype, 1, 1));
    CHECK(apart(weight, grad) && apart(m, grad) && apart(v, grad) && apart(m, v));
    CHECK(a.t >= 1 && a.eps > 0);
}

void
op_adamw(const struct backend *be, struct view weight, struct view m, struct view v,
    struct view grad, struct view scale, struct adamw a)
{
    optimizer_check(be, weight, m, v, grad, scale, a);
    be->adamw(weight, m, v, grad, scale, a);
}

void
op_lamb(const struct backend *be, struct view weight, struct view m, struct view v,
    struct view grad, struct view scale, struct adamw a, bool adapt)
{
    optimizer_check(be, weight, m, v, grad, scale, a);
    be->lamb(weight, m, v, grad, scale, a, adapt);
}
