/* bunzip_bits.h -- the bits of bzip2: most significant first, at no boundary of bytes. */
#ifndef LIB_BUNZIP_BITS_H
#define LIB_BUNZIP_BITS_H

#include <stddef.h>
#include <stdint.h>

/* What a block and the end of a stream begin with: pi and its square root, in decimal digits. */
#define BUNZIP_BITS_BLOCK 0x314159265359u
#define BUNZIP_BITS_END   0x177245385090u

/* bunzip_bits_get -- `count` bits, at most 48, at bit `at` of the bytes. */
uint64_t bunzip_bits_get(const char *bytes, uint64_t at, int count);

/* bunzip_bits_find -- the bit at or behind `from` where one of the two begins; 0 for none. */
uint64_t bunzip_bits_find(const char *bytes, size_t len, uint64_t from);

#endif
