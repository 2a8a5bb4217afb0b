/* mc.c -- see mc.h. */
#include "model/mc.h"

#include "model/mlm.h"

/* Rows of the word embeddings that get their gradient from the projected ones at a time. */
enum { MC_WORDS = 2048 };

static int
host(struct model *m, struct arena *arena)
{
    struct mc *h = m->mc;
    size_t     rows = (size_t)m->limits.batch.rows, slots = rows * (size_t)m->config.candidates;
    int        rc;

    if ((rc = arena_alloc(arena, &h->drawn, slots, sizeof *h->drawn)) != OK ||
        (rc = arena_alloc(arena, &h->candidate, slots, sizeof *h->candidate)) != OK ||
        (rc = arena_alloc(arena, &h->new_id, rows, sizeof *h->new_id)) != OK)
        return rc;
    return arena_alloc(arena, &h->right, rows, sizeof *h->right);
}

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

/* ---- what is offered ------------------------------------------------------------------------- */

/* At row r, where `original` stood. */
static void
offer_row(struct mc *h, const struct model_config *c, int r, int32_t original, bool masked)
{
    const int32_t *drawn = h->drawn + (size_t)r * (size_t)c->candidates;
    int32_t       *candidate = h->candidate + (size_t)r * (size_t)c->candidates;
    int32_t        id = masked ? drawn[0] : original;
    bool           replaced = id != original;

    candidate[0] = c->reject_id;
    for (int k = 1; k < c->candidates; k++)
        candidate[k] = c->distinct && drawn[k] == original ? -1 : drawn[k];
    if (replaced)
        candidate[1] = original;
    h->new_id[r] = id;
    h->right[r] = replaced;
}

/* The batch with what was drawn in place of the masks, and the candidates of every row. */
static int
offer(struct model *m, const struct batch *b)
{
    struct mc *h = m->mc;
    int        rc, next = 0;

    if (!h->hold) {
        if ((rc = op_sync(m->backend)) != OK)
            return rc;
        op_download(m->backend, h->drawn, used(m, h->draw));
    }
    for (int r = 0; r < b->rows; r++) {
        bool masked = next < b->chosen && b->row[next] == r;

        offer_row(h, &m->config, r, masked ? b->target[next] : b->id[r], masked);
        next += masked;
    }
    op_upload(m->backend, used(m, h->draw), h->candidate);
    op_upload(m->backend, used(m, h->id), h->new_id);
    op_upload(m->backend, used(m, h->label), h->right);
    return OK;
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
        model_weight(m, p->word_bias), used(m, h->draw));
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
        used(m, h->normed), model_operand(m, p->word), used(m, h->draw));
    op_layernorm_bwd(be, d, model_gradient(m, p->choice_norm),
        model_gradient(m, p->choice_norm + 1), d, used(m, h->bent), used(m, h->norm_stat),
        model_weight(m, p->choice_norm));
    op_gelu_bwd(be, d, d, used(m, h->dense));
    op_linear_bwd_w(be, model_gradient(m, p->choice_dense),
        model_gradient(m, p->choice_dense + 1), d, x);
    op_linear_bwd_x(be, encoder_gradient(m->encoder), d, model_operand(m, p->choice_dense));
}

static int
run(struct model *m, const struct batch *b, const struct encoder_pass *pass)
{
    struct view x;
    int         rc;

    control(m, pass);
    if ((rc = offer(m, b)) != OK)
        return rc;
    x = encoder_forward(m, m->encoder, used(m, m->mc->id), pass);
    choose(m, x);
    if (pass->learning) {
        choose_backward(m, x, pass->choice_factor);
        encoder_backward(m, m->encoder, pass);
    }
    return OK;
}

const struct objective_ops mc_objective = { host, cut, run };
