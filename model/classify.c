/* classify.c -- see classify.h. */
#include "model/classify.h"

static void
cut(struct model *m, struct slab *slab)
{
    struct classify *h = m->classify;
    int              chosen = m->limits.batch.chosen, width = m->config.hidden;

    *h = (struct classify){ 0 };
    m->stat = slab_view(slab, m->wide, chosen, m->config.classes > 1 ? 3 : 1);
    h->x = slab_view(slab, m->real, chosen, width);
    h->pooled = slab_view(slab, m->real, chosen, width);
    h->dropped = slab_view(slab, m->real, chosen, width);
    h->logits = slab_view(slab, m->real, chosen, m->config.classes);
    if (!m->limits.training)
        return;
    h->d = slab_view(slab, m->real, chosen, width);
    h->dmore = slab_view(slab, m->real, chosen, width);
}

static struct view
used(const struct model *m, struct view v)
{
    return view_rows(v, 0, m->device.row.rows);
}

static struct dropout
dropout_of(const struct model *m, const struct encoder_pass *pass)
{
    return encoder_dropout(m->encoder, pass, m->config.dropout, 3 * m->config.layers + 1);
}

static void
forward(struct model *m, struct view x, const struct encoder_pass *pass)
{
    const struct backend  *be = m->backend;
    const struct params   *p = &m->params;
    const struct classify *h = m->classify;
    struct view            pooled = used(m, h->pooled), logits = used(m, h->logits);

    op_gather_fwd(be, used(m, h->x), x, m->device.row);
    op_linear_fwd(be, pooled, used(m, h->x), model_operand(m, p->pooler),
        model_operand(m, p->pooler + 1));
    op_tanh_fwd(be, pooled, pooled);
    op_dropout(be, used(m, h->dropped), pooled, m->device.row_key, dropout_of(m, pass));
    op_linear_fwd(be, logits, used(m, h->dropped), model_operand(m, p->classifier),
        model_operand(m, p->classifier + 1));
    if (m->config.classes > 1)
        op_cross_entropy_fwd(be, used(m, m->stat), logits, m->device.target);
    else
        op_square_error_fwd(be, used(m, m->stat), logits, m->device.value);
}

static void
backward(struct model *m, const struct encoder_pass *pass)
{
    const struct backend  *be = m->backend;
    const struct params   *p = &m->params;
    const struct classify *h = m->classify;
    struct view            d = used(m, h->d), dmore = used(m, h->dmore);
    struct view            logits = used(m, h->logits), dx = encoder_gradient(m->encoder);

    if (m->config.classes > 1)
        op_cross_entropy_bwd(be, logits, used(m, m->stat), m->device.target, pass->factor);
    else
        op_square_error_bwd(be, logits, m->device.value, pass->factor);
    op_linear_bwd_w(be, model_gradient(m, p->classifier), model_gradient(m, p->classifier + 1),
        logits, used(m, h->dropped));
    op_linear_bwd_x(be, d, logits, model_operand(m, p->classifier));
    op_dropout(be, d, d, m->device.row_key, dropout_of(m, pass));
    op_tanh_bwd(be, d, d, used(m, h->pooled));
    op_linear_bwd_w(be, model_gradient(m, p->pooler), model_gradient(m, p->pooler + 1), d,
        used(m, h->x));
    op_linear_bwd_x(be, dmore, d, model_operand(m, p->pooler));
    op_zero(be, dx);
    op_gather_bwd(be, dx, dmore, m->device.row);
}

static void
run(struct model *m, const struct encoder_pass *pass)
{
    forward(m, encoder_forward(m, m->encoder, m->device.id, pass), pass);
    if (pass->learning) {
        backward(m, pass);
        encoder_backward(m, m->encoder, pass);
    }
}

const struct objective_ops classify_objective = { cut, run };
