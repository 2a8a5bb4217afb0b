/* suppress.c -- see suppress.h.  What counts is what ICU's filteredbrk.cpp does: the longest match
 * decides, and an abbreviation with a period inside is known by its part up to the first. */
#include "lib/suppress.h"

#include <string.h>
#include <unicode/ures.h>
#include <unicode/ustring.h>

enum { BYTES_MAX = 256 }; /* of one abbreviation */

static int
add_backwards(struct strtab *list, const char *bytes, size_t len, enum suppress_verdict verdict)
{
    char     backwards[BYTES_MAX];
    uint32_t value = verdict;
    bool     added;

    for (size_t i = 0; i < len; i++)
        backwards[i] = bytes[len - 1 - i];
    return strtab_add(list, backwards, len, &value, &added); /* what is there first stays */
}

/* One pass over the list: first those with a period inside, then the others. */
static int
add_all(struct strtab *list, UResourceBundle *breaks, bool inside)
{
    int rc = OK;

    for (int32_t i = 0; rc == OK && i < ures_getSize(breaks); i++) {
        UErrorCode   status = U_ZERO_ERROR;
        char         bytes[BYTES_MAX];
        const char  *period;
        int32_t      units, len = 0;
        const UChar *text = ures_getStringByIndex(breaks, i, &units, &status);

        if (U_SUCCESS(status))
            u_strToUTF8(bytes, BYTES_MAX, &len, text, units, &status);
        if (U_FAILURE(status) || len == 0)
            return err_set(ERR_FORMAT, "ICU's list of abbreviations cannot be read");
        period = memchr(bytes, '.', (size_t)len - 1);
        if (inside == (period != NULL))
            rc = inside
                ? add_backwards(list, bytes, (size_t)(period - bytes) + 1, SUPPRESS_ASK)
                : add_backwards(list, bytes, (size_t)len, SUPPRESS_YES);
    }
    return rc;
}

int
suppress_open(struct suppress *s, const char *locale)
{
    UErrorCode       status = U_ZERO_ERROR;
    UResourceBundle *bundle = ures_open(U_ICUDATA_NAME "-brkitr", locale, &status);
    UResourceBundle *exceptions = NULL, *breaks = NULL;
    struct strtab    list = { 0 };
    int              rc = U_SUCCESS(status) ? OK
                     : err_set(ERR_FORMAT, "ICU has no data for breaking text");

    *s = (struct suppress){ 0 };
    if (rc == OK) {
        exceptions = ures_getByKey(bundle, "exceptions", NULL, &status);
        breaks = ures_getByKey(exceptions, "SentenceBreak", NULL, &status);
        s->any = U_SUCCESS(status);
    }
    if (s->any)
        rc = add_all(&list, breaks, true);
    if (rc == OK && s->any)
        rc = add_all(&list, breaks, false);
    if (rc == OK && s->any)
        rc = trie_open(&s->trie, &list);
    strtab_free(&list);
    ures_close(breaks);
    ures_close(exceptions);
    ures_close(bundle);
    return rc;
}

void
suppress_close(struct suppress *s)
{
    trie_close(&s->trie);
}

enum suppress_verdict
suppress_at(const struct suppress *s, const char *text, size_t end)
{
    enum suppress_verdict verdict = SUPPRESS_NO;
    uint32_t              node = TRIE_ROOT;

    if (!s->any)
        return SUPPRESS_NO;
    if (end > 0 && text[end - 1] == ' ')
        end--;
    while (end > 0 && (node = trie_step(&s->trie, node, text[--end])) != TRIE_NONE)
        if (trie_value(&s->trie, node) != TRIE_NONE)
            verdict = (enum suppress_verdict)trie_value(&s->trie, node);
    return verdict;
}
