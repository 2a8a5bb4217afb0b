/* manifest.h -- a JSON object in a file that says of itself whether it is whole.
 *
 * The text is an object, indented by two spaces, whose last line but one is
 *     "check": "HEX"
 * with XXH3-128 of every byte before that line's first quotation mark.  So one changed or missing
 * byte is found, and people can still read it and `jq` it. */
#ifndef LIB_MANIFEST_H
#define LIB_MANIFEST_H

#include "lib/buf.h"
#include "lib/jsontext.h"

/* manifest_text -- append the text of `root` with its check. */
MUST int manifest_text(struct buf *text, const json_t *root);
/* manifest_parse -- the object back; `where` names the text.  ERR_FORMAT, ERR_TRUNCATED. */
MUST int manifest_parse(json_t **root, const void *bytes, size_t len, const char *where);

#endif
