/* special.h -- which ids are [CLS] and [SEP], by the tokenizer.json that came with the stream. */
#ifndef TOOLS_SHARD_SPECIAL_H
#define TOOLS_SHARD_SPECIAL_H

#include <stdint.h>

#include "lib/buf.h"

/* special_find -- what the post_processor puts before and behind a sentence; without one, the
 * tokens named "[CLS]" and "[SEP]" of added_tokens or of the vocabulary.  `where` names the
 * stream. */
MUST int special_find(uint32_t *cls, uint32_t *sep, const struct buf *tokenizer,
    uint32_t vocab_size, const char *where);

#endif
