/* wordcache.c -- see wordcache.h. */
#include "lib/wordcache.h"

_Static_assert(sizeof(struct wordcache_entry) == 64, "an entry is one cache line");

int
wordcache_open(struct wordcache *w)
{
    int rc;

    *w = (struct wordcache){ 0 };
    rc = buf_reserve(&w->memory, WORDCACHE_ENTRIES * sizeof(struct wordcache_entry));
    if (rc == OK)
        wordcache_clear(w);
    return rc;
}

void
wordcache_clear(struct wordcache *w)
{
    memset(w->memory.bytes, 0, WORDCACHE_ENTRIES * sizeof(struct wordcache_entry));
}

void
wordcache_close(struct wordcache *w)
{
    buf_free(&w->memory);
}

struct wordcache_entry *
wordcache_put(struct wordcache *w, const char *key, size_t len, uint64_t hash)
{
    struct wordcache_entry *pair = (struct wordcache_entry *)(void *)w->memory.bytes
        + (hash & (WORDCACHE_ENTRIES / 2 - 1)) * 2;

    CHECK(len > 0 && len <= WORDCACHE_KEY_MAX);
    pair[1] = pair[0];
    pair[0].len = (uint8_t)len;
    memcpy(pair[0].key, key, len);
    return &pair[0];
}
