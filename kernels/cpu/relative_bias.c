/* relative_bias.c -- a bias by distance alone.  The bucket is a function of j - i, so each row of a
 * head is a stretch of one long array, a number for each distance. */
#include <string.h>

#include "kernels/cpu/cpu.h"

void
cpu_relative_bias_fwd(struct view bias, struct view relative, int heads)
{
    const float *table = relative.data;
    float       *to = bias.data;
    size_t       positions = (size_t)bias.cols, square = positions * positions;

    if (!cpu_scratch(0, 2 * positions))
        return;
    PARALLEL(heads)
    for (int h = 0; h < heads; h++) {
        float *run = cpu_scratch_own();

        for (int delta = 1 - bias.cols; delta < bias.cols; delta++)
            run[delta + bias.cols - 1] = table[op_bucket(delta) * heads + h];
        for (size_t i = 0; i < positions; i++)
            memcpy(to + (size_t)h * square + i * positions, run + positions - 1 - i,
                positions * sizeof *to);
    }
}

void
cpu_relative_bias_bwd(struct view drelative, struct view dbias, int heads)
{
    const float *from = dbias.data;
    float       *to = drelative.data;
    size_t       positions = (size_t)dbias.cols, square = positions * positions;

    if (!cpu_scratch(0, 4 * positions))
        return;
    PARALLEL(heads)
    for (int h = 0; h < heads; h++) {
        double *run = (double *)(void *)cpu_scratch_own(), total[32] = { 0 };

        memset(run, 0, 2 * positions * sizeof *run);
        for (size_t i = 0; i < positions; i++)
            cpu_add_run_wide(run + positions - 1 - i, from + (size_t)h * square + i * positions,
                positions);
        for (int delta = 1 - dbias.cols; delta < dbias.cols; delta++)
            total[op_bucket(delta)] += run[delta + dbias.cols - 1];
        for (int b = 0; b < 32; b++)
            to[b * heads + h] += (float)total[b];
    }
}
