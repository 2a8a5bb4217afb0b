/* choice.c -- a few outputs of a linear layer for each row, by number, and their gradients. */
#include <math.h>

#include "kernels/ref/ref.h"

/* Candidate k of row r; -1: none. */
static int
choice_of(struct view candidate, struct view weight, int r, int k)
{
    int choice = ref_int(candidate, r * candidate.cols + k);

    CHECK(choice >= -1 && choice < weight.rows);
    return choice;
}

void
ref_choice_fwd(struct view score, struct view x, struct view weight, struct view bias,
    struct view candidate)
{
    for (int r = 0; r < score.rows; r++)
        for (int k = 0; k < score.cols; k++) {
            int    choice = choice_of(candidate, weight, r, k);
            double sum = choice < 0 ? (double)-INFINITY : ref_at(bias, 0, choice);

            for (int c = 0; c < x.cols && choice >= 0; c++)
                sum += ref_at(x, r, c) * ref_at(weight, choice, c);
            ref_set(score, r, k, sum);
        }
}

void
ref_choice_bwd(struct view dx, struct view dweight, struct view dbias, struct view dscore,
    struct view x, struct view weight, struct view candidate)
{
    for (int r = 0; r < dx.rows; r++) {
        for (int c = 0; c < dx.cols; c++) {
            double sum = 0;

            for (int k = 0; k < dscore.cols; k++) {
                int choice = choice_of(candidate, weight, r, k);

                sum += choice < 0 ? 0 : ref_at(dscore, r, k) * ref_at(weight, choice, c);
            }
            ref_set(dx, r, c, sum);
        }
        for (int k = 0; k < dscore.cols; k++) {
            int choice = choice_of(candidate, weight, r, k);

            if (choice < 0)
                continue;
            for (int c = 0; c < x.cols; c++)
                ref_add_to(dweight, choice, c, ref_at(dscore, r, k) * ref_at(x, r, c));
            ref_add_to(dbias, 0, choice, ref_at(dscore, r, k));
        }
    }
}
