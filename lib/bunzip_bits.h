/* bunzip_bits.h -- the bits of bzip2: most significant first, at no boundary of bytes. */
#ifndef LIB_BUNZIP_BITS_H
#define LIB_BUNZIP_BITS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

/* What a block and the end of a stream begin with: pi and its square root, in decimal digits. */
#define BUNZIP_BITS_BLOCK 0x314159265359u
#define BUNZIP_BITS_END   0x177245385090u

/* bunzip_bits_get -- `count` bits, at most 48, at bit `at` of the bytes. */
uint64_t bunzip_bits_get(const char *bytes, uint64_t at, int count);

/* bunzip_bits_find -- the bit at or behind `from` where one of the two begins; 0 for none. */
uint64_t bunzip_bits_find(const char *bytes, size_t len, uint64_t from);

/* bunzip_bits_stream -- the block in bits [at, end), its magic included, as a stream of its own;
 * one byte behind it must be readable.  Replaces what is in `to`. */
MUST int bunzip_bits_stream(struct buf *to, const char *bytes, uint64_t at, uint64_t end,
    char level, uint32_t crc);

#endif
