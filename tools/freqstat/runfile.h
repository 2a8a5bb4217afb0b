/* runfile.h -- a file of words and counts, one behind the other: u64 count, u32 length, the bytes.
 *
 * A temporary file in $TMPDIR (or /tmp), compressed with zstd, that has no name from the moment
 * it is open: whatever ends the program, nothing is left behind. */
#ifndef TOOLS_FREQSTAT_RUNFILE_H
#define TOOLS_FREQSTAT_RUNFILE_H

#include <stdbool.h>
#include <zstd.h>

#include "lib/buf.h"
#include "lib/wordmap.h"

enum { RUNFILE_PIECE_BYTES = 1 << 16 };

struct runfile_writer {
    int        fd;
    ZSTD_CCtx *zstd;
    struct buf piece;
    char       packed[RUNFILE_PIECE_BYTES];
};

struct runfile_reader {
    int                  fd;
    ZSTD_DCtx           *zstd;
    ZSTD_inBuffer        in;
    struct buf           text; /* unpacked; words are handed out from `at` on */
    size_t               at;
    bool                 ended;
    struct wordmap_entry entry;
    char                 packed[RUNFILE_PIECE_BYTES];
};

/* runfile_new -- an empty file. */
MUST int runfile_new(int *fd);

/* runfile_create -- write to it; *made is to be freed in any case.  runfile_flush writes what is
 * pending, and with `last` the end. */
MUST int runfile_create(struct runfile_writer **made, int fd);
MUST int runfile_add(void *writer, const struct wordmap_entry *e);
MUST int runfile_flush(struct runfile_writer *w, bool last);
void     runfile_free(struct runfile_writer *w);

/* runfile_open -- read from its beginning; *made is to be closed in any case.  runfile_next: 1 and
 * the next word in r->entry, good until the next call; 0 at the end.  The file stays open. */
MUST int runfile_open(struct runfile_reader **made, int fd);
MUST int runfile_next(struct runfile_reader *r);
void     runfile_close(struct runfile_reader *r);

#endif
