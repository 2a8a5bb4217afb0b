/* tidy.h -- the last pass: paragraphs that read as if what was taken out had never been there. */
#ifndef TOOLS_WIKIEXTRACT_TIDY_H
#define TOOLS_WIKIEXTRACT_TIDY_H

#include <stdint.h>

#include "tools/wikiextract/grow.h"

struct tidy {
    uint64_t characters;     /* of the paragraphs that are no headings */
    uint64_t paragraphs, sentences, sentences_lost; /* lost: one lacks the text of a template */
};

/* tidy_page -- what scan_page made becomes paragraphs, each ended by '\n', in its place.  Headings
 * stay where text follows before the next of the same or a higher level. */
void tidy_page(struct buf *text, struct tidy *tidy);

#endif
