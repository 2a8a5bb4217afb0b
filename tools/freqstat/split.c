/* split.c -- see split.h.  A step turns 64 bytes into a mask with a bit for each byte of white
 * space; where neighbouring bits differ, a word begins or ends. */
#include "tools/freqstat/split.h"

#ifdef __SSE2__
#include <emmintrin.h>
#else
#include "lib/words.h"
#endif

#ifdef __SSE2__ /* of every x86-64 */
static inline uint64_t
space_mask(const char *text)
{
    uint64_t mask = 0;

    for (int i = 0; i < 4; i++) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(text + 16 * i));
        __m128i from_tab = _mm_sub_epi8(bytes, _mm_set1_epi8('\t'));
        __m128i space = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(' ')),
            _mm_cmpeq_epi8(_mm_min_epu8(from_tab, _mm_set1_epi8('\r' - '\t')), from_tab));

        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(space) << 16 * i;
    }
    return mask;
}
#else
static inline uint64_t
space_mask(const char *text)
{
    uint64_t mask = 0;

    for (int i = 0; i < SPLIT_STEP; i++)
        mask |= (uint64_t)words_is_space(text[i]) << i;
    return mask;
}
#endif

void
split_start(struct split *s, const char *text, size_t len)
{
    *s = (struct split){ .text = text, .len = len, .start = SIZE_MAX };
}

size_t
split_some(struct split *s, struct wordmap_word *words, size_t max)
{
    size_t count = 0;

    while (s->at <= s->len && count + SPLIT_STEP / 2 < max) {
        uint64_t mask = space_mask(s->text + s->at);
        uint64_t edges = mask ^ (mask << 1 | (s->start == SIZE_MAX));

        for (; edges != 0; edges &= edges - 1) {
            size_t at = s->at + (size_t)__builtin_ctzll(edges);

            if (s->start == SIZE_MAX) {
                s->start = at;
            } else {
                words[count++] = (struct wordmap_word){ s->text + s->start, at - s->start };
                s->start = SIZE_MAX;
            }
        }
        s->at += SPLIT_STEP;
    }
    return count;
}
