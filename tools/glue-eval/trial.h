/* trial.h -- a task made ready for runs: its sets, tokenised, and a model. */
#ifndef TOOLS_GLUE_EVAL_TRIAL_H
#define TOOLS_GLUE_EVAL_TRIAL_H

#include "tools/glue-eval/finetune.h"
#include "tools/glue-eval/source.h"

struct trial {
    const struct source *source;
    int                  number; /* of the task among options->task */
    struct inputs        sets[TASK_SPLITS];
    struct finetune      finetune;
};

/* All of them end the program on failure. */

/* trial_open -- options->task[t], with its test sets or without. */
void trial_open(struct trial *trial, const struct source *source, int t, bool tests);
void trial_close(struct trial *trial);

/* trial_run -- the cell's first `epochs` epochs, each told on standard error. */
void trial_run(struct finetune_result *result, struct trial *trial, const struct cell *cell,
    int epochs);
/* trial_record -- the whole cell, to its line in runs.jsonl; nothing if a signal stopped it. */
void trial_record(struct trial *trial, const struct cell *cell);

#endif
