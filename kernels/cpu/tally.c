/* tally.c -- the sum of losses, and which of them is no number: one after the other, since there
 * are few beside what it took to make each. */
#include <math.h>

#include "kernels/cpu/cpu.h"

void
cpu_tally(struct view tally, struct view stat, struct view key)
{
    const float   *at = stat.data;
    const int32_t *keys = key.data;
    double        *to = tally.data, sum = 0;
    int            right = 0;

    for (int r = 0; r < stat.rows; r++, at += stat.cols) {
        sum += (double)at[0];
        right += stat.cols > 1 && at[stat.cols - 1] > 0;
        if (to[2] == 0 && !isfinite(at[0])) {
            to[2] = 1 + (double)keys[r];
            to[3] = (double)at[0];
        }
    }
    to[0] += sum;
    to[1] += right;
}
