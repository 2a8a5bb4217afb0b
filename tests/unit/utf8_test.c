/* utf8_test.c -- ill-formed sequences as in the Unicode Standard, section 3.9, tables 3-8 to
 * 3-11. */
#include "lib/utf8.h"

#include <string.h>

#include "tests/tap.h"

static bool
mends(const char *text, size_t len, const char *want, uint64_t want_bad)
{
    struct buf b = { 0 };
    uint64_t   bad;
    bool       good = utf8_mend(&b, &bad, text, len, "?") == OK && bad == want_bad
        && b.len == strlen(want) && memcmp(b.bytes, want, b.len) == 0;

    buf_free(&b);
    return good;
}

int
main(void)
{
    bool same = true;

    ok(mends("plain", 5, "plain", 0), "ASCII stays");
    ok(mends("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41", 9, "????????A", 8),
        "non-shortest forms (table 3-8)");
    ok(mends("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41", 9, "????????A", 8), "surrogates (table 3-9)");
    ok(mends("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42", 9, "?????A??B", 7),
        "other sequences (table 3-10)");
    ok(mends("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", 9, "????A", 4),
        "truncated sequences (table 3-11)");
    ok(mends("a\xE2\x82", 3, "a?", 1), "a sequence cut by the end");
    ok(utf8_bad("12345678\xC3\xA9x\xFFy", 13) == 11, "the place of the first bad byte");
    for (uint32_t c = 0; c < 0x110000; c++) {
        char        bytes[4];
        size_t      len = utf8_put(bytes, c), end = len;
        const char *at = bytes;

        if (c >= 0xD800 && c < 0xE000)
            same &= utf8_bad(bytes, len) == 0;
        else
            same &= utf8_bad(bytes, len) == len && utf8_next(&at) == c && at == bytes + len
                && utf8_last(bytes, &end) == c && end == 0;
    }
    ok(same, "every character is written and read, surrogates are bad");
    return tap_done();
}
