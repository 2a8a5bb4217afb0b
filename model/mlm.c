/* mlm.c -- see mlm.h. */
#include "model/mlm.h"

void
mlm_cut(struct model *m, int width, int out, struct slab *slab)
{
    struct mlm *h = m->mlm;
    int         chosen = m->limits.batch.chosen;
    int         rows = chosen < MLM_ROWS ? chosen : MLM_ROWS;

    *h = (struct mlm){ 0 };
    h->loss = slab_view(slab, m->wide, chosen, 3);
    h->x = slab_view(slab, m->real, rows, width);
    h->dense = slab_view(slab, m->real, rows, out);
    h->bent = slab_view(slab, m->real, rows, out);
    h->normed = slab_view(slab, m->real, rows, out);
    h->stat = slab_view(slab, m->wide, rows, 2);
    h->logits = slab_view(slab, m->real, rows, m->config.vocab_size);
    if (!m->limits.training)
        return;
    h->d = slab_view(slab, m->real, rows, out);
    h->dx = slab_view(slab, m->real, rows, width);
}

static struct view
table_of(const struct model *m)
{
    return m->mlm->table.rows > 0 ? m->mlm->table : model_operand(m, m->params.word);
}

/* Logits of one group of rows. */
static struct view
logits_of(struct model *m, struct view rows)
{
    const struct backend *be = m->backend;
    const struct params  *p = &m->params;
    const struct mlm     *h = m->mlm;
    int                   count = rows.rows;
    struct view           dense = view_rows(h->dense, 0, count);
    struct view bent = view_rows(h->bent, 0, count), normed = view_rows(h->normed, 0, count);
    struct view logits = view_rows(h->logits, 0, count);

    op_linear_fwd(be, dense, rows, model_operand(m, p->word_dense),
        model_operand(m, p->word_dense + 1));
    op_gelu_fwd(be, bent, dense);
    op_layernorm_fwd(be, normed, view_rows(h->stat, 0, count), bent, model_weight(m, p->word_norm),
        model_weight(m, p->word_norm + 1), m->config.layer_norm_eps);
    op_linear_fwd(be, logits, normed, table_of(m), model_operand(m, p->word_bias));
    return logits;
}

static struct sample
sample_of(const struct encoder_pass *pass)
{
    return (struct sample){ .step = pass->step, .seed = pass->seed };
}

/* Chosen rows first .. first + count - 1. */
static void
group_forward(struct model *m, struct view x, const struct encoder_pass *pass, int first, int count)
{
    const struct backend *be = m->backend;
    const struct mlm     *h = m->mlm;
    struct view           rows = view_rows(h->x, 0, count), logits;

    op_gather_fwd(be, rows, x, view_rows(m->device.row, first, count));
    logits = logits_of(m, rows);
    op_cross_entropy_fwd(be, view_rows(h->loss, first, count), logits,
        view_rows(m->device.target, first, count));
    if (h->draw.rows > 0 && !h->hold)
        op_sample(be, view_rows(h->draw, first, count), logits,
            view_rows(m->device.row_key, first, count), sample_of(pass));
}

/* The word embeddings get their gradient as the last matrix here, and once more as the first of the
 * encoder. */
static void
group_backward(struct model *m, struct view dx, int first, int count, float factor)
{
    const struct backend *be = m->backend;
    const struct params  *p = &m->params;
    const struct mlm     *h = m->mlm;
    struct view           d = view_rows(h->d, 0, count), drows = view_rows(h->dx, 0, count);
    struct view           logits = view_rows(h->logits, 0, count);
    struct view dtable = h->dtable.rows > 0 ? h->dtable : model_gradient(m, p->word);

    op_cross_entropy_bwd(be, logits, view_rows(h->loss, first, count),
        view_rows(m->device.target, first, count), factor);
    op_linear_bwd_w(be, dtable, model_gradient(m, p->word_bias), logits,
        view_rows(h->normed, 0, count));
    op_linear_bwd_x(be, d, logits, table_of(m));
    op_layernorm_bwd(be, d, model_gradient(m, p->word_norm), model_gradient(m, p->word_norm + 1), d,
        view_rows(h->bent, 0, count), view_rows(h->stat, 0, count), model_weight(m, p->word_norm));
    op_gelu_bwd(be, d, d, view_rows(h->dense, 0, count));
    op_linear_bwd_w(be, model_gradient(m, p->word_dense), model_gradient(m, p->word_dense + 1), d,
        view_rows(h->x, 0, count));
    op_linear_bwd_x(be, drows, d, model_operand(m, p->word_dense));
    op_gather_bwd(be, dx, drows, view_rows(m->device.row, first, count));
}

/* How many of `rows` make the group that begins at `first`. */
static int
group_rows(const struct model *m, int rows, int first)
{
    int most = m->mlm->logits.rows;

    return rows - first < most ? rows - first : most;
}

void
mlm_forward(struct model *m, struct view x, const struct encoder_pass *pass)
{
    int chosen = m->device.row.rows;

    for (int first = 0; first < chosen; first += m->mlm->logits.rows)
        group_forward(m, x, pass, first, group_rows(m, chosen, first));
}

void
mlm_learn(struct model *m, struct encoder *e, struct view x, const struct encoder_pass *pass)
{
    struct view d = encoder_gradient(e);
    int         chosen = m->device.row.rows;

    op_zero(m->backend, d);
    for (int first = 0; first < chosen; first += m->mlm->logits.rows) {
        group_forward(m, x, pass, first, group_rows(m, chosen, first));
        group_backward(m, d, first, group_rows(m, chosen, first), pass->factor);
    }
}

void
mlm_draw(struct model *m, struct view draw, struct view x, struct view key,
    const struct encoder_pass *pass)
{
    for (int first = 0; first < x.rows && !m->mlm->hold; first += m->mlm->logits.rows) {
        int count = group_rows(m, x.rows, first);

        op_sample(m->backend, view_rows(draw, first, count),
            logits_of(m, view_rows(x, first, count)), view_rows(key, first, count),
            sample_of(pass));
    }
}

/* ---- the objective --------------------------------------------------------------------------- */

static void
cut(struct model *m, struct slab *slab)
{
    mlm_cut(m, m->config.hidden, m->config.hidden, slab);
    m->stat = m->mlm->loss;
}

static void
run(struct model *m, const struct encoder_pass *pass)
{
    struct view x = encoder_forward(m, m->encoder, m->device.id, pass);

    if (pass->learning) {
        mlm_learn(m, m->encoder, x, pass);
        encoder_backward(m, m->encoder, pass);
    } else {
        mlm_forward(m, x, pass);
    }
}

const struct objective_ops mlm_objective = { cut, run };
