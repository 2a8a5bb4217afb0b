/* permute.h -- a shuffled order that is a function: where does position i go, without a table.
 *
 * A Feistel network over just enough bits to count the items, with Philox as its round function,
 * permutes 0 .. 2^bits - 1; a result outside 0 .. count - 1 is sent through again until it falls
 * inside ("cycle walking", Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002,
 * section 4), which takes less than two passes on average.  So the order of an epoch of any size
 * takes no memory, and any position in it can be asked for directly. */
#ifndef LIB_PERMUTE_H
#define LIB_PERMUTE_H

#include <stdint.h>

/* permute_index -- the image of `index` (< count) under the permutation of 0 .. count - 1 that
 * belongs to (seed, purpose, stream); purpose is one of enum philox_purpose. */
uint64_t permute_index(
    uint64_t seed, uint32_t purpose, uint32_t stream, uint64_t count, uint64_t index);

#endif
