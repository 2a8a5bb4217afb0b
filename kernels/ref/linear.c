/* linear.c -- y = x weight^T + bias and its three gradients. */
#include "kernels/ref/ref.h"

void
ref_linear_fwd(struct view y, struct view x, struct view weight, struct view bias)
{
    for (int n = 0; n < y.rows; n++)
        for (int o = 0; o < y.cols; o++) {
            double sum = ref_at(bias, 0, o);

            for (int i = 0; i < x.cols; i++)
                sum += ref_at(x, n, i) * ref_at(weight, o, i);
            ref_set(y, n, o, sum);
        }
}

void
ref_linear_bwd_x(struct view dx, struct view dy, struct view weight)
{
    for (int n = 0; n < dx.rows; n++)
        for (int i = 0; i < dx.cols; i++) {
            double sum = 0;

            for (int o = 0; o < dy.cols; o++)
                sum += ref_at(dy, n, o) * ref_at(weight, o, i);
            ref_set(dx, n, i, sum);
        }
}

void
ref_linear_bwd_w(struct view dweight, struct view dbias, struct view dy, struct view x)
{
    for (int o = 0; o < dy.cols; o++) {
        double bias_sum = 0;

        for (int i = 0; i < x.cols; i++) {
            double sum = 0;

            for (int n = 0; n < dy.rows; n++)
                sum += ref_at(dy, n, o) * ref_at(x, n, i);
            ref_add_to(dweight, o, i, sum);
        }
        for (int n = 0; n < dy.rows; n++)
            bias_sum += ref_at(dy, n, o);
        ref_add_to(dbias, 0, o, bias_sum);
    }
}
