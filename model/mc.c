/* mc.c -- see mc.h. */
#include "model/mc.h"

#include "model/mlm.h"

/* Rows of the word embeddings that get their gradient from the projected ones at a time. */
enum { MC_WORDS = 2048 };

static void
cut(struct model *m, struct slab *slab)
{
    struct mc *h = m->mc;
    int        rows = m->limits.batch.rows, width = m->config.hidden, words = m->config.vocab_size;
    int        narrow = m->generator->size.hidden;

    mlm_cut(m, narrow, narrow, slab);
    m->mlm->table = slab_view(slab, m->real, words, narrow);
    m->proposed = m->mlm->loss;
    m->stat = slab_view(slab, m->wide, rows, 3);
    h->draw = slab_view(slab, I32, rows, m->config.candidates);
    h->candidate = slab_view(slab, I32, rows, m->config.candidates);
    h->id = slab_view(slab, I32, rows, 1);
    h->label = slab_view(slab, I32, rows, 1);
    h->dense = slab_view(slab, m->real, rows, width);
    h->bent = slab_view(slab, m->real, rows, width);
    h->normed = slab_view(slab, m->real, rows, width);
    h->norm_stat = slab_view(slab, m->wide, rows, 2);
    h->score = slab_view(slab, m->real, rows, m->config.candidates);
    if (!m->limits.training)
        return;
    h->d = slab_view(slab, m->real, rows, width);
    m->mlm->dtable = slab_view(slab, m->wide, words, narrow);
    h->dword = slab_view(slab, m->wide, words < MC_WORDS ? words : MC_WORDS, width);
}

static struct view
used(const struct model *m, struct view v)
{
    return view_rows(v, 0, m->device.id.rows);
}

/* ---- the controller -------------------------------------------------------------------------- */

static void
project_words(struct model *m)
{
    int project = m->params.generator.project;

    op_linear_fwd(m->backend, m->mlm->table, model_operand(m, m->params.word),
        model_operand(m, project), model_operand(m, project + 1));
}

/* In the wide type, as the gradient of the projected words is. */
static void
project_words_backward(struct model *m)
{
    const struct backend *be = m->backend;
    struct view           word = model_weight(m, m->params.word), d = m->mlm->dtable;
    struct view           dword = model_gradient(m, m->params.word);
    int                   project = m->params.generator.project, piece = m->mc->dword.rows;

    op_linear_bwd_w(be, model_gradient(m, project), model_gradient(m, project + 1), d, word);
    for (int first = 0; first < d.rows; first += piece) {
        int         count = d.rows - first < piece ? d.rows - first : piece;
        struct view some = view_rows(m->mc->dword, 0, count);

        op_linear_bwd_x(be, some, view_rows(d, first, count), model_weight(m, project));
        op_add(be, view_rows(dword, first, count), some);
    }
}

static void
control(struct model *m, const struct encoder_pass *pass)
{
    struct view x;

    project_words(m);
    x = encoder_forward(m, m->generator, m->device.id, pass);
    mlm_draw(m, used(m, m->mc->draw), x, m->device.key, pass);
    if (!pass->learning) {
        mlm_forward(m, x, pass);
        return;
    }
    op_zero(m->backend, m->mlm->dtable);
    mlm_learn(m, m->generator, x, pass);
    project_words_backward(m);
    encoder_backward(m, m->generator, pass);
}

/* ---- the choice ------------------------------------------------------------------------------ */

static void
choose(struct model *m, struct view x)
{
    const struct backend *be = m->backend;
    const struct params  *p = &m->params;
    const struct mc      *h = m->mc;

    op_linear_fwd(be, used(m, h->dense), x, model_operand(m, p->choice_dense),
        model_operand(m, p->choice_dense + 1));
    op_gelu_fwd(be, used(m, h->bent), used(m, h->dense));
    op_layernorm_fwd(be, used(m, h->normed), used(m, h->norm_stat), used(m, h->bent),
        model_weight(m, p->choice_norm), model_weight(m, p->choice_norm + 1),
        m->config.layer_norm_eps);
    op_choice_fwd(be, used(m, h->score), used(m, h->normed), model_operand(m, p->word),
        model_weight(m, p->word_bias), used(m, h->candidate));
    op_cross_entropy_fwd(be, used(m, m->stat), used(m, h->score), used(m, h->label));
}

static void
choose_backward(struct model *m, struct view x, float factor)
{
    const struct backend *be = m->backend;
    const struct params  *p = &m->params;
    const struct mc      *h = m->mc;
    struct view           score = used(m, h->score), d = used(m, h->d);

    op_cross_entropy_bwd(be, score, used(m, m->stat), used(m, h->label), factor);
    op_choice_bwd(be, d, model_gradient(m, p->word), model_gradient(m, p->word_bias), score,
        used(m, h->normed), model_operand(m, p->word), used(m, h->candidate));
    op_layernorm_bwd(be, d, model_gradient(m, p->choice_norm),
        model_gradient(m, p->choice_norm + 1), d, used(m, h->bent), used(m, h->norm_stat),
        model_weight(m, p->choice_norm));
    op_gelu_bwd(be, d, d, used(m, h->dense));
    op_linear_bwd_w(be, model_gradient(m, p->choice_dense),
        model_gradient(m, p->choice_dense + 1), d, x);
    op_linear_bwd_x(be, encoder_gradient(m->encoder), d, model_operand(m, p->choice_dense));
}

static void
run(struct model *m, const struct encoder_pass *pass)
{
    const struct mc           *h = m->mc;
    const struct batch_device *b = &m->device;
    struct view                x;

    control(m, pass);
    op_offer(m->backend, used(m, h->candidate), used(m, h->id), used(m, h->label), b->id, b->row,
        b->target, used(m, h->draw), (struct offer){ m->config.reject_id, m->config.distinct });
    x = encoder_forward(m, m->encoder, used(m, h->id), pass);
    choose(m, x);
    if (pass->learning) {
        choose_backward(m, x, pass->choice_factor);
        encoder_backward(m, m->encoder, pass);
    }
}

const struct objective_ops mc_objective = { cut, run };
