/* supply.h -- the input of each step, made ready while the step before it is learned.
 *
 * A thread reads this process's share of a step's batch, hides words in it and cuts it into
 * pieces of micro_batch sequences.  There are two of these: one is learned from, the other filled.
 *
 * Which samples: sequence number n of a run, counted over all its steps, is the one at position
 * n mod samples of the order of epoch n / samples.  So step t takes n from (t - 1) batch on, epochs
 * follow each other without a seam, and any step can be asked for at once: resuming replays
 * nothing. */
#ifndef TOOLS_TRAIN_SUPPLY_H
#define TOOLS_TRAIN_SUPPLY_H

#include <pthread.h>

#include "lib/dataset.h"
#include "model/mask.h"

struct supply_step {
    uint64_t      step;
    struct batch *piece;
    int           pieces;
    int64_t       tokens, chosen; /* of all pieces */
    int           rc;             /* OK, or why there is no such step, with the sentence */
    char          message[1024];
};

struct supply {
    const struct dataset *data;
    const struct mask    *mask;
    uint64_t              seed, samples;
    int                   batch, micro_batch;
    int                   first, share; /* the places that this process learns from */
    struct dataset_reader reader;
    struct supply_step      slot[2];

    pthread_t       thread;
    pthread_mutex_t mutex;
    pthread_cond_t  changed;
    uint64_t        filled, wanted; /* steps made ready; steps that may be */
    uint64_t        last;           /* none behind this one */
    bool            started, quit;
};

/* supply_bytes -- what supply_open takes from the arena. */
size_t supply_bytes(struct batch_limits limits, int share, int micro_batch);

/* supply_open -- `limits` are those of one piece.  The caller has set data, mask, seed, batch,
 * micro_batch, first and share. */
MUST int supply_open(struct supply *f, struct batch_limits limits, int span, struct arena *arena);
/* supply_start -- steps first .. last will be asked for, one after the other. */
MUST int supply_start(struct supply *f, uint64_t first, uint64_t last);
/* supply_next -- *step is the next one, good until the next call; waits for it if need be.  Errors:
 * those of dataset_get. */
MUST int supply_next(struct supply *f, const struct supply_step **step);
void     supply_close(struct supply *f);

#endif
