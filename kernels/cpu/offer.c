/* offer.c -- some words to choose from at every token: first as if none were hidden, then those
 * that are once more. */
#include "kernels/cpu/cpu.h"

/* At one row, where `was` stood and `is` does. */
static void
offer_row(int32_t *candidate, const int32_t *draw, int draws, int32_t was, int32_t is,
    struct offer offer)
{
    candidate[0] = offer.reject;
    for (int k = 1; k < draws; k++)
        candidate[k] = offer.distinct && draw[k] == was ? -1 : draw[k];
    if (is != was)
        candidate[1] = was;
}

void
cpu_offer(struct view candidate, struct view id, struct view right, struct view text,
    struct view row, struct view target, struct view draw, struct offer offer)
{
    const int32_t *drawn = draw.data, *words = text.data, *rows = row.data, *was = target.data;
    int32_t       *to = candidate.data, *ids = id.data, *rights = right.data;
    size_t         draws = (size_t)draw.cols;

    for (int r = 0; r < text.rows; r++) {
        offer_row(to + (size_t)r * draws, drawn + (size_t)r * draws, draw.cols, words[r], words[r],
            offer);
        ids[r] = words[r];
        rights[r] = 0;
    }
    for (int i = 0; i < row.rows; i++) {
        int            r = rows[i];
        const int32_t *there = drawn + (size_t)r * draws;

        CHECK(r >= 0 && r < text.rows);
        offer_row(to + (size_t)r * draws, there, draw.cols, was[i], there[0], offer);
        ids[r] = there[0];
        rights[r] = there[0] != was[i];
    }
}
