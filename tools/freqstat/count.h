/* count.h -- counting words within a fixed memory: a map for all threads, in parts, and where a
 * part overflows, sorted runs on disk.
 *
 * The parts divide the words by their hashes and have a lock each.  Before them each thread has a
 * small cache, a word a place, in which the commonest words are counted without touching what other
 * threads touch; the others, and those that a newer word puts out of the cache, are handed to their
 * part by the batch.  So every word is held once, however many threads there are.
 *
 * Addition does not care for order, so neither the number of threads, nor where the text was cut,
 * nor when a map was emptied can be seen in the result. */
#ifndef TOOLS_FREQSTAT_COUNT_H
#define TOOLS_FREQSTAT_COUNT_H

#include "tools/freqstat/run.h"

enum {
    COUNTER_JOB_BYTES = 1 << 22, /* a thread is not started for less than this */
    COUNTER_PART_BITS_MAX = 6,
    COUNTER_BATCH = 64,          /* words handed to a part at a time */
    COUNTER_CACHE = 1 << 12      /* places for a word, of each thread */
};

struct counter_part {
    struct wordmap  map;
    pthread_mutex_t lock;
};

struct counter_batch {
    struct wordmap_entry entries[COUNTER_BATCH];
    size_t               count;
};

/* What a thread has of its own. */
struct counter_tally {
    struct counter       *counter;
    struct wordmap_entry  cache[COUNTER_CACHE]; /* count 0: free */
    struct counter_batch *batches;              /* one a part */
};

struct counter {
    struct counter_tally *tallies; /* one a thread */
    int                   jobs;
    struct counter_part  *parts;
    unsigned              part_bits; /* 2^part_bits parts */
    struct wordmap_key    key;
    size_t                memory_bytes;
    struct runs           by_bytes, by_count;
    uint64_t              count_min; /* words below are dropped; for counter_rows */
    void (*progress)(uint64_t done, uint64_t total); /* or NULL */
};

MUST int counter_open(struct counter *c, int jobs, size_t memory_bytes);
void     counter_close(struct counter *c);

/* counter_texts -- count the words of these files, "-" being standard input. */
MUST int counter_texts(struct counter *c, const char *const *paths, int count);

/* counter_table -- add a table of words in any order. */
MUST int counter_table(struct counter *c, const char *path);

/* counter_flush -- everything a thread holds into the parts. */
MUST int counter_flush(struct counter_tally *tally);

/* counter_rows -- hand the words to `take`, the largest count first, then by bytes; it returns OK,
 * or 1 to end early, or a negative code.  The counter is used up. */
MUST int counter_rows(struct counter *c,
    int (*take)(void *context, const struct wordmap_entry *e), void *context);

#endif
