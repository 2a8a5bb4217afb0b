/* permute.c -- see permute.h. */
#include "lib/permute.h"

#include "lib/err.h"
#include "lib/philox.h"

/* Few rounds mix wide halves well; halves of a few bits have few round functions and need more
 * rounds before all orders are equally likely (measured by tests/unit/permute_test.c). */
enum { ROUNDS = 8, ROUNDS_NARROW = 32, NARROW_BITS = 16 };

static uint64_t
round_word(uint64_t seed, uint32_t purpose, uint32_t stream, int round, uint64_t half)
{
    struct philox random = philox(seed, purpose, stream, (uint32_t)round, half);

    return (uint64_t)random.x[1] << 32 | random.x[0];
}

uint64_t
permute_index(uint64_t seed, uint32_t purpose, uint32_t stream, uint64_t count, uint64_t index)
{
    int      bits = 0, low_bits, rounds;
    uint64_t low_mask, high_mask;

    CHECK(index < count && count <= UINT64_MAX / 2);
    while ((count - 1) >> bits > 0)
        bits++;
    rounds = bits > NARROW_BITS ? ROUNDS : ROUNDS_NARROW;
    low_bits = bits / 2;
    low_mask = ((uint64_t)1 << low_bits) - 1;
    high_mask = ((uint64_t)1 << (bits - low_bits)) - 1;
    do {
        uint64_t low = index & low_mask, high = index >> low_bits;

        for (int round = 0; round < rounds; round += 2) {
            high ^= round_word(seed, purpose, stream, round, low) & high_mask;
            low ^= round_word(seed, purpose, stream, round + 1, high) & low_mask;
        }
        index = high << low_bits | low;
    } while (index >= count);
    return index;
}
