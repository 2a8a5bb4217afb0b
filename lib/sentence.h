/* sentence.h -- where sentences end, as ICU has it: Unicode Standard Annex 29 with the rules and
 * the abbreviations of a locale ("Mr." ends no sentence in English), and a few English ones
 * more. */
#ifndef LIB_SENTENCE_H
#define LIB_SENTENCE_H

#include <stddef.h>

#include "lib/buf.h"

struct sentence;

/* sentence_open -- `locale` as in "en", "de_CH"; ERR_FORMAT if ICU has no rules for it.  One for
 * each thread. */
MUST int sentence_open(struct sentence **s, const char *locale);
void     sentence_close(struct sentence *s);
/* sentence_icu_only -- from now on ask ICU for everything; the result is the same, later. */
void     sentence_icu_only(struct sentence *s);
/* sentence_split -- *ends[0 .. *count - 1]: where in text[len] (UTF-8) each sentence ends, the last
 * at len.  Good until the next call.  White space belongs to the sentence before it. */
MUST int sentence_split(struct sentence *s, const size_t **ends, size_t *count, const char *text,
    size_t len);

#endif
