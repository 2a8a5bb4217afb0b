/* basictok.c -- see basictok.h. */
#include "lib/basictok.h"

#include <pthread.h>
#include <stdint.h>
#include <unicode/uchar.h>

#include "lib/basicdata.h"
#include "lib/reorder.h"
#include "lib/unitab.h"

enum { SIGMA = 0x3A3, SMALL_SIGMA = 0x3C3, FINAL_SIGMA = 0x3C2 };

static uint16_t       flag[UNI_MAX];
static int32_t        lower_by[UNI_MAX];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
fill(void)
{
    unitab_spread(flag, basicdata_ranges, basicdata_range_count);
    unitab_spread_lower(lower_by, basicdata_lowers, basicdata_lower_count);
}

int
basictok_open(void)
{
    pthread_once(&once, fill);
    return unitab_open();
}

static unsigned
class_of(uint32_t c)
{
    return (flag[c] & BASIC_CLASS) != 0 ? u_getCombiningClass((UChar32)c) : 0;
}

static uint32_t *
codes_of(const struct buf *b)
{
    return (uint32_t *)(void *)b->bytes;
}

static int
room(struct buf *b, size_t codes)
{
    buf_reset(b);
    return buf_reserve(b, codes * sizeof(uint32_t));
}

/* From `from` to `to`: characters of class `apart` between two spaces, others as they are; those of
 * class `gone` vanish, those of class `space` become one. */
static int
set_apart(struct buf *to, const struct buf *from, unsigned apart, unsigned gone, unsigned space)
{
    const uint32_t *c = codes_of(from);
    size_t          count = from->len / sizeof *c;
    uint32_t       *out;
    int             rc = room(to, 3 * count);

    if (rc != OK)
        return rc;
    out = codes_of(to);
    for (size_t i = 0; i < count; i++) {
        unsigned f = flag[c[i]];

        if ((f & gone) != 0)
            continue;
        if ((f & apart) != 0)
            *out++ = ' ';
        *out++ = (f & space) != 0 ? ' ' : c[i];
        if ((f & apart) != 0)
            *out++ = ' ';
    }
    to->len = (size_t)((char *)out - to->bytes);
    return OK;
}

/* The Unicode Standard, table 3-17: a letter stands before the sigma at c[i] and none behind it,
 * whatever is between and ignorable.  White space is neither, so a word needs no ends. */
static bool
is_final(const uint32_t *c, size_t count, size_t i)
{
    size_t before = i, behind = i + 1;

    while (before > 0 && (flag[c[before - 1]] & BASIC_IGNORABLE) != 0)
        before--;
    if (before == 0 || (flag[c[before - 1]] & BASIC_CASED) == 0)
        return false;
    while (behind < count && (flag[c[behind]] & BASIC_IGNORABLE) != 0)
        behind++;
    return behind == count || (flag[c[behind]] & BASIC_CASED) == 0;
}

static int
lower_one(uint32_t out[2], const uint32_t *c, size_t count, size_t i)
{
    out[0] = (uint32_t)((int32_t)c[i] + lower_by[c[i]]);
    if (c[i] == SIGMA)
        out[0] = is_final(c, count, i) ? FINAL_SIGMA : SMALL_SIGMA;
    if (c[i] != UNI_I_DOT)
        return 1;
    out[0] = 'i';
    out[1] = 0x307;
    return 2;
}

/* From `from` to `to`: lower case, then NFD. */
static int
lower_and_decompose(struct buf *to, struct buf *from)
{
    const uint32_t *c = codes_of(from);
    size_t          count = from->len / sizeof *c;
    int             rc = OK;

    buf_reset(to);
    for (size_t i = 0; rc == OK && i < count; i++) {
        uint32_t lowered[2], part[UNI_DECOMPOSED_MAX];
        int      n = lower_one(lowered, c, count, i);

        for (int k = 0; rc == OK && k < n; k++) {
            bool plain = (flag[lowered[k]] & BASIC_DECOMPOSES) == 0
                && !unitab_is_hangul(lowered[k]);
            int parts = plain ? 1 : unitab_decompose_icu(part, lowered[k], false);

            rc = buf_add(to, plain ? &lowered[k] : part, (size_t)parts * sizeof part[0]);
        }
    }
    return rc == OK ? reorder_marks(codes_of(to), to->len / sizeof *c, class_of, from) : rc;
}

int
basictok_run(struct buf *codes, struct buf *next, bool lower)
{
    int rc = set_apart(next, codes, BASIC_HAN, BASIC_DROP, BASIC_SPACE);

    if (rc == OK && lower)
        rc = lower_and_decompose(codes, next);
    if (rc == OK && !lower) /* back to where the next line finds it */
        buf_swap(codes, next);
    if (rc == OK)
        rc = set_apart(next, codes, BASIC_PUNCT, lower ? BASIC_MN : 0, 0);
    buf_swap(codes, next);
    return rc;
}
