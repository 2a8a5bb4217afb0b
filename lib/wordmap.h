/* wordmap.h -- how often each word occurs: a hash map from bytes to a 64-bit count.
 *
 * Open addressing in one table of 32-byte entries.  A word of up to 16 bytes lies inside its entry,
 * so that a common word costs one cache line; a longer one lies in a block of text and its entry
 * keeps the first 8 bytes.  The hash is keyed with random bits, so that no input can be made that
 * meets in one slot; nothing that comes out depends on the key, because entries leave sorted.
 *
 * Memory is bounded: an addition that would take the map beyond `bytes_max` is answered with
 * WORDMAP_FULL and leaves it as it was.  Words may hold any bytes. */
#ifndef LIB_WORDMAP_H
#define LIB_WORDMAP_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

enum {
    WORDMAP_FULL = 1,         /* not an error: empty the map, or give it more memory */
    WORDMAP_INLINE = 16,      /* words up to this many bytes lie in the entry */
    WORDMAP_LEN_MAX = 1 << 24 /* bytes of the longest word */
};

struct wordmap_entry {
    uint64_t count; /* 0: the slot is free */
    uint32_t tag;   /* upper half of the hash */
    uint32_t len;
    union {
        char bytes[WORDMAP_INLINE]; /* padded with 0 */
        struct {
            char        head[8];
            const char *text;
        } far;
    } word;
};

struct wordmap {
    struct wordmap_entry *slots;
    size_t                slot_count; /* a power of 2 */
    size_t                used;
    struct wordmap_block *blocks;
    size_t                text_bytes; /* allocated in blocks */
    size_t                bytes_max;
    uint64_t              key[4];
};

/* A word where it stands in a text. */
struct wordmap_word {
    const char *bytes;
    size_t      len;
};

/* wordmap_open -- an empty map that will use at most bytes_max (at least 256 KiB) of memory. */
MUST int wordmap_open(struct wordmap *map, size_t bytes_max);
void     wordmap_close(struct wordmap *map);
/* wordmap_reset -- no words, the same memory. */
void     wordmap_reset(struct wordmap *map);
size_t   wordmap_bytes(const struct wordmap *map);

/* wordmap_add -- add `count` > 0 to the count of a word of 1 to WORDMAP_LEN_MAX bytes.
 * OK, WORDMAP_FULL, or ERR_LIMIT (the count would pass 2^64 - 1), ERR_MEMORY. */
MUST int wordmap_add(struct wordmap *map, const char *word, size_t len, uint64_t count);

/* wordmap_count -- add 1 to each of these words; faster, because the cache misses overlap.
 * WORDMAP_INLINE bytes must be readable from the start of each word, whatever its length.
 * *done: how many were added, which is less than `count` unless the result is OK. */
MUST int wordmap_count(struct wordmap *map, const struct wordmap_word *words, size_t count,
    size_t *done);

/* wordmap_get -- the entry of a word, or NULL. */
const struct wordmap_entry *wordmap_get(const struct wordmap *map, const char *word, size_t len);

const char *wordmap_text(const struct wordmap_entry *e);

enum wordmap_order {
    WORDMAP_BY_BYTES, /* as memcmp, a prefix first */
    WORDMAP_BY_COUNT  /* the largest first, then by bytes */
};

/* wordmap_compare -- < 0, 0, > 0 as `a` stands before, with, or behind `b`. */
int wordmap_compare(const struct wordmap_entry *a, const struct wordmap_entry *b,
    enum wordmap_order order);

/* wordmap_entry_set -- an entry that refers to bytes elsewhere; they must outlive it. */
void wordmap_entry_set(struct wordmap_entry *e, const char *word, size_t len, uint64_t count);

/* wordmap_sort -- the map becomes a sorted array of its `used` entries, at map->slots.  In place,
 * O(n log n) whatever the words.  Afterwards only wordmap_sort, wordmap_reset and wordmap_close are
 * allowed. */
void wordmap_sort(struct wordmap *map, enum wordmap_order order);

#endif
