/* bunzip.h -- bzip2 decoded by several threads, a block each.
 *
 * A bzip2 stream is blocks of at most 900,000 bytes packed one behind the other, at any bit; each
 * begins with 48 known bits and its checksum and depends on no other.  So the next 48 such bits
 * are looked for, and what is between is decoded by any thread, while others decode the blocks
 * behind it.  The 48 bits may by chance stand inside a block: then what was cut there does not
 * decode, and the block is decoded again where it lies, which finds its end.  The same is done
 * where the data is damaged; so what is given, and what is said of damage, does not depend on the
 * number of threads.
 *
 * Only blocks whose checksum is right are given.  Memory: 4 MB, and for each job 5 MB of tables, 1
 * MB of input, and two blocks, compressed and not, together about 2.5 MB. */
#ifndef LIB_BUNZIP_H
#define LIB_BUNZIP_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/file.h"

struct bunzip;

/* bunzip_begins -- do these bytes begin a bzip2 stream? */
bool bunzip_begins(const char *bytes, size_t len);

/* bunzip_open -- `in` must outlive this; `first` are bytes read from it already.  jobs >= 1, the
 * thread that calls included.  Errors: ERR_MEMORY, ERR_IO (no thread). */
MUST int bunzip_open(struct bunzip **b, struct in *in, const char *first, size_t first_len,
    int jobs);

/* bunzip_some -- the next bytes, good until the next call; *len == 0 at the end of the input.
 * Errors: ERR_TRUNCATED, ERR_FORMAT, each naming the byte of the input; ERR_IO, ERR_MEMORY. */
MUST int bunzip_some(struct bunzip *b, const char **bytes, size_t *len);

/* bunzip_skip -- after ERR_FORMAT or ERR_TRUNCATED: on to the next block, of this stream or
 * another; to the end of the input when there is none. */
MUST int bunzip_skip(struct bunzip *b);

/* bunzip_offset -- the byte of the input where the block being given begins. */
uint64_t bunzip_offset(const struct bunzip *b);

void bunzip_close(struct bunzip *b); /* NULL too */

#endif
