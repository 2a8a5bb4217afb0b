/* suppress.h -- the abbreviations of a locale that end no sentence, as ICU's data lists them, found
 * from their ends: a trie of the list written backwards. */
#ifndef LIB_SUPPRESS_H
#define LIB_SUPPRESS_H

#include <stdbool.h>

#include "lib/trie.h"

struct suppress {
    struct trie trie;
    bool        any;
};

enum suppress_verdict {
    SUPPRESS_NO,  /* no abbreviation ends here */
    SUPPRESS_YES,
    SUPPRESS_ASK  /* the beginning of one with a period inside, such as "Ph.D.": ICU must say */
};

/* suppress_open -- ERR_FORMAT if ICU's data cannot be read; a locale may have no list. */
MUST int suppress_open(struct suppress *s, const char *locale);
void     suppress_close(struct suppress *s);
/* suppress_at -- whether a sentence that seems to end at text[end] ends with an abbreviation, one
 * space behind it or none. */
enum suppress_verdict suppress_at(const struct suppress *s, const char *text, size_t end);

#endif
