/* philox_test.c -- the published known answers, and the properties that the programs lean on. */
#include "lib/philox.h"

#include "tests/tap.h"

/* Philox4x32-10 under a raw key, by choosing the seed so that it and the purpose give that key:
 * k0 = low half ^ purpose * 0x9E3779B9, k1 = high half ^ purpose. */
static struct philox
raw(const uint32_t c[4], const uint32_t k[2], uint32_t purpose)
{
    uint64_t seed = (uint64_t)(k[1] ^ purpose) << 32 | (k[0] ^ purpose * 0x9E3779B9u);

    return philox(seed, purpose, c[0], c[1], (uint64_t)c[3] << 32 | c[2]);
}

static bool
same(struct philox a, const uint32_t want[4])
{
    return a.x[0] == want[0] && a.x[1] == want[1] && a.x[2] == want[2] && a.x[3] == want[3];
}

/* From the file kat_vectors of Random123 1.14 (Salmon et al.), lines "philox4x32 10". */
static const struct {
    uint32_t counter[4], key[2], want[4];
} answers[] = {
    { { 0, 0, 0, 0 }, { 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
    { { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff }, { 0xffffffff, 0xffffffff },
        { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
    { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 }, { 0xa4093822, 0x299f31d0 },
        { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
};

static void
test_below(void)
{
    uint32_t counts[6] = { 0 };
    bool     in_range = true;

    for (uint32_t i = 0; i < 60000; i++) {
        struct philox r = philox(1, PHILOX_DATA, i, 0, 0);
        uint32_t      face = philox_below(r.x[0], r.x[1], 6);

        in_range = in_range && face < 6;
        counts[face % 6]++;
    }
    for (int i = 0; i < 6; i++) /* 10000 expected, standard deviation 91 */
        in_range = in_range && counts[i] > 9500 && counts[i] < 10500;
    ok(in_range, "60000 throws of a die");
    ok(philox_below(UINT32_MAX, UINT32_MAX, UINT32_MAX) == UINT32_MAX - 1,
        "the largest draw of the largest range");
    ok(philox_below(0, 0, 1000) == 0 && philox_below(1u << 31, 0, 1000) == 500, "ends and middle");
    ok(philox_below(UINT32_MAX, UINT32_MAX, 1) == 0, "a range of one");
}

int
main(void)
{
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        ok(same(raw(answers[i].counter, answers[i].key, 0), answers[i].want), "known answer %zu",
            i + 1);
        ok(same(raw(answers[i].counter, answers[i].key, PHILOX_MASK), answers[i].want),
            "known answer %zu, through a purpose", i + 1);
    }
    ok(!same(philox(1, PHILOX_MASK, 0, 0, 0), philox(1, PHILOX_DROPOUT, 0, 0, 0).x),
        "a purpose has draws of its own");
    ok(!same(philox(1, PHILOX_MASK, 0, 0, 0), philox(2, PHILOX_MASK, 0, 0, 0).x), "so has a seed");
    ok(!same(philox(1, 1, 1, 0, 0), philox(1, 1, 0, 1, 0).x) && !same(philox(1, 1, 0, 0, 1),
        philox(1, 1, 0, 0, (uint64_t)1 << 32).x),
        "and each word of the counter");
    ok(philox_unit(0) == 0 && philox_unit(UINT32_MAX) == 1 - 1.0f / 16777216
        && philox_unit(1u << 31) == 0.5f,
        "units are in [0, 1)");
    test_below();
    return tap_done();
}
