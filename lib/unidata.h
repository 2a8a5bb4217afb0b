/* unidata.h -- the classes of characters that the tokenizer goes by, as ranges.
 *
 * They are frozen: a vocabulary was learned under certain tables, and the same text must give the
 * same ids under any version of ICU.  Hugging Face `tokenizers` mixes Unicode 8.0 (categories),
 * 12.0 (normalization) and newer (regular expressions, lower case); these are its classes. */
#ifndef LIB_UNIDATA_H
#define LIB_UNIDATA_H

#include <stddef.h>
#include <stdint.h>

enum unidata_flag {
    UNI_DROP = 1,       /* removed by BertNormalizer's clean_text */
    UNI_SPACE = 2,      /* White_Space */
    UNI_MN = 4,         /* removed by BertNormalizer's strip_accents */
    UNI_MARK = 8,       /* removed by StripAccents */
    UNI_PUNCT = 16,     /* a word of its own to BertPreTokenizer */
    UNI_WORD = 32,      /* \w */
    UNI_LETTER = 64,    /* \p{L} */
    UNI_NUMBER = 128,   /* \p{N} */
    UNI_HAN = 256,      /* set apart by handle_chinese_chars */
    UNI_DECOMPOSES = 512 /* NFKD or NFD changes it; Hangul syllables are left out */
};

struct unidata_range {
    uint32_t first, last;
    uint16_t flags;
};

/* Lower case of first, first + stride, ... last is itself + delta. */
struct unidata_lower {
    uint32_t first, last, stride;
    int32_t  delta;
};

extern const struct unidata_range unidata_ranges[];
extern const size_t               unidata_range_count;
extern const struct unidata_lower unidata_lowers[];
extern const size_t               unidata_lower_count;

#endif
