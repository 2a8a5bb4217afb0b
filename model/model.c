/* model.c -- see model.h: the parts of a model, its plan and its memory.  The rest of model.h is in
 * values.c (parameters), pass.c (a batch and its losses) and flop.c. */
#include "model/model.h"

#include "model/classify.h"
#include "model/electra.h"
#include "model/mc.h"
#include "model/mlm.h"
#include "model/notebook.h"

/* The structs behind the pointers of a model, in one piece of the arena. */
struct parts {
    struct encoder  encoder, generator;
    struct mlm      mlm;
    struct electra  electra;
    struct mc       mc;
    struct classify classify;
    struct notebook notebook;
};

static const struct objective_ops *
objective_of(const struct model_config *c)
{
    static const struct objective_ops *const objectives[OBJECTIVES] = {
        [OBJECTIVE_MLM] = &mlm_objective,
        [OBJECTIVE_ELECTRA] = &electra_objective,
        [OBJECTIVE_MC] = &mc_objective,
    };

    return c->classes > 0 ? &classify_objective : objectives[c->objective];
}

static enum dtype
wide_of(enum dtype real)
{
    return real == F64 ? F64 : F32;
}

/* ---- memory ---------------------------------------------------------------------------------- */

static void
cut_batch(struct batch_device *d, struct batch_limits l, enum dtype wide, struct slab *slab)
{
    d->start = slab_view(slab, I32, (int64_t)l.sequences + 1, 1);
    d->id = slab_view(slab, I32, l.rows, 1);
    d->type = slab_view(slab, I32, l.rows, 1);
    d->position = slab_view(slab, I32, l.rows, 1);
    d->key = slab_view(slab, I32, l.rows, 1);
    d->row = slab_view(slab, I32, l.chosen, 1);
    d->row_key = slab_view(slab, I32, l.chosen, 1);
    d->target = slab_view(slab, I32, l.chosen, 1);
    d->value = slab_view(slab, wide, l.chosen, 1);
    d->word = slab_view(slab, I32, l.words, 3);
}

static int
longest_of(const struct model_config *c, struct batch_limits l)
{
    int longest = l.longest > 0 ? l.longest : c->max_len;

    return l.rows < longest ? l.rows : longest;
}

/* All of the device's memory but weights, gradients and moments; `notes` is what lasts of notes. */
static void
cut_all(struct model *m, struct encoder_layer *layer, struct slab *slab, struct slab *notes)
{
    struct batch_limits l = m->limits.batch;
    int                 longest = longest_of(&m->config, l);

    cut_batch(&m->device_limits, l, m->wide, slab);
    m->sum = slab_view(slab, m->wide, 1, 1);
    m->scale = slab_view(slab, m->wide, 1, 1);
    m->report = slab_view(slab, F64, 1, 10);
    encoder_cut(m->encoder, layer, m, l.rows, longest, slab);
    if (m->generator != NULL)
        encoder_cut(m->generator, layer + m->config.layers, m, l.rows, longest, slab);
    m->objective->cut(m, slab);
    if (m->notebook != NULL)
        notebook_cut(m->notebook, m, notes, slab);
}

static int
most(int a, int b)
{
    return a > b ? a : b;
}

/* What the backend will be asked for. */
static struct need
need_of(const struct model_config *c, struct batch_limits l, enum dtype real)
{
    int spans = c->notes.words > 0 ? l.words : 0;
    struct need n = { .real = real, .rows = l.rows, .sequences = l.sequences,
        .longest = longest_of(c, l), .positions = c->max_len, .width = c->hidden,
        .outputs = most(most(3 * c->hidden, c->ffn), c->vocab_size),
        .spans = spans < NOTEBOOK_SPANS ? spans : NOTEBOOK_SPANS,
        .has_bias = c->position != POSITION_ABSOLUTE,
        .encoder = { { c->heads, c->hidden / c->heads } } };

    if (config_has_generator(c)) {
        struct model_size size = config_generator(c);

        n.encoder[1].heads = size.heads;
        n.encoder[1].head_cols = size.hidden / size.heads;
        n.candidates = c->objective == OBJECTIVE_MC ? c->candidates : 0;
    }
    return n;
}

/* What an element of the weights takes: it, and its copy for products. */
static size_t
weight_bytes(const struct model *m)
{
    return dtype_bytes(m->wide) + (m->real == BF16 ? dtype_bytes(BF16) : 0);
}

/* What the host needs, in the order of model_open; then the plan of the device. */
static int
lay_out(struct model *m, const struct model_config *config, struct model_limits limits,
    enum dtype real, struct arena *arena, struct encoder_layer **layer)
{
    size_t scratch = MODEL_PIECE > limits.batch.chosen ? MODEL_PIECE : (size_t)limits.batch.chosen;
    size_t layers = (config_has_generator(config) ? 2 : 1) * (size_t)config->layers;
    struct parts *parts;
    int           rc;

    CHECK(real == F32 || real == BF16 || real == F64);
    CHECK(limits.batch.rows > 0 && limits.batch.sequences > 0 && limits.batch.chosen > 0);
    *m = (struct model){ .config = *config, .limits = limits, .real = real, .wide = wide_of(real) };
    if ((rc = config_check(config)) != OK || (rc = params_open(&m->params, config, arena)) != OK ||
        (rc = arena_alloc(arena, &parts, 1, sizeof *parts)) != OK ||
        (rc = arena_alloc(arena, layer, layers, sizeof **layer)) != OK)
        return rc;
    m->objective = objective_of(config);
    m->encoder = &parts->encoder;
    m->generator = config_has_generator(config) ? &parts->generator : NULL;
    m->mlm = &parts->mlm;
    m->electra = &parts->electra;
    m->mc = &parts->mc;
    m->classify = &parts->classify;
    m->notebook = config->notes.words > 0 ? &parts->notebook : NULL;
    if (m->notebook != NULL && (rc = notebook_host(m->notebook, m, arena)) != OK)
        return rc;
    if ((rc = arena_alloc(arena, &m->values, MODEL_PIECE, sizeof *m->values)) != OK)
        return rc;
    return arena_alloc(arena, &m->host, scratch, sizeof(double));
}

int
model_plan(struct model_plan *plan, const struct model_config *config, struct model_limits limits,
    enum dtype real)
{
    enum { ADDRESS_BYTES = 1 << 30 }; /* reserved, not touched but for the table of parameters */
    struct batch_limits   l = limits.batch;
    struct arena          arena;
    struct model          m;
    struct encoder_layer *layer;
    struct slab           slab = { 0 }, notes = { 0 };
    uint64_t              flat_bytes;
    int                   rc = arena_open(&arena, ADDRESS_BYTES);

    if (rc != OK)
        return rc;
    if ((rc = lay_out(&m, config, limits, real, &arena, &layer)) != OK) {
        arena_close(&arena);
        return rc;
    }
    cut_all(&m, layer, &slab, &notes);
    flat_bytes = (uint64_t)m.params.elements * dtype_bytes(m.wide);
    *plan = (struct model_plan){ .parameters = m.params.count,
        .weight_bytes = (uint64_t)m.params.elements * weight_bytes(&m),
        .gradient_bytes = limits.training ? flat_bytes : 0,
        .moment_bytes = limits.training ? 2 * flat_bytes : 0,
        .activation_bytes = slab.used_bytes,
        .note_bytes = notes.used_bytes,
        .host_bytes = arena.used_bytes,
        .need = need_of(config, l, real) };
    plan->device_bytes = plan->weight_bytes + plan->gradient_bytes + plan->moment_bytes +
        plan->activation_bytes + plan->note_bytes;
    plan->flop_per_token = model_flop(config, (uint64_t)l.rows,
        (uint64_t)l.rows * (uint64_t)longest_of(config, l), longest_of(config, l),
        (uint64_t)l.chosen) / l.rows;
    arena_close(&arena);
    return OK;
}

int
model_open(struct model *m, const struct model_config *config, struct model_limits limits,
    enum dtype real, const struct backend *be, struct arena *arena)
{
    struct encoder_layer *layer;
    struct slab           slab = { 0 }, notes = { 0 };
    struct need           need = need_of(config, limits.batch, real);
    uint64_t              flat_bytes;
    int                   rc = lay_out(m, config, limits, real, arena, &layer);

    m->backend = be;
    if (rc != OK)
        return rc;
    cut_all(m, layer, &slab, &notes);
    flat_bytes = (uint64_t)m->params.elements * dtype_bytes(m->wide);
    if ((rc = op_alloc(be, &m->activation, slab.used_bytes)) != OK ||
        (rc = op_alloc(be, &m->weight, m->params.elements * weight_bytes(m))) != OK)
        return rc;
    m->operand = m->real == BF16 ? (char *)m->weight + flat_bytes : m->weight;
    if (m->notebook != NULL &&
        (rc = op_alloc(be, &m->notebook->memory, notes.used_bytes)) != OK)
        return rc;
    slab = (struct slab){ .base = m->activation };
    notes = (struct slab){ .base = m->notebook != NULL ? m->notebook->memory : NULL };
    cut_all(m, layer, &slab, &notes);
    op_zero(be, m->report);
    if (!limits.training)
        return op_sync(be);
    if ((rc = op_alloc(be, &m->gradient, flat_bytes)) != OK ||
        (rc = op_alloc(be, &m->moment1, flat_bytes)) != OK ||
        (rc = op_alloc(be, &m->moment2, flat_bytes)) != OK || (rc = op_reserve(be, &need)) != OK)
        return rc;
    model_forget(m);
    model_forget_moments(m);
    return op_sync(be);
}

void
model_close(struct model *m)
{
    void *memory[] = { m->activation, m->weight, m->gradient, m->moment1, m->moment2 };

    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        if (memory[i] != NULL)
            op_free(m->backend, memory[i]);
    if (m->notebook != NULL && m->notebook->memory != NULL)
        op_free(m->backend, m->notebook->memory);
    *m = (struct model){ 0 };
}
