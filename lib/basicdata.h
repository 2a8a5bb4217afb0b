/* basicdata.h -- the classes of characters of google-research/bert, as ranges; see lib/basictok.h.
 *
 * Frozen at Unicode 14.0, for the reason lib/unidata.h gives. */
#ifndef LIB_BASICDATA_H
#define LIB_BASICDATA_H

#include "lib/unidata.h"

enum basicdata_flag {
    BASIC_DROP = 1,       /* control characters, NUL and U+FFFD */
    BASIC_SPACE = 2,      /* what str.split divides at, and category Zs */
    BASIC_MN = 4,         /* nonspacing marks */
    BASIC_PUNCT = 8,      /* category P, and ASCII signs */
    BASIC_HAN = 16,       /* set apart */
    BASIC_CASED = 32,     /* a letter that has case, for the final sigma */
    BASIC_IGNORABLE = 64, /* passed over when such a letter is looked for */
    BASIC_DECOMPOSES = 128, /* NFD changes it; Hangul syllables are left out */
    BASIC_CLASS = 256     /* has a canonical combining class */
};

extern const struct unidata_range basicdata_ranges[];
extern const size_t               basicdata_range_count;
extern const struct unidata_lower basicdata_lowers[];
extern const size_t               basicdata_lower_count;

#endif
