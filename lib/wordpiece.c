/* wordpiece.c -- see wordpiece.h. */
#include "lib/wordpiece.h"

#include <string.h>

int
wordpiece_open(struct wordpiece *w, const struct strtab *vocab, const char *prefix,
    uint32_t unknown,
    size_t chars_max)
{
    int rc = trie_open(&w->trie, vocab);

    w->unknown = unknown;
    w->chars_max = chars_max;
    w->inside = rc == OK ? trie_walk(&w->trie, TRIE_ROOT, prefix, strlen(prefix)) : TRIE_NONE;
    return rc;
}

void
wordpiece_close(struct wordpiece *w)
{
    trie_close(&w->trie);
}

/* The longest piece that text begins with, walking from `node`; its length in *found. */
static uint32_t
longest(const struct trie *t, uint32_t node, const char *text, size_t len, size_t *found)
{
    uint32_t id = TRIE_NONE;

    for (size_t i = 0; i < len && node != TRIE_NONE; i++) {
        uint32_t value;

        node = trie_step(t, node, text[i]);
        value = node != TRIE_NONE ? trie_value(t, node) : TRIE_NONE;
        if (value != TRIE_NONE) {
            id = value;
            *found = i + 1;
        }
    }
    return id;
}

int
wordpiece_encode(const struct wordpiece *w, const char *word, size_t len, struct buf *ids)
{
    uint32_t node = TRIE_ROOT;
    size_t   chars = 0, before = ids->len, piece = 0;

    for (size_t i = 0; i < len; i++)
        chars += ((unsigned char)word[i] & 0xC0) != 0x80;
    for (size_t at = 0; chars <= w->chars_max; at += piece, node = w->inside) {
        uint32_t id;
        int      rc;

        if (at == len)
            return OK;
        id = longest(&w->trie, node, word + at, len - at, &piece);
        if (id == TRIE_NONE)
            break;
        rc = buf_add(ids, &id, sizeof id);
        if (rc != OK)
            return rc;
    }
    ids->len = before;
    return buf_add(ids, &w->unknown, sizeof w->unknown);
}
