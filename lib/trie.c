/* trie.c -- see trie.h.
 *
 * The strings are sorted, so those that go through one node stand together.  Nodes get their places
 * depth first, from a stack of such ranges: what is walked in a row lies close together. */
#include "lib/trie.h"

#include <stdlib.h>
#include <string.h>

#define NOBODY (TRIE_NONE - 1)

enum { TRIES_MAX = 64 }; /* before the places looked through are given up as crowded */

struct string {
    const char *bytes;
    size_t      len;
    uint32_t    value;
};

struct range { /* strings that share their first `depth` bytes, which lead to `node` */
    uint32_t first, end, depth, node;
};

struct builder {
    struct trie         *trie;
    const struct string *strings;
    struct buf           ranges; /* struct range, a stack */
    uint32_t             free_from; /* no place before it is free */
};

static int
compare(const void *left, const void *right)
{
    const struct string *a = left, *b = right;
    size_t               shorter = a->len < b->len ? a->len : b->len;
    int                  order = memcmp(a->bytes, b->bytes, shorter);

    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

static struct trie_node *
nodes_of(const struct trie *trie)
{
    return (struct trie_node *)(void *)trie->nodes.bytes;
}

static uint32_t
count_of(const struct trie *trie)
{
    return (uint32_t)(trie->nodes.len / sizeof(struct trie_node));
}

static int
add_places(struct trie *trie)
{
    const struct trie_node free_place = { 0, TRIE_NONE, TRIE_NONE };
    int                    rc = OK;

    if (count_of(trie) >= TRIE_NONE - 256)
        return err_set(ERR_LIMIT, "a vocabulary of more than 4 Gi characters");
    for (int i = 0; rc == OK && i < 256; i++)
        rc = buf_add(&trie->nodes, &free_place, sizeof free_place);
    return rc;
}

/* A base with which all children get free places. */
static int
find_base(struct builder *b, const unsigned char *children, int count, uint32_t *base)
{
    int tries = 0;

    while (b->free_from < count_of(b->trie) && nodes_of(b->trie)[b->free_from].owner != TRIE_NONE)
        b->free_from++;
    for (uint32_t place = b->free_from;; place++) {
        int i = 0;

        if (place == count_of(b->trie)) {
            int rc = add_places(b->trie);

            if (rc != OK)
                return rc;
        }
        if (nodes_of(b->trie)[place].owner != TRIE_NONE)
            continue;
        *base = place ^ children[0];
        while (i < count && nodes_of(b->trie)[*base ^ children[i]].owner == TRIE_NONE)
            i++;
        if (i == count)
            return OK;
        if (++tries == TRIES_MAX) { /* places that are still free there stay so */
            b->free_from = place;
            tries = 0;
        }
    }
}

/* Give the children of one range their places and push their ranges. */
static int
place(struct builder *b, struct range r)
{
    unsigned char     children[256];
    uint32_t          first[257], base = 0;
    int               count = 0, rc;

    if (r.first < r.end && b->strings[r.first].len == r.depth)
        nodes_of(b->trie)[r.node].value = b->strings[r.first++].value;
    for (uint32_t i = r.first; i < r.end; i++) {
        unsigned char byte = (unsigned char)b->strings[i].bytes[r.depth];

        if (count == 0 || children[count - 1] != byte) {
            children[count] = byte;
            first[count++] = i;
        }
    }
    if (count == 0)
        return OK;
    first[count] = r.end;
    rc = find_base(b, children, count, &base);
    if (rc != OK)
        return rc;
    nodes_of(b->trie)[r.node].base = base;
    for (int i = 0; i < count; i++)
        nodes_of(b->trie)[base ^ children[i]].owner = r.node;
    for (int i = 0; rc == OK && i < count; i++) {
        struct range child = { first[i], first[i + 1], r.depth + 1, base ^ children[i] };

        rc = buf_add(&b->ranges, &child, sizeof child);
    }
    return rc;
}

int
trie_open(struct trie *trie, const struct strtab *t)
{
    size_t         count = strtab_count(t);
    struct buf     memory = { 0 };
    struct builder b = { .trie = trie };
    struct range   all = { 0, (uint32_t)count, 0, TRIE_ROOT };
    struct string *strings;
    int            rc = buf_reserve(&memory, count * sizeof *strings);

    *trie = (struct trie){ 0 };
    if (rc == OK)
        rc = add_places(trie);
    if (rc == OK)
        rc = buf_add(&b.ranges, &all, sizeof all);
    strings = (struct string *)(void *)memory.bytes;
    for (size_t i = 0; rc == OK && i < count; i++)
        strings[i].bytes = strtab_get(t, i, &strings[i].len, &strings[i].value);
    if (rc == OK && count > 0)
        qsort(strings, count, sizeof *strings, compare);
    b.strings = strings;
    if (rc == OK)
        nodes_of(trie)[TRIE_ROOT].owner = NOBODY; /* taken, but no child */
    while (rc == OK && b.ranges.len > 0) {
        b.ranges.len -= sizeof all;
        memcpy(&all, b.ranges.bytes + b.ranges.len, sizeof all);
        rc = place(&b, all);
    }
    buf_free(&memory);
    buf_free(&b.ranges);
    return rc;
}

void
trie_close(struct trie *trie)
{
    buf_free(&trie->nodes);
}
