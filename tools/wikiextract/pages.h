/* pages.h -- pages of a dump on their way from the reader to a worker. */
#ifndef TOOLS_WIKIEXTRACT_PAGES_H
#define TOOLS_WIKIEXTRACT_PAGES_H

#include "tools/wikiextract/names.h"

struct page {
    uint64_t id;
    int      ns;
    bool     redirect, too_large, deleted, foreign; /* foreign: its content model is no wikitext */
    size_t   title_at, title_len; /* in batch.bytes; a 0 follows */
    size_t   text_at, text_len;   /* likewise */
};

struct batch {
    struct buf   bytes;
    struct page *pages;
    size_t       count, max;
    struct names names;     /* as they were known here */
};

MUST int pages_add(struct batch *batch, const struct page *page);
void     pages_swap(struct batch *a, struct batch *b);
void     pages_free(struct batch *batch);

#endif
