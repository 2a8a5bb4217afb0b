/* mask_test.c -- which words are masked and how: the rates, by chi-squared tests; and that nothing
 * but (seed, epoch, sample, position) decides.
 *
 * The bounds are the 1 - 1e-6 quantiles of chi-squared (scipy.stats.chi2.isf(1e-6, k)); the draws
 * are a fixed function, so a test that passes passes always. */
#include "model/mask.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tap.h"

enum { VOCAB = 50, MASK_ID = 4, LEN = 40, SAMPLES = 20000, WORDS = LEN - 3 };

static const uint32_t special[] = { 49, 0, 1, 2, 3, 1 }; /* not in order, one twice */

static struct mask
open_mask(uint64_t seed)
{
    struct mask m;

    if (mask_init(&m, 0.15, VOCAB, MASK_ID, special, 6, seed) != OK) {
        printf("# %s\n", err_msg());
        exit(1);
    }
    return m;
}

/* [CLS] 37 words with a [SEP] among them [SEP]; no special among the words. */
static void
sample_ids(uint32_t ids[LEN], uint64_t sample)
{
    for (int i = 0; i < LEN; i++)
        ids[i] = 5 + (uint32_t)((sample * 31 + (uint64_t)i * 7) % 44);
    ids[0] = 2;
    ids[20] = ids[LEN - 1] = 3;
}

static double
chi_squared(const double *seen, const double *expected, int count)
{
    double sum = 0;

    for (int i = 0; i < count; i++)
        sum += (seen[i] - expected[i]) * (seen[i] - expected[i]) / expected[i];
    return sum;
}

static void
test_rates(struct batch *b)
{
    struct mask m = open_mask(1);
    double      at[LEN] = { 0 }, positions[WORDS], expected[WORDS], kinds[3] = { 0 };
    double      drawn[VOCAB] = { 0 }, words[44], even[44];
    double      counts[2] = { 0 }, total = 0, random_total;
    int         bad = 0, n = 0;

    for (uint64_t s = 0; s < SAMPLES; s++) {
        uint32_t ids[LEN];
        int      chosen;

        sample_ids(ids, s);
        batch_reset(b);
        batch_add(b, ids, LEN, 0, 0);
        chosen = mask_apply(&m, b, 3, s);
        bad += chosen != b->chosen || (chosen != 5 && chosen != 6); /* 0.15 x 37 = 5.55 */
        counts[chosen == 6]++;
        for (int i = 0; i < b->chosen; i++) {
            int row = b->row[i], now = b->id[row];

            at[row]++;
            bad += b->target[i] != (int)ids[row];
            kinds[now == MASK_ID ? 0 : now == (int)ids[row] ? 1 : 2]++;
            if (now != MASK_ID && now != (int)ids[row])
                drawn[now]++;
            ids[row] = (uint32_t)now;
        }
        for (int i = 0; i < LEN; i++)
            bad += b->id[i] != (int)ids[i]; /* the others are as they were */
    }
    for (int i = 0; i < LEN; i++) {
        if (i == 0 || i == 20 || i == LEN - 1) {
            bad += at[i] > 0;
            continue;
        }
        positions[n++] = at[i];
        total += at[i];
    }
    ok(bad == 0, "targets are the words that stood there; specials and the rest stay");
    ok(chi_squared(counts, (double[]){ SAMPLES * 0.45, SAMPLES * 0.55 }, 2) < 23.93,
        "5 or 6 of 37 words, in the mean 0.15 x 37 = 5.55: %.4f", total / SAMPLES);
    for (int i = 0; i < WORDS; i++)
        expected[i] = total / WORDS;
    ok(chi_squared(positions, expected, WORDS) < 91.3, "every word is as likely: %.1f, 36 degrees",
        chi_squared(positions, expected, WORDS));
    /* of the random words 1 of 44 is the word itself */
    ok(chi_squared(kinds, (double[]){ 0.8 * total, (0.1 + 0.1 / 44) * total,
                              (0.1 - 0.1 / 44) * total }, 3) < 27.63,
        "80 %% masked, 10 %% kept, 10 %% random: %.4f %.4f %.4f", kinds[0] / total,
        kinds[1] / total, kinds[2] / total);
    random_total = kinds[2];
    for (int i = 0; i < 44; i++) {
        words[i] = drawn[5 + i];
        even[i] = random_total / 44;
    }
    for (int i = 0; i < VOCAB; i++)
        bad += (i < 5 || i == 49) && drawn[i] > 0;
    ok(bad == 0 && chi_squared(words, even, 44) < 102.0,
        "random words are all the ordinary ones, equally: %.1f, 43 degrees",
        chi_squared(words, even, 44));
}

/* Pairs of positions: without replacement, but otherwise independent. */
static void
test_pairs(struct batch *b)
{
    struct mask m = open_mask(2);
    double      both = 0, next = 0, expected = 0;

    for (uint64_t s = 0; s < SAMPLES; s++) {
        uint32_t ids[LEN];

        sample_ids(ids, s);
        batch_reset(b);
        batch_add(b, ids, LEN, 0, 0);
        mask_apply(&m, b, 0, s);
        for (int i = 0; i < b->chosen; i++)
            for (int j = i + 1; j < b->chosen; j++) {
                both++;
                next += b->row[j] == b->row[i] + 1;
            }
    }
    /* neighbours among words 1..19 and 21..38: 18 + 17 of 37 x 36 / 2 pairs */
    expected = both * 35 / 666;
    ok(fabs(next - expected) < 5 * sqrt(expected),
        "neighbours are masked together no more than others: %.0f of %.0f", next, expected);
}

static void
test_function(struct batch *b)
{
    struct mask m = open_mask(1), other = open_mask(2);
    uint32_t    ids[LEN];
    int32_t     alone[LEN], row[LEN];
    int         chosen, differ = 0;

    sample_ids(ids, 9);
    batch_reset(b);
    batch_add(b, ids, LEN, 0, 0);
    chosen = mask_apply(&m, b, 5, 123456789012);
    memcpy(alone, b->id, sizeof alone);
    memcpy(row, b->row, (size_t)chosen * sizeof *row);

    batch_reset(b);
    batch_add(b, ids, 11, 0, 0);
    mask_apply(&m, b, 5, 3);
    batch_add(b, ids, LEN, 0, 1);
    ok(mask_apply(&m, b, 5, 123456789012) == chosen, "in another batch: as many");
    ok(memcmp(b->id + 11, alone, sizeof alone) == 0, "and the same words behind the same masks");
    for (int i = 0; i < chosen; i++)
        differ += b->row[b->chosen - chosen + i] != row[i] + 11;
    ok(differ == 0, "in their rows of that batch");

    for (int i = 0; i < 3; i++) {
        static const char *const what[] = { "epoch", "sample", "seed" };

        batch_reset(b);
        batch_add(b, ids, LEN, 0, 0);
        mask_apply(i == 2 ? &other : &m, b, i == 0 ? 6 : 5, i == 1 ? 123456789013 : 123456789012);
        ok(memcmp(b->id, alone, sizeof alone) != 0, "another %s masks otherwise", what[i]);
    }
}

static void
test_edges(struct batch *b)
{
    struct mask m = open_mask(1);
    uint32_t    none[3] = { 2, 3, 3 }, wrong[1] = { VOCAB }, all[VOCAB];
    int         most = 0;

    batch_reset(b);
    batch_add(b, none, 3, 0, 0);
    ok(mask_apply(&m, b, 0, 0) == 0 && b->chosen == 0, "a sequence without words has no masks");
    for (uint64_t s = 0; s < 3000; s++) {
        uint32_t ids[LEN];
        int      chosen;

        sample_ids(ids, s);
        batch_reset(b);
        batch_add(b, ids + 1, (int)(s % 19) + 1, 0, 0);
        chosen = mask_apply(&m, b, 0, s);
        most += chosen > mask_most(&m, (int)(s % 19) + 1);
    }
    ok(most == 0, "never more than mask_most");
    ok(mask_init(&m, 0.15, VOCAB, MASK_ID, wrong, 1, 1) == ERR_MISMATCH,
        "a special token outside the vocabulary is refused: %s", err_msg());
    for (uint32_t i = 0; i < VOCAB; i++)
        all[i] = i;
    ok(mask_init(&m, 0.15, VOCAB, MASK_ID, all, VOCAB, 1) == ERR_MISMATCH,
        "a vocabulary of specials is refused: %s", err_msg());
    ok(mask_init(&m, 1.0, VOCAB, MASK_ID, special, 6, 1) == ERR_MISMATCH,
        "so is a share of 1: %s", err_msg());
}

int
main(void)
{
    struct arena arena;
    struct batch b;

    if (arena_open(&arena, 1 << 24) != OK ||
        batch_open(&b, (struct batch_limits){ .rows = 200, .sequences = 4, .chosen = 60 }, LEN,
            &arena) != OK)
        return 1;
    test_rates(&b);
    test_pairs(&b);
    test_function(&b);
    test_edges(&b);
    arena_close(&arena);
    return tap_done();
}
