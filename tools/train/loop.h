/* loop.h -- the loop: a step, a line of the log, an evaluation, a checkpoint, each when due. */
#ifndef TOOLS_TRAIN_LOOP_H
#define TOOLS_TRAIN_LOOP_H

#include "tools/train/session.h"

/* loop_run -- from where the run is to its end, or to where it is told to stop.  *status is what
 * the program exits with: EXIT_DONE or EXIT_AGAIN. */
MUST int loop_run(struct session *r, int *status);

#endif
