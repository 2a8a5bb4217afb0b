/* line.h -- the lines of a run's log, of steps and of evaluations: see log(5). */
#ifndef TOOLS_TRAIN_LINE_H
#define TOOLS_TRAIN_LINE_H

#include "tools/train/step.h"

/* line_has_loss -- was there a word to predict?  The mean over none is no number. */
bool line_has_loss(const struct session *r, const struct model_loss *loss);

/* line_step -- of the steps since the last one; a new window and new times begin. */
MUST int line_step(struct session *r, struct step_times *t);

/* line_valid -- of an evaluation, which is told too; it took so long. */
MUST int line_valid(struct session *r, const struct model_loss *loss, double took_s);

#endif
