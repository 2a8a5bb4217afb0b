/* square_error.c -- the loss of a regression: the square of the difference. */
#include "kernels/ref/ref.h"

void
ref_square_error_fwd(struct view loss, struct view x, struct view target)
{
    for (int r = 0; r < x.rows; r++) {
        double difference = ref_at(x, r, 0) - ref_at(target, r, 0);

        ref_set(loss, r, 0, difference * difference);
    }
}

void
ref_square_error_bwd(struct view x, struct view target, float factor)
{
    for (int r = 0; r < x.rows; r++)
        ref_set(x, r, 0, 2 * (ref_at(x, r, 0) - ref_at(target, r, 0)) * (double)factor);
}
