/* tokcompat.h -- the dialect of google-research/bert in a tokenizer.json.
 *
 * A BertNormalizer with "compat": "google" means that the text goes through lib/basictok.h and that
 * added tokens are not looked for in it; Hugging Face `tokenizers` passes over the key.  So whoever
 * reads the file, in a token stream or a checkpoint, gets the ids the model was trained with. */
#ifndef LIB_TOKCOMPAT_H
#define LIB_TOKCOMPAT_H

#include <stdbool.h>

#include "lib/tokjson.h"

/* tokcompat_google -- write the key into the tokenizer.json json, and Google's longest word, 200
 * characters.  What does not fit the dialect is found when the result is opened. */
MUST int tokcompat_google(struct buf *json, const char *name);

/* tokcompat_is_google -- whether the normalizer is of that dialect. */
bool tokcompat_is_google(const struct tokjson *t);
/* tokcompat_apply -- in that dialect: ERR_FORMAT if the other components are not BERT's; the
 * pre-tokenizer then only divides at white space.  In any other nothing. */
MUST int tokcompat_apply(struct tokjson *t, const char *name);

#endif
