/* params.c -- see params.h. */
#include "model/params.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/hash.h"
#include "lib/philox.h"

/* A tensor begins at a multiple of 64 elements, that is of a cache line in any type; the three of
 * query, key and value close up. */
enum { PARAMS_ALIGN = 64, PARAMS_FIXED_MAX = 64 };

enum shape { MATRIX, BIAS, NORM };

struct table { /* being built */
    struct params *p;
    bool           close_up;
};

__attribute__((format(printf, 6, 7))) static int
add(struct table *t, enum param_init init, enum shape shape, int rows, int cols, const char *fmt,
    ...)
{
    struct params *p = t->p;
    struct param  *row = &p->param[p->params];
    va_list        args;

    va_start(args, fmt);
    vsnprintf(row->name, sizeof row->name, fmt, args);
    va_end(args);
    row->rows = rows;
    row->cols = cols;
    row->init = init;
    row->vector = shape != MATRIX;
    row->group = shape == BIAS ? PARAM_BIAS : shape == NORM ? PARAM_NORM : 0;
    if (!t->close_up)
        p->elements = (p->elements + PARAMS_ALIGN - 1) / PARAMS_ALIGN * PARAMS_ALIGN;
    row->offset = p->elements;
    p->elements += (size_t)rows * (size_t)cols;
    p->count += (uint64_t)rows * (uint64_t)cols;
    return p->params++;
}

/* A product y = x W^T + b from `in` to `out` columns: index of the weight. */
static int
add_linear(struct table *t, int out, int in, const char *prefix)
{
    int index = add(t, PARAM_NORMAL, MATRIX, out, in, "%s.weight", prefix);

    add(t, PARAM_ZERO, BIAS, 1, out, "%s.bias", prefix);
    return index;
}

static int
add_norm(struct table *t, int width, const char *prefix)
{
    int index = add(t, PARAM_ONE, NORM, 1, width, "%s.weight", prefix);

    add(t, PARAM_ZERO, NORM, 1, width, "%s.bias", prefix);
    return index;
}

static void
add_layer(struct table *t, struct model_size size, bool pre_norm, const char *owner, int layer)
{
    static const char *const self[3] = { "query", "key", "value" };
    char                     prefix[PARAM_NAME_BYTES / 2], name[PARAM_NAME_BYTES - 8];

    snprintf(prefix, sizeof prefix, "%s.encoder.layer.%d", owner, layer);
    for (int i = 0; i < 3; i++) {
        t->close_up = i > 0;
        add(t, PARAM_NORMAL, MATRIX, size.hidden, size.hidden, "%s.attention.self.%s.weight",
            prefix, self[i]);
    }
    for (int i = 0; i < 3; i++) {
        t->close_up = i > 0;
        add(t, PARAM_ZERO, BIAS, 1, size.hidden, "%s.attention.self.%s.bias", prefix, self[i]);
    }
    t->close_up = false;
    snprintf(name, sizeof name, "%s.attention.output.dense", prefix);
    add_linear(t, size.hidden, size.hidden, name);
    snprintf(name, sizeof name, "%s.attention.%sLayerNorm", prefix, pre_norm ? "" : "output.");
    add_norm(t, size.hidden, name);
    snprintf(name, sizeof name, "%s.intermediate.dense", prefix);
    add_linear(t, size.ffn, size.hidden, name);
    snprintf(name, sizeof name, "%s.output.dense", prefix);
    add_linear(t, size.hidden, size.ffn, name);
    snprintf(name, sizeof name, "%s.%s.LayerNorm", prefix, pre_norm ? "intermediate" : "output");
    add_norm(t, size.hidden, name);
}

/* Positions inside attention, and the layers, of an encoder.  `bias` is where the former stand. */
static void
add_encoder(struct table *t, struct encoder_params *e, const struct model_config *c,
    struct model_size size, const char *owner, const char *bias)
{
    char name[PARAM_NAME_BYTES / 2];

    /* One row more than positions: see op_position_bias_fwd. */
    if (position_is_untied(c->position)) {
        e->tupe_table = add(t, PARAM_NORMAL, MATRIX, c->max_len + 1, size.hidden,
            "%s.position.embeddings.weight", bias);
        snprintf(name, sizeof name, "%s.position.LayerNorm", bias);
        e->tupe_norm = add_norm(t, size.hidden, name);
        snprintf(name, sizeof name, "%s.position.query", bias);
        e->tupe_q = add_linear(t, size.hidden, size.hidden, name);
        snprintf(name, sizeof name, "%s.position.key", bias);
        e->tupe_k = add_linear(t, size.hidden, size.hidden, name);
    }
    if (position_is_relative(c->position))
        e->relative = add(t, PARAM_NORMAL, MATRIX, position_is_untied(c->position) ? 33 : 32,
            size.heads, "%s.position.relative.weight", bias);
    e->layer = t->p->params;
    for (int layer = 0; layer < size.layers; layer++)
        add_layer(t, size, c->pre_norm, owner, layer);
    if (c->pre_norm) {
        snprintf(name, sizeof name, "%s.LayerNorm", owner);
        e->last_norm = add_norm(t, size.hidden, name);
    }
}

static void
add_main(struct table *t, const struct model_config *c, const char *owner)
{
    struct params         *p = t->p;
    struct encoder_params *e = &p->main;
    char                   name[PARAM_NAME_BYTES / 2];

    p->word = add(t, PARAM_NORMAL, MATRIX, c->vocab_size, c->hidden,
        "%s.embeddings.word_embeddings.weight", owner);
    if (position_is_added(c->position))
        e->position = add(t, PARAM_NORMAL, MATRIX, c->max_len, c->hidden,
            "%s.embeddings.position_embeddings.weight", owner);
    /* The papers' models have no segments and BERT's files must have them: the table begins at 0,
     * which is the model without, and row 0 then is one more common offset. */
    if (c->types > 0)
        e->type = add(t, PARAM_ZERO, MATRIX, c->types, c->hidden,
            "%s.embeddings.token_type_embeddings.weight", owner);
    snprintf(name, sizeof name, "%s.embeddings.LayerNorm", owner);
    e->norm = add_norm(t, c->hidden, name);
    add_encoder(t, e, c, config_size(c), owner, "cloze");
}

static void
add_head(struct table *t, const struct model_config *c, const char *owner)
{
    struct params *p = t->p;
    char           name[PARAM_NAME_BYTES / 2];

    p->head = p->params;
    if (c->classes > 0) {
        snprintf(name, sizeof name, "%s.pooler.dense", owner);
        p->pooler = add_linear(t, c->hidden, c->hidden, name);
        p->classifier = add_linear(t, c->classes, c->hidden, "classifier");
    } else if (c->objective == OBJECTIVE_ELECTRA) {
        p->judge_dense = add_linear(t, c->hidden, c->hidden, "discriminator_predictions.dense");
        p->judge = add_linear(t, 1, c->hidden, "discriminator_predictions.dense_prediction");
    } else if (c->objective == OBJECTIVE_MC) {
        p->choice_dense = add_linear(t, c->hidden, c->hidden, "cls.predictions.transform.dense");
        p->choice_norm = add_norm(t, c->hidden, "cls.predictions.transform.LayerNorm");
        /* at random: in the authors' code it is a table of embeddings of width 1 */
        p->word_bias = add(t, PARAM_NORMAL, BIAS, 1, c->vocab_size, "cls.predictions.bias");
    } else {
        p->word_dense = add_linear(t, c->hidden, c->hidden, "cls.predictions.transform.dense");
        p->word_norm = add_norm(t, c->hidden, "cls.predictions.transform.LayerNorm");
        p->word_bias = add(t, PARAM_ZERO, BIAS, 1, c->vocab_size, "cls.predictions.bias");
    }
}

/* ELECTRA's: it shares all embeddings with the main network, normalised, at their full width. */
static void
add_generator(struct table *t, const struct model_config *c)
{
    struct params         *p = t->p;
    struct encoder_params *e = &p->generator;
    struct model_size      size = config_generator(c);

    e->position = p->main.position;
    e->type = p->main.type;
    e->norm = p->main.norm;
    e->project = add_linear(t, size.hidden, c->hidden, "generator.embeddings_project");
    add_encoder(t, e, c, size, "generator", "generator");
    p->word_dense = add_linear(t, c->hidden, size.hidden, "generator_predictions.dense");
    p->word_norm = add_norm(t, c->hidden, "generator_predictions.LayerNorm");
    p->word_bias = add(t, PARAM_ZERO, BIAS, 1, c->vocab_size, "generator_lm_head.bias");
}

/* MC-BERT's: it shares the words alone, projected to its width, where they come in as where they go
 * out; and the bias of each word. */
static void
add_controller(struct table *t, const struct model_config *c)
{
    struct params         *p = t->p;
    struct encoder_params *e = &p->generator;
    struct model_size      size = config_generator(c);

    e->project = add_linear(t, size.hidden, c->hidden, "generator.embeddings_project");
    e->project_first = true;
    if (position_is_added(c->position))
        e->position = add(t, PARAM_NORMAL, MATRIX, c->max_len, size.hidden,
            "generator.embeddings.position_embeddings.weight");
    e->norm = add_norm(t, size.hidden, "generator.embeddings.LayerNorm");
    add_encoder(t, e, c, size, "generator", "generator");
    p->word_dense = add_linear(t, size.hidden, size.hidden, "generator_predictions.dense");
    p->word_norm = add_norm(t, size.hidden, "generator_predictions.LayerNorm");
}

static const struct encoder_params no_encoder = { .position = -1, .type = -1, .norm = -1,
    .project = -1, .layer = -1, .last_norm = -1, .tupe_table = -1, .tupe_norm = -1, .tupe_q = -1,
    .tupe_k = -1, .relative = -1 };

int
params_open(struct params *p, const struct model_config *config, struct arena *arena)
{
    struct table t = { .p = p };
    const char  *owner = config->objective == OBJECTIVE_ELECTRA ? "electra" : "bert";
    size_t       most = PARAMS_FIXED_MAX + 2 * (size_t)config->layers * PARAMS_LAYER;
    int          rc;

    *p = (struct params){ .word = -1, .main = no_encoder, .generator = no_encoder,
        .word_dense = -1, .word_norm = -1, .word_bias = -1, .judge_dense = -1, .judge = -1,
        .choice_dense = -1, .choice_norm = -1, .pooler = -1, .classifier = -1 };
    if ((rc = arena_alloc(arena, &p->param, most, sizeof *p->param)) != OK)
        return rc;
    memset(p->param, 0, most * sizeof *p->param);
    add_main(&t, config, owner);
    add_head(&t, config, owner);
    p->generator_first = p->params;
    if (config_has_generator(config) && config->objective == OBJECTIVE_MC)
        add_controller(&t, config);
    else if (config_has_generator(config))
        add_generator(&t, config);
    p->elements = (p->elements + PARAMS_ROW - 1) / PARAMS_ROW * PARAMS_ROW;
    return OK;
}

struct view
params_views(const struct params *p, void *flat, enum dtype dtype, int index, int count)
{
    const struct param *first = &p->param[index];
    size_t              size = (size_t)first->rows * (size_t)first->cols;
    void               *data = (char *)flat + first->offset * dtype_bytes(dtype);

    CHECK(index >= 0 && count >= 1 && index + count <= p->params);
    for (int i = 1; i < count; i++)
        CHECK(first[i].rows == first->rows && first[i].cols == first->cols &&
            first[i].offset == first->offset + (size_t)i * size);
    if (first->vector)
        return view_of(data, dtype, 1, count * first->cols);
    return view_of(data, dtype, count * first->rows, first->cols);
}

struct view
params_view(const struct params *p, void *flat, enum dtype dtype, int index)
{
    return params_views(p, flat, dtype, index, 1);
}

struct view
params_all(const struct params *p, void *flat, enum dtype dtype)
{
    return view_of(flat, dtype, (int)(p->elements / PARAMS_ROW), PARAMS_ROW);
}

int
params_groups(unsigned *groups, const char *list)
{
    *groups = 0;
    if (strcmp(list, "none") == 0)
        return OK;
    for (size_t len;; list += len + 1) {
        len = strcspn(list, ",");
        if (len == 4 && strncmp(list, "bias", len) == 0)
            *groups |= PARAM_BIAS;
        else if (len == 4 && strncmp(list, "norm", len) == 0)
            *groups |= PARAM_NORM;
        else
            return err_set(ERR_FORMAT,
                "\"%.*s\" is no group of parameters: there are norm and bias", (int)len, list);
        if (list[len] == '\0')
            return OK;
    }
}

int
params_find(const struct params *p, const char *name)
{
    for (int i = 0; i < p->params; i++)
        if (strcmp(p->param[i].name, name) == 0)
            return i;
    return -1;
}

/* Four normal values from four words: Box and Muller 1958, twice.  The first of a pair is in
 * (0, 1], so that its logarithm is finite. */
static void
four_normals(double out[4], struct philox bits)
{
    const double turn = 6.283185307179586, unit = 1.0 / 4294967296.0;

    for (int i = 0; i < 4; i += 2) {
        double radius = sqrt(-2 * log((bits.x[i] + 1.0) * unit));
        double angle = turn * (bits.x[i + 1] * unit);

        out[i] = radius * cos(angle);
        out[i + 1] = radius * sin(angle);
    }
}

void
params_normal(double *values, const char *name, size_t first, size_t count, double initializer,
    uint64_t seed)
{
    uint32_t key = hash_u32(name, strlen(name), 0);

    CHECK(first % 4 == 0);
    for (size_t i = 0; i < count; i += 4) {
        double normal[4];

        four_normals(normal, philox(seed, PHILOX_INIT, 0, key, (first + i) / 4));
        for (size_t j = 0; j < 4 && i + j < count; j++)
            values[i + j] = initializer * normal[j];
    }
}

void
params_start(double *values, const struct params *p, int index, size_t first, size_t count,
    double initializer, uint64_t seed)
{
    const struct param *row = &p->param[index];

    if (row->init == PARAM_NORMAL) {
        params_normal(values, row->name, first, count, initializer, seed);
        return;
    }
    for (size_t i = 0; i < count; i++)
        values[i] = row->init == PARAM_ONE;
}
