/* wordcache.h -- the words met last and what became of them.
 *
 * Text repeats its words: of English all but a few in a hundred are found here, and need neither
 * normalizer nor model.  A fixed number of entries, each one cache line; two compete for a place,
 * the one used last stays.  Not shared between threads; what it holds never changes a result. */
#ifndef LIB_WORDCACHE_H
#define LIB_WORDCACHE_H

#include <stdbool.h>
#include <string.h>

#include "lib/buf.h"

#define WORDCACHE_BEGIN 0x80000000u /* in a token: it begins a word */
#define WORDCACHE_NO_NOTE UINT32_MAX

enum { WORDCACHE_KEY_MAX = 26, WORDCACHE_TOKENS_MAX = 8, WORDCACHE_ENTRIES = 1 << 16 };

struct wordcache_entry {
    uint32_t note;  /* of the one word it is, or WORDCACHE_NO_NOTE */
    uint8_t  len, count;
    char     key[WORDCACHE_KEY_MAX];
    uint32_t tokens[WORDCACHE_TOKENS_MAX]; /* id, perhaps with WORDCACHE_BEGIN */
};

struct wordcache {
    struct buf memory;
};

MUST int wordcache_open(struct wordcache *w);
void     wordcache_clear(struct wordcache *w);
void     wordcache_close(struct wordcache *w);
/* wordcache_put -- remember key[len] (1 .. WORDCACHE_KEY_MAX bytes); returns its entry, with note
 * and tokens to be filled in. */
struct wordcache_entry *wordcache_put(struct wordcache *w, const char *key, size_t len,
    uint64_t hash);

/* wordcache_find -- NULL if it is not there. */
static inline const struct wordcache_entry *
wordcache_find(struct wordcache *w, const char *key, size_t len, uint64_t hash)
{
    struct wordcache_entry *pair = (struct wordcache_entry *)(void *)w->memory.bytes
        + (hash & (WORDCACHE_ENTRIES / 2 - 1)) * 2;

    if (pair[0].len == len && memcmp(pair[0].key, key, len) == 0)
        return &pair[0];
    if (pair[1].len == len && memcmp(pair[1].key, key, len) == 0) {
        struct wordcache_entry was = pair[0];

        pair[0] = pair[1];
        pair[1] = was;
        return &pair[0];
    }
    return NULL;
}

#endif
