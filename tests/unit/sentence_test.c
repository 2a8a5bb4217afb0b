/* sentence_test.c -- the quick way decides as ICU does: on random texts made of what the rules and
 * the abbreviations look at, in locales with and without rules and abbreviations of their own. */
#include "lib/sentence.h"

#include <stdlib.h>
#include <string.h>

#include "lib/philox.h"
#include "tests/tap.h"

enum { TEXTS = 20000, PARTS_MAX = 24 };

/* Every class of Unicode Standard Annex 29 with one, two and more bytes, and beginnings, middles
 * and ends of abbreviations of several languages. */
static const char *const parts[] = { ".", ".", ".", "!", "?", "\xE3\x80\x82", "\xE2\x80\xA4", " ",
    " ", " ", "\xC2\xA0", "\xE3\x80\x80", "\r", "\n", "\r\n", "\xC2\x85", "\xE2\x80\xA8", "a", "b",
    "\xC3\xA9", "A", "B", "\xC3\x89", "\xD7\x90", "\xE4\xB8\xAD", "1", "\xD9\xA3", "7", ",", "-",
    ":", ";", "\xE3\x80\x81", "(", ")", "\"", "\xE2\x80\x9D", "'", "\xCC\x81", "\xE2\x80\x8D",
    "\xC2\xAD", "#", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xF0\x90\x90\x80", "Mr.", "Mr. ", "Ph.",
    "Ph.D.", "D.", "e.g.", "i.e. ", "U.S.", "etc.", "z.B.", "z. B.", "Dr. ", "No.", "vs. ", "St.",
    "Sr. ", "p.m. ", "bzw.", "usw. ", "M.", "Mme", "S.p.A.", "p. ex.", "\xD1\x82.\xD0\xB4. ",
    "\xD0\xB3.", "Hello world", " is it", "The ", "Alt. " };

static void
make_text(struct buf *text, uint32_t number)
{
    enum { COUNT = sizeof parts / sizeof parts[0] };
    struct philox random = { 0 };

    buf_reset(text);
    for (uint32_t i = 0; i < PARTS_MAX; i++) {
        uint32_t word;

        if (i % 4 == 0)
            random = philox(29, 0, number, i, 0);
        word = random.x[i % 4];
        if (i > 0 && word % 29 == 0)
            break;
        CHECK(buf_adds(text, parts[(word >> 8) % COUNT]) == OK);
    }
}

static bool
same(struct sentence *quick, struct sentence *icu, const struct buf *text)
{
    const size_t *quick_ends, *icu_ends;
    size_t        quick_count, icu_count;

    CHECK(sentence_split(quick, &quick_ends, &quick_count, text->bytes, text->len) == OK);
    CHECK(sentence_split(icu, &icu_ends, &icu_count, text->bytes, text->len) == OK);
    if (quick_count == icu_count && memcmp(quick_ends, icu_ends, icu_count * sizeof *icu_ends) == 0)
        return true;
    printf("# differs: ");
    for (size_t i = 0; i < text->len; i++)
        printf(text->bytes[i] >= ' ' && text->bytes[i] < 127 ? "%c" : "<%02X>",
            (unsigned char)text->bytes[i]);
    printf("\n#");
    for (size_t i = 0; i < quick_count; i++)
        printf(" %zu", quick_ends[i]);
    printf(" but ICU");
    for (size_t i = 0; i < icu_count; i++)
        printf(" %zu", icu_ends[i]);
    printf("\n");
    return false;
}

static void
test_locale(const char *locale)
{
    struct sentence *quick, *icu;
    struct buf       text = { 0 };
    size_t           different = 0, count;
    const size_t    *ends;

    CHECK(sentence_open(&quick, locale) == OK && sentence_open(&icu, locale) == OK);
    sentence_icu_only(icu);
    for (uint32_t i = 0; i < TEXTS && different < 5; i++) {
        make_text(&text, i);
        different += !same(quick, icu, &text);
    }
    ok(different == 0, "%s: the ends of ICU", locale);
    CHECK(sentence_split(quick, &ends, &count, "", 0) == OK);
    ok(count == 0, "%s: nothing has no sentence", locale);
    sentence_close(quick);
    sentence_close(icu);
    buf_free(&text);
}

int
main(void)
{
    static const char *const locales[] = { "en", "en_GB", "de", "fr", "it", "es", "pt", "ru", "el",
        "ja", "root" };

    for (size_t i = 0; i < sizeof locales / sizeof locales[0]; i++)
        test_locale(locales[i]);
    return tap_done();
}
