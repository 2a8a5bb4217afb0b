/* wordbreak.h -- where words begin and end, as ICU has it: Unicode Standard Annex 29, and
 * dictionaries for scripts that write no spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese). */
#ifndef LIB_WORDBREAK_H
#define LIB_WORDBREAK_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"

struct wordbreak;

struct wordbreak_segment {
    size_t end;  /* in the text */
    bool   word; /* ICU's rule status: it holds a letter, a number, kana or an ideograph */
};

/* wordbreak_open -- ERR_FORMAT if ICU has no rules.  One for each thread. */
MUST int wordbreak_open(struct wordbreak **w);
void     wordbreak_close(struct wordbreak *w);
/* wordbreak_split -- *segments[0 .. *count - 1] of text[len] (UTF-8), the last ends at len.  Good
 * until the next call. */
MUST int wordbreak_split(struct wordbreak *w, const struct wordbreak_segment **segments,
    size_t *count, const char *text, size_t len);

#endif
