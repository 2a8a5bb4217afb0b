/* pages.c -- see pages.h. */
#include "tools/wikiextract/pages.h"

#include <stdlib.h>

int
pages_add(struct batch *batch, const struct page *page)
{
    if (batch->count == batch->max) {
        size_t       max = batch->max ? 2 * batch->max : 256;
        struct page *pages = realloc(batch->pages, max * sizeof *pages);

        if (pages == NULL)
            return err_set(ERR_MEMORY, "no memory for a batch of %zu pages", max);
        batch->pages = pages;
        batch->max = max;
    }
    batch->pages[batch->count++] = *page;
    return OK;
}

void
pages_swap(struct batch *a, struct batch *b)
{
    struct batch was = *a;

    *a = *b;
    *b = was;
}

void
pages_free(struct batch *batch)
{
    buf_free(&batch->bytes);
    free(batch->pages);
    *batch = (struct batch){ 0 };
}
