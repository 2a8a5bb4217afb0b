/* basictok.h -- text to words as google-research/bert's tokenization.py does it (BasicTokenizer).
 *
 * Control characters go, Chinese characters are set apart, then each word between white space is
 * lowered as a whole (so that a sigma that ends it is a final one), decomposed, freed of its
 * nonspacing marks, and divided around punctuation.  Where Hugging Face `tokenizers` differs: it
 * strips accents before it lowers, character by character, drops private use too, has Unicode 8.0's
 * categories, and leaves out U+2B820 .. U+2B91F. */
#ifndef LIB_BASICTOK_H
#define LIB_BASICTOK_H

#include <stdbool.h>

#include "lib/buf.h"

/* basictok_open -- once before any other use; ERR_IO if ICU's data is not to be had. */
MUST int basictok_open(void);
/* basictok_run -- the words of `codes` (u32 characters), one space or more between two, in place
 * of it.  `next` is memory for the work; `lower`: the uncased kind. */
MUST int basictok_run(struct buf *codes, struct buf *next, bool lower);

#endif
