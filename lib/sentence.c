/* sentence.c -- see sentence.h.
 *
 * ICU goes through a table for every character; but a sentence can end only behind a terminator
 * (. ! ? and their like) or a paragraph separator.  So those are looked for, and what stands around
 * one decides, by the rules of Unicode Standard Annex 29, section 5.1, which are named in the code.
 * The classes of characters and the abbreviations are ICU's.  Where a locale has rules of its own,
 * and for abbreviations with a period inside, ICU itself is asked.  tests/unit/sentence_test.c
 * holds the two against each other. */
#include "lib/sentence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/uloc.h>
#include <unicode/utext.h>

#include "lib/suppress.h"
#include "lib/unitab.h"
#include "lib/utf8.h"

enum { ASK_AROUND = 128 }; /* bytes; more than an abbreviation has */

struct sentence {
    UBreakIterator *breaks;
    UText          *text;
    struct buf      ends;     /* size_t */
    bool            standard; /* the rules of the locale are those of the annex */
    uint8_t        *classes;  /* [UNI_MAX] U_SB_... + 1; 0: not asked yet */
    bool            looks[256]; /* a terminator may begin with this byte */
    struct suppress suppress;
    size_t          anchors[2]; /* ends by the rules alone, at least ASK_AROUND apart */
    bool            english;
};

#define BIT(class) (1u << (class))
enum {
    PARAGRAPH = BIT(U_SB_SEP) | BIT(U_SB_CR) | BIT(U_SB_LF),
    TERMINATOR = BIT(U_SB_ATERM) | BIT(U_SB_STERM),
    ATTACHED = BIT(U_SB_EXTEND) | BIT(U_SB_FORMAT),
    LETTER = BIT(U_SB_OLETTER) | BIT(U_SB_UPPER) | BIT(U_SB_LOWER)
};

/* ---- opening ---- */

/* The class of the character at text[*at], a bit, which *at moves behind. */
static inline unsigned
next_class(struct sentence *s, const char *text, size_t *at)
{
    const char *p = text + *at;
    uint32_t    c = utf8_next(&p);

    *at = (size_t)(p - text);
    if (s->classes[c] == 0)
        s->classes[c] = (uint8_t)(u_getIntPropertyValue((UChar32)c, UCHAR_SENTENCE_BREAK) + 1);
    return BIT(s->classes[c] - 1);
}

/* ICU takes any name and falls back in silence; a name of no language is more likely mistyped. */
static bool
is_known(const char *locale)
{
    return strcmp(locale, "root") == 0 || uloc_getISO3Language(locale)[0] != '\0';
}

/* Whether the two have the same rules, abbreviations aside. */
static bool
same_rules(const char *left, const char *right)
{
    UErrorCode      status = U_ZERO_ERROR;
    UBreakIterator *a = ubrk_open(UBRK_SENTENCE, left, NULL, 0, &status);
    UBreakIterator *b = ubrk_open(UBRK_SENTENCE, right, NULL, 0, &status);
    struct buf      rules[2] = { { 0 }, { 0 } };
    int32_t         a_len = ubrk_getBinaryRules(a, NULL, 0, &status);
    int32_t         b_len = ubrk_getBinaryRules(b, NULL, 0, &status);
    bool            same = false;

    if (U_SUCCESS(status) && a_len == b_len && buf_reserve(&rules[0], (size_t)a_len) == OK
        && buf_reserve(&rules[1], (size_t)b_len) == OK) {
        ubrk_getBinaryRules(a, (uint8_t *)rules[0].bytes, a_len, &status);
        ubrk_getBinaryRules(b, (uint8_t *)rules[1].bytes, b_len, &status);
        same = U_SUCCESS(status) && memcmp(rules[0].bytes, rules[1].bytes, (size_t)a_len) == 0;
    }
    buf_free(&rules[0]);
    buf_free(&rules[1]);
    ubrk_close(a);
    ubrk_close(b);
    return same;
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
    if (*s != NULL)
        (*s)->classes = calloc(UNI_MAX, 1);
    if (*s == NULL || (*s)->classes == NULL) {
        sentence_close(*s);
        *s = NULL;
        return err_set(ERR_MEMORY, "no memory for a sentence breaker");
    }
    if ((size_t)snprintf(name, sizeof name, "%s@ss=standard", locale) >= sizeof name)
        status = U_ILLEGAL_ARGUMENT_ERROR;
    (*s)->english = strcmp(uloc_getISO3Language(locale), "eng") == 0;
    (*s)->breaks = ubrk_open(UBRK_SENTENCE, name, NULL, 0, &status);
    for (int byte = 0; byte < 256; byte++) {
        char   one[4] = { (char)byte };
        size_t at = 0;

        (*s)->looks[byte] = byte >= 0x80
            || (next_class(*s, one, &at) & (PARAGRAPH | TERMINATOR)) != 0;
    }
    if (U_SUCCESS(status)) {
        (*s)->standard = suppress_open(&(*s)->suppress, locale) == OK && same_rules(locale, "root");
        return OK;
    }
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
    suppress_close(&s->suppress);
    free(s->classes);
    free(s);
}

void
sentence_icu_only(struct sentence *s)
{
    s->standard = false;
}

/* ---- ICU ---- */

static int
icu_start(struct sentence *s, const char *text, size_t len)
{
    UErrorCode status = U_ZERO_ERROR;

    s->text = utext_openUTF8(s->text, text, (int64_t)len, &status);
    ubrk_setUText(s->breaks, s->text, &status);
    if (U_FAILURE(status))
        return err_set(ERR_FORMAT, "ICU cannot break text into sentences: %s", u_errorName(status));
    return OK;
}

static int
put_end(struct sentence *s, size_t end)
{
    return buf_add(&s->ends, &end, sizeof end);
}

static int
icu_split(struct sentence *s, const char *text, size_t len)
{
    int rc;

    if (len > INT32_MAX)
        return err_set(ERR_LIMIT, "a line of %zu bytes is too long for ICU's sentence breaker",
            len);
    rc = icu_start(s, text, len);
    if (rc != OK)
        return rc;
    for (int32_t at = ubrk_next(s->breaks); rc == OK && at != UBRK_DONE; at = ubrk_next(s->breaks))
        rc = put_end(s, (size_t)at);
    return rc;
}

/* ---- the rules ---- */

/* The class at `at`; 0 at the end. */
static unsigned
peek(struct sentence *s, const char *text, size_t len, size_t at)
{
    return at < len ? next_class(s, text, &at) : 0;
}

/* Behind all characters of these classes from `at` on. */
static size_t
skip(struct sentence *s, const char *text, size_t len, size_t at, unsigned classes)
{
    while (at < len) {
        size_t next = at;

        if ((next_class(s, text, &next) & classes) == 0)
            break;
        at = next;
    }
    return at;
}

/* The class of the character that ends before `at`, those attached to it left out (SB5). */
static unsigned
class_before(struct sentence *s, const char *text, size_t at)
{
    while (at > 0) {
        unsigned class;
        size_t   next;

        (void)utf8_last(text, &at);
        next = at;
        class = next_class(s, text, &next);
        if ((class & ATTACHED) == 0)
            return class;
    }
    return 0;
}

/* A terminator of this class stands at text[term .. *at - 1].  Whether the rules end a sentence
 * behind it, at *at, which is moved behind all that has been looked at. */
static bool
ends_behind(struct sentence *s, const char *text, size_t len, size_t term, size_t *at,
    unsigned class)
{
    size_t   next = skip(s, text, len, *at, ATTACHED);
    unsigned ahead = peek(s, text, len, next);
    bool     period = class == BIT(U_SB_ATERM);

    *at = next;
    if (period && ahead == BIT(U_SB_NUMERIC))
        return false; /* SB6 */
    if (period && ahead == BIT(U_SB_UPPER)
        && (class_before(s, text, term) & (BIT(U_SB_UPPER) | BIT(U_SB_LOWER))) != 0)
        return false; /* SB7 */
    next = skip(s, text, len, next, BIT(U_SB_CLOSE) | ATTACHED); /* SB9 */
    next = skip(s, text, len, next, BIT(U_SB_SP) | ATTACHED);    /* SB10 */
    ahead = peek(s, text, len, next);
    *at = next;
    if (ahead == 0 || (ahead & (PARAGRAPH | TERMINATOR | BIT(U_SB_SCONTINUE))) != 0)
        return false; /* the end of the text is no matter of rules; SB10; SB8a */
    if (period) {
        next = skip(s, text, len, next, ~(unsigned)(LETTER | PARAGRAPH | TERMINATOR));
        if (peek(s, text, len, next) == BIT(U_SB_LOWER))
            return false; /* SB8 */
    }
    return true; /* SB11 */
}

/* Whether ICU has an end at `end`, where the rules alone have one. */
static int
icu_ends(struct sentence *s, const char *text, size_t len, size_t end, bool *yes)
{
    size_t  from = s->anchors[0], to = end;
    int32_t at = 0, want = (int32_t)(end - from);
    int     rc;

    to = skip(s, text, len, to, ~(unsigned)(LETTER | PARAGRAPH | TERMINATOR)); /* SB8 looks there */
    to = len - to > ASK_AROUND ? to + ASK_AROUND : len;
    while (to < len && ((unsigned char)text[to] & 0xC0) == 0x80)
        to++;
    if (to - from > INT32_MAX)
        return err_set(ERR_LIMIT, "a sentence of %zu bytes is too long for ICU", to - from);
    rc = icu_start(s, text + from, to - from);
    while (rc == OK && at != UBRK_DONE && at < want)
        at = ubrk_next(s->breaks);
    *yes = at == want;
    return rc;
}

static int
put_unless_suppressed(struct sentence *s, const char *text, size_t len, size_t end)
{
    enum suppress_verdict verdict = suppress_at(&s->suppress, text, end);
    bool                  yes = verdict == SUPPRESS_NO;
    int                   rc = verdict == SUPPRESS_ASK ? icu_ends(s, text, len, end, &yes) : OK;

    if (end - s->anchors[1] >= ASK_AROUND) {
        s->anchors[0] = s->anchors[1];
        s->anchors[1] = end;
    }
    return rc == OK && yes ? put_end(s, end) : rc;
}

static int
split(struct sentence *s, const char *text, size_t len)
{
    size_t at = 0;
    int    rc = OK;

    s->anchors[0] = s->anchors[1] = 0;
    while (rc == OK && at < len) {
        size_t   term;
        unsigned class;

        while (at < len && !s->looks[(unsigned char)text[at]])
            at++;
        if (at == len)
            break;
        term = at;
        class = next_class(s, text, &at);
        if ((class & (PARAGRAPH | TERMINATOR)) == 0)
            continue;
        if ((class & PARAGRAPH) != 0) {
            if (class == BIT(U_SB_CR) && at < len && text[at] == '\n')
                at++; /* SB3 */
            if (at < len)
                rc = put_end(s, at); /* SB4 */
        } else if (ends_behind(s, text, len, term, &at, class)) {
            rc = put_unless_suppressed(s, text, len, at);
        }
    }
    return rc == OK && len > 0 ? put_end(s, len) : rc;
}

/* Whether the text, but for spaces at its end, ends with one of them. */
static bool
ends_with_abbreviation(const char *text, size_t len)
{
    static const char *const more[] = { "Dr.", "St.", "Gen.", "Gov.", "Sen.", "Messrs.", "e.g.",
        "i.e.", "cf.", "viz.", "ca.", "U.S.", "U.K.", "U.N." };

    while (len > 0 && text[len - 1] == ' ')
        len--;
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        size_t n = strlen(more[i]);

        if (len >= n && memcmp(text + len - n, more[i], n) == 0)
            return len == n || strchr(" ([\"'", text[len - n - 1]) != NULL;
    }
    return false;
}

/* English abbreviations that stand before what they belong to, and that CLDR's list lacks, or that
 * ICU does not find for their second period. */
static void
drop_abbreviations(struct buf *ends, const char *text, size_t len)
{
    size_t *end = (size_t *)(void *)ends->bytes, kept = 0;

    for (size_t i = 0; i < ends->len / sizeof *end; i++)
        if (end[i] == len || !ends_with_abbreviation(text, end[i]))
            end[kept++] = end[i];
    ends->len = kept * sizeof *end;
}

int
sentence_split(struct sentence *s, const size_t **ends, size_t *count, const char *text, size_t len)
{
    int rc;

    buf_reset(&s->ends);
    rc = s->standard ? split(s, text, len) : icu_split(s, text, len);
    if (rc == OK && s->english)
        drop_abbreviations(&s->ends, text, len);
    *ends = (const size_t *)(const void *)s->ends.bytes;
    *count = s->ends.len / sizeof **ends;
    return rc;
}
