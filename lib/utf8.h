/* utf8.h -- UTF-8 checked, mended and read (RFC 3629; The Unicode Standard, section 3.9). */
#ifndef LIB_UTF8_H
#define LIB_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

/* utf8_bad -- where the first byte that is not UTF-8 stands; len if there is none. */
size_t utf8_bad(const char *text, size_t len);

/* utf8_bad_len -- the length of the ill-formed sequence at text: its maximal subpart, as the
 * Unicode Standard recommends (table 3-8); at least 1. */
size_t utf8_bad_len(const char *text, size_t len);

/* utf8_mend -- append text to `b`, each ill-formed sequence replaced by `by` (U+FFFD or "").
 * *bad counts them. */
MUST int utf8_mend(struct buf *b, uint64_t *bad, const char *text, size_t len, const char *by);

/* utf8_ascii -- how many of the first bytes are ASCII. */
size_t utf8_ascii(const char *text, size_t len);

/* utf8_next -- the character at *at, which moves on; the text must be UTF-8. */
static inline uint32_t
utf8_next(const char **at)
{
    const unsigned char *p = (const unsigned char *)*at;

    if (p[0] < 0x80) {
        *at += 1;
        return p[0];
    }
    if (p[0] < 0xE0) {
        *at += 2;
        return (p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu);
    }
    if (p[0] < 0xF0) {
        *at += 3;
        return (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
    }
    *at += 4;
    return (p[0] & 0x07u) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
}

/* utf8_last -- the character that ends before text[*len]; *len moves to its start. */
static inline uint32_t
utf8_last(const char *text, size_t *len)
{
    const char *at;

    do
        (*len)--;
    while (*len > 0 && ((unsigned char)text[*len] & 0xC0) == 0x80);
    at = text + *len;
    return utf8_next(&at);
}

/* utf8_put -- write c to out, which has room for 4; how many bytes. */
static inline size_t
utf8_put(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

#endif
