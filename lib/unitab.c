/* unitab.c -- see unitab.h. */
#include "lib/unitab.h"

#include <pthread.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>

uint16_t unitab_flag[UNI_MAX];
int32_t  unitab_lower[UNI_MAX];

static pthread_once_t      once = PTHREAD_ONCE_INIT;
static const UNormalizer2 *canonical, *compatibility;

void
unitab_spread(uint16_t flag[UNI_MAX], const struct unidata_range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (uint32_t c = ranges[i].first; c <= ranges[i].last; c++)
            flag[c] = ranges[i].flags;
}

void
unitab_spread_lower(int32_t lower[UNI_MAX], const struct unidata_lower *lowers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (uint32_t c = lowers[i].first; c <= lowers[i].last; c += lowers[i].stride)
            lower[c] = lowers[i].delta;
}

static void
fill(void)
{
    UErrorCode status = U_ZERO_ERROR;

    canonical = unorm2_getNFCInstance(&status);
    compatibility = unorm2_getNFKCInstance(&status);
    if (U_FAILURE(status))
        canonical = NULL;
    unitab_spread(unitab_flag, unidata_ranges, unidata_range_count);
    unitab_spread_lower(unitab_lower, unidata_lowers, unidata_lower_count);
}

int
unitab_open(void)
{
    pthread_once(&once, fill);
    return canonical != NULL ? OK : err_set(ERR_IO, "ICU cannot load its normalization data");
}

unsigned
unitab_class(uint32_t c)
{
    /* only marks have a class; those that came after the frozen tables count as unassigned */
    return (unitab_flag[c] & UNI_MARK) != 0 ? u_getCombiningClass((UChar32)c) : 0;
}

static int
decompose_hangul(uint32_t out[UNI_DECOMPOSED_MAX], uint32_t c)
{
    uint32_t index = c - UNI_HANGUL_FIRST; /* The Unicode Standard, section 3.12 */

    out[0] = 0x1100 + index / 588;
    out[1] = 0x1161 + index % 588 / 28;
    out[2] = 0x11A7 + index % 28;
    return index % 28 == 0 ? 2 : 3;
}

int
unitab_decompose_icu(uint32_t out[UNI_DECOMPOSED_MAX], uint32_t c, bool compatible)
{
    UChar      units[2 * UNI_DECOMPOSED_MAX];
    UErrorCode status = U_ZERO_ERROR;
    int32_t    len;
    int        count = 0;

    out[0] = c;
    if (unitab_is_hangul(c))
        return decompose_hangul(out, c);
    len = unorm2_getDecomposition(compatible ? compatibility : canonical, (UChar32)c, units,
        2 * UNI_DECOMPOSED_MAX, &status);
    if (U_FAILURE(status) || len < 0)
        return 1;
    for (int32_t i = 0; i < len && count < UNI_DECOMPOSED_MAX;) {
        UChar32 part;

        U16_NEXT(units, i, len, part);
        out[count++] = (uint32_t)part;
    }
    return count;
}

int
unitab_decompose(uint32_t out[UNI_DECOMPOSED_MAX], uint32_t c, bool compatible)
{
    out[0] = c;
    return unitab_is_hangul(c) || (unitab_flag[c] & UNI_DECOMPOSES) != 0
        ? unitab_decompose_icu(out, c, compatible) : 1;
}

uint32_t
unitab_compose(uint32_t a, uint32_t b)
{
    UChar32 c = unorm2_composePair(canonical, (UChar32)a, (UChar32)b);

    if (c < 0 || (!unitab_is_hangul((uint32_t)c) && (unitab_flag[c] & UNI_DECOMPOSES) == 0))
        return 0;
    return (uint32_t)c;
}
