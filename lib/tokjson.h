/* tokjson.h -- the parts of a tokenizer as a tokenizer.json describes them.
 *
 * Only lib/tokenizer.c uses it.  Top level keys: version, truncation, padding, added_tokens,
 * normalizer, pre_tokenizer, post_processor, decoder, model.  What would change the ids and is not
 * supported is refused by name; the decoder does not touch ids and may be anything. */
#ifndef LIB_TOKJSON_H
#define LIB_TOKJSON_H

#include "lib/added.h"
#include "lib/bpe.h"
#include "lib/normalize.h"
#include "lib/pretok.h"
#include "lib/tokenizer.h"
#include "lib/wordpiece.h"

enum tokjson_model { TOKJSON_NONE, TOKJSON_WORDPIECE, TOKJSON_BPE };

struct tokjson {
    struct normalizer  normalizer;
    struct pretok      pretok;
    struct strtab      vocab;       /* of the model: token -> id */
    struct strtab      added_names; /* content of added tokens -> id */
    struct added       added;
    enum tokjson_model model;
    struct wordpiece   wordpiece;
    struct bpe         bpe;
    uint32_t           unknown; /* id, or TOKENIZER_NONE */
    struct buf         prefix;  /* continuing_subword_prefix */
    struct buf         template[2]; /* single, pair: struct tokenizer_part */
    uint32_t           size; /* largest id + 1 */
    uint32_t           added_most; /* largest id of an added token */
};

/* tokjson_read -- errors as of tokenizer_open.  Call tokjson_free whatever the result. */
MUST int tokjson_read(struct tokjson *t, const void *bytes, size_t len, const char *name);
void     tokjson_free(struct tokjson *t);

#endif
