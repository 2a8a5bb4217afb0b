/* summary.h -- what a table of words says as a whole. */
#ifndef TOOLS_FREQSTAT_SUMMARY_H
#define TOOLS_FREQSTAT_SUMMARY_H

#include "lib/file.h"

/* summary_print -- total, types, hapaxes, coverage of the commonest words, and the share of those
 * that occur rare_min to rare_max times, as JSON.  One pass, no memory. */
MUST int summary_print(struct out *out, const char *path, uint64_t rare_min, uint64_t rare_max);

#endif
