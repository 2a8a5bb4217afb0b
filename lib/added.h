/* added.h -- added tokens, such as [MASK]: strings that become one id wherever they stand in a
 * text, before anything else looks at it.
 *
 * There are two sets, as in Hugging Face `tokenizers`: one is looked for in the text as it is, the
 * other, the "normalized" one, in the text behind the normalizer.  Of all matches the leftmost
 * counts, of those the longest. */
#ifndef LIB_ADDED_H
#define LIB_ADDED_H

#include "lib/strtab.h"

enum { ADDED_RAW, ADDED_NORMALIZED, ADDED_SETS };

struct added_token {
    uint32_t id;
    bool     single_word; /* not next to a word character */
    bool     lstrip, rstrip; /* takes the white space before or behind with it */
};

struct added {
    struct buf    tokens; /* struct added_token */
    struct strtab patterns[ADDED_SETS]; /* value: index of the token */
    bool          begins[ADDED_SETS][256]; /* some pattern begins with this byte */
    int           only[ADDED_SETS];        /* that byte, where all begin with one; else -1 */
};

struct added_part { /* of a text: an added token, or what lies between two */
    size_t   first, len;
    uint32_t id; /* STRTAB_NONE: text */
};

/* added_add -- one more token, found as `pattern` (not empty).  ERR_FORMAT if another one is. */
MUST int added_add(struct added *a, int set, const struct added_token *token, const char *pattern,
    size_t len);
/* added_cut -- append the parts of text[len] to `parts` (struct added_part). */
MUST int added_cut(const struct added *a, int set, const char *text, size_t len, struct buf *parts);
void     added_free(struct added *a);

#endif
