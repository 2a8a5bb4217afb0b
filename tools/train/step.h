/* step.h -- one step of a run, and what is heard of the steps that are on their way.
 *
 * The device works a step behind what it is asked for: a step is asked for, and then the one before
 * is heard of.  What is told of a step, its losses and the norm of its gradient, goes into
 * session.at.window and session.norm. */
#ifndef TOOLS_TRAIN_STEP_H
#define TOOLS_TRAIN_STEP_H

#include "tools/train/session.h"

/* Times since the last line of the log; these are not kept in a checkpoint. */
struct step_times {
    double learn_s, stall_s, flop, tokens;
    double step_s, save_s; /* the longest yet: kept in reserve before the time limit */
};

/* step_is_due -- is the step that the run is at one of those `every` so many, or the last? */
bool step_is_due(const struct session *r, long long every);

/* step_make -- the next one. */
MUST int step_make(struct session *r, struct step_times *t);

/* step_hear -- what became of the steps on their way, but for the last `left`.  Errors: ERR_NUMBER,
 * naming the step. */
MUST int step_hear(struct session *r, unsigned left);

/* step_sum_losses -- *loss and *more become the sums over all processes. */
MUST int step_sum_losses(struct model_loss *loss, double *more);

/* step_tell -- puts "place step: " before the sentence of a failure.  Returns rc. */
int step_tell(int rc, const char *place, unsigned long long step);

#endif
