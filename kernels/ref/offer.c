/* offer.c -- some words to choose from at every token. */
#include "kernels/ref/ref.h"

void
ref_offer(struct view candidate, struct view id, struct view right, struct view text,
    struct view row, struct view target, struct view draw, struct offer offer)
{
    int next = 0;

    for (int r = 0; r < text.rows; r++) {
        bool     hidden = next < row.rows && ref_int(row, next) == r;
        int32_t  was = hidden ? ref_int(target, next) : ref_int(text, r);
        int32_t *to = (int32_t *)candidate.data + (size_t)r * (size_t)draw.cols;
        const int32_t *drawn = (const int32_t *)draw.data + (size_t)r * (size_t)draw.cols;
        int32_t  is = hidden ? drawn[0] : was;

        next += hidden;
        ((int32_t *)id.data)[r] = is;
        ((int32_t *)right.data)[r] = is != was;
        to[0] = offer.reject;
        for (int k = 1; k < draw.cols; k++)
            to[k] = offer.distinct && drawn[k] == was ? -1 : drawn[k];
        if (is != was)
            to[1] = was;
    }
    CHECK(next == row.rows); /* they ascend, and are rows */
}
