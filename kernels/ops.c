/* ops.c -- the way from a model to a backend: shapes and types are checked here, once for all.
 *
 * Each op_NAME says as CHECKs what ops.h says as prose, then calls the backend's entry.  A view
 * that is wrong is a bug in the caller, so the program stops before a byte is touched. */
#include "kernels/ops.h"

#include <math.h>

#include "kernels/check.h"
#include "kernels/team.h"

/* ---- several processes ----------------------------------------------------------------------- */

void
op_all_sum_begin(const struct backend *be, struct view y)
{
    CHECK(real(be, y) && y.dtype == wide(y));
    if (team_ranks() > 1)
        be->all_sum_begin(y);
}

int
op_all_sum_end(const struct backend *be)
{
    return team_ranks() > 1 ? be->all_sum_end() : OK;
}

int
op_all_sum(const struct backend *be, struct view y)
{
    op_all_sum_begin(be, y);
    return op_all_sum_end(be);
}

int
op_broadcast(const struct backend *be, struct view y)
{
    return team_ranks() > 1 ? be->broadcast(y) : OK;
}

/* ---- simple ones ----------------------------------------------------------------------------- */

void
op_zero(const struct backend *be, struct view y)
{
    CHECK(is(y, y.dtype, y.rows, y.cols));
    be->zero(y);
}

void
op_add(const struct backend *be, struct view y, struct view x)
{
    CHECK(real(be, x));
    CHECK(same(y, x));
    CHECK(apart(y, x));
    be->add(y, x);
}

void
op_scale(const struct backend *be, struct view y, float factor)
{
    CHECK(real(be, y));
    be->scale(y, factor);
}

void
op_cast(const struct backend *be, struct view y, struct view x)
{
    CHECK(real(be, y));
    CHECK(is(x, wide(y), y.rows, y.cols));
    CHECK(apart(y, x));
    be->cast(y, x);
}

void
op_sum_squares(const struct backend *be, struct view sum, struct view x)
{
    CHECK(real(be, x));
    CHECK(is(sum, wide(x), 1, 1));
    CHECK(apart(sum, x));
    be->sum_squares(sum, x);
}

void
op_dropout(const struct backend *be, struct view y, struct view x, struct view key,
    struct dropout drop)
{
    CHECK(real(be, x));
    CHECK(same(y, x));
    CHECK(apart_or_equal(y, x));
    CHECK(is(key, I32, x.rows, 1));
    CHECK(drop_ok(drop));
    be->dropout(y, x, key, drop);
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void
gather_check(const struct backend *be, struct view table, struct view rows, struct view index)
{
    CHECK(real(be, rows));
    CHECK(table.dtype == rows.dtype || table.dtype == wide(rows));
    CHECK(is(table, table.dtype, table.rows, rows.cols));
    CHECK(is(index, I32, rows.rows, 1));
    CHECK(apart(table, rows));
}

void
op_gather_fwd(const struct backend *be, struct view y, struct view x, struct view index)
{
    gather_check(be, x, y, index);
    be->gather_fwd(y, x, index);
}

void
op_gather_add(const struct backend *be, struct view y, struct view x, struct view index)
{
    gather_check(be, x, y, index);
    be->gather_add(y, x, index);
}

void
op_gather_sum(const struct backend *be, struct view y, struct lookup a, struct lookup b,
    struct lookup c)
{
    gather_check(be, a.table, y, a.index);
    for (int i = 0; i < 2; i++) {
        const struct lookup *more = i ? &c : &b;

        CHECK(none(more->table) == none(more->index));
        if (!none(more->table))
            gather_check(be, more->table, y, more->index);
        CHECK(none(more->table) || more->table.dtype == a.table.dtype);
    }
    be->gather_sum(y, a, b, c);
}

void
op_gather_bwd(const struct backend *be, struct view dx, struct view dy, struct view index)
{
    gather_check(be, dx, dy, index);
    be->gather_bwd(dx, dy, index);
}

/* ---- layer norm ------------------------------------------------------------------------------ */

static void
norm_check(const struct backend *be, struct view x, struct view stat, struct view gain,
    struct view bias)
{
    CHECK(real(be, x));
    CHECK(is(stat, wide(x), x.rows, 2));
    CHECK(is(gain, wide(x), 1, x.cols));
    CHECK(same(bias, gain));
    CHECK(apart(stat, x));
}

/* of dgain and dbias, which are as gain */
static void
norm_bwd_check(const struct backend *be, struct view dgain, struct view dbias, struct view dy,
    struct view x, struct view stat, struct view gain)
{
    norm_check(be, x, stat, gain, dbias);
    CHECK(same(dgain, gain));
    CHECK(same(dy, x));
    CHECK(apart(dgain, dbias));
}

static void
drop_check(struct view x, struct view key, struct dropout drop)
{
    CHECK(is(key, I32, x.rows, 1));
    CHECK(drop_ok(drop));
}

void
op_layernorm_fwd(const struct backend *be, struct view y, struct view stat, struct view x,
    struct view gain, struct view bias, float eps)
{
    norm_check(be, x, stat, gain, bias);
    CHECK(same(y, x));
    CHECK(apart(y, x));
    CHECK(eps > 0);
    be->layernorm_fwd(y, stat, x, gain, bias, eps);
}

void
op_layernorm_bwd(const struct backend *be, struct view dx, struct view dgain, struct view dbias,
    struct view dy, struct view x, struct view stat, struct view gain)
{
    norm_bwd_check(be, dgain, dbias, dy, x, stat, gain);
    CHECK(same(dx, x));
    CHECK(apart_or_equal(dx, dy));
    CHECK(apart(dx, x));
    be->layernorm_bwd(dx, dgain, dbias, dy, x, stat, gain);
}

void
op_residual_norm_fwd(const struct backend *be, struct view y, struct view sum, struct view stat,
    struct view x, struct view residual, struct view gain, struct view bias, float eps,
    struct view key, struct dropout drop)
{
    norm_check(be, x, stat, gain, bias);
    drop_check(x, key, drop);
    CHECK(same(y, x));
    CHECK(same(sum, x));
    CHECK(same(residual, x));
    CHECK(apart_or_equal(sum, x));
    CHECK(apart(sum, residual) && apart(y, sum) && apart(y, x) && apart(y, residual));
    CHECK(eps > 0);
    be->residual_norm_fwd(y, sum, stat, x, residual, gain, bias, eps, key, drop);
}

void
op_residual_norm_bwd(const struct backend *be, struct view dsum, struct view dx, struct view dgain,
    struct view dbias, struct view dy, struct view dmore, struct view dpast, struct view sum,
    struct view stat, struct view gain, struct view key, struct dropout drop)
{
    norm_bwd_check(be, dgain, dbias, dy, sum, stat, gain);
    drop_check(sum, key, drop);
    CHECK(same(dsum, sum));
    CHECK(same(dx, sum));
    CHECK(none(dmore) || same(dmore, sum));
    CHECK(none(dpast) || (same(dpast, sum) && none(dmore)));
    CHECK(apart_or_equal(dsum, dy) && apart(dsum, dmore) && apart_or_equal(dsum, dpast));
    CHECK(apart_or_equal(dx, dmore) && apart_or_equal(dx, dy) && apart(dx, dpast));
    CHECK(apart(dsum, sum) && apart(dx, sum) && apart(dx, dsum));
    be->residual_norm_bwd(dsum, dx, dgain, dbias, dy, dmore, dpast, sum, stat, gain, key, drop);
}

void
op_norm_dropout_fwd(const struct backend *be, struct view y, struct view stat, struct view x,
    struct view gain, struct view bias, float eps, struct view key, struct dropout drop)
{
    norm_check(be, x, stat, gain, bias);
    drop_check(x, key, drop);
    CHECK(same(y, x));
    CHECK(apart(y, x));
    CHECK(eps > 0);
    be->norm_dropout_fwd(y, stat, x, gain, bias, eps, key, drop);
}

void
op_norm_dropout_bwd(const struct backend *be, struct view dx, struct view dgain, struct view dbias,
    struct view dy, struct view dmore, struct view x, struct view stat, struct view gain,
    struct view key, struct dropout drop)
{
    norm_bwd_check(be, dgain, dbias, dy, x, stat, gain);
    drop_check(x, key, drop);
    CHECK(same(dx, x));
    CHECK(none(dmore) || same(dmore, x));
    CHECK(apart_or_equal(dx, dy) && apart(dx, dmore) && apart(dx, x));
    be->norm_dropout_bwd(dx, dgain, dbias, dy, dmore, x, stat, gain, key, drop);
}

/* ---- linear layers --------------------------------------------------------------------------- */

void
op_linear_fwd(const struct backend *be, struct view y, struct view x, struct view weight,
    struct view bias)
{
    CHECK(real(be, x));
    CHECK(is(y, x.dtype, x.rows, weight.rows));
    CHECK(is(weight, x.dtype, weight.rows, x.cols));
    CHECK(is(bias, x.dtype, 1, weight.rows));
    CHECK(apart(y, x));
    CHECK(apart(y, weight));
    be->linear_fwd(y, x, weight, bias);
}

void
op_linear_bwd_x(const struct backend *be, struct view dx, struct view dy, struct view weight)
{
    CHECK(real(be, dy));
    CHECK(is(weight, dy.dtype, dy.cols, dx.cols));
    CHECK(is(dx, dy.dtype, dy.rows, dx.cols));
    CHECK(apart(dx, dy));
    CHECK(apart(dx, weight));
    be->linear_bwd_x(dx, dy, weight);
}

void
op_linear_bwd_w(const struct backend *be, struct view dweight, struct view dbias, struct view dy,
    struct view x)
{
    CHECK(real(be, dy));
    CHECK(is(x, dy.dtype, dy.rows, x.cols));
    CHECK(is(dweight, wide(dy), dy.cols, x.cols));
    CHECK(is(dbias, wide(dy), 1, dy.cols));
    CHECK(apart(dweight, dy));
    CHECK(apart(dweight, x));
    CHECK(apart(dweight, dbias));
    be->linear_bwd_w(dweight, dbias, dy, x);
}

/* ---- pointwise functions --------------------------------------------------------------------- */

void
op_gelu_fwd(const struct backend *be, struct view y, struct view x)
{
    CHECK(real(be, x));
    CHECK(same(y, x));
    CHECK(apart(y, x));
    be->gelu_fwd(y, x);
}

void
op_gelu_bwd(const struct backend *be, struct view dx, struct view dy, struct view x)
{
    CHECK(real(be, x));
    CHECK(same(dx, x));
    CHECK(same(dy, x));
    CHECK(apart_or_equal(dx, dy));
    CHECK(apart(dx, x));
    be->gelu_bwd(dx, dy, x);
}

void
op_tanh_fwd(const struct backend *be, struct view y, struct view x)
{
    CHECK(real(be, x));
    CHECK(same(y, x));
    CHECK(apart_or_equal(y, x));
    be->tanh_fwd(y, x);
}

void
op_tanh_bwd(const struct backend *be, struct view dx, struct view dy, struct view y)
{
    CHECK(real(be, y));
    CHECK(same(dx, y));
    CHECK(same(dy, y));
    CHECK(apart_or_equal(dx, dy));
    CHECK(apart(dx, y));
    be->tanh_bwd(dx, dy, y);
}

/* ---- attention ------------------------------------------------------------------------------- */

static void
attention_check(const struct backend *be, struct view out, struct view lse, struct view qkv,
    struct view bias, struct view start, struct view key, struct attention att)
{
    CHECK(real(be, out));
    CHECK(att.heads > 0 && out.cols % att.heads == 0);
    CHECK(is(qkv, out.dtype, out.rows, 3 * out.cols));
    CHECK(is(lse, wide(out), out.rows, att.heads));
    CHECK(none(bias) || is(bias, wide(out), att.heads * bias.cols, bias.cols));
    CHECK(start.rows > 0 && is(start, I32, start.rows, 1));
    CHECK(is(key, I32, out.rows, 1));
    CHECK(att.span > 0 && att.span <= INT32_MAX / att.heads);
    CHECK(isfinite(att.scale));
    CHECK(drop_ok(att.drop));
}

void
op_attention_fwd(const struct backend *be, struct view out, struct view lse, struct view qkv,
    struct view bias, struct view start, struct view key, struct attention att)
{
    attention_check(be, out, lse, qkv, bias, start, key, att);
    CHECK(apart(out, qkv));
    be->attention_fwd(out, lse, qkv, bias, start, key, att);
}

void
op_attention_bwd(const struct backend *be, struct view dqkv, struct view dbias, struct view dout,
    struct view out, struct view lse, struct view qkv, struct view bias, struct view start,
    struct view key, struct attention att)
{
    attention_check(be, out, lse, qkv, bias, start, key, att);
    CHECK(same(dqkv, qkv));
    CHECK(same(dout, out));
    CHECK(none(bias) ? none(dbias) : same(dbias, bias));
    CHECK(apart(dqkv, qkv));
    CHECK(apart(dqkv, dout));
    CHECK(none(bias) || apart(dbias, bias));
    be->attention_bwd(dqkv, dbias, dout, out, lse, qkv, bias, start, key, att);
}

static void
position_bias_check(const struct backend *be, struct view bias, struct view q, struct view k,
    struct view relative, int heads, float scale)
{
    CHECK(real(be, q) && q.dtype == wide(q));
    CHECK(same(k, q));
    CHECK(heads > 0 && q.cols % heads == 0);
    CHECK(q.rows > 1 && q.rows <= INT32_MAX / heads);
    CHECK(is(bias, q.dtype, heads * (q.rows - 1), q.rows - 1));
    CHECK(none(relative) || is(relative, q.dtype, 33, heads));
    CHECK(isfinite(scale));
}

void
op_position_bias_fwd(const struct backend *be, struct view bias, struct view q, struct view k,
    struct view relative, int heads, float scale)
{
    position_bias_check(be, bias, q, k, relative, heads, scale);
    be->position_bias_fwd(bias, q, k, relative, heads, scale);
}

void
op_position_bias_bwd(const struct backend *be, struct view dq, struct view dk,
    struct view drelative, struct view dbias, struct view q, struct view k, int heads, float scale)
{
    position_bias_check(be, dbias, q, k, drelative, heads, scale);
    CHECK(same(dq, q));
    CHECK(same(dk, k));
    CHECK(apart(dq, q) && apart(dq, k) && apart(dk, q) && apart(dk, k) && apart(dq, dk));
    be->position_bias_bwd(dq, dk, drelative, dbias, q, k, heads, scale);
}

static void
relative_bias_check(const struct backend *be, struct view bias, struct view relative, int heads)
{
    CHECK(real(be, bias) && bias.dtype == wide(bias));
    CHECK(heads > 0 && bias.cols <= INT32_MAX / heads);
    CHECK(is(bias, bias.dtype, heads * bias.cols, bias.cols));
    CHECK(is(relative, bias.dtype, 32, heads));
    CHECK(apart(bias, relative));
}

void
op_relative_bias_fwd(const struct backend *be, struct view bias, struct view relative, int heads)
{
    relative_bias_check(be, bias, relative, heads);
    be->relative_bias_fwd(bias, relative, heads);
}

void
op_relative_bias_bwd(const struct backend *be, struct view drelative, struct view dbias, int heads)
{
    relative_bias_check(be, dbias, drelative, heads);
    be->relative_bias_bwd(drelative, dbias, heads);
}

int
op_bucket(int delta)
{
    /* the smallest distance of buckets 9 to 15: 8 * 16^(b / 8), rounded up */
    static const int from[] = { 12, 16, 23, 32, 46, 64, 91 };
    unsigned         distance = delta < 0 ? 0u - (unsigned)delta : (unsigned)delta;
    int              bucket = distance < 8 ? (int)distance : 8;

    for (size_t i = 0; i < sizeof from / sizeof *from && distance >= (unsigned)from[i]; i++)
        bucket++;
    return delta > 0 ? bucket + 16 : bucket;
}
