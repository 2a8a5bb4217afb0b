/* finetune.c -- see finetune.h. */
#include "tools/glue-eval/finetune.h"

#include <math.h>
#include <string.h>

#include "lib/halt.h"
#include "lib/permute.h"
#include "lib/philox.h"
#include "model/checkpoint.h"
#include "model/metric.h"
#include "model/optimizer.h"

/* A step's batch is learned in pieces of at most so many tokens (or one sequence): enough to keep
 * a processor busy, and memory does not grow with --batch. */
enum { PIECE_ROWS = 4096, PIECE_SEQUENCES = 256, PIECE_SCORES = PIECE_SEQUENCES * TASK_CLASSES };

/* ---- open, close ---- */

static enum dtype
real_of(const struct finetune *f)
{
    return f->recipe->precision > 0 ? BF16 : F32;
}

static int
open_arena(struct finetune *f, const struct model_config *config, struct model_limits limits,
    size_t examples)
{
    struct model_plan plan;
    size_t            bytes = batch_bytes(limits.batch);
    int               rc = model_plan(&plan, config, limits, real_of(f));

    bytes += PIECE_SCORES * sizeof *f->scores;
    bytes += examples * 2 * (sizeof *f->guess_value + sizeof *f->guess);
    return rc != OK ? rc : arena_open(&f->arena, plan.host_bytes + bytes + (1 << 20));
}

int
finetune_open(struct finetune *f, const struct model_config *checkpoint_config,
    const struct backend *be)
{
    struct model_config config = *checkpoint_config;
    struct model_limits limits = { .batch = { .rows = PIECE_ROWS, .sequences = PIECE_SEQUENCES,
                                       .chosen = PIECE_SEQUENCES }, .training = true };
    size_t              examples = 0;
    struct arena       *arena = &f->arena;
    int                 rc;

    config.classes = f->task->classes;
    config.notes = (struct notes_config){ 0 }; /* they are of pre-training */
    config.dropout = config.attention_dropout = (float)f->recipe->dropout;
    for (int i = 0; i < TASK_SPLITS; i++) {
        if (f->sets[i].longest > limits.batch.rows)
            limits.batch.rows = f->sets[i].longest;
        if (i > 0 && f->sets[i].count > examples)
            examples = f->sets[i].count;
    }
    if ((rc = config_check(&config)) != OK || (rc = open_arena(f, &config, limits, examples)) != OK
        || (rc = batch_open(&f->batch, limits.batch, config.max_len, arena)) != OK
        || (rc = arena_alloc(arena, &f->scores, PIECE_SCORES, sizeof *f->scores)) != OK
        || (rc = arena_alloc(arena, &f->guess_value, examples, sizeof *f->guess_value)) != OK
        || (rc = arena_alloc(arena, &f->truth_value, examples, sizeof *f->truth_value)) != OK
        || (rc = arena_alloc(arena, &f->guess, examples, sizeof *f->guess)) != OK
        || (rc = arena_alloc(arena, &f->truth, examples, sizeof *f->truth)) != OK)
        return rc;
    return model_open(&f->model, &config, limits, real_of(f), be, arena);
}

void
finetune_close(struct finetune *f)
{
    model_close(&f->model);
    arena_close(&f->arena);
    buf_free(&f->told);
}

/* ---- batches ---- */

static int
input_len(const struct inputs *in, size_t index)
{
    return (int)(in->start[index + 1] - in->start[index]);
}

static void
add_input(struct finetune *f, const struct inputs *in, size_t index, int place)
{
    /* segment types are for those checkpoints only that were pre-trained with two */
    int second = f->model.config.segments ? in->second[index] : 0;

    batch_add(&f->batch, in->ids + in->start[index], input_len(in, index), second, place);
    if (f->task->classes == 1)
        batch_value(&f->batch, (double)in->label[index]);
    else
        batch_label(&f->batch, (int)in->label[index]);
}

/* One step's batch: examples first .. first + count - 1 of the epoch's order. */
static void
learn_batch(struct finetune *f, const struct cell *cell, int epoch, size_t first, size_t count,
    struct model_pass pass)
{
    const struct inputs *in = &f->sets[0];

    model_forget(&f->model);
    batch_reset(&f->batch);
    for (size_t i = 0; i < count; i++) {
        size_t index = (size_t)permute_index((uint64_t)cell->seed, PHILOX_FINETUNE, (uint32_t)epoch,
            in->count, first + i);

        if (!batch_fits(&f->batch, input_len(in, index), 1)) {
            model_learn(&f->model, &f->batch, pass);
            batch_reset(&f->batch);
        }
        add_input(f, in, index, (int)i);
    }
    model_learn(&f->model, &f->batch, pass);
}

/* ---- scores ---- */

static void
take_guesses(struct finetune *f, const struct inputs *in, size_t first, size_t count)
{
    int classes = f->task->classes;

    for (size_t i = 0; i < count; i++) {
        const double *scores = f->scores + i * (size_t)classes;
        int           best = 0;

        for (int k = 1; k < classes; k++)
            if (scores[k] > scores[best])
                best = k;
        f->guess[first + i] = best;
        f->guess_value[first + i] = scores[0];
        f->truth[first + i] = (int)in->label[first + i];
        f->truth_value[first + i] = (double)in->label[first + i];
    }
}

int
finetune_guess(struct finetune *f, const struct inputs *in)
{
    struct model_loss loss = { 0 };
    size_t            first = 0, places = (size_t)(INT32_MAX / f->batch.span);
    int               rc;

    batch_reset(&f->batch);
    for (size_t i = 0; i <= in->count; i++) {
        if (i == in->count || !batch_fits(&f->batch, input_len(in, i), 1)) {
            if ((rc = model_eval(&f->model, &f->batch, &loss, f->scores)) != OK)
                return rc;
            take_guesses(f, in, first, i - first);
            batch_reset(&f->batch);
            first = i;
        }
        if (i < in->count)
            add_input(f, in, i, (int)(i % places));
        if (halt_signal() != 0)
            return OK;
    }
    return OK;
}

static int
score_of(double *value, bool *undefined, const struct finetune *f, enum task_metric metric,
    size_t count)
{
    switch (metric) {
    case TASK_ACCURACY:
        *value = metric_accuracy(undefined, f->guess, f->truth, count);
        break;
    case TASK_F1:
        *value = metric_f1(undefined, f->guess, f->truth, count, 1);
        break;
    case TASK_MATTHEWS:
        *value = metric_matthews(undefined, f->guess, f->truth, count, f->task->classes);
        break;
    case TASK_PEARSON:
        *value = metric_pearson(undefined, f->guess_value, f->truth_value, count);
        break;
    case TASK_SPEARMAN:
        return metric_spearman(value, undefined, f->guess_value, f->truth_value, count);
    }
    return OK;
}

static int
score_epoch(struct finetune *f, struct finetune_epoch *epoch)
{
    int rc = OK;

    for (int split = 1; split < TASK_SPLITS && rc == OK && halt_signal() == 0; split++) {
        if (f->sets[split].count == 0 || f->task->splits[split].answers != NULL)
            continue;
        rc = finetune_guess(f, &f->sets[split]);
        for (int i = 0; i < TASK_SCORES && f->task->scores[i].name != NULL && rc == OK; i++)
            if (f->task->scores[i].split == split)
                rc = score_of(&epoch->scores[i], &epoch->undefined, f, f->task->scores[i].metric,
                    f->sets[split].count);
    }
    return rc;
}

/* ---- the run ---- */

/* What became of the steps on their way, but for the last `left`.  One whose numbers are none has
 * broken the run. */
static int
hear(struct finetune_result *result, struct model *m, unsigned left, struct model_loss *loss)
{
    while (m->told - m->heard > left) {
        struct model_told told;
        int               rc = model_hear(m, &told);

        if (rc == OK)
            rc = optimizer_check(m, &told);
        if (rc == ERR_NUMBER)
            result->broke = result->steps = told.step;
        if (rc != OK)
            return rc;
        model_loss_add(loss, &told.loss);
    }
    return OK;
}

static int
run_epoch(struct finetune_result *result, struct finetune *f, const struct cell *cell,
    const struct optimizer *optimizer, int epoch)
{
    size_t            examples = f->sets[0].count, batch = (size_t)f->recipe->batch;
    struct model_loss loss = { 0 };
    int               rc = OK;

    for (size_t first = 0; first < examples && rc == OK && halt_signal() == 0; first += batch) {
        size_t            count = examples - first < batch ? examples - first : batch;
        struct model_pass pass = { .normaliser = (double)count, .seed = (uint64_t)cell->seed,
            .step = ++result->steps };

        f->at_step(cell, result->steps, optimizer->steps);
        learn_batch(f, cell, epoch, first, count, pass);
        optimizer_step(optimizer, &f->model, result->steps);
        model_tell(&f->model, result->steps);
        rc = hear(result, &f->model, 1, &loss);
    }
    if (rc == OK)
        rc = hear(result, &f->model, 0, &loss);
    if (rc != OK)
        return rc;
    if (loss.count > 0)
        result->epochs[epoch].loss = loss.sum / (double)loss.count;
    return score_epoch(f, &result->epochs[epoch]);
}

static void
broken(struct finetune_result *result, struct finetune *f, int epoch, int epochs)
{
    if (result->broke == 0) /* not a step: the evaluation behind it */
        result->broke = result->steps;
    model_drop(&f->model);
    result->count = epochs;
    for (int i = epoch; i < epochs; i++) {
        result->epochs[i].loss = 0;
        result->epochs[i].undefined = true;
        for (int k = 0; k < TASK_SCORES; k++)
            if (!isnan(result->epochs[i].scores[k]))
                result->epochs[i].scores[k] = 0;
    }
}

/* Scores start as 0, those of a dev set that is not there as NaN: that is how they are left out. */
static int
start_epochs(struct finetune_result *result, const struct finetune *f, int epochs)
{
    int rc;

    *result = (struct finetune_result){ 0 };
    if ((rc = buf_reserve(&result->memory, (size_t)epochs * sizeof *result->epochs)) != OK)
        return rc;
    result->epochs = (struct finetune_epoch *)(void *)result->memory.bytes;
    memset(result->epochs, 0, (size_t)epochs * sizeof *result->epochs);
    for (int i = 0; i < epochs; i++)
        for (int k = 0; k < TASK_SCORES && f->task->scores[k].name != NULL; k++)
            if (f->sets[f->task->scores[k].split].count == 0)
                result->epochs[i].scores[k] = (double)NAN;
    return OK;
}

static struct optimizer
optimizer_of(const struct finetune *f, const struct cell *cell)
{
    const struct recipe *r = f->recipe;
    size_t               batch = (size_t)r->batch;
    double steps = (double)((f->sets[0].count + batch - 1) / batch) * (double)cell->epochs;

    return (struct optimizer){
        .lr = cell->lr, .beta1 = r->beta1, .beta2 = r->beta2, .eps = r->eps,
        .decay = r->weight_decay, .clip = r->clip,
        .warmup = (uint32_t)(r->warmup * steps), .steps = (uint32_t)steps,
        .decay_exclude = 0, /* as fairseq, which the authors of TUPE used */
    };
}

int
finetune_run(struct finetune_result *result, struct finetune *f, const struct cell *cell,
    int epochs, void (*at_epoch)(const struct cell *cell, const struct finetune_result *result))
{
    struct optimizer optimizer = optimizer_of(f, cell);
    uint64_t         seed = (uint64_t)cell->seed;
    int              rc;

    buf_reset(&f->told);
    if ((rc = start_epochs(result, f, epochs)) != OK
        || (rc = checkpoint_weights(&f->model, &f->told, f->checkpoint, seed)) != OK)
        return rc;
    model_forget_moments(&f->model);
    for (int epoch = 0; epoch < epochs && result->broke == 0; epoch++) {
        result->count = epoch + 1;
        rc = run_epoch(result, f, cell, &optimizer, epoch);
        if (rc == ERR_NUMBER)
            broken(result, f, epoch, epochs);
        else if (rc != OK)
            return rc;
        if (halt_signal() != 0) {
            result->stopped = true;
            return OK;
        }
        if (result->epochs[epoch].scores[0] > result->epochs[result->best].scores[0])
            result->best = epoch;
        at_epoch(cell, result);
    }
    return OK;
}

void
finetune_result_free(struct finetune_result *result)
{
    buf_free(&result->memory);
    *result = (struct finetune_result){ 0 };
}
