/* save.h -- a checkpoint of the step that the run is at. */
#ifndef TOOLS_TRAIN_SAVE_H
#define TOOLS_TRAIN_SAVE_H

#include "tools/train/step.h"

/* save_compare -- all processes have the same weights: ranks_check, with all steps heard of. */
MUST int save_compare(struct session *r);

/* save_checkpoint -- the same, and then rank 0 writes.  One that cannot be written, as on a full
 * disk, is told and does not end the run, unless it is the last or the third in a row.  Errors:
 * ERR_NUMBER, if weights or notes are not numbers: nothing is written then. */
MUST int save_checkpoint(struct session *r, struct step_times *t, bool is_last);

#endif
