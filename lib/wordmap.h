/* wordmap.h -- how often each word occurs: a hash map from bytes to a 64-bit count.
 *
 * Open addressing in one table of 32-byte entries.  A word of up to 16 bytes lies inside its entry,
 * so that a common word costs one cache line; of a longer one the entry keeps the first 8, and the
 * whole lies elsewhere.  The place of a hash in the table is in proportion to it, so the table
 * grows by half where it stands, in two sweeps, without a second table beside it.
 *
 * The hash is keyed with random bits, so that no input can be made that meets in one place; nothing
 * that comes out depends on the key, because entries leave sorted.
 *
 * Memory is address space whose pages are taken as they are needed, `bytes_max` in all.  An
 * addition that finds no room is answered with WORDMAP_FULL and leaves the map as it was.  A
 * word takes 40 to 60 bytes, and its own if they are more than 16.  Words may hold any bytes. */
#ifndef LIB_WORDMAP_H
#define LIB_WORDMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/err.h"

enum {
    WORDMAP_FULL = 1,         /* not an error: empty the map, or give it more memory */
    WORDMAP_INLINE = 16,      /* words up to this many bytes lie in the entry */
    WORDMAP_LEN_MAX = 1 << 24 /* bytes of the longest word */
};

struct wordmap_entry {
    uint64_t count;
    uint32_t tag;   /* the upper half of the hash */
    uint32_t len;
    union {
        char bytes[WORDMAP_INLINE]; /* padded with 0 */
        struct {
            char        head[8];
            const char *text;
        } far;
    } word;
};

struct wordmap_key {
    uint64_t lane[4];
};

struct wordmap {
    struct wordmap_entry *slots; /* count 0: free */
    size_t                slot_count; /* homes of hashes; the table ends at wordmap_end() */
    size_t                used;
    size_t                bytes_max;
    char                 *text; /* of long words */
    size_t                text_bytes;
    struct wordmap_key    key;
    unsigned              part_bits; /* the first bits of the tag are the same for all words */
    bool                  is_array;  /* `used` entries without gaps, which cannot be searched */
};

/* A word where it stands in a text. */
struct wordmap_word {
    const char *bytes;
    size_t      len;
};

/* wordmap_open -- an empty map that will use at most bytes_max (at least 256 KiB) of memory. */
MUST int wordmap_open(struct wordmap *map, size_t bytes_max);
/* wordmap_open_part -- likewise, with this key, for words whose hashes agree in `bits` (at most 16)
 * bits at the beginning of their tags. */
MUST int wordmap_open_part(struct wordmap *map, size_t bytes_max, const struct wordmap_key *key,
    unsigned bits);
void     wordmap_close(struct wordmap *map);
/* wordmap_reset -- no words, the same memory. */
void     wordmap_reset(struct wordmap *map);
size_t   wordmap_bytes(const struct wordmap *map);
/* wordmap_end -- behind the last slot. */
size_t   wordmap_end(const struct wordmap *map);

/* wordmap_add -- add `count` > 0 to the count of a word of 1 to WORDMAP_LEN_MAX bytes.
 * OK, WORDMAP_FULL, or ERR_LIMIT (the count would pass 2^64 - 1), ERR_MEMORY. */
MUST int wordmap_add(struct wordmap *map, const char *word, size_t len, uint64_t count);

/* wordmap_key_draw -- random bits. */
void     wordmap_key_draw(struct wordmap_key *key);

/* wordmap_make -- entries with the count 1 for these words, which must stay where they are.
 * WORDMAP_INLINE bytes must be readable from the start of each, whatever its length. */
void     wordmap_make(struct wordmap_entry *entries, const struct wordmap_key *key,
    const struct wordmap_word *words, size_t count);

/* wordmap_take -- add such entries, made with the key of the map; faster than one by one,
 * because the cache misses overlap.  *done: how many were added, less than `count` unless the
 * result is OK. */
MUST int wordmap_take(struct wordmap *map, const struct wordmap_entry *entries, size_t count,
    size_t *done);

/* wordmap_append -- a word that is known to be new, for a map that is only to be sorted: afterwards
 * only wordmap_append, _sort, _reset and _close are allowed. */
MUST int wordmap_append(struct wordmap *map, const struct wordmap_entry *e);

/* wordmap_get -- the entry of a word, or NULL. */
const struct wordmap_entry *wordmap_get(const struct wordmap *map, const char *word, size_t len);

static inline const char *
wordmap_text(const struct wordmap_entry *e)
{
    return e->len <= WORDMAP_INLINE ? e->word.bytes : e->word.far.text;
}

/* wordmap_same -- whether two entries are of one word. */
static inline bool
wordmap_same(const struct wordmap_entry *a, const struct wordmap_entry *b)
{
    if (a->tag != b->tag || a->len != b->len)
        return false;
    if (a->len <= WORDMAP_INLINE)
        return memcmp(a->word.bytes, b->word.bytes, WORDMAP_INLINE) == 0;
    return memcmp(a->word.far.text, b->word.far.text, a->len) == 0;
}

enum wordmap_order {
    WORDMAP_BY_BYTES, /* as memcmp, a prefix first */
    WORDMAP_BY_COUNT  /* the largest first, then by bytes */
};

/* wordmap_compare -- < 0, 0, > 0 as `a` stands before, with, or behind `b`. */
int wordmap_compare(const struct wordmap_entry *a, const struct wordmap_entry *b,
    enum wordmap_order order);

/* wordmap_entry_set -- an entry without a tag that refers to bytes elsewhere; they must outlive
 * it. */
void wordmap_entry_set(struct wordmap_entry *e, const char *word, size_t len, uint64_t count);

/* wordmap_sort -- the map becomes a sorted array of its `used` entries, at map->slots.  In place,
 * O(n log n) whatever the words.  Afterwards only wordmap_sort, wordmap_reset and wordmap_close are
 * allowed. */
void wordmap_sort(struct wordmap *map, enum wordmap_order order);

#endif
