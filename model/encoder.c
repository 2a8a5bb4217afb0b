/* encoder.c -- see encoder.h.  Shapes: N rows (tokens), C width, F inner width, H heads. */
#include "model/encoder.h"

#include "model/position.h"

static void
cut_layer(struct encoder_layer *l, const struct model_config *c, int rows, bool training,
    enum dtype real, enum dtype wide, struct slab *slab)
{
    l->qkv = slab_view(slab, real, rows, 3 * c->hidden);
    l->lse = slab_view(slab, wide, rows, c->heads);
    l->mixed = slab_view(slab, real, rows, c->hidden);
    l->sum1 = slab_view(slab, real, rows, c->hidden);
    l->stat1 = slab_view(slab, wide, rows, 2);
    l->y = slab_view(slab, real, rows, c->hidden);
    l->inner = slab_view(slab, real, rows, c->ffn);
    l->bent = slab_view(slab, real, rows, c->ffn);
    l->sum2 = slab_view(slab, real, rows, c->hidden);
    l->stat2 = slab_view(slab, wide, rows, 2);
    if (training)
        l->out = slab_view(slab, real, rows, c->hidden);
}

void
encoder_cut(struct encoder *e, struct encoder_layer *layer, const struct model_config *c,
    int rows, bool training, enum dtype real, enum dtype wide, struct slab *slab)
{
    *e = (struct encoder){ .layers = c->layers, .layer = layer };
    e->sum0 = slab_view(slab, real, rows, c->hidden);
    e->stat0 = slab_view(slab, wide, rows, 2);
    e->out0 = slab_view(slab, real, rows, c->hidden);
    for (int i = 0; i < c->layers; i++) {
        if (training || i == 0)
            cut_layer(&layer[i], c, rows, training, real, wide, slab);
        else
            layer[i] = layer[0];
        if (!training)
            layer[i].out = e->out0; /* a layer's input is used up before its output is written */
    }
    if (!training)
        return;
    e->d = slab_view(slab, real, rows, c->hidden);
    e->dmore = slab_view(slab, real, rows, c->hidden);
    e->dqkv = slab_view(slab, real, rows, 3 * c->hidden);
    e->dinner = slab_view(slab, real, rows, c->ffn > c->hidden ? c->ffn : c->hidden);
}

struct dropout
encoder_dropout(const struct encoder_pass *pass, float p, int site)
{
    return (struct dropout){ .p = pass->learning ? p : 0, .step = pass->step,
        .site = (uint32_t)site, .seed = pass->seed };
}

/* The part of a view that the batch uses. */
static struct view
used(const struct model *m, struct view v)
{
    return view_rows(v, 0, m->device.id.rows);
}

/* Index of a layer's parameter. */
static int
param_of(const struct model *m, int layer, int which)
{
    return m->params.layer + layer * PARAMS_LAYER + which;
}

static struct attention
attention_of(const struct model *m, const struct encoder_pass *pass, int layer)
{
    return (struct attention){ .heads = m->config.heads, .span = m->config.max_len,
        .scale = config_scale(&m->config),
        .drop = encoder_dropout(pass, m->config.attention_dropout, 3 * layer + 1) };
}

/* y = x W^T + b of the linear layer whose weight is parameter `param`. */
static void
linear(struct model *m, struct view y, struct view x, int param)
{
    op_linear_fwd(m->backend, y, x, model_weight(m, param), model_weight(m, param + 1));
}

static void
norm(struct model *m, struct view y, struct view stat, struct view x, int param)
{
    op_layernorm_fwd(m->backend, y, stat, x, model_weight(m, param), model_weight(m, param + 1),
        m->config.layer_norm_eps);
}

static void
embed(struct model *m, const struct encoder_pass *pass)
{
    const struct backend      *be = m->backend;
    const struct params       *p = &m->params;
    const struct batch_device *in = &m->device;
    struct view sum = used(m, m->encoder->sum0), out = used(m, m->encoder->out0);

    op_gather_fwd(be, sum, model_weight(m, p->word), in->id);
    if (p->position >= 0)
        op_gather_add(be, sum, model_weight(m, p->position), in->position);
    if (p->type >= 0)
        op_gather_add(be, sum, model_weight(m, p->type), in->type);
    norm(m, out, used(m, m->encoder->stat0), sum, p->embed_norm);
    if (pass->learning && m->config.dropout > 0)
        op_dropout(be, out, out, in->key, encoder_dropout(pass, m->config.dropout, 0));
}

/* Query, key and value are one product of 3C columns. */
static void
layer_forward(struct model *m, const struct encoder_pass *pass, int i, struct view x)
{
    const struct backend       *be = m->backend;
    const struct batch_device  *in = &m->device;
    const struct encoder_layer *l = &m->encoder->layer[i];
    const struct params        *p = &m->params;
    struct view                 qkv = used(m, l->qkv), mixed = used(m, l->mixed);
    struct view                 sum1 = used(m, l->sum1), y = used(m, l->y);
    struct view inner = used(m, l->inner), bent = used(m, l->bent), sum2 = used(m, l->sum2);

    op_linear_fwd(be, qkv, x,
        params_views(p, m->weight, m->real, param_of(m, i, PARAMS_QKV), 3),
        params_views(p, m->weight, m->wide, param_of(m, i, PARAMS_QKV_BIAS), 3));
    op_attention_fwd(be, mixed, used(m, l->lse), qkv, position_bias(m), in->start, in->key,
        attention_of(m, pass, i));
    linear(m, sum1, mixed, param_of(m, i, PARAMS_ATTENTION));
    op_dropout_add(be, sum1, sum1, x, in->key, encoder_dropout(pass, m->config.dropout, 3 * i + 2));
    norm(m, y, used(m, l->stat1), sum1, param_of(m, i, PARAMS_NORM1));

    linear(m, inner, y, param_of(m, i, PARAMS_FFN_IN));
    op_gelu_fwd(be, bent, inner);
    linear(m, sum2, bent, param_of(m, i, PARAMS_FFN_OUT));
    op_dropout_add(be, sum2, sum2, y, in->key, encoder_dropout(pass, m->config.dropout, 3 * i + 3));
    norm(m, used(m, l->out), used(m, l->stat2), sum2, param_of(m, i, PARAMS_NORM2));
}

struct view
encoder_forward(struct model *m, const struct encoder_pass *pass)
{
    struct view x = used(m, m->encoder->out0);

    embed(m, pass);
    for (int i = 0; i < m->encoder->layers; i++) {
        layer_forward(m, pass, i, x);
        x = used(m, m->encoder->layer[i].out);
    }
    return x;
}

struct view
encoder_gradient(const struct model *m)
{
    return used(m, m->encoder->d);
}

static void
linear_bwd_w(struct model *m, struct view dy, struct view x, int param)
{
    op_linear_bwd_w(m->backend, model_gradient(m, param), model_gradient(m, param + 1), dy, x);
}

/* In place: d becomes the gradient of the norm's input. */
static void
norm_bwd(struct model *m, struct view d, struct view x, struct view stat, int param)
{
    op_layernorm_bwd(m->backend, d, model_gradient(m, param), model_gradient(m, param + 1), d, x,
        stat, model_weight(m, param));
}

/* d is the gradient of the layer's output, and in the end of its input x.  Each residual sum hands
 * its gradient to both of its terms: d stays, and what went through the branch is added to it. */
static void
layer_backward(struct model *m, const struct encoder_pass *pass, int i, struct view x)
{
    const struct backend       *be = m->backend;
    const struct batch_device  *in = &m->device;
    const struct encoder       *e = m->encoder;
    const struct encoder_layer *l = &e->layer[i];
    const struct params        *p = &m->params;
    struct view d = used(m, e->d), branch = used(m, e->dmore), dqkv = used(m, e->dqkv);
    /* one memory for both: the first is used up when the second is made */
    struct view dinner = view_of(e->dinner.data, d.dtype, d.rows, m->config.ffn);
    struct view dmixed = view_of(e->dinner.data, d.dtype, d.rows, d.cols);

    norm_bwd(m, d, used(m, l->sum2), used(m, l->stat2), param_of(m, i, PARAMS_NORM2));
    op_dropout(be, branch, d, in->key, encoder_dropout(pass, m->config.dropout, 3 * i + 3));
    linear_bwd_w(m, branch, used(m, l->bent), param_of(m, i, PARAMS_FFN_OUT));
    op_linear_bwd_x(be, dinner, branch, model_weight(m, param_of(m, i, PARAMS_FFN_OUT)));
    op_gelu_bwd(be, dinner, dinner, used(m, l->inner));
    linear_bwd_w(m, dinner, used(m, l->y), param_of(m, i, PARAMS_FFN_IN));
    op_linear_bwd_x(be, branch, dinner, model_weight(m, param_of(m, i, PARAMS_FFN_IN)));
    op_add(be, d, branch);

    norm_bwd(m, d, used(m, l->sum1), used(m, l->stat1), param_of(m, i, PARAMS_NORM1));
    op_dropout(be, branch, d, in->key, encoder_dropout(pass, m->config.dropout, 3 * i + 2));
    linear_bwd_w(m, branch, used(m, l->mixed), param_of(m, i, PARAMS_ATTENTION));
    op_linear_bwd_x(be, dmixed, branch, model_weight(m, param_of(m, i, PARAMS_ATTENTION)));
    op_attention_bwd(be, dqkv, position_dbias(m), dmixed, used(m, l->mixed), used(m, l->lse),
        used(m, l->qkv), position_bias(m), in->start, in->key, attention_of(m, pass, i));
    op_linear_bwd_w(be, params_views(p, m->gradient, m->wide, param_of(m, i, PARAMS_QKV), 3),
        params_views(p, m->gradient, m->wide, param_of(m, i, PARAMS_QKV_BIAS), 3), dqkv, x);
    op_linear_bwd_x(be, branch, dqkv,
        params_views(p, m->weight, m->real, param_of(m, i, PARAMS_QKV), 3));
    op_add(be, d, branch);
}

void
encoder_backward(struct model *m, const struct encoder_pass *pass)
{
    const struct backend      *be = m->backend;
    const struct params       *p = &m->params;
    const struct encoder      *e = m->encoder;
    const struct batch_device *in = &m->device;
    struct view                d = used(m, e->d);

    position_forget(m);
    for (int i = e->layers - 1; i >= 0; i--)
        layer_backward(m, pass, i, used(m, i > 0 ? e->layer[i - 1].out : e->out0));
    position_backward(m);
    if (m->config.dropout > 0)
        op_dropout(be, d, d, in->key, encoder_dropout(pass, m->config.dropout, 0));
    norm_bwd(m, d, used(m, e->sum0), used(m, e->stat0), p->embed_norm);
    op_gather_bwd(be, model_gradient(m, p->word), d, in->id);
    if (p->position >= 0)
        op_gather_bwd(be, model_gradient(m, p->position), d, in->position);
    if (p->type >= 0)
        op_gather_bwd(be, model_gradient(m, p->type), d, in->type);
}
