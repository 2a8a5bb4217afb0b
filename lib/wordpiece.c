/* wordpiece.c -- see wordpiece.h. */
#include "lib/wordpiece.h"

#include <string.h>

int
wordpiece_open(struct wordpiece *w, const struct strtab *vocab, const char *prefix,
    uint32_t unknown,
    size_t chars_max)
{
    size_t prefix_len = strlen(prefix);

    *w = (struct wordpiece){ .vocab = vocab, .unknown = unknown, .chars_max = chars_max };
    for (size_t i = 0; i < strtab_count(vocab); i++) {
        size_t      len;
        uint32_t    id;
        bool        added;
        const char *token = strtab_get(vocab, i, &len, &id);
        int         rc;

        if (len < prefix_len || memcmp(token, prefix, prefix_len) != 0)
            continue;
        rc = strtab_add(&w->continuations, token + prefix_len, len - prefix_len, &id, &added);
        if (rc != OK)
            return rc;
    }
    return OK;
}

void
wordpiece_close(struct wordpiece *w)
{
    strtab_free(&w->continuations);
}

/* The longest string of `t` that text begins with; its length in *found. */
static uint32_t
longest(const struct strtab *t, const char *text, size_t len, size_t *found)
{
    enum { AHEAD = 64 };
    uint64_t hash[AHEAD + 1];
    size_t   most = len < t->len_max ? len : t->len_max, n = most < AHEAD ? most : AHEAD;
    uint32_t id;

    hash[0] = STRTAB_SEED;
    for (size_t i = 0; i < n; i++)
        hash[i + 1] = strtab_step(hash[i], text[i]);
    for (; most > AHEAD; most--) /* rare: a token of more than 64 bytes */
        if ((id = strtab_find(t, text, most)) != STRTAB_NONE) {
            *found = most;
            return id;
        }
    for (; n > 0; n--)
        if ((id = strtab_find_hashed(t, text, n, hash[n])) != STRTAB_NONE) {
            *found = n;
            return id;
        }
    return STRTAB_NONE;
}

int
wordpiece_encode(const struct wordpiece *w, const char *word, size_t len, struct buf *ids)
{
    const struct strtab *t = w->vocab;
    size_t               chars = 0, before = ids->len, piece = 0;

    for (size_t i = 0; i < len; i++)
        chars += ((unsigned char)word[i] & 0xC0) != 0x80;
    for (size_t at = 0; chars <= w->chars_max; at += piece, t = &w->continuations) {
        uint32_t id;
        int      rc;

        if (at == len)
            return OK;
        id = longest(t, word + at, len - at, &piece);
        if (id == STRTAB_NONE)
            break;
        rc = buf_add(ids, &id, sizeof id);
        if (rc != OK)
            return rc;
    }
    ids->len = before;
    return buf_add(ids, &w->unknown, sizeof w->unknown);
}
