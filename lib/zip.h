/* zip.h -- an archive of a few files, made in memory, that every unzip opens.
 *
 * PKWARE's APPNOTE, the part of 1993 that all readers know: for each file a local header and its
 * bytes deflated, then a directory of them all.  Times are 1 January 1980, so that the same files
 * are the same archive.  A zeroed struct is an empty archive. */
#ifndef LIB_ZIP_H
#define LIB_ZIP_H

#include "lib/buf.h"

struct zip {
    struct buf files, directory;
    size_t     count;
};

/* zip_add -- one more file.  Errors: ERR_MEMORY; ERR_LIMIT: more than 65,535 files, or a
 * GiB. */
MUST int zip_add(struct zip *zip, const char *name, const void *bytes, size_t len);

/* zip_end -- the archive is then whole, in zip->files. */
MUST int zip_end(struct zip *zip);
void     zip_free(struct zip *zip);

#endif
