/* layernorm.c -- layer normalisation (Ba, Kiros, Hinton 2016, section 3). */
#include <math.h>

#include "kernels/ref/ref.h"

void
ref_layernorm_fwd(struct view y, struct view stat, struct view x, struct view gain,
    struct view bias, float eps)
{
    for (int r = 0; r < x.rows; r++) {
        double mean = 0, var = 0, rstd;

        for (int c = 0; c < x.cols; c++)
            mean += ref_at(x, r, c);
        mean /= x.cols;
        for (int c = 0; c < x.cols; c++)
            var += (ref_at(x, r, c) - mean) * (ref_at(x, r, c) - mean);
        var /= x.cols;
        rstd = 1 / sqrt(var + (double)eps);
        for (int c = 0; c < x.cols; c++)
            ref_set(y, r, c,
                (ref_at(x, r, c) - mean) * rstd * ref_at(gain, 0, c) + ref_at(bias, 0, c));
        ref_set(stat, r, 0, mean);
        ref_set(stat, r, 1, rstd);
    }
}

/* With n = (x - mean) rstd, y = n gain + bias, and g = dy gain:
 *     dx = rstd (g - mean of g - n mean of g n)
 * where both means go over the row: they are what moving x does through mean and rstd. */
void
ref_layernorm_bwd(struct view dx, struct view dgain, struct view dbias, struct view dy,
    struct view x, struct view stat, struct view gain)
{
    for (int c = 0; c < x.cols; c++) {
        double gain_sum = 0, bias_sum = 0;

        for (int r = 0; r < x.rows; r++) {
            double n = (ref_at(x, r, c) - ref_at(stat, r, 0)) * ref_at(stat, r, 1);

            gain_sum += ref_at(dy, r, c) * n;
            bias_sum += ref_at(dy, r, c);
        }
        ref_add_to(dgain, 0, c, gain_sum);
        ref_add_to(dbias, 0, c, bias_sum);
    }
    for (int r = 0; r < x.rows; r++) {
        double mean = ref_at(stat, r, 0), rstd = ref_at(stat, r, 1), g_mean = 0, gn_mean = 0;

        for (int c = 0; c < x.cols; c++) {
            double g = ref_at(dy, r, c) * ref_at(gain, 0, c);

            g_mean += g / x.cols;
            gn_mean += g * (ref_at(x, r, c) - mean) * rstd / x.cols;
        }
        for (int c = 0; c < x.cols; c++) {
            double n = (ref_at(x, r, c) - mean) * rstd, g = ref_at(dy, r, c) * ref_at(gain, 0, c);

            ref_set(dx, r, c, rstd * (g - g_mean - n * gn_mean));
        }
    }
}
