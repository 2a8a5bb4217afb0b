/* entity.h -- the character references of HTML: "&eacute;", "&#233;", "&#xE9;". */
#ifndef TOOLS_WIKIEXTRACT_ENTITY_H
#define TOOLS_WIKIEXTRACT_ENTITY_H

#include <stdint.h>

#include "tools/wikiextract/grow.h"

/* entity_decode -- append what the reference at `at` (an ampersand) stands for.  Returns the bytes
 * that it took, 0 if it is none: then the ampersand is itself.  References to characters that a
 * page may not hold are none. */
size_t entity_decode(struct grow *out, const char *at, const char *end);

/* entity_utf8 -- append one character. */
void entity_utf8(struct grow *out, uint32_t c);

#endif
