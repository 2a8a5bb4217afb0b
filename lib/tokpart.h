/* tokpart.h -- reading the components of a tokenizer.json one by one; used by lib/tokjson.c.
 *
 * Every function takes the JSON value of its component and `name`, which begins the sentence on
 * failure.  All return OK, ERR_FORMAT, ERR_LIMIT or ERR_MEMORY. */
#ifndef LIB_TOKPART_H
#define LIB_TOKPART_H

#include <jansson.h>

#include "lib/tokjson.h"

MUST int tokpart_normalizer(struct normalizer *n, const json_t *value, const char *name);
MUST int tokpart_pretok(struct pretok *p, const json_t *value, const char *name);
/* tokpart_template -- the post-processor: parts for one text and for a pair. */
MUST int tokpart_template(struct buf template[2], const json_t *value, const char *name);

/* tokpart_type -- the string "type" of an object; NULL if there is none. */
const char *tokpart_type(const json_t *value);
/* tokpart_bool -- *value = the boolean of that key; if it is absent *value stays as it is. */
MUST int tokpart_bool(bool *value, const json_t *object, const char *key, const char *name);
/* tokpart_flag -- likewise, of a key that must be there. */
MUST int tokpart_flag(bool *value, const json_t *object, const char *key, const char *name);
/* tokpart_text -- *text = the string of that key, NULL if it is absent or null. */
MUST int tokpart_text(const char **text, const json_t *object, const char *key, const char *name);
/* tokpart_word -- likewise, and null is an error. */
MUST int tokpart_word(const char **text, const json_t *object, const char *key, const char *name);
/* tokpart_id -- *id = an integer below TOKENIZER_TOKENS_MAX. */
MUST int tokpart_id(uint32_t *id, const json_t *value, const char *what, const char *name);

#endif
