/* finetune.h -- one fine-tuning run: from the pre-trained weights to scores on the dev sets, and
 * guesses for the test sets.
 *
 * The recipe is that of Ke et al. 2021, appendix B: AdamW on every weight, linear warm-up over a
 * share of the steps and linear decay to 0, clipping, dropout; the head is model/classify.h.  The
 * order of the examples, the new weights and dropout follow from the seed alone, so two runs of one
 * cell give the same bits for any number of threads.  After each epoch the dev set is scored. */
#ifndef TOOLS_GLUE_EVAL_FINETUNE_H
#define TOOLS_GLUE_EVAL_FINETUNE_H

#include "tools/glue-eval/grid.h"
#include "tools/glue-eval/input.h"
#include "model/model.h"

/* What the runs of one task share. */
struct finetune {
    const struct task   *task;
    const struct recipe *recipe;
    const char          *checkpoint; /* its directory */
    const struct inputs *sets;       /* [TASK_SPLITS] as task->splits; count 0: absent */
    struct model         model;
    struct batch         batch;
    struct arena         arena;
    double              *scores; /* what model_eval gives */
    /* of the set last guessed, [largest set]: the score of class 0, and the class */
    double              *guess_value, *truth_value;
    int                 *guess, *truth;
    void (*at_step)(const struct cell *cell, uint32_t step, uint32_t steps); /* told of each */
    struct buf           told; /* what checkpoint_weights said */
};

struct finetune_epoch {
    double loss; /* mean over the training examples, in nats or squared errors */
    double scores[TASK_SCORES]; /* NaN: of a dev set that is absent */
    bool   undefined;
};

struct finetune_result {
    struct buf             memory;
    struct finetune_epoch *epochs; /* in `memory` */
    int                    count, best; /* `best`: index of the first highest scores[0] */
    uint32_t               steps;
    uint32_t               broke; /* step at which a number was lost; 0: none */
    bool                   stopped;
};

/* finetune_open -- a model for the task: the checkpoint's configuration, the recipe's dropout.
 * Errors: ERR_MEMORY, ERR_DEVICE, ERR_MISMATCH. */
MUST int finetune_open(struct finetune *f, const struct model_config *config,
    const struct backend *be);
void     finetune_close(struct finetune *f);

/* finetune_run -- the first `epochs` of the epochs that the cell has, with its lr and seed;
 * `at_epoch` is told of each.  A run whose loss or gradient is lost (not a number) is a result, not
 * a failure: it ends there, its scores are 0 and undefined.  A signal (lib/halt.h) ends it without
 * one: `stopped`.  Errors: of reading the checkpoint, ERR_DEVICE, ERR_MEMORY. */
MUST int finetune_run(struct finetune_result *result, struct finetune *f, const struct cell *cell,
    int epochs, void (*at_epoch)(const struct cell *cell, const struct finetune_result *result));
/* finetune_guess -- f->guess and f->guess_value for one of f->sets, in its order, by the weights as
 * they are.  A signal leaves it undone. */
MUST int finetune_guess(struct finetune *f, const struct inputs *in);
void     finetune_result_free(struct finetune_result *result);

#endif
