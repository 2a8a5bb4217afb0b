/* feed.h -- the input files, cut into batches of whole lines.
 *
 * Where a batch ends depends on the bytes alone, not on how they arrive: at the first empty line
 * behind FEED_LEAST bytes, or else at the first line end behind FEED_MOST, or at the end of the
 * file.  A longer line makes a longer batch, up to the longest line allowed. */
#ifndef TOOLS_TOKENIZE_FEED_H
#define TOOLS_TOKENIZE_FEED_H

#include <stdbool.h>

#include "lib/file.h"

enum { FEED_LEAST = 256 << 10, FEED_MOST = 1 << 20, FEED_READ = 256 << 10 };

struct feed {
    char     **paths; /* "-": standard input */
    int        count, index;
    struct in  in;
    bool       open;
    struct buf carry;   /* read, but behind the last cut */
    size_t     line_max; /* a longer line is an error */
    uint64_t   offset;  /* of carry in its file */
    uint64_t   done, total; /* bytes given and, where known, in all files; for the progress line */
};

MUST int feed_open(struct feed *f, char **paths, int count, size_t line_max);
/* feed_next -- 1 and the next batch: text, *name of its file, *offset in it, whether the file ends
 * with it; 0 at the end of the last file. */
MUST int feed_next(struct feed *f, struct buf *text, const char **name, uint64_t *offset,
    bool *file_end);
void     feed_close(struct feed *f);

#endif
