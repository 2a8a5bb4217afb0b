/* crew.h -- one grid by several processes, which mpirun, torchrun or a batch system has started.
 *
 * Each runs its share of the cells on a GPU or processors of its own, and records them in the same
 * runs.jsonl, as the parts of a job array do.  Rank 0 waits for all and makes the table. */
#ifndef TOOLS_GLUE_EVAL_CREW_H
#define TOOLS_GLUE_EVAL_CREW_H

#include "tools/glue-eval/options.h"

/* crew_open -- who is there: sets o->rank, o->ranks, and how many threads this process takes. */
void crew_open(struct options *o);

/* crew_meet -- wait until all have run their cells, or were stopped; was any? */
bool crew_meet(const struct options *o, bool stopped);

#endif
