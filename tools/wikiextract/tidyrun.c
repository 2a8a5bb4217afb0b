/* tidyrun.c -- see tidyrun.h. */
#include "tools/wikiextract/tidyrun.h"

#include "tools/wikiextract/mark.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* MARK_HEAD is none: tidy_page takes it before the text of the heading. */
const bool tidyrun_stops[256] = {
    [MARK_HOLE] = true, [MARK_LOST] = true, [MARK_ITALIC] = true, [MARK_BOLD] = true,
    [MARK_BOTH] = true, [MARK_LINE] = true, [MARK_BREAK] = true, ['\t'] = true, ['\r'] = true,
    [' '] = true, ['('] = true, [')'] = true,
    [0xc2] = true, /* begins no-break space and soft hyphen */
    [0xef] = true, /* begins full-width parentheses */
};

#ifdef __SSE2__
/* Of sixteen bytes those that may be a stop: all controls, and the few others but the blank. */
static __m128i
perhaps_stops(__m128i x)
{
    __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(' ' - 1)), x);
    __m128i parens = _mm_cmpeq_epi8(_mm_or_si128(x, _mm_set1_epi8(1)), _mm_set1_epi8(')'));
    __m128i wide = _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8((char)0xc2)),
        _mm_cmpeq_epi8(x, _mm_set1_epi8((char)0xef)));

    return _mm_or_si128(_mm_or_si128(control, parens), wide);
}
#endif

/* So many bytes are none, looked at together. */
static size_t
sure_run(const char *p, const char *to)
{
    const char *start = p;

#ifdef __SSE2__
    const __m128i blank = _mm_set1_epi8(' ');

    for (; to - p > 16; p += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i next = _mm_loadu_si128((const __m128i *)(const void *)(p + 1));
        __m128i pair = _mm_and_si128(_mm_cmpeq_epi8(x, blank),
            _mm_or_si128(perhaps_stops(next), _mm_cmpeq_epi8(next, blank)));
        int     stop = _mm_movemask_epi8(_mm_or_si128(perhaps_stops(x), pair));

        if (stop != 0)
            return (size_t)(p - start) + (size_t)__builtin_ctz((unsigned)stop);
    }
#else
    (void)to;
#endif
    return (size_t)(p - start);
}

size_t
tidyrun_len(const char *p, const char *to)
{
    const char *start = p;

    for (p += sure_run(p, to); p < to; p++, p += sure_run(p, to))
        if (tidyrun_stops[(unsigned char)*p]
            && !(*p == ' ' && p + 1 < to && (unsigned char)p[1] > ' '
                && !tidyrun_stops[(unsigned char)p[1]]))
            break;
    return (size_t)(p - start);
}
