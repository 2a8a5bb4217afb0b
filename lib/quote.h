/* quote.h -- text as a JSON string (RFC 8259, section 7), for those who write JSON themselves.
 *
 * The text must be UTF-8 (lib/utf8.h makes it so).  Quotes, backslashes and control characters are
 * escaped, DEL too, which a terminal would take for a command; all else stands as it is. */
#ifndef LIB_QUOTE_H
#define LIB_QUOTE_H

#include "lib/buf.h"

/* quote_inside -- append text[len] as it stands between the quotes. */
MUST int quote_inside(struct buf *json, const char *text, size_t len);
/* quote_json -- with the quotes. */
MUST int quote_json(struct buf *json, const char *text, size_t len);

#endif
