/* grow.h -- text that is being put together, and pieces of text that lie elsewhere.
 *
 * A page takes thousands of small appends; testing each for memory would bury the rules of the
 * markup.  So a failure sticks: it is kept in `rc`, later appends do nothing, and whoever made the
 * page tests `rc` once at its end. */
#ifndef TOOLS_WIKIEXTRACT_GROW_H
#define TOOLS_WIKIEXTRACT_GROW_H

#include <stdbool.h>
#include <string.h>

#include "lib/buf.h"

struct grow {
    struct buf buf;
    int        rc;
};

struct span {
    const char *at;
    size_t      len;
};

static inline void
grow_add(struct grow *g, const char *bytes, size_t len)
{
    if (len == 0)
        return;
    if (g->buf.len + len < g->buf.max) {
        memcpy(g->buf.bytes + g->buf.len, bytes, len);
        g->buf.len += len;
    } else if (g->rc == OK) {
        g->rc = buf_add(&g->buf, bytes, len);
    }
}

static inline void
grow_addc(struct grow *g, char c)
{
    grow_add(g, &c, 1);
}

static inline void
grow_adds(struct grow *g, const char *text)
{
    grow_add(g, text, strlen(text));
}

static inline void
grow_span(struct grow *g, struct span s)
{
    grow_add(g, s.at, s.len);
}

/* The text from `start` on, as a span; good until the next append. */
static inline struct span
grow_from(const struct grow *g, size_t start)
{
    return (struct span){ g->buf.bytes != NULL ? g->buf.bytes + start : "", g->buf.len - start };
}

/* Blanks and the marks of mark.h (all below 0x20) are not text. */
static inline struct span
span_trim(struct span s)
{
    while (s.len > 0 && (unsigned char)s.at[0] <= ' ') {
        s.at++;
        s.len--;
    }
    while (s.len > 0 && (unsigned char)s.at[s.len - 1] <= ' ')
        s.len--;
    return s;
}

static inline bool
span_is(struct span s, const char *text)
{
    return s.len == strlen(text) && (s.len == 0 || memcmp(s.at, text, s.len) == 0);
}

/* ASCII only, whatever the locale. */
static inline char
ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static inline bool
ascii_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool
ascii_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* `lower` begins `s`, whatever the case of s. */
static inline bool
span_begins(struct span s, const char *lower)
{
    size_t len = strlen(lower);

    if (s.len < len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (ascii_lower(s.at[i]) != lower[i])
            return false;
    return true;
}

static inline bool
span_equals(struct span s, const char *lower)
{
    return s.len == strlen(lower) && span_begins(s, lower);
}

#endif
