/* square_error.c -- the loss of a regression, one number a row: nothing to make fast. */
#include "kernels/cpu/cpu.h"

void
cpu_square_error_fwd(struct view loss, struct view x, struct view target)
{
    const float *b = target.data;
    float       *y = loss.data, room;

    for (int r = 0; r < x.rows; r++) {
        float difference = *cpu_read(&room, x, (size_t)r, 1) - b[r];

        y[r] = difference * difference;
    }
}

void
cpu_square_error_bwd(struct view x, struct view target, float factor)
{
    const float *b = target.data;
    float        room;

    for (int r = 0; r < x.rows; r++) {
        float slope = 2 * (*cpu_read(&room, x, (size_t)r, 1) - b[r]) * factor;

        cpu_write(x, (size_t)r, 1, &slope);
    }
}
