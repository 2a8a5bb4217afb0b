/* split.h -- where the words of a text begin and end.
 *
 * Words are divided by ASCII white space (see words(5)) and may hold any other bytes. */
#ifndef TOOLS_FREQSTAT_SPLIT_H
#define TOOLS_FREQSTAT_SPLIT_H

#include "lib/wordmap.h"

enum {
    SPLIT_STEP = 64,                        /* bytes looked at in one step */
    SPLIT_PAD = SPLIT_STEP + WORDMAP_INLINE /* white space that must follow the text */
};

struct split {
    const char *text;
    size_t      len;
    size_t      at;    /* of the next step */
    size_t      start; /* of a word not yet ended, or SIZE_MAX */
};

/* split_start -- text[len .. len + SPLIT_PAD - 1] must be white space. */
void   split_start(struct split *s, const char *text, size_t len);
/* split_some -- up to `max` (at least SPLIT_STEP) words; 0 at the end. */
size_t split_some(struct split *s, struct wordmap_word *words, size_t max);

#endif
