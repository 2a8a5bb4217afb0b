/* plain.c -- see plain.h.
 *
 * Nine tenths of a dump are the text of pages.  A parser looks at each of its bytes by a table, to
 * find that it is text; here sixteen are looked at together.  Source: XML 1.0, 2.2 (characters),
 * 2.4 (character data: no "]]>"), 2.11 (line ends), 4.6 (predefined entities). */
#include "tools/wikiextract/plain.h"

#include <stdbool.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "lib/utf8.h"

/* Neither markup nor a reference, nor a control character that XML forbids or changes. */
static bool
ordinary(char c)
{
    unsigned char u = (unsigned char)c;

    return u >= ' ' ? c != '<' && c != '>' && c != '&' : c == '\n' || c == '\t';
}

static size_t
ordinary_run(const char *bytes, size_t len)
{
    size_t i = 0;

#ifdef __SSE2__
    const __m128i control = _mm_set1_epi8(' ' - 1), line = _mm_set1_epi8('\n'),
                  tab = _mm_set1_epi8('\t'), less = _mm_set1_epi8('<'),
                  more = _mm_set1_epi8('>'), reference = _mm_set1_epi8('&');

    for (; i + 16 <= len; i += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(bytes + i));
        __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(x, control), x);
        __m128i blank = _mm_or_si128(_mm_cmpeq_epi8(x, line), _mm_cmpeq_epi8(x, tab));
        __m128i mark = _mm_or_si128(_mm_cmpeq_epi8(x, less),
            _mm_or_si128(_mm_cmpeq_epi8(x, more), _mm_cmpeq_epi8(x, reference)));
        int     stop = _mm_movemask_epi8(_mm_or_si128(mark, _mm_andnot_si128(blank, low)));

        if (stop != 0)
            return i + (size_t)__builtin_ctz((unsigned)stop);
    }
#endif
    while (i < len && ordinary(bytes[i]))
        i++;
    return i;
}

/* Of a run the part that is UTF-8 and holds neither U+FFFE nor U+FFFF, which are no characters. */
static size_t
characters(const char *bytes, size_t len)
{
    const char *at = bytes;

    len = utf8_bad(bytes, len);
    while ((at = memchr(at, 0xEF, len - (size_t)(at - bytes))) != NULL) {
        if ((unsigned char)at[1] == 0xBF && (unsigned char)at[2] >= 0xBE)
            return (size_t)(at - bytes);
        at += 3;
    }
    return len;
}

/* The length of the reference at the front, 0 if it is none of the five; its character. */
static size_t
reference(const char *bytes, size_t len, char *c)
{
    static const struct {
        char   text[8], c;
        size_t len;
    } known[] = { { "&lt;", '<', 4 }, { "&gt;", '>', 4 }, { "&amp;", '&', 5 },
        { "&quot;", '"', 6 }, { "&apos;", '\'', 6 } };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (len >= known[i].len && memcmp(bytes, known[i].text, known[i].len) == 0) {
            *c = known[i].c;
            return known[i].len;
        }
    return 0;
}

/* How many of the last bytes before `at` are brackets that may begin "]]>". */
static size_t
brackets(const char *bytes, size_t at)
{
    size_t n = 0;

    while (n < 2 && n < at && bytes[at - n - 1] == ']')
        n++;
    return n;
}

int
plain_take(struct buf *out, const char *bytes, size_t len, size_t *used)
{
    size_t at = 0, back;
    int    rc = buf_reserve(out, len);

    *used = 0;
    if (rc != OK)
        return rc;
    for (;;) {
        size_t run = ordinary_run(bytes + at, len - at), good = characters(bytes + at, run);
        char   c;

        memcpy(out->bytes + out->len, bytes + at, good);
        out->len += good;
        at += good;
        if (good < run || at == len)
            break;
        run = 1;
        c = bytes[at];
        if (c == '&')
            run = reference(bytes + at, len - at, &c);
        else if (c != '>' || brackets(bytes, at) == 2)
            break;
        if (run == 0)
            break;
        out->bytes[out->len++] = c;
        at += run;
    }
    back = brackets(bytes, at); /* what is behind them decides */
    out->len -= back;
    out->bytes[out->len] = '\0';
    *used = at - back;
    return OK;
}
