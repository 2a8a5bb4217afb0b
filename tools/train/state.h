/* state.h -- trainer.json: what a checkpoint keeps besides weights and moments.
 *
 *     step, tokens       how far the run is
 *     epoch, position    the next sample, its place in the order of the epoch: follows from step
 *     window             loss and count since the last line of the log, and those of a generator
 *     data, vocab        hash and size of what it was trained on
 *     device, micro_batch, ranks  where it was computed, in what pieces, by how many processes
 *     options            every option that decides the numbers, as text
 *
 * Random numbers have no state (lib/philox.h).  A run is only continued with the same data, the
 * same vocabulary and the same options; another device, micro-batch or number of processes is
 * allowed, and told: it changes the rounding.  The page is checkpoint(5). */
#ifndef TOOLS_TRAIN_STATE_H
#define TOOLS_TRAIN_STATE_H

#include <jansson.h>

#include "tools/train/session.h"

/* state_make -- the object; json_decref it. */
MUST int state_make(json_t **trainer, const struct session *r);
/* state_read -- how far it is; `where` begins the sentence on failure. */
MUST int state_read(struct progress *at, const json_t *trainer, const char *where);
/* state_check -- may this run be continued from the checkpoint in `dir`?  Takes over its
 * micro-batch unless one was given.  Errors: ERR_MISMATCH, naming what differs. */
MUST int state_check(struct session *r, const char *dir);

#endif
