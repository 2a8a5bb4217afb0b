/* element.h -- what the elements of a dump mean: they fill the page that is being read. */
#ifndef TOOLS_WIKIEXTRACT_ELEMENT_H
#define TOOLS_WIKIEXTRACT_ELEMENT_H

#include "tools/wikiextract/dump.h"

enum element { EL_OTHER, EL_TITLE, EL_NS, EL_ID, EL_MODEL, EL_TEXT, EL_NAMESPACE };

/* element_listen -- have the dump's parser, which is new, call back.  What fails is kept in d->rc
 * and d->msg, and stops it. */
void element_listen(struct dump *d);

#endif
