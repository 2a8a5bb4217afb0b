/* logistic.c -- the loss of a yes or no.  A number a token: nothing to be fast about. */
#include <math.h>

#include "kernels/cpu/cpu.h"

void
cpu_logistic_fwd(struct view stat, struct view x, struct view target)
{
    const int32_t *yes = target.data;
    float         *to = stat.data, room;

    for (int r = 0; r < x.rows; r++) {
        double value = (double)*cpu_read(&room, x, (size_t)r, 1);

        CHECK(yes[r] == 0 || yes[r] == 1);
        to[2 * r] = (float)(fmax(value, 0) + log1p(exp(-fabs(value))) - (yes[r] ? value : 0));
        to[2 * r + 1] = (value > 0) == yes[r];
    }
}

void
cpu_logistic_bwd(struct view x, struct view target, float factor)
{
    const int32_t *yes = target.data;
    float          room;

    for (int r = 0; r < x.rows; r++) {
        double value = (double)*cpu_read(&room, x, (size_t)r, 1);
        float  slope = (float)((1 / (1 + exp(-value)) - yes[r]) * (double)factor);

        cpu_write(x, (size_t)r, 1, &slope);
    }
}
