/* wordcut.c -- see wordcut.h. */
#include "lib/wordcut.h"

#include <string.h>

#include "lib/pretok.h"
#include "lib/unitab.h"
#include "lib/utf8.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define WIDE_VECTORS 1
#endif

/* ---- the masks of 64 bytes ---- */

static void
masks_portable(const struct wordcut_plan *plan, const char *block, struct wordcut_masks *m)
{
    *m = (struct wordcut_masks){ 0 };
    for (int i = 0; i < WORDCUT_BLOCK; i++) {
        unsigned char byte = (unsigned char)block[i];
        uint64_t      class = byte < 0x80 ? plan->class[byte] : 0;

        m->wide |= (uint64_t)(byte >> 7) << i;
        for (int set = 0; set < plan->sets; set++)
            m->set[set] |= (class >> set & 1) << i;
    }
}

#ifdef WIDE_VECTORS
__attribute__((target("avx2"))) static void
masks_avx2(const struct wordcut_plan *plan, const char *block, struct wordcut_masks *m)
{
    const __m256i half = _mm256_set1_epi8(0x0F), none = _mm256_setzero_si256();
    const __m256i bit = _mm256_setr_epi8(1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2,
        4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0);
    __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)block);
    __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(block + 32));
    __m256i a_bit = _mm256_shuffle_epi8(bit, _mm256_and_si256(_mm256_srli_epi16(a, 4), half));
    __m256i b_bit = _mm256_shuffle_epi8(bit, _mm256_and_si256(_mm256_srli_epi16(b, 4), half));

    for (int set = 0; set < plan->sets; set++) {
        __m256i low = _mm256_broadcastsi128_si256(
            _mm_loadu_si128((const __m128i *)(const void *)plan->low[set]));
        __m256i a_not = _mm256_cmpeq_epi8(
            _mm256_and_si256(_mm256_shuffle_epi8(low, a), a_bit), none);
        __m256i b_not = _mm256_cmpeq_epi8(
            _mm256_and_si256(_mm256_shuffle_epi8(low, b), b_bit), none);

        m->set[set] = ~((uint64_t)(uint32_t)_mm256_movemask_epi8(a_not)
            | (uint64_t)(uint32_t)_mm256_movemask_epi8(b_not) << 32);
    }
    m->wide = (uint64_t)(uint32_t)_mm256_movemask_epi8(a)
        | (uint64_t)(uint32_t)_mm256_movemask_epi8(b) << 32;
    m->inner = 0;
}
#endif

static void
finish_plan(struct wordcut_plan *plan)
{
    memset(plan->low, 0, sizeof plan->low);
    for (int c = 0; c < 128; c++)
        for (int set = 0; set < plan->sets; set++)
            if ((plan->class[c] >> set & 1) != 0)
                plan->low[set][c & 15] |= (uint8_t)(1u << (c >> 4));
    plan->masks = masks_portable;
#ifdef WIDE_VECTORS
    if (__builtin_cpu_supports("avx2"))
        plan->masks = masks_avx2;
#endif
}

/* ---- classes ---- */

/* A bit a set, as in class[]. */
static unsigned
class_of(const struct wordcut_plan *plan, uint32_t c)
{
    unsigned flags = unitab_flag[c];

    if (plan->kind == WORDCUT_BYTES)
        return (flags & UNI_LETTER) != 0 ? 1u << WORDCUT_LETTER
            : (flags & UNI_NUMBER) != 0  ? 1u << WORDCUT_NUMBER
            : (flags & UNI_SPACE) != 0   ? 1u << WORDCUT_SPACE
                                         : 0;
    return (flags & plan->gone) != 0    ? 0
        : (flags & UNI_SPACE) != 0      ? 1u << WORDCUT_SPACE
        : (flags & plan->alone) != 0    ? 1u << WORDCUT_ALONE
                                        : 0;
}

void
wordcut_bert(struct wordcut_plan *plan, unsigned gone, unsigned alone)
{
    *plan = (struct wordcut_plan){ .kind = WORDCUT_BERT, .sets = 2, .gone = gone, .alone = alone };
    for (uint32_t c = 0; c < 128; c++)
        plan->class[c] = (uint8_t)class_of(plan, c);
    finish_plan(plan);
}

void
wordcut_byte_level(struct wordcut_plan *plan)
{
    *plan = (struct wordcut_plan){ .kind = WORDCUT_BYTES, .sets = WORDCUT_SETS };
    for (uint32_t c = 0; c < 128; c++)
        plan->class[c] = (uint8_t)class_of(plan, c);
    plan->class[' '] |= 1u << WORDCUT_BLANK;
    plan->class['\''] |= 1u << WORDCUT_QUOTE;
    finish_plan(plan);
}

void
wordcut_portable(struct wordcut_plan *plan)
{
    plan->masks = masks_portable;
}

static bool
is_space_at(const struct wordcut *c, size_t at)
{
    const char *p = c->text + at;

    return at >= c->len
        || (class_of(c->plan, utf8_next(&p)) >> WORDCUT_SPACE & 1) != 0; /* the end counts as it */
}

/* Give the bytes of characters beyond ASCII their class.  *last gets a bit at the first
 * byte of each one that is white space and is followed by a character that is not. */
static void
widen(struct wordcut *c, struct wordcut_masks *m, uint64_t *last)
{
    uint64_t rest = m->wide;

    *last = 0;
    if (c->over > 0) {
        uint64_t bits = ((uint64_t)1 << c->over) - 1;

        for (int set = 0; set < c->plan->sets; set++)
            m->set[set] |= (c->over_class >> set & 1) != 0 ? bits : 0;
        m->inner |= bits;
        rest &= ~bits;
        c->over = 0;
    }
    while (rest != 0) {
        unsigned    i = (unsigned)__builtin_ctzll(rest);
        const char *start = c->text + c->at + i, *p = start;
        unsigned    class = class_of(c->plan, utf8_next(&p));
        size_t      bytes = (size_t)(p - start);
        uint64_t    bits = (((uint64_t)1 << bytes) - 1) << i;

        if (class != 0) {
            for (int set = 0; set < c->plan->sets; set++)
                m->set[set] |= (class >> set & 1) != 0 ? bits : 0;
            if ((class >> WORDCUT_SPACE & 1) != 0 && !is_space_at(c, c->at + i + bytes))
                *last |= (uint64_t)1 << i;
        }
        m->inner |= bits & (bits - 1);
        m->inner &= ~((uint64_t)1 << i);
        rest &= ~bits;
        if (i + bytes > WORDCUT_BLOCK) {
            c->over = i + bytes - WORDCUT_BLOCK;
            c->over_class = class;
        }
    }
}

/* ---- where words begin and end ---- */

static size_t
flatten(size_t *out, uint64_t bits, size_t at)
{
    const size_t *start = out;

    for (; bits != 0; bits &= bits - 1)
        *out++ = at + (unsigned)__builtin_ctzll(bits);
    return (size_t)(out - start);
}

static void
bert(struct wordcut *c, const struct wordcut_masks *m, uint64_t valid)
{
    uint64_t alone = m->set[WORDCUT_ALONE] & valid;
    uint64_t word = ~m->set[WORDCUT_SPACE] & ~alone & valid;
    uint64_t behind_word = word << 1 | c->before[0], behind_alone = alone << 1 | c->before[1];

    c->before[0] = word >> 63;
    c->before[1] = alone >> 63;
    c->firsts += flatten(c->first + c->firsts, (word & ~behind_word) | (alone & ~m->inner), c->at);
    c->count += flatten(c->end + c->count, (behind_word & ~word) | (behind_alone & ~m->inner),
        c->at);
}

/* A word begins where the class changes; but of white space before a word the last character is
 * apart, and if it is ' ' it belongs to the word.  A contraction is a word, and behind it the next
 * begins, in the middle of letters too. */
static void
byte_level(struct wordcut *c, const struct wordcut_masks *m, uint64_t last, uint64_t valid)
{
    uint64_t space = m->set[WORDCUT_SPACE] & valid, letter = m->set[WORDCUT_LETTER] & valid;
    uint64_t number = m->set[WORDCUT_NUMBER] & valid;
    uint64_t other = ~(space | letter | number) & valid, of[4] = { space, letter, number, other };
    uint64_t begins = 0;

    for (int i = 0; i < 4; i++) {
        begins |= of[i] & ~(of[i] << 1 | c->before[i]);
        c->before[i] = of[i] >> 63;
    }
    space &= ~m->wide; /* of the others widen() knows */
    last |= space & (letter | number | other) >> 1;
    if (space >> 63 != 0 && !is_space_at(c, c->at + WORDCUT_BLOCK))
        last |= (uint64_t)1 << 63;
    begins = (begins | last) & ~((last & m->set[WORDCUT_BLANK]) << 1 | c->blank_before);
    c->blank_before = (last & m->set[WORDCUT_BLANK]) >> 63;
    begins = (begins & ~c->no_begin) | (c->begin & valid);
    c->no_begin = c->begin = 0;
    for (uint64_t q = begins & m->set[WORDCUT_QUOTE]; q != 0; q &= q - 1) {
        unsigned i = (unsigned)__builtin_ctzll(q);
        size_t   n = pretok_contraction(c->text + c->at + i, c->len - c->at - i);

        if (n == 0)
            continue;
        if (i + 1 < 64)
            begins &= ~((uint64_t)1 << (i + 1));
        else
            c->no_begin = 1;
        if (i + n >= 64)
            c->begin = (uint64_t)1 << (i + n - 64);
        else if (c->at + i + n < c->len)
            begins |= (uint64_t)1 << (i + n);
    }
    c->firsts += flatten(c->first + c->firsts, begins, c->at);
    c->count += flatten(c->end + c->count, c->at == 0 ? begins & ~(uint64_t)1 : begins, c->at);
}

void
wordcut_start(struct wordcut *c, const struct wordcut_plan *plan, const char *text, size_t len)
{
    size_t tail = len < WORDCUT_BLOCK ? len : WORDCUT_BLOCK;

    c->plan = plan;
    c->text = text;
    c->len = len;
    c->at = c->count = c->firsts = c->over = 0;
    c->blank_before = c->no_begin = c->begin = 0;
    memset(c->before, 0, sizeof c->before);
    c->done = len == 0;
    c->tail_at = len - tail;
    memset(c->tail + tail, 0, sizeof c->tail - tail);
    if (tail > 0)
        memcpy(c->tail, text + c->tail_at, tail);
}

bool
wordcut_next(struct wordcut *c)
{
    if (c->firsts > c->count) /* the word that is still open */
        c->first[0] = c->first[c->count];
    c->firsts -= c->count;
    c->count = 0;
    if (c->done)
        return false;
    for (int i = 0; i < WORDCUT_BLOCKS && c->at < c->len; i++, c->at += WORDCUT_BLOCK) {
        size_t               rest = c->len - c->at;
        uint64_t             valid = rest < 64 ? ((uint64_t)1 << rest) - 1 : ~(uint64_t)0, last = 0;
        struct wordcut_masks m;

        c->plan->masks(c->plan,
            rest < 64 ? c->tail + (c->at - c->tail_at) : c->text + c->at, &m);
        if (m.wide != 0)
            widen(c, &m, &last);
        if (c->plan->kind == WORDCUT_BERT)
            bert(c, &m, valid);
        else
            byte_level(c, &m, last, valid);
    }
    if (c->at >= c->len) {
        c->done = true;
        if (c->firsts > c->count)
            c->end[c->count++] = c->len;
    }
    return true;
}
