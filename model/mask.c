/* mask.c -- see mask.h.
 *
 * Sampling without replacement is Knuth's algorithm S (The Art of Computer Programming, volume 2,
 * section 3.4.2): going through the words, one is taken with probability (still wanted) / (still to
 * come).  It takes one draw a word, so the draw can be keyed by its position. */
#include "model/mask.h"

#include <stdlib.h>

#include "lib/philox.h"

/* Counter words beside the position: what else is drawn for it. */
enum { DRAW_WORD = 1 << 30, DRAW_COUNT = 1 << 29 };

static int
by_id(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

int
mask_init(struct mask *m, double share, uint32_t vocab_size, uint32_t mask_id,
    const uint32_t *special, int specials, uint64_t seed)
{
    int kept = 0;

    if (specials >= MASK_SPECIALS_MAX)
        return err_set(ERR_LIMIT, "the vocabulary has %d special tokens; at most %d are supported",
            specials, MASK_SPECIALS_MAX - 1);
    *m = (struct mask){ .share = share, .seed = seed, .mask_id = mask_id,
        .vocab_size = vocab_size };
    for (int i = 0; i < specials; i++)
        m->special[i] = special[i];
    m->special[specials++] = mask_id;
    qsort(m->special, (size_t)specials, sizeof *m->special, by_id);
    for (int i = 0; i < specials; i++)
        if (kept == 0 || m->special[i] != m->special[kept - 1])
            m->special[kept++] = m->special[i];
    m->specials = kept;
    if (m->special[kept - 1] >= vocab_size)
        return err_set(ERR_MISMATCH, "special token %u is not in a vocabulary of %u",
            (unsigned)m->special[kept - 1], (unsigned)vocab_size);
    if ((uint32_t)kept >= vocab_size)
        return err_set(ERR_MISMATCH, "the vocabulary has only special tokens");
    if (!(share > 0 && share < 1))
        return err_set(ERR_MISMATCH, "the share of masked words must be between 0 and 1, not %g",
            share);
    return OK;
}

int
mask_most(const struct mask *m, int len)
{
    int most = (int)(m->share * len) + 1;

    if (m->whole_words)
        most = 2 * most + 14 < len ? 2 * most + 14 : len;
    return most;
}

static bool
is_special(const struct mask *m, uint32_t id)
{
    return bsearch(&id, m->special, (size_t)m->specials, sizeof id, by_id) != NULL;
}

/* A word that is not special, all alike. */
static uint32_t
random_word(const struct mask *m, struct philox bits)
{
    uint32_t id = philox_below(bits.x[0], bits.x[1], m->vocab_size - (uint32_t)m->specials);

    for (int i = 0; i < m->specials && m->special[i] <= id; i++)
        id++;
    return id;
}

/* Does a word begin at a token that is not special?  Without whole_words each token is one. */
static bool
begins(const struct mask *m, const uint8_t *word, int position, bool behind_special)
{
    return !m->whole_words || behind_special || word[position];
}

static int
count_words(const struct mask *m, const struct batch *b, int first, const uint8_t *word)
{
    bool behind_special = true;
    int  words = 0;

    for (int row = first; row < b->rows; row++) {
        bool special = is_special(m, (uint32_t)b->id[row]);

        words += !special && begins(m, word, row - first, behind_special);
        behind_special = special;
    }
    return words;
}

/* A chosen token: [MASK], another, or itself, as bits.x[2] says. */
static int32_t
replaced(const struct mask *m, int32_t id, struct philox bits, uint32_t epoch, int position,
    uint64_t sample)
{
    if (m->always || bits.x[2] < 3435973836u) /* 0.8 of 2^32 */
        return (int32_t)m->mask_id;
    if (bits.x[2] < 3865470566u) /* 0.9 of 2^32 */
        return (int32_t)random_word(m,
            philox(m->seed, PHILOX_MASK, epoch, DRAW_WORD | (uint32_t)position, sample));
    return id;
}

int
mask_apply(const struct mask *m, struct batch *b, const uint8_t *word, uint32_t epoch,
    uint64_t sample)
{
    int  first = b->start[b->sequences - 1], most = mask_most(m, b->rows - first);
    int  words = count_words(m, b, first, word), chosen = 0;
    int  wanted = (int)(m->share * words +
         philox_unit(philox(m->seed, PHILOX_MASK, epoch, DRAW_COUNT, sample).x[0]));
    bool behind_special = true, taken = false;

    for (int row = first; row < b->rows && chosen < most && (wanted > 0 || taken); row++) {
        int           position = row - first;
        struct philox draw;

        if (is_special(m, (uint32_t)b->id[row])) {
            behind_special = true;
            continue;
        }
        draw = philox(m->seed, PHILOX_MASK, epoch, (uint32_t)position, sample);
        if (begins(m, word, position, behind_special)) {
            taken = philox_below(draw.x[0], draw.x[1], (uint32_t)words--) < (uint32_t)wanted;
            wanted -= taken;
        }
        behind_special = false;
        if (!taken)
            continue;
        batch_choose(b, position, b->id[row]);
        chosen++;
        b->id[row] = replaced(m, b->id[row], draw, epoch, position, sample);
    }
    return chosen;
}
