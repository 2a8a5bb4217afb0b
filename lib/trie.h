/* trie.h -- strings with numbers, to be walked byte by byte: a double array.
 *
 * Node n has a child by byte b where owner[base[n] ^ b] is n; that place is the child.  One step
 * is one load that may miss the cache.
 *
 * Source: Aoe, "An efficient digital search algorithm by using a double-array structure", IEEE
 * Transactions on Software Engineering 15 (1989); with exclusive or in place of the sum. */
#ifndef LIB_TRIE_H
#define LIB_TRIE_H

#include "lib/strtab.h"

#define TRIE_NONE UINT32_MAX
#define TRIE_ROOT 0u

struct trie_node {
    uint32_t base, owner; /* owner: TRIE_NONE, the place is free */
    uint32_t value;       /* of the string that ends here, or TRIE_NONE */
};

struct trie {
    struct buf nodes; /* struct trie_node, a multiple of 256 */
};

/* trie_open -- of the strings of `t`, none of which has the value TRIE_NONE. */
MUST int trie_open(struct trie *trie, const struct strtab *t);
void     trie_close(struct trie *trie);

/* trie_step -- the child of a node, or TRIE_NONE. */
static inline uint32_t
trie_step(const struct trie *trie, uint32_t node, char byte)
{
    const struct trie_node *nodes = (const struct trie_node *)(const void *)trie->nodes.bytes;
    uint32_t                child = nodes[node].base ^ (unsigned char)byte;

    return nodes[child].owner == node ? child : TRIE_NONE;
}

static inline uint32_t
trie_value(const struct trie *trie, uint32_t node)
{
    return ((const struct trie_node *)(const void *)trie->nodes.bytes)[node].value;
}

/* trie_walk -- from a node along bytes[len]: where that leads, or TRIE_NONE. */
static inline uint32_t
trie_walk(const struct trie *trie, uint32_t node, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len && node != TRIE_NONE; i++)
        node = trie_step(trie, node, bytes[i]);
    return node;
}

#endif
