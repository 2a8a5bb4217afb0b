/* encoder.c -- see encoder.h.  Shapes: N rows (tokens), C width, F inner width, H heads. */
#include "model/encoder.h"

#include "model/notebook.h"

static void
cut_layer(struct encoder_layer *l, struct model_size size, const struct model *m, int rows,
    struct slab *slab)
{
    l->qkv = slab_view(slab, m->real, rows, 3 * size.hidden);
    l->lse = slab_view(slab, m->wide, rows, size.heads);
    l->mixed = slab_view(slab, m->real, rows, size.hidden);
    l->sum1 = slab_view(slab, m->real, rows, size.hidden);
    l->stat1 = slab_view(slab, m->wide, rows, 2);
    l->y = slab_view(slab, m->real, rows, size.hidden);
    l->inner = slab_view(slab, m->real, rows, size.ffn);
    l->bent = slab_view(slab, m->real, rows, size.ffn);
    l->sum2 = slab_view(slab, m->real, rows, size.hidden);
    l->stat2 = slab_view(slab, m->wide, rows, 2);
    if (m->limits.training)
        l->out = slab_view(slab, m->real, rows, size.hidden);
}

/* What embeds: the sum of word and position, normalised.  One that projects does so behind that, or
 * before, with the word alone. */
static void
cut_embeddings(struct encoder *e, const struct model *m, int rows, struct slab *slab)
{
    bool projects = e->params.project >= 0;

    if (projects)
        e->words = slab_view(slab, m->real, rows, m->config.hidden);
    if (projects && !e->params.project_first)
        e->normed = slab_view(slab, m->real, rows, m->config.hidden);
    else
        e->sum0 = slab_view(slab, m->real, rows, e->size.hidden);
    if (projects && m->limits.training)
        e->dwords = slab_view(slab, m->real, rows, m->config.hidden);
    e->stat0 = slab_view(slab, m->wide, rows, 2);
    e->out0 = slab_view(slab, m->real, rows, e->size.hidden);
    if (m->config.pre_norm) {
        e->entry = slab_view(slab, m->real, rows, e->size.hidden);
        e->entry_stat = slab_view(slab, m->wide, rows, 2);
    }
}

void
encoder_cut(struct encoder *e, struct encoder_layer *layer, const struct model *m, int rows,
    int longest, struct slab *slab)
{
    bool is_main = e == m->encoder, training = m->limits.training;

    *e = (struct encoder){ .layer = layer,
        .size = is_main ? config_size(&m->config) : config_generator(&m->config),
        .params = is_main ? m->params.main : m->params.generator,
        .site = is_main ? 0 : 3 * m->config.layers + 2 };
    cut_embeddings(e, m, rows, slab);
    for (int i = 0; i < e->size.layers; i++) {
        if (training || i == 0)
            cut_layer(&layer[i], e->size, m, rows, slab);
        else
            layer[i] = layer[0];
        if (!training)
            layer[i].out = e->out0; /* a layer's input is used up before its output is written */
    }
    position_cut(&e->positions, m->config.position, e->size, longest, training, m->wide, slab);
    if (!training)
        return;
    e->d = slab_view(slab, m->real, rows, e->size.hidden);
    e->dmore = slab_view(slab, m->real, rows, e->size.hidden);
    e->dqkv = slab_view(slab, m->real, rows, 3 * e->size.hidden);
    e->dinner = slab_view(slab, m->real, rows,
        e->size.ffn > e->size.hidden ? e->size.ffn : e->size.hidden);
}

struct dropout
encoder_dropout(const struct encoder *e, const struct encoder_pass *pass, float p, int site)
{
    return (struct dropout){ .p = pass->learning ? p : 0, .step = pass->step,
        .site = (uint32_t)(e->site + site), .seed = pass->seed };
}

/* The part of a view that the batch uses. */
static struct view
used(const struct encoder *e, struct view v)
{
    return view_rows(v, 0, e->id.rows);
}

/* Index of a layer's parameter. */
static int
param_of(const struct encoder *e, int layer, int which)
{
    return e->params.layer + layer * PARAMS_LAYER + which;
}

/* The norm that reads the sum behind attention, and behind the feed-forward layer: the layer's own,
 * or, Pre-LN, that of what comes next. */
static int
norm_behind_attention(const struct model *m, const struct encoder *e, int layer)
{
    return param_of(e, layer, m->config.pre_norm ? PARAMS_NORM2 : PARAMS_NORM1);
}

static int
norm_behind_ffn(const struct model *m, const struct encoder *e, int layer)
{
    if (!m->config.pre_norm)
        return param_of(e, layer, PARAMS_NORM2);
    return layer + 1 < e->size.layers ? param_of(e, layer + 1, PARAMS_NORM1) : e->params.last_norm;
}

static struct attention
attention_of(const struct model *m, const struct encoder *e, const struct encoder_pass *pass,
    int layer)
{
    return (struct attention){ .heads = e->size.heads, .span = m->config.max_len,
        .scale = config_scale(&m->config),
        .drop = encoder_dropout(e, pass, m->config.attention_dropout, 3 * layer + 1) };
}

/* y = x W^T + b of the linear layer whose weight is parameter `param`. */
static void
linear(struct model *m, struct view y, struct view x, int param)
{
    op_linear_fwd(m->backend, y, x, model_operand(m, param), model_operand(m, param + 1));
}

/* y = norm of sum = residual + dropped(x); x becomes sum. */
static void
residual_norm(struct model *m, const struct encoder *e, const struct encoder_pass *pass,
    struct view y, struct view stat, struct view x, struct view residual, int param, int site)
{
    op_residual_norm_fwd(m->backend, y, x, stat, x, residual, model_weight(m, param),
        model_weight(m, param + 1), m->config.layer_norm_eps, m->device.key,
        encoder_dropout(e, pass, m->config.dropout, site));
}

/* A table of parameters and where to look; none where the encoder has no such table. */
static struct lookup
lookup_of(struct model *m, int param, struct view index)
{
    return param >= 0 ? (struct lookup){ model_weight(m, param), index }
                      : (struct lookup){ view_none(), view_none() };
}

/* Word, position and type; the word alone where a projection comes between. */
static void
embed(struct model *m, struct encoder *e, const struct encoder_pass *pass)
{
    const struct backend        *be = m->backend;
    const struct encoder_params *p = &e->params;
    bool                         first = p->project_first, last = p->project >= 0 && !first;
    struct view                  word = used(e, p->project >= 0 ? e->words : e->sum0);
    struct view                  sum = first ? used(e, e->sum0) : word;
    struct view                  out = used(e, last ? e->normed : e->out0);
    struct lookup                words = lookup_of(m, m->params.word, e->id);
    struct lookup                places = lookup_of(m, p->position, m->device.position);
    struct lookup                types = lookup_of(m, p->type, m->device.type);

    if (first) {
        op_gather_fwd(be, word, words.table, words.index);
        notebook_mix(m, word, e->id);
        linear(m, sum, word, p->project);
        if (p->position >= 0)
            op_gather_add(be, sum, places.table, places.index);
        if (p->type >= 0)
            op_gather_add(be, sum, types.table, types.index);
    } else {
        op_gather_sum(be, sum, words, places, types);
        notebook_mix(m, sum, e->id);
    }
    op_norm_dropout_fwd(be, out, used(e, e->stat0), sum, model_weight(m, p->norm),
        model_weight(m, p->norm + 1), m->config.layer_norm_eps, m->device.key,
        encoder_dropout(e, pass, m->config.dropout, 0));
    if (last)
        linear(m, used(e, e->out0), out, p->project);
}

/* Query, key and value are one product of 3C columns.  `sum` is the one before, where norms stand
 * before branches; else x is what the residual is. */
static void
layer_forward(struct model *m, struct encoder *e, const struct encoder_pass *pass, int i,
    struct view x, struct view sum)
{
    const struct backend       *be = m->backend;
    const struct batch_device  *in = &m->device;
    const struct encoder_layer *l = &e->layer[i];
    const struct params        *p = &m->params;
    struct view                 qkv = used(e, l->qkv), mixed = used(e, l->mixed);
    struct view                 sum1 = used(e, l->sum1), y = used(e, l->y);
    struct view inner = used(e, l->inner), bent = used(e, l->bent), sum2 = used(e, l->sum2);

    op_linear_fwd(be, qkv, x,
        params_views(p, m->operand, m->real, param_of(e, i, PARAMS_QKV), 3),
        params_views(p, m->operand, m->real, param_of(e, i, PARAMS_QKV_BIAS), 3));
    op_attention_fwd(be, mixed, used(e, l->lse), qkv, position_bias(e), in->start, in->key,
        attention_of(m, e, pass, i));
    linear(m, sum1, mixed, param_of(e, i, PARAMS_ATTENTION));
    residual_norm(m, e, pass, y, used(e, l->stat1), sum1, m->config.pre_norm ? sum : x,
        norm_behind_attention(m, e, i), 3 * i + 2);

    linear(m, inner, y, param_of(e, i, PARAMS_FFN_IN));
    op_gelu_fwd(be, bent, inner);
    linear(m, sum2, bent, param_of(e, i, PARAMS_FFN_OUT));
    residual_norm(m, e, pass, used(e, l->out), used(e, l->stat2), sum2,
        m->config.pre_norm ? sum1 : y, norm_behind_ffn(m, e, i), 3 * i + 3);
}

/* What the first layer is given. */
static struct view
entry_of(const struct model *m, const struct encoder *e)
{
    return used(e, m->config.pre_norm ? e->entry : e->out0);
}

struct view
encoder_forward(struct model *m, struct encoder *e, struct view id,
    const struct encoder_pass *pass)
{
    struct view x, sum;
    int         norm = param_of(e, 0, PARAMS_NORM1);

    e->id = id;
    x = entry_of(m, e);
    sum = used(e, e->out0);
    position_forward(m, e, m->longest);
    embed(m, e, pass);
    if (m->config.pre_norm)
        op_layernorm_fwd(m->backend, x, used(e, e->entry_stat), sum, model_weight(m, norm),
            model_weight(m, norm + 1), m->config.layer_norm_eps);
    for (int i = 0; i < e->size.layers; i++) {
        layer_forward(m, e, pass, i, x, sum);
        x = used(e, e->layer[i].out);
        sum = used(e, e->layer[i].sum2);
    }
    return x;
}

struct view
encoder_output(const struct encoder *e)
{
    return used(e, e->layer[e->size.layers - 1].out);
}

struct view
encoder_gradient(const struct encoder *e)
{
    return used(e, e->d);
}

static void
linear_bwd_w(struct model *m, struct view dy, struct view x, int param)
{
    op_linear_bwd_w(m->backend, model_gradient(m, param), model_gradient(m, param + 1), dy, x);
}

/* Backward through a norm, the sum that it reads and the dropout before that: d becomes the
 * gradient of the sum, dmore that of the branch which the sum ends.  At the `top` d is the gradient
 * of the norm's output, and dmore nothing.  Below, dmore has come back through the next branch, and
 * d along the next sum: Post-LN, both began with the norm's output, so its gradient is d + dmore;
 * Pre-LN, the branch began with it, and the sum with this sum. */
static void
residual_norm_bwd(struct model *m, struct encoder *e, const struct encoder_pass *pass, bool top,
    struct view sum, struct view stat, int param, int site)
{
    struct view d = used(e, e->d), dmore = used(e, e->dmore), none = view_none();
    bool        pre = m->config.pre_norm && !top, post = !m->config.pre_norm && !top;

    op_residual_norm_bwd(m->backend, d, dmore, model_gradient(m, param),
        model_gradient(m, param + 1), pre ? dmore : d, post ? dmore : none, pre ? d : none, sum,
        stat, model_weight(m, param), m->device.key,
        encoder_dropout(e, pass, m->config.dropout, site));
}

/* Before and behind it d and dmore are as residual_norm_bwd wants them; x is the layer's input. */
static void
layer_backward(struct model *m, struct encoder *e, const struct encoder_pass *pass, int i,
    struct view x)
{
    const struct backend       *be = m->backend;
    const struct batch_device  *in = &m->device;
    const struct encoder_layer *l = &e->layer[i];
    const struct params        *p = &m->params;
    struct view d = used(e, e->d), branch = used(e, e->dmore), dqkv = used(e, e->dqkv);
    /* one memory for both: the first is used up when the second is made */
    struct view dinner = view_of(e->dinner.data, d.dtype, d.rows, e->size.ffn);
    struct view dmixed = view_of(e->dinner.data, d.dtype, d.rows, d.cols);

    residual_norm_bwd(m, e, pass, i == e->size.layers - 1, used(e, l->sum2), used(e, l->stat2),
        norm_behind_ffn(m, e, i), 3 * i + 3);
    linear_bwd_w(m, branch, used(e, l->bent), param_of(e, i, PARAMS_FFN_OUT));
    op_linear_bwd_x(be, dinner, branch, model_operand(m, param_of(e, i, PARAMS_FFN_OUT)));
    op_gelu_bwd(be, dinner, dinner, used(e, l->inner));
    linear_bwd_w(m, dinner, used(e, l->y), param_of(e, i, PARAMS_FFN_IN));
    op_linear_bwd_x(be, branch, dinner, model_operand(m, param_of(e, i, PARAMS_FFN_IN)));

    residual_norm_bwd(m, e, pass, false, used(e, l->sum1), used(e, l->stat1),
        norm_behind_attention(m, e, i), 3 * i + 2);
    linear_bwd_w(m, branch, used(e, l->mixed), param_of(e, i, PARAMS_ATTENTION));
    op_linear_bwd_x(be, dmixed, branch, model_operand(m, param_of(e, i, PARAMS_ATTENTION)));
    op_attention_bwd(be, dqkv, position_dbias(e), dmixed, used(e, l->mixed), used(e, l->lse),
        used(e, l->qkv), position_bias(e), in->start, in->key, attention_of(m, e, pass, i));
    op_linear_bwd_w(be, params_views(p, m->gradient, m->wide, param_of(e, i, PARAMS_QKV), 3),
        params_views(p, m->gradient, m->wide, param_of(e, i, PARAMS_QKV_BIAS), 3), dqkv, x);
    op_linear_bwd_x(be, branch, dqkv,
        params_views(p, m->operand, m->real, param_of(e, i, PARAMS_QKV), 3));
}

/* d: the gradient of what was projected from x; the gradient of x. */
static struct view
project_backward(struct model *m, struct encoder *e, struct view d, struct view x)
{
    struct view dwords = used(e, e->dwords);

    linear_bwd_w(m, d, x, e->params.project);
    op_linear_bwd_x(m->backend, dwords, d, model_operand(m, e->params.project));
    return dwords;
}

static void
places_backward(struct model *m, const struct encoder *e, struct view d)
{
    if (e->params.position >= 0)
        op_gather_bwd(m->backend, model_gradient(m, e->params.position), d, m->device.position);
    if (e->params.type >= 0)
        op_gather_bwd(m->backend, model_gradient(m, e->params.type), d, m->device.type);
}

/* The gradient of the embeddings is d + dmore.  Words that are shared get theirs from
 * both encoders. */
static void
embed_backward(struct model *m, struct encoder *e, const struct encoder_pass *pass)
{
    const struct encoder_params *p = &e->params;
    bool                         first = p->project_first, last = p->project >= 0 && !first;
    struct view                  d = used(e, e->d), dmore = used(e, e->dmore);

    if (last) {
        op_add(m->backend, d, dmore);
        d = project_backward(m, e, d, used(e, e->normed));
        dmore = view_none();
    }
    op_norm_dropout_bwd(m->backend, d, model_gradient(m, p->norm), model_gradient(m, p->norm + 1),
        d, dmore, used(e, last ? e->words : e->sum0), used(e, e->stat0), model_weight(m, p->norm),
        m->device.key, encoder_dropout(e, pass, m->config.dropout, 0));
    if (first) {
        places_backward(m, e, d);
        d = project_backward(m, e, d, used(e, e->words));
    }
    notebook_mix_bwd(m, d);
    op_gather_bwd(m->backend, model_gradient(m, m->params.word), d, e->id);
    if (!first)
        places_backward(m, e, d);
}

/* Pre-LN: dmore, the gradient of what layer 0 was given, becomes that of the norm's input. */
static void
entry_backward(struct model *m, struct encoder *e)
{
    int         norm = param_of(e, 0, PARAMS_NORM1);
    struct view dmore = used(e, e->dmore);

    op_layernorm_bwd(m->backend, dmore, model_gradient(m, norm), model_gradient(m, norm + 1),
        dmore, used(e, e->out0), used(e, e->entry_stat), model_weight(m, norm));
}

void
encoder_backward(struct model *m, struct encoder *e, const struct encoder_pass *pass)
{
    bool pre = m->config.pre_norm; /* then a layer's first norm is read by the sum below it */

    position_forget(m, e);
    for (int i = e->size.layers - 1; i >= 0; i--) {
        layer_backward(m, e, pass, i, i > 0 ? used(e, e->layer[i - 1].out) : entry_of(m, e));
        if (i == 0 && pre)
            entry_backward(m, e);
        if (pass->last)
            model_settled(m, param_of(e, i > 0 && pre ? i + 1 : i, 0));
    }
    position_backward(m, e);
    embed_backward(m, e, pass);
    if (pass->last && e == m->generator)
        model_settled(m, m->params.generator_first);
}
