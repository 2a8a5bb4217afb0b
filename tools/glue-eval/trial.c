/* trial.c -- see trial.h. */
#include "tools/glue-eval/trial.h"

#include <math.h>
#include <time.h>

#include "lib/tool.h"
#include "tools/glue-eval/record.h"

static double
now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
say_step(const struct cell *cell, uint32_t step, uint32_t steps)
{
    tool_status("%s, lr %g, seed %lld: step %u of %u", cell->task->name, cell->lr, cell->seed, step,
        steps);
}

static void
say_epoch(const struct cell *cell, const struct finetune_result *result)
{
    const struct finetune_epoch *epoch = &result->epochs[result->count - 1];
    struct buf                   text = { 0 };

    if (result->broke > 0) {
        tool_say("warning: %s, lr %g, seed %lld: broke at step %u: %s; its scores count as 0",
            cell->task->name, cell->lr, cell->seed, result->broke, err_msg());
        return;
    }
    for (int i = 0; i < TASK_SCORES && cell->task->scores[i].name != NULL; i++)
        if (!isnan(epoch->scores[i]))
            tool_try(buf_addf(&text, ", %s %.2f", cell->task->scores[i].name,
                100 * epoch->scores[i]));
    tool_say("%s, lr %g, seed %lld: epoch %d of %lld: loss %.4f%s%s", cell->task->name, cell->lr,
        cell->seed, result->count, cell->epochs, epoch->loss, text.bytes,
        epoch->undefined ? " (warning: a score is 0/0, counted as 0)" : "");
    buf_free(&text);
}

void
trial_open(struct trial *trial, const struct source *source, int t, bool tests)
{
    *trial = (struct trial){ .source = source, .number = t };
    trial->finetune = (struct finetune){ .task = source->options->task[t], .sets = trial->sets,
        .recipe = &source->options->recipe, .checkpoint = source->dir.bytes, .at_step = say_step };
    source_task(trial->sets, source, t, tests);
    tool_try(finetune_open(&trial->finetune, &source->config, source->backend));
}

void
trial_close(struct trial *trial)
{
    finetune_close(&trial->finetune);
    for (int i = 0; i < TASK_SPLITS; i++)
        inputs_free(&trial->sets[i]);
}

void
trial_run(struct finetune_result *result, struct trial *trial, const struct cell *cell, int epochs)
{
    tool_try(finetune_run(result, &trial->finetune, cell, epochs, say_epoch));
    if (!result->stopped)
        source_recheck(trial->source);
}

void
trial_record(struct trial *trial, const struct cell *cell)
{
    const struct source   *source = trial->source;
    struct finetune_result result;
    struct buf             settings = { 0 }, line = { 0 };
    struct record_facts    facts = {
           .device = backend_name(source->backend),
           .rows = trial->sets[0].count,
           .truncated = trial->sets[0].truncated,
           .started = (long long)time(NULL),
    };
    double                 start_s = now_s();

    trial_run(&result, trial, cell, (int)cell->epochs);
    if (!result.stopped) {
        facts.seconds = now_s() - start_s;
        tool_try(grid_settings(&settings, cell, &source->options->recipe, source->hash,
            source->data_hash[trial->number]));
        facts.settings = settings.bytes;
        tool_try(record_line(&line, cell, &result, &facts));
        tool_try(grid_append(source->options->common.output, &line));
    }
    buf_free(&settings);
    buf_free(&line);
    finetune_result_free(&result);
}
