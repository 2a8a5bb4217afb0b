/* mask_test.c -- which tokens are masked and how: the rates, by chi-squared tests; and that nothing
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
        chosen = mask_apply(&m, b, NULL, 3, s);
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
        mask_apply(&m, b, NULL, 0, s);
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
    chosen = mask_apply(&m, b, NULL, 5, 123456789012);
    memcpy(alone, b->id, sizeof alone);
    memcpy(row, b->row, (size_t)chosen * sizeof *row);

    batch_reset(b);
    batch_add(b, ids, 11, 0, 0);
    mask_apply(&m, b, NULL, 5, 3);
    batch_add(b, ids, LEN, 0, 1);
    ok(mask_apply(&m, b, NULL, 5, 123456789012) == chosen, "in another batch: as many");
    ok(memcmp(b->id + 11, alone, sizeof alone) == 0, "and the same words behind the same masks");
    for (int i = 0; i < chosen; i++)
        differ += b->row[b->chosen - chosen + i] != row[i] + 11;
    ok(differ == 0, "in their rows of that batch");

    for (int i = 0; i < 3; i++) {
        static const char *const what[] = { "epoch", "sample", "seed" };

        batch_reset(b);
        batch_add(b, ids, LEN, 0, 0);
        mask_apply(i == 2 ? &other : &m, b, NULL, i == 0 ? 6 : 5,
            i == 1 ? 123456789013 : 123456789012);
        ok(memcmp(b->id, alone, sizeof alone) != 0, "another %s masks otherwise", what[i]);
    }
}

/* Words of 1, 2, 3, 1, 2, 5, ... tokens in the sequences of sample_ids; a [SEP] cuts the word that
 * it falls in.  number[i] = which word token i belongs to, -1: none.  Returns how many words. */
static int
sample_words(uint8_t word[LEN], int number[LEN])
{
    static const int lengths[] = { 1, 2, 3, 1, 2, 5 };
    int              left = 0, words = 0, kind = 0;

    for (int i = 0; i < LEN; i++) {
        bool apart = i == 0 || i == 20 || i == LEN - 1; /* special */

        word[i] = !apart && left == 0;
        if (word[i])
            left = lengths[kind++ % 6];
        left -= !apart;
        words += word[i] || i == 21;
        number[i] = apart ? -1 : words - 1;
    }
    return words;
}

/* Every word as often as any other, whole or not at all, so the share of tokens is right too; and
 * what becomes of a token depends on no other. */
static void
test_whole_words(struct batch *b)
{
    struct mask m = open_mask(1);
    uint8_t     word[LEN];
    int         number[LEN], words = sample_words(word, number), torn = 0, size[LEN] = { 0 };
    double      at[LEN] = { 0 }, expected[LEN], kinds[3] = { 0 }, pairs[2] = { 0 }, total = 0;
    double      hidden = 0.8, chi;

    m.whole_words = true;
    for (int i = 0; i < LEN; i++)
        if (number[i] >= 0)
            size[number[i]]++;
    for (uint64_t s = 0; s < SAMPLES; s++) {
        uint32_t ids[LEN];
        int      seen[LEN] = { 0 }, before = -1;

        sample_ids(ids, s);
        batch_reset(b);
        batch_add(b, ids, LEN, 0, 0);
        total += mask_apply(&m, b, word, 3, s);
        for (int i = 0; i < b->chosen; before = b->row[i], i++) {
            int row = b->row[i], now = b->id[row];

            seen[number[row]]++;
            kinds[now == MASK_ID ? 0 : now == (int)ids[row] ? 1 : 2]++;
            if (before == row - 1 && number[before] == number[row])
                pairs[(b->id[before] == MASK_ID) == (now == MASK_ID)]++;
        }
        for (int w = 0; w < words; w++) {
            torn += seen[w] != 0 && seen[w] != size[w];
            at[w] += seen[w] > 0;
        }
    }
    ok(torn == 0 && words == 18, "%d words, hidden whole or not at all", words);
    for (int w = 0; w < words; w++)
        expected[w] = 0.15 * SAMPLES;
    /* without replacement the counts of words vary less than chi-squared says, never more */
    chi = chi_squared(at, expected, words);
    ok(chi < 60.4, "every word with probability 0.15, however long: %.1f, 18 degrees", chi);
    ok(fabs(total / SAMPLES / WORDS - 0.15) < 5 * 0.15 / sqrt(0.15 * words * SAMPLES),
        "so of the tokens 15 %% in the mean: %.4f", total / SAMPLES / WORDS);
    chi = chi_squared(kinds, (double[]){ 0.8 * total, (0.1 + 0.1 / 44) * total,
                                 (0.1 - 0.1 / 44) * total }, 3);
    ok(chi < 27.63, "of the tokens 80 %% masked, 10 %% kept, 10 %% random: %.1f, 2 degrees", chi);
    /* two neighbours in a word: both hidden or both not, if independent */
    total = pairs[0] + pairs[1];
    hidden = hidden * hidden + (1 - hidden) * (1 - hidden);
    chi = chi_squared(pairs, (double[]){ (1 - hidden) * total, hidden * total }, 2);
    ok(chi < 23.93, "drawn for each token of a word apart: %.1f, 1 degree", chi);
}

static void
test_whole_words_function(struct batch *b)
{
    struct mask m = open_mask(1);
    uint32_t    ids[LEN];
    uint8_t     word[LEN], each[LEN];
    int32_t     alone[LEN], plain[LEN];
    int         number[LEN], chosen;

    sample_words(word, number);
    sample_ids(ids, 9);
    memset(each, 1, sizeof each);
    batch_reset(b);
    batch_add(b, ids, LEN, 0, 0);
    mask_apply(&m, b, NULL, 5, 77);
    memcpy(plain, b->id, sizeof plain);
    m.whole_words = true;
    batch_reset(b);
    batch_add(b, ids, LEN, 0, 0);
    mask_apply(&m, b, each, 5, 77);
    ok(memcmp(b->id, plain, sizeof plain) == 0, "words of one token: as without whole words");

    batch_reset(b);
    batch_add(b, ids, LEN, 0, 0);
    chosen = mask_apply(&m, b, word, 5, 78);
    memcpy(alone, b->id, sizeof alone);
    batch_reset(b);
    batch_add(b, ids, 11, 0, 0);
    mask_apply(&m, b, word, 5, 3);
    batch_add(b, ids, LEN, 0, 1);
    ok(chosen > 0 && mask_apply(&m, b, word, 5, 78) == chosen &&
            memcmp(b->id + 11, alone, sizeof alone) == 0,
        "whole words: the same in another batch");
    /* no word begins by its bit, so the two sides of the [SEP] are the two words there are */
    memset(each, 0, sizeof each);
    for (uint64_t s = 0; s < 400; s++) {
        batch_reset(b);
        batch_add(b, ids, LEN, 0, 0);
        chosen = mask_apply(&m, b, each, 5, s);
        if (chosen > 0)
            break;
    }
    ok(chosen == mask_most(&m, LEN) || chosen == 19 || chosen == 18,
        "a word goes to the next special token, and is cut where it is a freak: %d", chosen);
}

static void
test_edges(struct batch *b)
{
    struct mask m = open_mask(1);
    uint32_t    none[3] = { 2, 3, 3 }, wrong[1] = { VOCAB }, all[VOCAB];
    int         most = 0;

    batch_reset(b);
    batch_add(b, none, 3, 0, 0);
    ok(mask_apply(&m, b, NULL, 0, 0) == 0 && b->chosen == 0,
        "a sequence without words has no masks");
    for (uint64_t s = 0; s < 3000; s++) {
        uint32_t ids[LEN];
        int      chosen;

        sample_ids(ids, s);
        batch_reset(b);
        batch_add(b, ids + 1, (int)(s % 19) + 1, 0, 0);
        chosen = mask_apply(&m, b, NULL, 0, s);
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
    test_whole_words(&b);
    test_whole_words_function(&b);
    test_edges(&b);
    arena_close(&arena);
    return tap_done();
}
