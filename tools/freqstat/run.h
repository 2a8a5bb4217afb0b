/* run.h -- sorted runs of words that do not fit into memory, and their merge.
 *
 * Runs of a level are merged into one of the next when there are `fan` of them, so neither the open
 * files nor the memory of a merge grow with the input. */
#ifndef TOOLS_FREQSTAT_RUN_H
#define TOOLS_FREQSTAT_RUN_H

#include <pthread.h>
#include <stdbool.h>

#include "lib/wordmap.h"

enum { RUN_READER_BYTES = 1 << 19 }; /* memory of reading one run, at most */

struct run {
    int fd, level;
};

/* One order throughout; in WORDMAP_BY_BYTES equal words of different runs are added up, in
 * WORDMAP_BY_COUNT no word may occur twice. */
struct runs {
    enum wordmap_order order;
    size_t             fan;
    pthread_mutex_t    lock, merging;
    struct run        *list;
    size_t             count, max;
};

void runs_open(struct runs *runs, enum wordmap_order order, size_t memory_bytes);
void runs_close(struct runs *runs);

/* runs_spill -- sort the map, write it as a run, and reset it.  Any thread may. */
MUST int runs_spill(struct runs *runs, struct wordmap *map);
/* runs_spill_one -- one word is a run. */
MUST int runs_spill_one(struct runs *runs, const struct wordmap_entry *e);
/* runs_tidy -- merge runs where there are `fan` of a level; to be called after spilling, now and
 * then. */
MUST int runs_tidy(struct runs *runs);

/* runs_merge -- hand every word to `take` in order; it returns OK to go on, 1 to end early, or a
 * negative code.  The runs are used up. */
MUST int runs_merge(struct runs *runs,
    int (*take)(void *context, const struct wordmap_entry *e), void *context);

#endif
