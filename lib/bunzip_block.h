/* bunzip_block.h -- one block of bzip2, decoded and checked.
 *
 * Why not libbz2: decompression is nine tenths of the time that a dump takes, and here it takes
 * half as long (see bunzip_bwt.c).  libbz2 stays the reference: the unit tests and a fuzz target
 * compare every result with its.
 *
 * What a block gives is at most 900,000 bytes in which four equal ones are followed by a count of
 * more of them, 0 to 255; a block of one letter means 46 MB, which nobody has to hold: bunzip_block
 * gives the short form, bunzip_block_expand a piece of the long one. */
#ifndef LIB_BUNZIP_BLOCK_H
#define LIB_BUNZIP_BLOCK_H

#include <stdint.h>

#include "lib/buf.h"

enum {
    BUNZIP_BLOCK_LEVEL_BYTES = 100000, /* times the level, '1' to '9', a block holds */
    BUNZIP_BLOCK_PACKED_BYTES_MAX = 5 << 19, /* 900,000 symbols of 20 bits, tables and selectors */
    BUNZIP_BLOCK_EXPAND_BYTES_MIN = 260 /* four and 255 more: what a piece must have room for */
};

/* Tables and arrays for one block at a time, 5 MB. */
struct bunzip_block;

/* bunzip_block_new -- NULL: no memory. */
struct bunzip_block *bunzip_block_new(void);
void                 bunzip_block_free(struct bunzip_block *w); /* NULL too */

/* bunzip_block_decode -- the block whose magic begins at bit `at` of the `len` bytes: its short
 * form replaces what is in `text`, and *end is the bit behind it; on failure the bit where it
 * stopped.  Without a message: ERR_FORMAT (damaged), ERR_TRUNCATED (it goes on behind the bytes),
 * ERR_LIMIT (of a kind that only bzip2 before 0.9.5, of 1999, wrote), ERR_MEMORY. */
MUST int bunzip_block_decode(struct bunzip_block *w, const char *bytes, size_t len, uint64_t at,
    char level, struct buf *text, uint64_t *end);

/* bunzip_block_expand -- the long form of text[*at..] as far as it fits into to[max]; returns its
 * length, 0 at the end. */
size_t bunzip_block_expand(const struct buf *text, size_t *at, char *to, size_t max);

#endif
