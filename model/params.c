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
enum { PARAMS_ALIGN = 64, PARAMS_FIXED_MAX = 32 };

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
add_layer(struct table *t, const struct model_config *c, int layer)
{
    static const char *const self[3] = { "query", "key", "value" };
    char                     prefix[PARAM_NAME_BYTES / 2], name[PARAM_NAME_BYTES - 8];

    snprintf(prefix, sizeof prefix, "bert.encoder.layer.%d", layer);
    for (int i = 0; i < 3; i++) {
        t->close_up = i > 0;
        add(t, PARAM_NORMAL, MATRIX, c->hidden, c->hidden, "%s.attention.self.%s.weight", prefix,
            self[i]);
    }
    for (int i = 0; i < 3; i++) {
        t->close_up = i > 0;
        add(t, PARAM_ZERO, BIAS, 1, c->hidden, "%s.attention.self.%s.bias", prefix, self[i]);
    }
    t->close_up = false;
    snprintf(name, sizeof name, "%s.attention.output.dense", prefix);
    add_linear(t, c->hidden, c->hidden, name);
    snprintf(name, sizeof name, "%s.attention.output.LayerNorm", prefix);
    add_norm(t, c->hidden, name);
    snprintf(name, sizeof name, "%s.intermediate.dense", prefix);
    add_linear(t, c->ffn, c->hidden, name);
    snprintf(name, sizeof name, "%s.output.dense", prefix);
    add_linear(t, c->hidden, c->ffn, name);
    snprintf(name, sizeof name, "%s.output.LayerNorm", prefix);
    add_norm(t, c->hidden, name);
}

static void
add_embeddings(struct table *t, const struct model_config *c)
{
    struct params *p = t->p;
    int            width = c->hidden;

    p->word = add(t, PARAM_NORMAL, MATRIX, c->vocab_size, width,
        "bert.embeddings.word_embeddings.weight");
    if (position_is_added(c->position))
        p->position = add(t, PARAM_NORMAL, MATRIX, c->max_len, width,
            "bert.embeddings.position_embeddings.weight");
    /* The papers' models have no segments and BERT's files must have them: the table begins at 0,
     * which is the model without, and row 0 then is one more common offset. */
    if (c->types > 0)
        p->type = add(t, PARAM_ZERO, MATRIX, c->types, width,
            "bert.embeddings.token_type_embeddings.weight");
    p->embed_norm = add_norm(t, width, "bert.embeddings.LayerNorm");
    /* One row more than positions: see op_position_bias_fwd. */
    if (position_is_untied(c->position)) {
        p->tupe_table = add(t, PARAM_NORMAL, MATRIX, c->max_len + 1, width,
            "cloze.position.embeddings.weight");
        p->tupe_norm = add_norm(t, width, "cloze.position.LayerNorm");
        p->tupe_q = add_linear(t, width, width, "cloze.position.query");
        p->tupe_k = add_linear(t, width, width, "cloze.position.key");
    }
    if (position_is_relative(c->position))
        p->relative = add(t, PARAM_NORMAL, MATRIX, position_is_untied(c->position) ? 33 : 32,
            c->heads, "cloze.position.relative.weight");
}

static void
add_head(struct table *t, const struct model_config *c)
{
    struct params *p = t->p;

    if (c->classes > 0) {
        p->pooler = add_linear(t, c->hidden, c->hidden, "bert.pooler.dense");
        p->classifier = add_linear(t, c->classes, c->hidden, "classifier");
        return;
    }
    p->mlm_dense = add_linear(t, c->hidden, c->hidden, "cls.predictions.transform.dense");
    p->mlm_norm = add_norm(t, c->hidden, "cls.predictions.transform.LayerNorm");
    p->mlm_bias = add(t, PARAM_ZERO, BIAS, 1, c->vocab_size, "cls.predictions.bias");
}

int
params_open(struct params *p, const struct model_config *config, struct arena *arena)
{
    struct table t = { .p = p };
    size_t       most = PARAMS_FIXED_MAX + (size_t)config->layers * PARAMS_LAYER;
    int          rc;

    *p = (struct params){ .position = -1, .type = -1, .tupe_table = -1, .tupe_norm = -1,
        .tupe_q = -1, .tupe_k = -1, .relative = -1, .mlm_dense = -1, .mlm_norm = -1, .mlm_bias = -1,
        .pooler = -1, .classifier = -1 };
    if ((rc = arena_alloc(arena, &p->param, most, sizeof *p->param)) != OK)
        return rc;
    memset(p->param, 0, most * sizeof *p->param);
    add_embeddings(&t, config);
    p->layer = p->params;
    for (int layer = 0; layer < config->layers; layer++)
        add_layer(&t, config, layer);
    add_head(&t, config);
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
            return err_set(ERR_FORMAT, "\"%.*s\" is no group of parameters: there are norm and bias",
                (int)len, list);
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
params_start(double *values, const struct params *p, int index, size_t first, size_t count,
    double initializer, uint64_t seed)
{
    const struct param *row = &p->param[index];
    uint32_t            name = hash_u32(row->name, strlen(row->name), 0);

    CHECK(first % 4 == 0);
    if (row->init != PARAM_NORMAL) {
        for (size_t i = 0; i < count; i++)
            values[i] = row->init == PARAM_ONE;
        return;
    }
    for (size_t i = 0; i < count; i += 4) {
        double normal[4];

        four_normals(normal, philox(seed, PHILOX_INIT, 0, name, (first + i) / 4));
        for (size_t j = 0; j < 4 && i + j < count; j++)
            values[i + j] = initializer * normal[j];
    }
}
