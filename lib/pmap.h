/* pmap.h -- an ordered parallel map: the same results in the same order for any number of threads.
 *
 *     source  makes the next item           serial, in order
 *     work    transforms it                 in any thread, any order
 *     sink    takes it                      serial, in the order of source
 *
 * Each thread does whatever of the three is free, so `jobs` threads are all there are.  The first
 * failure in item order decides the result, after every item before it has been sunk: what is
 * whole before the damage is written, however many threads ran. */
#ifndef LIB_PMAP_H
#define LIB_PMAP_H

#include <stddef.h>

#include "lib/err.h"

struct pmap {
    void *context; /* handed to all three */
    /* 1 and *item filled; 0 at the end; a negative code on failure */
    int (*source)(void *context, void *item);
    /* `worker` is workers[t] of the thread that runs it (scratch of its own), or NULL */
    int (*work)(void *context, void *worker, void *item);
    int (*sink)(void *context, void *item);
    void **items; /* the ring: item_count slots, reused in turn; at least jobs, better 2 or 3 x */
    int    item_count;
    void **workers; /* jobs entries, or NULL */
    int    jobs;
    /* Where items differ much in size: what one weighs, once it is made.  No other is made while
     * those between source and sink weigh weight_max or more.  NULL: only item_count counts. */
    size_t (*weight)(const void *item);
    size_t weight_max;
};

MUST int pmap_run(const struct pmap *map);

#endif
