/* sample.c -- independent draws from the softmax of a row: the inverse of its distribution
 * function. */
#include <math.h>

#include "kernels/ref/ref.h"

void
ref_sample(struct view draw, struct view logits, struct view key, struct sample sample)
{
    for (int r = 0; r < logits.rows; r++) {
        double max = -INFINITY, total = 0;

        for (int c = 0; c < logits.cols; c++)
            max = fmax(max, ref_at(logits, r, c));
        for (int c = 0; c < logits.cols; c++)
            total += exp(ref_at(logits, r, c) - max);
        for (int k = 0; k < draw.cols; k++) {
            double wanted = total * op_sample_unit(sample, ref_int(key, r), k), sum = 0;
            int    last = 0;

            for (int c = 0; c < logits.cols && sum <= wanted; c++) {
                double mass = exp(ref_at(logits, r, c) - max);

                sum += mass;
                last = mass > 0 ? c : last;
            }
            ((int32_t *)draw.data)[r * draw.cols + k] = last;
        }
    }
}
