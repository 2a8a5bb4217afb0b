/* validate.h -- the loss over the validation split. */
#ifndef TOOLS_TRAIN_VALIDATE_H
#define TOOLS_TRAIN_VALIDATE_H

#include "tools/train/step.h"

/* validate_model -- behind the step that the run is at: a line of the log; none if the run is to
 * stop meanwhile, or if no word of the split is to be predicted, which is told. */
MUST int validate_model(struct session *r, const struct step_times *t);

#endif
