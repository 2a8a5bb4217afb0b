/* predict.c -- see predict.h; the archive's page is glue(5). */
#include "tools/glue-eval/predict.h"

#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/halt.h"
#include "lib/tool.h"
#include "lib/zip.h"
#include "tools/glue-eval/record.h"
#include "tools/glue-eval/trial.h"

static const size_t answers_bytes_max = (size_t)1 << 30;

/* ---- the answers of one set ---- */

/* The epoch of the run that answers. */
static int
epoch_of(const struct cell *cell, enum record_pick pick)
{
    return pick == RECORD_BEST ? cell->best_epoch : (int)cell->epochs;
}

/* DIR/predictions/NAME-HASH.tsv, by all that the answers depend on. */
static void
path_of(struct buf *path, const struct source *s, const struct cell *cell, int t, int split)
{
    char       hash[HASH_HEX_BYTES];
    struct buf all = { 0 };

    tool_try(buf_addf(&all, "%s %d %s", cell->name, epoch_of(cell, s->options->pick),
        s->set_hash[t][split]));
    hash_hex(hash, all.bytes, all.len);
    buf_reset(path);
    tool_try(buf_addf(path, "%s/predictions/%s-%s.tsv", s->options->common.output,
        cell->task->splits[split].answers, hash));
    buf_free(&all);
}

/* The line of example `index`: its class by name, or its number to three places. */
static void
add_answer(struct buf *text, const struct task *task, size_t index, int class, double value)
{
    double number = value * task->label_max;

    if (task->classes > 1)
        tool_try(buf_addf(text, "%zu\t%s\n", index, task->labels[class]));
    else
        tool_try(buf_addf(text, "%zu\t%.3f\n", index,
            number < 0 ? 0 : number > task->label_max ? task->label_max : number));
}

static void
start_answers(struct buf *text)
{
    buf_reset(text);
    tool_try(buf_adds(text, "index\tprediction\n"));
}

static void
answer_set(struct trial *trial, const struct cell *cell, int split)
{
    struct finetune *f = &trial->finetune;
    const char      *dir = trial->source->options->common.output;
    struct buf       path = { 0 }, text = { 0 };
    int              lock;

    tool_try(finetune_guess(f, &trial->sets[split]));
    if (halt_signal() == 0) {
        start_answers(&text);
        for (size_t i = 0; i < trial->sets[split].count; i++)
            add_answer(&text, cell->task, i, f->guess[i], f->guess_value[i]);
        path_of(&path, trial->source, cell, trial->number, split);
        tool_try(grid_lock(&lock, dir));
        tool_try(file_write_all(path.bytes, text.bytes, text.len));
        close(lock);
    }
    buf_free(&path);
    buf_free(&text);
}

/* ---- a task ---- */

/* The run that answers for a task; NULL: all have broken, or it was not asked for. */
static const struct cell *
cell_of(const struct grid *grid, const struct source *s, const struct task *task)
{
    const struct cell *cell;

    tool_try(record_best(&cell, grid, task, s->options->pick));
    return cell == NULL || cell->broke ? NULL : cell;
}

static bool
is_answered(const struct source *s, const struct cell *cell, int t, int split)
{
    struct buf path = { 0 };
    bool       there;

    path_of(&path, s, cell, t, split);
    there = access(path.bytes, F_OK) == 0;
    buf_free(&path);
    return there;
}

/* Is there anything to do for test set `split`? */
static bool
is_wanted(const struct source *s, const struct cell *cell, int t, int split)
{
    return cell->task->splits[split].answers != NULL && s->set_hash[t][split][0] != '\0'
        && !is_answered(s, cell, t, split);
}

static void
compare(const struct cell *cell, const struct finetune_result *result, enum record_pick pick)
{
    const struct finetune_epoch *epoch = &result->epochs[result->count - 1];
    double                       then = (pick == RECORD_BEST ? cell->best : cell->last)[0];

    if (result->broke > 0 || epoch->scores[0] != then)
        tool_say("warning: %s, lr %g, seed %lld: made again it scores %.4f, where %.4f is recorded "
            "(another device or version made that)", cell->task->name, cell->lr, cell->seed,
            100 * epoch->scores[0], 100 * then);
}

void
predict_task(const struct grid *grid, const struct source *s, int t)
{
    const struct cell     *cell = cell_of(grid, s, s->options->task[t]);
    struct finetune_result result;
    struct trial           trial;
    struct buf             dir = { 0 };
    bool                   wanted = false;

    for (int i = 0; i < TASK_SPLITS && cell != NULL; i++)
        wanted |= is_wanted(s, cell, t, i);
    if (!wanted)
        return;
    tool_try(buf_addf(&dir, "%s/predictions", s->options->common.output));
    tool_try(dir_make(dir.bytes));
    tool_say("%s, lr %g, seed %lld: made again, to answer the test set by epoch %d",
        cell->task->name, cell->lr, cell->seed, epoch_of(cell, s->options->pick));
    trial_open(&trial, s, t, true);
    trial_run(&result, &trial, cell, epoch_of(cell, s->options->pick));
    if (!result.stopped) {
        compare(cell, &result, s->options->pick);
        for (int i = 0; i < TASK_SPLITS; i++)
            if (is_wanted(s, cell, t, i))
                answer_set(&trial, cell, i);
    }
    finetune_result_free(&result);
    trial_close(&trial);
    buf_free(&dir);
}

/* ---- the archive ---- */

/* The place of a task among those asked for; -1: it was not. */
static int
number_of(const struct options *o, const struct task *task)
{
    for (int t = 0; t < o->tasks; t++)
        if (o->task[t] == task)
            return t;
    return -1;
}

/* The answers to one test set; false: there are none, and the first class stands for them. */
static bool
take_answers(struct buf *text, const struct grid *grid, const struct source *s,
    const struct task *task, int split)
{
    int                t = number_of(s->options, task);
    const struct cell *cell = t < 0 ? NULL : cell_of(grid, s, task);
    struct buf         path = { 0 };

    if (cell != NULL && s->set_hash[t][split][0] != '\0') {
        buf_reset(text);
        path_of(&path, s, cell, t, split);
        tool_try(file_read_all(text, path.bytes, answers_bytes_max));
        buf_free(&path);
        return true;
    }
    start_answers(text);
    for (size_t i = 0; i < task->splits[split].rows; i++)
        add_answer(text, task, i, 0, 0);
    return false;
}

void
predict_archive(const struct grid *grid, const struct source *s)
{
    struct zip zip = { 0 };
    struct buf text = { 0 }, name = { 0 }, path = { 0 }, without = { 0 };
    int        lock;

    for (int i = 0; i < TASK_COUNT; i++)
        for (int split = 0; split < TASK_SPLITS; split++) {
            const char *answers = task_all[i].splits[split].answers;

            if (answers == NULL)
                continue;
            if (!take_answers(&text, grid, s, &task_all[i], split))
                tool_try(buf_addf(&without, "%s%s", without.len > 0 ? ", " : "", answers));
            buf_reset(&name);
            tool_try(buf_addf(&name, "%s.tsv", answers));
            tool_try(zip_add(&zip, name.bytes, text.bytes, text.len));
        }
    tool_try(zip_end(&zip));
    tool_try(buf_addf(&path, "%s/submission.zip", s->options->common.output));
    tool_try(grid_lock(&lock, s->options->common.output));
    tool_try(file_write_all(path.bytes, zip.files.bytes, zip.files.len));
    close(lock);
    tool_say("%s is written", path.bytes);
    if (without.len > 0)
        tool_say("warning: it has the first class throughout, as there are no answers, in %s",
            without.bytes);
    zip_free(&zip);
    buf_free(&text);
    buf_free(&name);
    buf_free(&path);
    buf_free(&without);
}
