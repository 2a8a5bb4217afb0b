/* cross_entropy.c -- the loss of a choice among V: minus the log of the probability that softmax
 * gives to the right one. */
#include <math.h>

#include "kernels/ref/ref.h"

void
ref_cross_entropy_fwd(struct view stat, struct view logits, struct view target)
{
    for (int r = 0; r < logits.rows; r++) {
        int    right = ref_int(target, r), first_largest = 0;
        double max = -INFINITY, sum = 0, lse;

        CHECK(right >= 0 && right < logits.cols);
        for (int c = 0; c < logits.cols; c++)
            if (ref_at(logits, r, c) > max) {
                max = ref_at(logits, r, c);
                first_largest = c;
            }
        for (int c = 0; c < logits.cols; c++)
            sum += exp(ref_at(logits, r, c) - max);
        lse = max + log(sum);
        ref_set(stat, r, 0, lse - ref_at(logits, r, right));
        ref_set(stat, r, 1, lse);
        ref_set(stat, r, 2, right == first_largest);
    }
}

void
ref_cross_entropy_bwd(struct view logits, struct view stat, struct view target, float factor)
{
    for (int r = 0; r < logits.rows; r++)
        for (int c = 0; c < logits.cols; c++) {
            double p = exp(ref_at(logits, r, c) - ref_at(stat, r, 1));

            ref_set(logits, r, c, (p - (c == ref_int(target, r))) * (double)factor);
        }
}
