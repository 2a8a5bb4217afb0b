/* wordcache.c -- see wordcache.h. */
#define _DEFAULT_SOURCE /* madvise */
#include "lib/wordcache.h"

#include <stdlib.h>
#include <sys/mman.h>

_Static_assert(sizeof(struct wordcache_entry) == 64, "an entry is one cache line");

enum { HUGE_PAGE_BYTES = 2 << 20 };

#define ONES 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF
const uint8_t wordcache_mask[2 * WORDCACHE_KEY_MAX] = { ONES, ONES, ONES, ONES };

int
wordcache_open(struct wordcache *w)
{
    w->entries = aligned_alloc(HUGE_PAGE_BYTES, WORDCACHE_BYTES);
    if (w->entries == NULL)
        return err_set(ERR_MEMORY, "no memory for the words of a thread");
#ifdef MADV_HUGEPAGE
    (void)madvise(w->entries, WORDCACHE_BYTES, MADV_HUGEPAGE); /* a wish: fewer address misses */
#endif
    wordcache_clear(w);
    return OK;
}

void
wordcache_clear(struct wordcache *w)
{
    memset(w->entries, 0, WORDCACHE_BYTES);
}

void
wordcache_close(struct wordcache *w)
{
    free(w->entries);
}

struct wordcache_entry *
wordcache_put(struct wordcache *w, const struct wordcache_key *key)
{
    struct wordcache_entry *pair = w->entries + 2 * key->place;

    CHECK(key->len > 0 && key->len <= WORDCACHE_KEY_MAX);
    pair[1] = pair[0];
    memcpy(pair[0].key, key->word, sizeof key->word);
    pair[0].key_len = (uint8_t)key->len;
    return &pair[0];
}
