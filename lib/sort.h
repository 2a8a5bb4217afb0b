/* sort.h -- more records than memory holds, in the order of their keys.
 *
 * Records fill one piece of memory; when it is full they are sorted and written to a temporary file
 * as a run, and in the end the runs are merged (Knuth, The Art of Computer Programming 3, 5.4.1).
 * What comes out depends on keys and numbers alone, not on the memory.  If all fits, no file is
 * made.  The file has no name: it goes with the process. */
#ifndef LIB_SORT_H
#define LIB_SORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/arena.h"
#include "lib/buf.h"

struct sort_entry { /* of a record in memory */
    uint64_t key, number;
    size_t   at; /* in `memory` */
};

struct sort_run {     /* a part of the file that is in order */
    uint64_t at, end; /* of what is not read yet */
    char    *buffer;  /* of what is: `filled` bytes, `taken` of them handed out */
    size_t   filled, taken;
};

struct sort {
    struct arena       arena;
    const char        *temp_dir;
    char              *memory;
    size_t             memory_bytes, used_bytes;
    struct sort_entry *entry; /* the last of `entries`, which fill the memory from its end */
    size_t             entries, next;
    size_t             record_bytes_max;
    int                fd;
    uint64_t           file_bytes;
    struct sort_run   *run;
    int                runs, runs_max;
    int               *heap; /* of runs, the one with the smallest record first */
    int                heap_count;
    size_t             held_bytes; /* of the record that sort_next handed out last */
};

/* sort_open -- with at most memory_bytes (>= 4 MiB).  `temp_dir` must outlive the sort.
 * Errors: ERR_MEMORY. */
MUST int sort_open(struct sort *s, size_t memory_bytes, const char *temp_dir);
/* sort_add -- one more record.  Records come out by key, those of equal keys by number.
 * Errors: ERR_MEMORY (larger than the memory), ERR_IO. */
MUST int sort_add(struct sort *s, uint64_t key, uint64_t number, const void *bytes, size_t len);
/* sort_place -- likewise, but the caller writes the record's bytes, before the next call: `bytes`
 * is the address of a pointer, which is set to where they go. */
MUST int sort_place(struct sort *s, uint64_t key, uint64_t number, size_t len, void *bytes);
/* sort_begin -- all are added.  Then sort_next: 1 and the next record, good until the next call; 0
 * at the end. */
MUST int sort_begin(struct sort *s);
MUST int sort_next(
    struct sort *s, uint64_t *key, uint64_t *number, const void **bytes, size_t *len);
void     sort_close(struct sort *s);

#endif
