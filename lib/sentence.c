/* sentence.c -- see sentence.h. */
#include "lib/sentence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ubrk.h>
#include <unicode/uloc.h>
#include <unicode/utext.h>

struct sentence {
    UBreakIterator *breaks;
    UText          *text;
    struct buf      ends; /* size_t */
};

/* ICU takes any name and falls back in silence; a name of no language is more likely mistyped. */
static bool
is_known(const char *locale)
{
    return strcmp(locale, "root") == 0 || uloc_getISO3Language(locale)[0] != '\0';
}

int
sentence_open(struct sentence **s, const char *locale)
{
    UErrorCode status = U_ZERO_ERROR;
    char       name[128];

    *s = NULL;
    if (!is_known(locale))
        return err_set(ERR_FORMAT, "\"%.64s\" is no locale that ICU knows; \"root\" is that of "
            "no language in particular", locale);
    *s = calloc(1, sizeof **s);
    if (*s == NULL)
        return err_set(ERR_MEMORY, "no memory for a sentence breaker");
    if ((size_t)snprintf(name, sizeof name, "%s@ss=standard", locale) >= sizeof name)
        status = U_ILLEGAL_ARGUMENT_ERROR;
    (*s)->breaks = ubrk_open(UBRK_SENTENCE, name, NULL, 0, &status);
    if (U_SUCCESS(status))
        return OK;
    sentence_close(*s);
    *s = NULL;
    return err_set(ERR_FORMAT, "ICU has no sentence rules for the locale \"%.64s\": %s", locale,
        u_errorName(status));
}

void
sentence_close(struct sentence *s)
{
    if (s == NULL)
        return;
    ubrk_close(s->breaks);
    utext_close(s->text);
    buf_free(&s->ends);
    free(s);
}

int
sentence_split(struct sentence *s, const size_t **ends, size_t *count, const char *text, size_t len)
{
    UErrorCode status = U_ZERO_ERROR;
    int        rc = OK;

    if (len > INT32_MAX)
        return err_set(ERR_LIMIT, "a line of %zu bytes is too long for ICU's sentence breaker",
            len);
    buf_reset(&s->ends);
    s->text = utext_openUTF8(s->text, text, (int64_t)len, &status);
    ubrk_setUText(s->breaks, s->text, &status);
    if (U_FAILURE(status))
        return err_set(ERR_FORMAT, "ICU cannot break text into sentences: %s", u_errorName(status));
    for (int32_t at = ubrk_next(s->breaks); rc == OK && at != UBRK_DONE;
        at = ubrk_next(s->breaks)) {
        size_t end = (size_t)at;

        rc = buf_add(&s->ends, &end, sizeof end);
    }
    *ends = (const size_t *)(const void *)s->ends.bytes;
    *count = s->ends.len / sizeof **ends;
    return rc;
}
