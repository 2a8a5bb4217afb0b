/* ranks.h -- one run by several processes, which mpirun or a batch system has started.
 *
 * A step's batch is shared out by place: rank r of n has the places from batch r / n on.  Masks and
 * dropout are keyed by the place in the batch, the gradient is divided by the count of hidden words
 * of all ranks, and it is summed over the ranks before its norm is taken: so the number of
 * processes changes the rounding, and nothing else.  Every rank then makes the same
 * update, bit for bit.
 *
 * Rank 0 alone reads checkpoints and writes the run directory. */
#ifndef TOOLS_TRAIN_RANKS_H
#define TOOLS_TRAIN_RANKS_H

#include "tools/train/session.h"

/* ranks_open -- who is there; sets session.team, and how many threads this process takes. */
MUST int ranks_open(struct session *r);
/* ranks_compare -- all have the same options, data and device.  Errors: ERR_MISMATCH, the same on
 * every rank, naming the first that differs and in what. */
MUST int ranks_compare(struct session *r);
/* ranks_begin -- weights, moments and progress of rank 0 to all. */
MUST int ranks_begin(struct session *r);
/* ranks_check -- weights and moments have the same bits on all.  Errors: ERR_NUMBER, the same on
 * every rank, naming the first that differs. */
MUST int ranks_check(struct session *r);

/* ranks_first -- the first place of a rank's share of the batch; of rank `ranks`: the batch.
 * ranks_share -- how many places the largest share has. */
int ranks_first(const struct session *r, int rank);
int ranks_share(const struct session *r);

/* ranks_try -- go on if rc is OK, else print err_msg() and end all ranks with 1. */
void ranks_try(const struct session *r, int rc);

#endif
