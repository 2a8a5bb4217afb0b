/* words.h -- reading a table of words, words(5): a row a word, `word <TAB> count`, the largest
 * count first, equal counts in the order of their bytes.
 *
 * A row that is not that is ERR_FORMAT, "FILE:LINE: cause".  Memory is that of the longest row. */
#ifndef LIB_WORDS_H
#define LIB_WORDS_H

#include <stdbool.h>

#include "lib/file.h"
#include "lib/wordmap.h"

struct words {
    struct in  in;
    bool       ordered; /* rows out of order are refused */
    uint64_t   line;    /* of the row last read, from 1 */
    const char *text;   /* not yet handed out from `at` on */
    size_t      len, at;
    bool        ended;  /* nothing comes behind it */
    struct buf  read;   /* where it stands, if it comes from a file */
    uint64_t   count; /* of the row before */
    struct buf word;  /* likewise, if ordered */
};

/* words_open -- `path` as in_open; with `ordered` the order of the rows is checked. */
MUST int words_open(struct words *w, const char *path, bool ordered);
/* words_open_bytes -- the table is these bytes, which outlive the reader; `name` is said of it. */
void words_open_bytes(
    struct words *w, const char *bytes, size_t len, const char *name, bool ordered);

/* words_get -- 1 and the next row, 0 at the end.  *word is good until the next call. */
MUST int words_get(struct words *w, struct wordmap_word *word, uint64_t *count);
void     words_close(struct words *w);

/* words_is_space -- what divides words: space, \t, \n, \v, \f, \r. */
static inline bool
words_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

#endif
