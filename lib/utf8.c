/* utf8.c -- see utf8.h. */
#include "lib/utf8.h"

#include <string.h>

size_t
utf8_ascii(const char *text, size_t len)
{
    size_t i = 0;

    for (uint64_t eight; i + sizeof eight <= len; i += sizeof eight) {
        memcpy(&eight, text + i, sizeof eight);
        if ((eight & 0x8080808080808080u) != 0)
            break;
    }
    while (i < len && (unsigned char)text[i] < 0x80)
        i++;
    return i;
}

/* How many bytes of a well-formed sequence, or of the beginning of one, stand at p; *whole tells
 * which.  0 if p[0] begins none.  Table 3-7 of the Unicode Standard. */
static size_t
sequence(const unsigned char *p, size_t len, int *whole)
{
    size_t        want = p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : p[0] < 0xF5 ? 4 : 0;
    unsigned char low = p[0] == 0xE0 ? 0xA0 : p[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char high = p[0] == 0xED ? 0x9F : p[0] == 0xF4 ? 0x8F : 0xBF;
    size_t        i;

    *whole = 0;
    if (want == 0)
        return 0;
    for (i = 1; i < want; i++) {
        if (i >= len || p[i] < low || p[i] > high)
            return i;
        low = 0x80;
        high = 0xBF;
    }
    *whole = 1;
    return i;
}

size_t
utf8_bad(const char *text, size_t len)
{
    size_t i = 0;
    int    whole;

    for (;;) {
        size_t n;

        i += utf8_ascii(text + i, len - i);
        if (i == len)
            return len;
        n = sequence((const unsigned char *)text + i, len - i, &whole);
        if (!whole)
            return i;
        i += n;
    }
}

size_t
utf8_bad_len(const char *text, size_t len)
{
    int    whole;
    size_t n = sequence((const unsigned char *)text, len, &whole);

    return n == 0 ? 1 : n;
}

int
utf8_mend(struct buf *b, uint64_t *bad, const char *text, size_t len, const char *by)
{
    *bad = 0;
    for (;;) {
        size_t good = utf8_bad(text, len);
        int    rc = buf_add(b, text, good);

        if (rc != OK || good == len)
            return rc;
        rc = buf_adds(b, by);
        if (rc != OK)
            return rc;
        ++*bad;
        text += good;
        len -= good;
        good = utf8_bad_len(text, len);
        text += good;
        len -= good;
    }
}
