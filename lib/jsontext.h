/* jsontext.h -- reading JSON that must have a certain shape, with sentences that name the place.
 *
 * A thin layer over jansson.  Each getter takes the value under `key` of `object`, checks its type
 * and range, and on failure says: `where`, the key, what should stand there.  Keys that nobody asks
 * for are let be. */
#ifndef LIB_JSONTEXT_H
#define LIB_JSONTEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

/* jsontext_parse -- a whole text that is one object; duplicate keys are refused.  `where` names
 * the text.  The caller json_decref()s *root. */
MUST int jsontext_parse(json_t **root, const void *bytes, size_t len, const char *where);

MUST int jsontext_u64(
    const json_t *object, const char *key, uint64_t max, uint64_t *value, const char *where);
MUST int jsontext_real(const json_t *object, const char *key, double *value, const char *where);
MUST int jsontext_string(
    const json_t *object, const char *key, const char **text, const char *where);
MUST int jsontext_object(
    const json_t *object, const char *key, const json_t **value, const char *where);
MUST int jsontext_array(
    const json_t *object, const char *key, const json_t **value, const char *where);

/* jsontext_dump -- append the text of a value, without white space, keys in the order they came. */
MUST int jsontext_dump(struct buf *text, const json_t *value);

#endif
