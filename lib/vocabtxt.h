/* vocabtxt.h -- BERT's older file of a vocabulary: one token a line, its id the number of the line
 * from 0.  It becomes a tokenizer.json, so that there is one way to read and to pass on. */
#ifndef LIB_VOCABTXT_H
#define LIB_VOCABTXT_H

#include <stdbool.h>

#include "lib/buf.h"

/* vocabtxt_json -- see tokenizer_of_vocab in lib/tokenizer.h. */
MUST int vocabtxt_json(struct buf *json, const char *bytes, size_t len, bool lowercase,
    const char *name);

#endif
