/* learn.h -- byte-pair encoding: join the commonest pair of neighbouring tokens, again and again.
 *
 * Sennrich, Haddow, Birch 2016, "Neural Machine Translation of Rare Words with Subword Units",
 * section 3.2.  Neighbours are counted within words, each as often as its word occurs; of pairs
 * that are equally common the one whose left token, then whose right token, comes first in the
 * order of bytes is joined.  That order is total, so the result depends on the table alone. */
#ifndef TOOLS_MKVOCAB_LEARN_H
#define TOOLS_MKVOCAB_LEARN_H

#include "tools/mkvocab/alphabet.h"

struct merge {
    uint32_t left, right;
};

struct merges {
    struct merge *list;
    uint32_t      count;
};

/* learn -- add merges, and their results to `v`, until it is full or no pair occurs count_min
 * times.  `progress` is called now and then with the tokens there are; it may be NULL. */
MUST int learn(struct merges *merges, struct vocab *v, const struct alphabet *a,
    const struct wordmap *words, uint64_t characters, uint64_t count_min,
    void (*progress)(uint64_t done, uint64_t total));

#endif
