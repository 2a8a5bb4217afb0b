/* tally.c -- the sum of losses, and which of them is no number. */
#include <math.h>

#include "kernels/ref/ref.h"

void
ref_tally(struct view tally, struct view stat, struct view key)
{
    double sum = 0, right = 0;

    for (int r = 0; r < stat.rows; r++) {
        double loss = ref_at(stat, r, 0);

        sum += loss;
        right += stat.cols > 1 && ref_at(stat, r, stat.cols - 1) > 0;
        if (!isfinite(loss) && ref_at(tally, 0, 2) == 0) {
            ref_set(tally, 0, 2, 1 + (double)ref_int(key, r));
            ref_set(tally, 0, 3, loss);
        }
    }
    ref_add_to(tally, 0, 0, sum);
    ref_add_to(tally, 0, 1, right);
}
