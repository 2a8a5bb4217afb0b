/* plain.h -- the text of an XML element where it is so plain that no parser is needed. */
#ifndef TOOLS_WIKIEXTRACT_PLAIN_H
#define TOOLS_WIKIEXTRACT_PLAIN_H

#include "lib/buf.h"

/* plain_take -- append to `out` what an XML parser makes of the first bytes, which stand in an
 * element and begin a character or a reference there; *used says how many were plain enough: UTF-8
 * without markup, carriage returns, or references other than the five that XML knows by name.
 * Where it stops nothing is half read: a parser that has seen the tag before may go on there. */
MUST int plain_take(struct buf *out, const char *bytes, size_t len, size_t *used);

#endif
