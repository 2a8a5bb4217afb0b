/* relative_bias.c -- a bias of attention that knows the distance alone (T5; Raffel et al. 2020). */
#include "kernels/ref/ref.h"

void
ref_relative_bias_fwd(struct view bias, struct view relative, int heads)
{
    int positions = bias.cols;

    for (int h = 0; h < heads; h++)
        for (int i = 0; i < positions; i++)
            for (int j = 0; j < positions; j++)
                ref_set(bias, h * positions + i, j, ref_at(relative, op_bucket(j - i), h));
}

void
ref_relative_bias_bwd(struct view drelative, struct view dbias, int heads)
{
    int positions = dbias.cols;

    for (int h = 0; h < heads; h++)
        for (int b = 0; b < drelative.rows; b++) {
            double total = 0;

            for (int i = 0; i < positions; i++)
                for (int j = 0; j < positions; j++)
                    if (op_bucket(j - i) == b)
                        total += ref_at(dbias, h * positions + i, j);
            ref_add_to(drelative, b, h, total);
        }
}
