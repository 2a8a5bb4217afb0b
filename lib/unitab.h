/* unitab.h -- what a character is, by one look into a table, and how it decomposes.
 *
 * The flat tables are filled from lib/unidata.h by the first unitab_open of the process; memory is
 * touched only where there is something.  Decompositions come from ICU, confined to the characters
 * that the frozen tables know: those never change from one Unicode version to the next. */
#ifndef LIB_UNITAB_H
#define LIB_UNITAB_H

#include <stdbool.h>

#include "lib/err.h"
#include "lib/unidata.h"

enum {
    UNI_MAX = 0x110000,
    UNI_DECOMPOSED_MAX = 18,
    UNI_I_DOT = 0x130, /* its lower case is two characters */
    UNI_HANGUL_FIRST = 0xAC00, UNI_HANGUL_LAST = 0xD7A3 /* syllables */
};

extern uint16_t unitab_flag[UNI_MAX];
extern int32_t  unitab_lower[UNI_MAX]; /* lower case minus the character itself */

static inline bool
unitab_is_hangul(uint32_t c)
{
    return c >= UNI_HANGUL_FIRST && c <= UNI_HANGUL_LAST;
}

/* unitab_open -- once before any other use; ERR_IO if ICU's data is not to be had. */
MUST int unitab_open(void);

/* unitab_class -- the canonical combining class. */
unsigned unitab_class(uint32_t c);
/* unitab_decompose -- full decomposition of c into out, compatible (NFKD) or canonical (NFD);
 * returns how many characters that are, 1 if c stays itself.  unitab_decompose_icu -- likewise,
 * also of characters that the frozen tables do not know. */
int unitab_decompose(uint32_t out[UNI_DECOMPOSED_MAX], uint32_t c, bool compatible);
int unitab_decompose_icu(uint32_t out[UNI_DECOMPOSED_MAX], uint32_t c, bool compatible);
/* unitab_compose -- the character that a and b make in NFC, or 0. */
uint32_t unitab_compose(uint32_t a, uint32_t b);

/* unitab_spread, unitab_spread_lower -- ranges to a flat table of zeros. */
void unitab_spread(uint16_t flag[UNI_MAX], const struct unidata_range *ranges, size_t count);
void unitab_spread_lower(int32_t lower[UNI_MAX], const struct unidata_lower *lowers, size_t count);

#endif
