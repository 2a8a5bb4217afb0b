/* wordpiece.h -- a word becomes the longest known piece at its start, then the longest known
 * continuation of the rest, and so on; if any part has none, the whole word is unknown.
 *
 * All tokens stand in one trie; the walk of a continuation begins at the node of the prefix.
 *
 * Source: Schuster and Nakajima, "Japanese and Korean voice search", ICASSP 2012; as BERT uses
 * it. */
#ifndef LIB_WORDPIECE_H
#define LIB_WORDPIECE_H

#include "lib/trie.h"

struct wordpiece {
    struct trie trie;
    uint32_t    inside; /* node of the prefix, or TRIE_NONE */
    uint32_t    unknown;
    size_t      chars_max; /* a longer word is unknown */
};

MUST int wordpiece_open(struct wordpiece *w, const struct strtab *vocab, const char *prefix,
    uint32_t unknown, size_t chars_max);
void     wordpiece_close(struct wordpiece *w);
/* wordpiece_encode -- append the u32 ids of a word (UTF-8, not empty) to `ids`. */
MUST int wordpiece_encode(const struct wordpiece *w, const char *word, size_t len, struct buf *ids);

#endif
