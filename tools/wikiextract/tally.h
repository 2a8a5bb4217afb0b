/* tally.h -- what a run saw, kept and dropped, for --report. */
#ifndef TOOLS_WIKIEXTRACT_TALLY_H
#define TOOLS_WIKIEXTRACT_TALLY_H

#include <stdint.h>

#include "tools/wikiextract/grow.h"

/* Why a page is not in the output. */
enum cause {
    KEPT, CAUSE_REDIRECT, CAUSE_NAMESPACE, CAUSE_NO_TEXT, CAUSE_DELETED, CAUSE_TOO_LARGE,
    CAUSE_TOO_DEEP, CAUSE_NOT_WIKITEXT, CAUSE_SHORT, CAUSES
};

/* What a template that was dropped bore: no text, or text that is lost. */
enum { TALLY_KNOWN, TALLY_LOST, TALLY_KINDS };

/* Different template names that are counted one by one; what comes later is counted together. */
enum { TALLY_NAMES_MAX = 1 << 18 };

struct tally_name {
    char    *name;
    uint64_t counts[TALLY_KINDS];
    uint32_t hash;
};

struct tally {
    uint64_t           pages[CAUSES];
    uint64_t           paragraphs, sentences, sentences_lost, formulas, characters;
    uint64_t           bytes_in, bytes_out, damages;
    uint64_t           others[TALLY_KINDS]; /* beyond TALLY_NAMES_MAX names */
    struct tally_name *names;
    uint32_t          *slots; /* index into names + 1; 0 empty */
    size_t             count, slot_max;
};

/* tally_templates -- the lines that a page's scan left in scan.dropped. */
MUST int tally_templates(struct tally *t, struct span dropped);

/* tally_json -- the report; `failure` is NULL when the whole input was read. */
MUST int tally_json(struct tally *t, struct buf *json, const char *failure);

void tally_free(struct tally *t);

#endif
