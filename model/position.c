/* position.c -- see position.h. */
#include "model/position.h"

void
position_cut(struct position_state *s, const struct model_config *c, int longest,
    bool training, enum dtype wide, struct slab *slab)
{
    int     rows = longest + 1, width = c->hidden;
    int64_t bias_rows = (int64_t)c->heads * longest;

    *s = (struct position_state){ .bias = view_none(), .dbias = view_none() };
    if (c->position == POSITION_ABSOLUTE)
        return;
    s->bias = slab_view(slab, wide, bias_rows, longest);
    if (training)
        s->dbias = slab_view(slab, wide, bias_rows, longest);
    if (!position_is_untied(c->position))
        return;
    s->normed = slab_view(slab, wide, rows, width);
    s->stat = slab_view(slab, wide, rows, 2);
    s->q = slab_view(slab, wide, rows, width);
    s->k = slab_view(slab, wide, rows, width);
    if (!training)
        return;
    s->dq = slab_view(slab, wide, rows, width);
    s->dk = slab_view(slab, wide, rows, width);
    s->dnormed = slab_view(slab, wide, rows, width);
    s->dmore = slab_view(slab, wide, rows, width);
}

/* The part of a view that a batch whose longest sequence is shorter uses. */
static struct view
square(const struct model *m, struct view v)
{
    int longest = m->positions->longest;

    return v.rows > 0 ? view_of(v.data, v.dtype, m->config.heads * longest, longest) : view_none();
}

static struct view
used(const struct model *m, struct view v)
{
    return view_rows(v, 0, m->positions->longest + 1);
}

struct view
position_bias(const struct model *m)
{
    return square(m, m->positions->bias);
}

struct view
position_dbias(const struct model *m)
{
    return square(m, m->positions->dbias);
}

static struct view
relative(const struct model *m, struct view (*of)(const struct model *m, int param))
{
    return m->params.relative >= 0 ? of(m, m->params.relative) : view_none();
}

void
position_forward(struct model *m, int longest)
{
    const struct backend  *be = m->backend;
    const struct params   *p = &m->params;
    struct position_state *s = m->positions;
    struct view            table;

    s->longest = longest;
    if (m->config.position == POSITION_RELATIVE)
        op_relative_bias_fwd(be, position_bias(m), model_weight(m, p->relative), m->config.heads);
    if (!position_is_untied(m->config.position))
        return;
    table = used(m, model_weight(m, p->tupe_table));
    op_layernorm_fwd(be, used(m, s->normed), used(m, s->stat), table, model_weight(m, p->tupe_norm),
        model_weight(m, p->tupe_norm + 1), m->config.layer_norm_eps);
    op_linear_fwd(be, used(m, s->q), used(m, s->normed), model_weight(m, p->tupe_q),
        model_weight(m, p->tupe_q + 1));
    op_linear_fwd(be, used(m, s->k), used(m, s->normed), model_weight(m, p->tupe_k),
        model_weight(m, p->tupe_k + 1));
    op_position_bias_fwd(be, position_bias(m), used(m, s->q), used(m, s->k),
        relative(m, model_weight), m->config.heads, config_scale(&m->config));
}

void
position_forget(struct model *m)
{
    if (m->config.position != POSITION_ABSOLUTE)
        op_zero(m->backend, position_dbias(m));
}

void
position_backward(struct model *m)
{
    const struct backend  *be = m->backend;
    const struct params   *p = &m->params;
    struct position_state *s = m->positions;
    struct view            dq, dk, normed, dnormed, dmore;

    if (m->config.position == POSITION_RELATIVE)
        op_relative_bias_bwd(be, model_gradient(m, p->relative), position_dbias(m),
            m->config.heads);
    if (!position_is_untied(m->config.position))
        return;
    dq = used(m, s->dq);
    dk = used(m, s->dk);
    normed = used(m, s->normed);
    dnormed = used(m, s->dnormed);
    dmore = used(m, s->dmore);
    op_position_bias_bwd(be, dq, dk, relative(m, model_gradient), position_dbias(m), used(m, s->q),
        used(m, s->k), m->config.heads, config_scale(&m->config));
    op_linear_bwd_w(be, model_gradient(m, p->tupe_q), model_gradient(m, p->tupe_q + 1), dq, normed);
    op_linear_bwd_w(be, model_gradient(m, p->tupe_k), model_gradient(m, p->tupe_k + 1), dk, normed);
    op_linear_bwd_x(be, dnormed, dq, model_weight(m, p->tupe_q));
    op_linear_bwd_x(be, dmore, dk, model_weight(m, p->tupe_k));
    op_add(be, dnormed, dmore);
    op_layernorm_bwd(be, dnormed, model_gradient(m, p->tupe_norm),
        model_gradient(m, p->tupe_norm + 1), dnormed, used(m, model_weight(m, p->tupe_table)),
        used(m, s->stat), model_weight(m, p->tupe_norm));
    op_add(be, used(m, model_gradient(m, p->tupe_table)), dnormed);
}
