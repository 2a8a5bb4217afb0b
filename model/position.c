/* position.c -- see position.h. */
#include "model/position.h"

#include "model/encoder.h"

void
position_cut(struct position_state *s, enum position position, struct model_size size,
    int longest, bool training, enum dtype wide, struct slab *slab)
{
    int     rows = longest + 1, width = size.hidden;
    int64_t bias_rows = (int64_t)size.heads * longest;

    *s = (struct position_state){ .bias = view_none(), .dbias = view_none() };
    if (position == POSITION_ABSOLUTE)
        return;
    s->bias = slab_view(slab, wide, bias_rows, longest);
    if (training)
        s->dbias = slab_view(slab, wide, bias_rows, longest);
    if (!position_is_untied(position))
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
square(const struct encoder *e, struct view v)
{
    int longest = e->positions.longest;

    return v.rows > 0 ? view_of(v.data, v.dtype, e->size.heads * longest, longest) : view_none();
}

static struct view
used(const struct encoder *e, struct view v)
{
    return view_rows(v, 0, e->positions.longest + 1);
}

struct view
position_bias(const struct encoder *e)
{
    return square(e, e->positions.bias);
}

struct view
position_dbias(const struct encoder *e)
{
    return square(e, e->positions.dbias);
}

static struct view
relative(const struct model *m, const struct encoder *e,
    struct view (*of)(const struct model *m, int param))
{
    return e->params.relative >= 0 ? of(m, e->params.relative) : view_none();
}

void
position_forward(struct model *m, struct encoder *e, int longest)
{
    const struct backend        *be = m->backend;
    const struct encoder_params *p = &e->params;
    struct position_state       *s = &e->positions;
    struct view                  table;

    s->longest = longest;
    if (m->config.position == POSITION_RELATIVE)
        op_relative_bias_fwd(be, position_bias(e), model_weight(m, p->relative), e->size.heads);
    if (!position_is_untied(m->config.position))
        return;
    table = used(e, model_weight(m, p->tupe_table));
    op_layernorm_fwd(be, used(e, s->normed), used(e, s->stat), table, model_weight(m, p->tupe_norm),
        model_weight(m, p->tupe_norm + 1), m->config.layer_norm_eps);
    op_linear_fwd(be, used(e, s->q), used(e, s->normed), model_weight(m, p->tupe_q),
        model_weight(m, p->tupe_q + 1));
    op_linear_fwd(be, used(e, s->k), used(e, s->normed), model_weight(m, p->tupe_k),
        model_weight(m, p->tupe_k + 1));
    op_position_bias_fwd(be, position_bias(e), used(e, s->q), used(e, s->k),
        relative(m, e, model_weight), e->size.heads, config_scale(&m->config));
}

void
position_forget(struct model *m, struct encoder *e)
{
    if (m->config.position != POSITION_ABSOLUTE)
        op_zero(m->backend, position_dbias(e));
}

void
position_backward(struct model *m, struct encoder *e)
{
    const struct backend        *be = m->backend;
    const struct encoder_params *p = &e->params;
    struct position_state       *s = &e->positions;
    struct view                  dq, dk, normed, dnormed, dmore;

    if (m->config.position == POSITION_RELATIVE)
        op_relative_bias_bwd(be, model_gradient(m, p->relative), position_dbias(e),
            e->size.heads);
    if (!position_is_untied(m->config.position))
        return;
    dq = used(e, s->dq);
    dk = used(e, s->dk);
    normed = used(e, s->normed);
    dnormed = used(e, s->dnormed);
    dmore = used(e, s->dmore);
    op_position_bias_bwd(be, dq, dk, relative(m, e, model_gradient), position_dbias(e),
        used(e, s->q), used(e, s->k), e->size.heads, config_scale(&m->config));
    op_linear_bwd_w(be, model_gradient(m, p->tupe_q), model_gradient(m, p->tupe_q + 1), dq, normed);
    op_linear_bwd_w(be, model_gradient(m, p->tupe_k), model_gradient(m, p->tupe_k + 1), dk, normed);
    op_linear_bwd_x(be, dnormed, dq, model_weight(m, p->tupe_q));
    op_linear_bwd_x(be, dmore, dk, model_weight(m, p->tupe_k));
    op_add(be, dnormed, dmore);
    op_layernorm_bwd(be, dnormed, model_gradient(m, p->tupe_norm),
        model_gradient(m, p->tupe_norm + 1), dnormed, used(e, model_weight(m, p->tupe_table)),
        used(e, s->stat), model_weight(m, p->tupe_norm));
    op_add(be, used(e, model_gradient(m, p->tupe_table)), dnormed);
}
