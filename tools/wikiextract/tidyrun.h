/* tidyrun.h -- runs of text that tidying leaves as they are. */
#ifndef TOOLS_WIKIEXTRACT_TIDYRUN_H
#define TOOLS_WIKIEXTRACT_TIDYRUN_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes at which a run stops when nothing is missing before it. */
extern const bool tidyrun_stops[256];

/* tidyrun_len -- how much of the text from p on is copied as it is: to the first stop, but a single
 * blank is none. */
size_t tidyrun_len(const char *p, const char *to);

#endif
