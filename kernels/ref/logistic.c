/* logistic.c -- the loss of a yes or no: minus the log of the probability that the logistic
 * function gives to the right one. */
#include <math.h>

#include "kernels/ref/ref.h"

void
ref_logistic_fwd(struct view stat, struct view x, struct view target)
{
    for (int r = 0; r < x.rows; r++) {
        double value = ref_at(x, r, 0);
        int    yes = ref_int(target, r);

        CHECK(yes == 0 || yes == 1);
        ref_set(stat, r, 0, fmax(value, 0) + log1p(exp(-fabs(value))) - (yes ? value : 0));
        ref_set(stat, r, 1, (value > 0) == yes);
    }
}

void
ref_logistic_bwd(struct view x, struct view target, float factor)
{
    for (int r = 0; r < x.rows; r++)
        ref_set(x, r, 0, (1 / (1 + exp(-ref_at(x, r, 0))) - ref_int(target, r)) * (double)factor);
}
