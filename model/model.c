/* model.c -- see model.h.  Its parts: encoder.c, position.c, and the objectives mlm.c, electra.c and
 * classify.c. */
#include "model/model.h"

#include <math.h>

#include "model/classify.h"
#include "model/electra.h"
#include "model/mlm.h"
#include "model/notebook.h"

/* The structs behind the pointers of a model, in one piece of the arena. */
struct parts {
    struct encoder  encoder, generator;
    struct mlm      mlm;
    struct electra  electra;
    struct classify classify;
    struct notebook notebook;
};

static const struct objective_ops *
objective_of(const struct model_config *c)
{
    static const struct objective_ops *const objectives[OBJECTIVES] = {
        [OBJECTIVE_MLM] = &mlm_objective,
        [OBJECTIVE_ELECTRA] = &electra_objective,
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

/* All of the device's memory but weights, gradients and moments; `notes` is what lasts of notes. */
static void
cut_all(struct model *m, struct encoder_layer *layer, struct slab *slab, struct slab *notes)
{
    struct batch_limits l = m->limits.batch;
    int                 longest = l.rows < m->config.max_len ? l.rows : m->config.max_len;

    cut_batch(&m->device_limits, l, m->wide, slab);
    m->sum = slab_view(slab, m->wide, 1, 1);
    encoder_cut(m->encoder, layer, m, l.rows, longest, slab);
    if (m->generator != NULL)
        encoder_cut(m->generator, layer + m->config.layers, m, l.rows, longest, slab);
    m->objective->cut(m, slab);
    if (m->notebook != NULL)
        notebook_cut(m->notebook, m, notes, slab);
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

    CHECK(real == F32 || real == F64);
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
    m->classify = &parts->classify;
    if (m->generator != NULL && (rc = electra_host(m->electra, limits.batch, arena)) != OK)
        return rc;
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
        .weight_bytes = flat_bytes,
        .gradient_bytes = limits.training ? flat_bytes : 0,
        .moment_bytes = limits.training ? 2 * flat_bytes : 0,
        .activation_bytes = slab.used_bytes,
        .note_bytes = notes.used_bytes,
        .host_bytes = arena.used_bytes };
    plan->device_bytes = plan->weight_bytes + plan->gradient_bytes + plan->moment_bytes +
        plan->activation_bytes + plan->note_bytes;
    plan->flop_per_token = model_flop(config, (uint64_t)l.rows,
        (uint64_t)l.rows * (uint64_t)config->max_len, (uint64_t)l.chosen) / l.rows;
    arena_close(&arena);
    return OK;
}

/* Multiplications of the layers. */
static double
layers_products(struct model_size size, uint64_t rows, uint64_t squares)
{
    double width = size.hidden, inner = size.ffn;

    return size.layers * ((double)rows * (4 * width * width + 2 * width * inner) +
        2 * width * (double)squares);
}

double
model_flop(const struct model_config *c, uint64_t rows, uint64_t squares, uint64_t chosen)
{
    double width = c->hidden, products = layers_products(config_size(c), rows, squares);

    if (config_has_generator(c)) {
        struct model_size size = config_generator(c);
        double            narrow = size.hidden;

        products += layers_products(size, rows, squares) + (double)rows * width * narrow +
            (double)chosen * width * (narrow + c->vocab_size) + (double)rows * width * (width + 1);
    } else {
        products += (double)chosen * width * (width + (c->classes ? c->classes : c->vocab_size));
    }
    /* 2 for a multiplication and an addition; 3 for forward and the two products of backward */
    return 2 * 3 * products;
}

int
model_open(struct model *m, const struct model_config *config, struct model_limits limits,
    enum dtype real, const struct backend *be, struct arena *arena)
{
    struct encoder_layer *layer;
    struct slab           slab = { 0 }, notes = { 0 };
    uint64_t              flat_bytes;
    int                   rc = lay_out(m, config, limits, real, arena, &layer);

    m->backend = be;
    if (rc != OK)
        return rc;
    cut_all(m, layer, &slab, &notes);
    flat_bytes = (uint64_t)m->params.elements * dtype_bytes(m->wide);
    if ((rc = op_alloc(be, &m->activation, slab.used_bytes)) != OK ||
        (rc = op_alloc(be, &m->weight, flat_bytes)) != OK)
        return rc;
    if (m->notebook != NULL &&
        (rc = op_alloc(be, &m->notebook->memory, notes.used_bytes)) != OK)
        return rc;
    slab = (struct slab){ .base = m->activation };
    notes = (struct slab){ .base = m->notebook != NULL ? m->notebook->memory : NULL };
    cut_all(m, layer, &slab, &notes);
    if (!limits.training)
        return op_sync(be);
    if ((rc = op_alloc(be, &m->gradient, flat_bytes)) != OK ||
        (rc = op_alloc(be, &m->moment1, flat_bytes)) != OK ||
        (rc = op_alloc(be, &m->moment2, flat_bytes)) != OK)
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

/* ---- parameters ------------------------------------------------------------------------------ */

struct view
model_weight(const struct model *m, int param)
{
    return params_view(&m->params, m->weight, m->wide, param);
}

struct view
model_gradient(const struct model *m, int param)
{
    return params_view(&m->params, m->gradient, m->wide, param);
}

static void *
array_of(const struct model *m, enum model_array array)
{
    void *flat[] = { m->weight, m->gradient, m->moment1, m->moment2 };

    CHECK(flat[array] != NULL);
    return flat[array];
}

/* Elements first .. first + count - 1 of a parameter, as one row. */
static struct view
piece_of(const struct model *m, enum model_array array, int param, size_t first, size_t count)
{
    size_t at = (m->params.param[param].offset + first) * dtype_bytes(m->wide);

    return view_of((char *)array_of(m, array) + at, m->wide, 1, (int)count);
}

static size_t
elements_of(const struct model *m, int param)
{
    return (size_t)m->params.param[param].rows * (size_t)m->params.param[param].cols;
}

/* Doubles to the device and back, by way of m->host. */
void
model_upload(struct model *m, struct view v, const double *values)
{
    float *narrow = m->host;

    if (m->wide == F64) {
        op_upload(m->backend, v, values);
        return;
    }
    for (int i = 0; i < v.cols; i++)
        narrow[i] = (float)values[i];
    op_upload(m->backend, v, narrow);
}

void
model_download(const struct model *m, double *values, struct view v)
{
    size_t       count = (size_t)v.rows * (size_t)v.cols;
    const float *narrow = m->host;

    if (m->wide == F64) {
        op_download(m->backend, values, v);
        return;
    }
    op_download(m->backend, m->host, v);
    for (size_t i = 0; i < count; i++)
        values[i] = (double)narrow[i];
}

void
model_get_piece(const struct model *m, enum model_array array, int param, size_t first,
    size_t count, double *values)
{
    CHECK(count <= MODEL_PIECE && first + count <= elements_of(m, param));
    model_download(m, values, piece_of(m, array, param, first, count));
}

void
model_set_piece(struct model *m, enum model_array array, int param, size_t first, size_t count,
    const double *values)
{
    CHECK(count <= MODEL_PIECE && first + count <= elements_of(m, param));
    model_upload(m, piece_of(m, array, param, first, count), values);
}

/* How many elements from `first` on make the next piece of a parameter. */
static size_t
piece_length(const struct model *m, int param, size_t first)
{
    size_t rest = elements_of(m, param) - first;

    return rest < MODEL_PIECE ? rest : MODEL_PIECE;
}

void
model_get(const struct model *m, enum model_array array, int param, double *values)
{
    for (size_t first = 0; first < elements_of(m, param); first += MODEL_PIECE)
        model_get_piece(m, array, param, first, piece_length(m, param, first), values + first);
}

void
model_set(struct model *m, enum model_array array, int param, const double *values)
{
    for (size_t first = 0; first < elements_of(m, param); first += MODEL_PIECE)
        model_set_piece(m, array, param, first, piece_length(m, param, first), values + first);
}

void
model_start_one(struct model *m, int param, uint64_t seed)
{
    for (size_t first = 0; first < elements_of(m, param); first += MODEL_PIECE) {
        size_t count = piece_length(m, param, first);

        params_start(m->values, &m->params, param, first, count, (double)m->config.initializer,
            seed);
        model_set_piece(m, MODEL_WEIGHT, param, first, count, m->values);
    }
}

void
model_start(struct model *m, uint64_t seed)
{
    for (int i = 0; i < m->params.params; i++)
        model_start_one(m, i, seed);
    if (m->notebook != NULL)
        notebook_start(m, seed);
}

void
model_forget_moments(struct model *m)
{
    op_zero(m->backend, params_all(&m->params, m->moment1, m->wide));
    op_zero(m->backend, params_all(&m->params, m->moment2, m->wide));
}

void
model_forget(struct model *m)
{
    op_zero(m->backend, params_all(&m->params, m->gradient, m->wide));
}

/* ---- learning -------------------------------------------------------------------------------- */

static void
take(struct model *m, const struct batch *b)
{
    CHECK(b->rows <= m->limits.batch.rows && b->sequences <= m->limits.batch.sequences &&
        b->chosen <= m->limits.batch.chosen && b->words <= m->limits.batch.words &&
        b->span == m->config.max_len);
    batch_upload(m->backend, &m->device, &m->device_limits, b, m->host);
    m->longest = b->longest;
}

/* Which sequence of the batch a row belongs to. */
static int
sequence_of(const struct batch *b, int row)
{
    int sequence = 0;

    while (b->start[sequence + 1] <= row)
        sequence++;
    return sequence;
}

/* `count` losses of stat, added up in order; `at` says which rows they belong to, NULL: all.
 * Nothing else of a batch comes to the host. */
static int
add_up(struct model *m, const struct batch *b, struct view stat, const int32_t *at, int losses,
    struct loss_sum *loss)
{
    int             cols = stat.cols, piece = MODEL_PIECE / cols;
    struct loss_sum sum = { .count = losses };

    for (int first = 0; first < losses; first += piece) {
        int count = losses - first < piece ? losses - first : piece;

        model_download(m, m->values, view_rows(stat, first, count));
        for (int i = 0; i < count; i++) {
            double one = m->values[i * cols];

            if (!isfinite(one)) {
                int row = at ? at[first + i] : first + i, sequence = sequence_of(b, row);

                return err_set(ERR_NUMBER, "the loss is %s at token %d of sequence %d of the batch",
                    isnan(one) ? "not a number" : "infinite", row - b->start[sequence] + 1,
                    sequence + 1);
            }
            sum.sum += one;
            sum.correct += cols > 1 && m->values[(i + 1) * cols - 1] > 0;
        }
    }
    *loss = sum;
    return OK;
}

static int
finish(struct model *m, const struct batch *b, struct model_loss *loss)
{
    struct loss_sum sum, proposed = { 0 };
    bool            all = m->generator != NULL;
    int             rc = op_sync(m->backend);

    if (rc != OK ||
        (rc = add_up(m, b, m->stat, all ? NULL : b->row, all ? b->rows : b->chosen, &sum)) != OK ||
        (all && (rc = add_up(m, b, m->proposed, b->row, b->chosen, &proposed)) != OK))
        return rc;
    model_loss_add(loss, &(struct model_loss){ sum.sum, sum.count, sum.correct, proposed });
    return OK;
}

void
model_loss_add(struct model_loss *to, const struct model_loss *more)
{
    to->sum += more->sum;
    to->count += more->count;
    to->correct += more->correct;
    to->proposed.sum += more->proposed.sum;
    to->proposed.count += more->proposed.count;
    to->proposed.correct += more->proposed.correct;
}

double
model_loss_mean(const struct model_config *config, const struct model_loss *loss)
{
    double mean = loss->count > 0 ? loss->sum / (double)loss->count : 0;

    if (!config_has_generator(config))
        return mean;
    mean *= (double)config->choice_weight;
    if (loss->proposed.count > 0)
        mean += loss->proposed.sum / (double)loss->proposed.count;
    return mean;
}

int
model_learn(struct model *m, const struct batch *b, struct model_pass pass, struct model_loss *loss)
{
    struct encoder_pass learning = { .learning = true, .seed = pass.seed, .step = pass.step,
        .factor = (float)(1 / pass.normaliser) };
    int                 rc;

    CHECK(m->limits.training && pass.normaliser > 0);
    CHECK(m->generator == NULL || pass.tokens > 0);
    if (m->generator != NULL)
        learning.choice_factor = (float)((double)m->config.choice_weight / pass.tokens);
    if (b->rows == 0 || (b->chosen == 0 && b->words == 0 && m->generator == NULL))
        return OK;
    take(m, b);
    if ((rc = m->objective->run(m, b, &learning)) != OK)
        return rc;
    if (m->notebook != NULL)
        notebook_sum(m, b, encoder_output(m->encoder));
    return finish(m, b, loss);
}

/* Logits of the classes, before the loss can refuse them. */
static void
copy_scores(struct model *m, const struct batch *b, double *scores)
{
    int classes = m->config.classes, piece = MODEL_PIECE / classes;

    CHECK(classes > 0);
    for (int first = 0; first < b->chosen; first += piece) {
        int count = b->chosen - first < piece ? b->chosen - first : piece;

        model_download(m, scores + (size_t)first * (size_t)classes,
            view_rows(m->classify->logits, first, count));
    }
}

int
model_eval(struct model *m, const struct batch *b, struct model_loss *loss, double *scores)
{
    struct encoder_pass evaluating = { .learning = false };
    int                 rc;

    if (b->rows == 0 || (b->chosen == 0 && m->generator == NULL))
        return OK;
    take(m, b);
    if ((rc = m->objective->run(m, b, &evaluating)) != OK)
        return rc;
    if (scores != NULL)
        copy_scores(m, b, scores);
    return finish(m, b, loss);
}
