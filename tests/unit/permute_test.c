/* permute_test.c -- a permutation for every count, and one that looks drawn at random. */
#include "lib/permute.h"

#include <stdlib.h>
#include <string.h>

#include "lib/philox.h"
#include "tests/tap.h"

static bool
is_permutation(uint64_t seed, uint32_t epoch, uint64_t count)
{
    uint8_t *seen = calloc(count, 1);
    bool     whole = seen != NULL;

    for (uint64_t i = 0; i < count && whole; i++) {
        uint64_t at = permute_index(seed, PHILOX_ORDER, epoch, count, i);

        whole = at < count && !seen[at];
        if (whole)
            seen[at] = 1;
    }
    free(seen);
    return whole;
}

static void
test_permutation(void)
{
    bool small = true;

    for (uint64_t count = 1; count <= 600; count++)
        small &= is_permutation(count, (uint32_t)count % 3, count);
    ok(small, "every count from 1 to 600 is permuted");
    ok(is_permutation(1, 0, 65535) && is_permutation(1, 0, 65536) && is_permutation(1, 0, 65537),
        "and around 2^16");
    ok(permute_index(7, PHILOX_ORDER, 3, (uint64_t)1 << 62, 5) < (uint64_t)1 << 62, "and 2^62");
}

/* All orders of five items are equally likely: chi-square over 120 of them, 119 degrees of freedom;
 * exceeded once in a million at scipy.stats.chi2.isf(1e-6, 119) = 207.2. */
static void
test_small_orders(void)
{
    enum { ORDERS = 120, DRAWS = ORDERS * 200 };
    static int seen[3125];
    double     chi_square = 0;
    int        orders = 0;

    for (int draw = 0; draw < DRAWS; draw++) {
        int code = 0;

        for (uint64_t i = 0; i < 5; i++)
            code = 5 * code + (int)permute_index((uint64_t)draw, PHILOX_ORDER, 0, 5, i);
        seen[code]++;
    }
    for (int code = 0; code < 3125; code++) {
        if (seen[code] == 0)
            continue;
        orders++;
        chi_square += (seen[code] - 200.0) * (seen[code] - 200.0) / 200.0;
    }
    ok(orders == ORDERS && chi_square < 207.2,
        "the %d orders of 5 items are alike: chi-square %.1f", orders, chi_square);
}

/* Where 0 goes, and how far apart neighbours go, over epochs: 100 bins, 99 degrees of freedom,
 * bound scipy.stats.chi2.isf(1e-6, 99) = 180.8. */
static void
test_large_orders(void)
{
    enum { BINS = 100, DRAWS = 100 * BINS, COUNT = 1000 };
    static int where[BINS], apart[BINS];
    double     chi_where = 0, chi_apart = 0;

    for (int epoch = 0; epoch < DRAWS; epoch++) {
        uint64_t a = permute_index(1, PHILOX_ORDER, (uint32_t)epoch, COUNT, 0);
        uint64_t b = permute_index(1, PHILOX_ORDER, (uint32_t)epoch, COUNT, 1);

        where[a * BINS / COUNT]++;
        apart[(b + COUNT - a - 1) % COUNT * BINS / (COUNT - 1)]++; /* 0 .. COUNT - 2 */
    }
    for (int i = 0; i < BINS; i++) {
        chi_where += (where[i] - 100.0) * (where[i] - 100.0) / 100.0;
        chi_apart += (apart[i] - 100.0) * (apart[i] - 100.0) / 100.0;
    }
    ok(chi_where < 180.8, "the first item goes anywhere: chi-square %.1f", chi_where);
    ok(chi_apart < 180.8, "neighbours go anywhere: chi-square %.1f", chi_apart);
}

static void
test_keys(void)
{
    int same_epoch = 0, same_seed = 0, fixed = 0;

    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t at = permute_index(1, PHILOX_ORDER, 0, 1000, i);

        same_epoch += at == permute_index(1, PHILOX_ORDER, 1, 1000, i);
        same_seed += at == permute_index(2, PHILOX_ORDER, 0, 1000, i);
        fixed += at == i;
    }
    /* each is Poisson with mean 1: 11 or more happens once in ten million */
    ok(same_epoch < 11, "another epoch is another order (%d places alike)", same_epoch);
    ok(same_seed < 11, "another seed is another order (%d places alike)", same_seed);
    ok(fixed < 11, "items do not stay (%d do)", fixed);
}

int
main(void)
{
    test_permutation();
    test_small_orders();
    test_large_orders();
    test_keys();
    return tap_done();
}
