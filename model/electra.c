/* electra.c -- see electra.h. */
#include "model/electra.h"

#include "model/mlm.h"

static void
cut(struct model *m, struct slab *slab)
{
    struct electra *h = m->electra;
    int             rows = m->limits.batch.rows, width = m->config.hidden;

    mlm_cut(m, m->generator->size.hidden, width, slab);
    m->mlm->draw = slab_view(slab, I32, m->limits.batch.chosen, 1);
    m->proposed = m->mlm->loss;
    m->stat = slab_view(slab, m->wide, rows, 2);
    h->id = slab_view(slab, I32, rows, 1);
    h->target = slab_view(slab, I32, rows, 1);
    h->dense = slab_view(slab, m->real, rows, width);
    h->bent = slab_view(slab, m->real, rows, width);
    h->score = slab_view(slab, m->real, rows, 1);
    if (m->limits.training)
        h->d = slab_view(slab, m->real, rows, width);
}

static struct view
used(const struct model *m, struct view v)
{
    return view_rows(v, 0, m->device.id.rows);
}

static void
judge(struct model *m, struct view x)
{
    const struct backend *be = m->backend;
    const struct params  *p = &m->params;
    const struct electra *h = m->electra;

    op_linear_fwd(be, used(m, h->dense), x, model_operand(m, p->judge_dense),
        model_operand(m, p->judge_dense + 1));
    op_gelu_fwd(be, used(m, h->bent), used(m, h->dense));
    op_linear_fwd(be, used(m, h->score), used(m, h->bent), model_operand(m, p->judge),
        model_operand(m, p->judge + 1));
    op_logistic_fwd(be, used(m, m->stat), used(m, h->score), used(m, h->target));
}

static void
judge_backward(struct model *m, struct view x, float factor)
{
    const struct backend *be = m->backend;
    const struct params  *p = &m->params;
    const struct electra *h = m->electra;
    struct view           score = used(m, h->score), d = used(m, h->d);

    op_logistic_bwd(be, score, used(m, h->target), factor);
    op_linear_bwd_w(be, model_gradient(m, p->judge), model_gradient(m, p->judge + 1), score,
        used(m, h->bent));
    op_linear_bwd_x(be, d, score, model_operand(m, p->judge));
    op_gelu_bwd(be, d, d, used(m, h->dense));
    op_linear_bwd_w(be, model_gradient(m, p->judge_dense), model_gradient(m, p->judge_dense + 1), d,
        x);
    op_linear_bwd_x(be, encoder_gradient(m->encoder), d, model_operand(m, p->judge_dense));
}

static void
run(struct model *m, const struct encoder_pass *pass)
{
    const struct electra      *h = m->electra;
    const struct batch_device *b = &m->device;
    struct view                x = encoder_forward(m, m->generator, b->id, pass);

    if (pass->learning) {
        mlm_learn(m, m->generator, x, pass);
        encoder_backward(m, m->generator, pass);
    } else {
        mlm_forward(m, x, pass);
    }
    op_replace(m->backend, used(m, h->id), used(m, h->target), b->id, b->row, b->target,
        view_rows(m->mlm->draw, 0, b->row.rows));
    x = encoder_forward(m, m->encoder, used(m, h->id), pass);
    judge(m, x);
    if (pass->learning) {
        judge_backward(m, x, pass->choice_factor);
        encoder_backward(m, m->encoder, pass);
    }
}

const struct objective_ops electra_objective = { cut, run };
