/* hash.h -- the checksums of every format here, all of the XXH3 family (xxHash).
 *
 * They find accidents, not forgers.  Written as lower-case hexadecimal, most significant digit
 * first, as xxhsum(1) prints them. */
#ifndef LIB_HASH_H
#define LIB_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <xxhash.h>

enum { HASH_HEX_BYTES = 33 }; /* 32 digits and the 0 */

/* hash_u32 -- low half of XXH3 64 of the bytes under a seed. */
static inline uint32_t
hash_u32(const void *bytes, size_t len, uint64_t seed)
{
    return (uint32_t)XXH3_64bits_withSeed(bytes, len, seed);
}

/* hash_text -- a hash as 32 digits. */
static inline void
hash_text(char hex[HASH_HEX_BYTES], XXH128_hash_t hash)
{
    snprintf(hex, HASH_HEX_BYTES, "%016llx%016llx", (unsigned long long)hash.high64,
        (unsigned long long)hash.low64);
}

/* hash_hex -- XXH3 128 of the bytes as 32 digits. */
static inline void
hash_hex(char hex[HASH_HEX_BYTES], const void *bytes, size_t len)
{
    hash_text(hex, XXH3_128bits(bytes, len));
}

#endif
