/* wordbreak.c -- see wordbreak.h. */
#include "lib/wordbreak.h"

#include <stdlib.h>
#include <unicode/ubrk.h>
#include <unicode/utext.h>

struct wordbreak {
    UBreakIterator *breaks;
    UText          *text;
    struct buf      segments; /* struct wordbreak_segment */
};

int
wordbreak_open(struct wordbreak **w)
{
    UErrorCode status = U_ZERO_ERROR;

    *w = calloc(1, sizeof **w);
    if (*w == NULL)
        return err_set(ERR_MEMORY, "no memory for a word breaker");
    (*w)->breaks = ubrk_open(UBRK_WORD, "root", NULL, 0, &status);
    if (U_SUCCESS(status))
        return OK;
    wordbreak_close(*w);
    *w = NULL;
    return err_set(ERR_FORMAT, "ICU has no word rules: %s", u_errorName(status));
}

void
wordbreak_close(struct wordbreak *w)
{
    if (w == NULL)
        return;
    ubrk_close(w->breaks);
    utext_close(w->text);
    buf_free(&w->segments);
    free(w);
}

int
wordbreak_split(struct wordbreak *w, const struct wordbreak_segment **segments, size_t *count,
    const char *text, size_t len)
{
    UErrorCode status = U_ZERO_ERROR;
    int        rc = OK;

    if (len > INT32_MAX)
        return err_set(ERR_LIMIT, "a text of %zu bytes is too long for ICU's word breaker", len);
    buf_reset(&w->segments);
    w->text = utext_openUTF8(w->text, text, (int64_t)len, &status);
    ubrk_setUText(w->breaks, w->text, &status);
    if (U_FAILURE(status))
        return err_set(ERR_FORMAT, "ICU cannot break text into words: %s", u_errorName(status));
    for (int32_t at = ubrk_next(w->breaks); rc == OK && at != UBRK_DONE;
        at = ubrk_next(w->breaks)) {
        struct wordbreak_segment segment = { (size_t)at,
            ubrk_getRuleStatus(w->breaks) >= UBRK_WORD_NONE_LIMIT };

        rc = buf_add(&w->segments, &segment, sizeof segment);
    }
    *segments = (const struct wordbreak_segment *)(const void *)w->segments.bytes;
    *count = w->segments.len / sizeof **segments;
    return rc;
}
