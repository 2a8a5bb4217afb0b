/* wordpiece.h -- a word becomes the longest known piece at its start, then the longest known
 * continuation of the rest, and so on; if any part has none, the whole word is unknown.
 *
 * Source: Schuster and Nakajima, "Japanese and Korean voice search", ICASSP 2012; as BERT uses
 * it. */
#ifndef LIB_WORDPIECE_H
#define LIB_WORDPIECE_H

#include "lib/strtab.h"

struct wordpiece {
    const struct strtab *vocab;         /* every token */
    struct strtab        continuations; /* those that begin with the prefix, without it */
    uint32_t             unknown;
    size_t               chars_max; /* a longer word is unknown */
};

/* wordpiece_open -- `vocab` must outlive it. */
MUST int wordpiece_open(struct wordpiece *w, const struct strtab *vocab, const char *prefix,
    uint32_t unknown, size_t chars_max);
void     wordpiece_close(struct wordpiece *w);
/* wordpiece_encode -- append the u32 ids of a word (UTF-8, not empty) to `ids`. */
MUST int wordpiece_encode(const struct wordpiece *w, const char *word, size_t len, struct buf *ids);

#endif
