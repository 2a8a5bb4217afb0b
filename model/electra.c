/* electra.c -- see electra.h. */
#include "model/electra.h"

#include <string.h>

#include "model/mlm.h"

static int
host(struct model *m, struct arena *arena)
{
    struct electra     *h = m->electra;
    struct batch_limits limits = m->limits.batch;
    int                 rc;

    if ((rc = arena_alloc(arena, &h->draw, (size_t)limits.chosen, sizeof *h->draw)) != OK ||
        (rc = arena_alloc(arena, &h->new_id, (size_t)limits.rows, sizeof *h->new_id)) != OK)
        return rc;
    return arena_alloc(arena, &h->is_new, (size_t)limits.rows, sizeof *h->is_new);
}

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

/* The batch with what was drawn in place of the masks, and where that is new. */
static int
replace(struct model *m, const struct batch *b)
{
    struct electra *h = m->electra;
    int             rc;

    if (!h->hold) {
        if ((rc = op_sync(m->backend)) != OK)
            return rc;
        op_download(m->backend, h->draw, view_rows(m->mlm->draw, 0, b->chosen));
    }
    memcpy(h->new_id, b->id, (size_t)b->rows * sizeof *h->new_id);
    memset(h->is_new, 0, (size_t)b->rows * sizeof *h->is_new);
    for (int i = 0; i < b->chosen; i++) {
        h->new_id[b->row[i]] = h->draw[i];
        h->is_new[b->row[i]] = h->draw[i] != b->target[i];
    }
    op_upload(m->backend, view_rows(h->id, 0, b->rows), h->new_id);
    op_upload(m->backend, view_rows(h->target, 0, b->rows), h->is_new);
    return OK;
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

static int
run(struct model *m, const struct batch *b, const struct encoder_pass *pass)
{
    struct view x = encoder_forward(m, m->generator, m->device.id, pass);
    int         rc;

    if (pass->learning) {
        mlm_learn(m, m->generator, x, pass);
        encoder_backward(m, m->generator, pass);
    } else {
        mlm_forward(m, x, pass);
    }
    if ((rc = replace(m, b)) != OK)
        return rc;
    x = encoder_forward(m, m->encoder, used(m, m->electra->id), pass);
    judge(m, x);
    if (pass->learning) {
        judge_backward(m, x, pass->choice_factor);
        encoder_backward(m, m->encoder, pass);
    }
    return OK;
}

const struct objective_ops electra_objective = { host, cut, run };
