/* cast.c -- wide numbers in the type of the activations. */
#include "kernels/ref/ref.h"

void
ref_cast(struct view y, struct view x)
{
    for (int r = 0; r < y.rows; r++)
        for (int c = 0; c < y.cols; c++)
            ref_set(y, r, c, ref_at(x, r, c));
}
