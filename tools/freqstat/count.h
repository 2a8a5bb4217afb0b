/* count.h -- counting words within a fixed memory: maps, one a thread, and where they overflow,
 * sorted runs on disk.
 *
 * Addition does not care for order, so neither the number of threads, nor where the text was cut,
 * nor when a map was emptied can be seen in the result. */
#ifndef TOOLS_FREQSTAT_COUNT_H
#define TOOLS_FREQSTAT_COUNT_H

#include "tools/freqstat/run.h"

struct counter {
    struct wordmap *maps;
    int             jobs;
    size_t          memory_bytes;
    struct runs     by_bytes, by_count;
    uint64_t        count_min; /* words below are dropped; for counter_rows */
    void (*progress)(uint64_t done, uint64_t total); /* or NULL */
};

enum { COUNTER_JOB_BYTES = 1 << 22 }; /* a thread is not started for less than this */

MUST int counter_open(struct counter *c, int jobs, size_t memory_bytes);
void     counter_close(struct counter *c);

/* counter_texts -- count the words of these files, "-" being standard input. */
MUST int counter_texts(struct counter *c, const char *const *paths, int count);

/* counter_table -- add a table of words in any order. */
MUST int counter_table(struct counter *c, const char *path);

/* counter_rows -- hand the words to `take`, the largest count first, then by bytes; it returns OK,
 * or 1 to end early, or a negative code.  The counter is used up. */
MUST int counter_rows(struct counter *c,
    int (*take)(void *context, const struct wordmap_entry *e), void *context);

#endif
