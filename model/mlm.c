/* mlm.c -- see mlm.h. */
#include "model/mlm.h"

void
mlm_cut(struct mlm *h, const struct model_config *c, int chosen, bool training, enum dtype real,
    enum dtype wide, struct slab *slab)
{
    int rows = chosen < MLM_ROWS ? chosen : MLM_ROWS, width = c->hidden;

    *h = (struct mlm){ 0 };
    h->x = slab_view(slab, real, rows, width);
    h->dense = slab_view(slab, real, rows, width);
    h->bent = slab_view(slab, real, rows, width);
    h->normed = slab_view(slab, real, rows, width);
    h->stat = slab_view(slab, wide, rows, 2);
    h->logits = slab_view(slab, real, rows, c->vocab_size);
    if (!training)
        return;
    h->d = slab_view(slab, real, rows, width);
    h->dmore = slab_view(slab, real, rows, width);
}

/* One group: chosen rows first .. first + count - 1. */
static void
group_forward(struct model *m, struct view x, int first, int count)
{
    const struct backend *be = m->backend;
    const struct params  *p = &m->params;
    const struct mlm     *h = m->mlm;
    struct view           rows = view_rows(h->x, 0, count), dense = view_rows(h->dense, 0, count);
    struct view bent = view_rows(h->bent, 0, count), normed = view_rows(h->normed, 0, count);
    struct view logits = view_rows(h->logits, 0, count);

    op_gather_fwd(be, rows, x, view_rows(m->device.row, first, count));
    op_linear_fwd(be, dense, rows, model_weight(m, p->mlm_dense),
        model_weight(m, p->mlm_dense + 1));
    op_gelu_fwd(be, bent, dense);
    op_layernorm_fwd(be, normed, view_rows(h->stat, 0, count), bent, model_weight(m, p->mlm_norm),
        model_weight(m, p->mlm_norm + 1), m->config.layer_norm_eps);
    op_linear_fwd(be, logits, normed, model_weight(m, p->word), model_weight(m, p->mlm_bias));
    op_cross_entropy_fwd(be, view_rows(m->stat, first, count), logits,
        view_rows(m->device.target, first, count));
}

/* The word embeddings get their gradient as the last matrix here, and once more as the first of the
 * encoder. */
static void
group_backward(struct model *m, struct view dx, int first, int count, float factor)
{
    const struct backend *be = m->backend;
    const struct params  *p = &m->params;
    const struct mlm     *h = m->mlm;
    struct view           d = view_rows(h->d, 0, count), dmore = view_rows(h->dmore, 0, count);
    struct view           logits = view_rows(h->logits, 0, count);

    op_cross_entropy_bwd(be, logits, view_rows(m->stat, first, count),
        view_rows(m->device.target, first, count), factor);
    op_linear_bwd_w(be, model_gradient(m, p->word), model_gradient(m, p->mlm_bias), logits,
        view_rows(h->normed, 0, count));
    op_linear_bwd_x(be, d, logits, model_weight(m, p->word));
    op_layernorm_bwd(be, d, model_gradient(m, p->mlm_norm), model_gradient(m, p->mlm_norm + 1), d,
        view_rows(h->bent, 0, count), view_rows(h->stat, 0, count), model_weight(m, p->mlm_norm));
    op_gelu_bwd(be, d, d, view_rows(h->dense, 0, count));
    op_linear_bwd_w(be, model_gradient(m, p->mlm_dense), model_gradient(m, p->mlm_dense + 1), d,
        view_rows(h->x, 0, count));
    op_linear_bwd_x(be, dmore, d, model_weight(m, p->mlm_dense));
    op_gather_bwd(be, dx, dmore, view_rows(m->device.row, first, count));
}

static int
group_rows(const struct model *m, int first)
{
    int rest = m->device.row.rows - first;

    return rest < MLM_ROWS ? rest : MLM_ROWS;
}

void
mlm_forward(struct model *m, struct view x)
{
    for (int first = 0; first < m->device.row.rows; first += MLM_ROWS)
        group_forward(m, x, first, group_rows(m, first));
}

void
mlm_learn(struct model *m, struct view d, struct view x, float factor)
{
    op_zero(m->backend, d);
    for (int first = 0; first < m->device.row.rows; first += MLM_ROWS) {
        group_forward(m, x, first, group_rows(m, first));
        group_backward(m, d, first, group_rows(m, first), factor);
    }
}
