/* dropout.c -- dropout (Srivastava et al. 2014, in the "inverted" form that needs no scaling
 * afterwards).  The mask is a function of its place: see ops.h. */
#include "kernels/ref/ref.h"

void
ref_dropout(struct view y, struct view x, struct view key, struct dropout drop)
{
    for (int r = 0; r < x.rows; r++)
        for (int c = 0; c < x.cols; c++)
            ref_set(y, r, c, ref_at(x, r, c) * ref_keep(drop, ref_int(key, r), c));
}
