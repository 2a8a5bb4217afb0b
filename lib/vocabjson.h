/* vocabjson.h -- GPT-2's older pair of files: vocab.json, token -> id, and merges.txt, a pair of
 * tokens a line, best first.  They become a tokenizer.json, so that there is one way to read and to
 * pass on. */
#ifndef LIB_VOCABJSON_H
#define LIB_VOCABJSON_H

#include <stdbool.h>

#include "lib/buf.h"

/* vocabjson_is -- whether these are the bytes of a vocab.json: an object whose first value is a
 * number, which no value at the top of a tokenizer.json is. */
bool vocabjson_is(const void *bytes, size_t len);

/* vocabjson_json -- see tokenizer_of_merges in lib/tokenizer.h. */
MUST int vocabjson_json(struct buf *json, const struct buf *vocab, const struct buf *merges,
    const char *vocab_name, const char *merges_name);

#endif
