/* sample.c -- draws from the softmax of a row.  Sums of blocks of columns are kept, so that each
 * draw looks for its block first and walks through that one alone. */
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/vmath.h"

enum { BLOCK = 256 };

WIDE static void
sample_masses(float *mass, const float *x, float max, int count)
{
    SIMD
    for (int i = 0; i < count; i++)
        mass[i] = vmath_exp(x[i] - max);
}

static double
block_sum(double *sum, const float *x, float max, int count)
{
    double total = 0;

    for (int b = 0; b * BLOCK < count; b++) {
        int   rest = count - b * BLOCK < BLOCK ? count - b * BLOCK : BLOCK;
        float mass[BLOCK];

        sample_masses(mass, x + b * BLOCK, max, rest);
        sum[b] = 0;
        for (int i = 0; i < rest; i++)
            sum[b] += (double)mass[i];
        total += sum[b];
    }
    return total;
}

/* How many blocks there are up to the last that has any mass. */
static int
blocks_of(const double *sum, int count)
{
    int blocks = (count + BLOCK - 1) / BLOCK;

    while (blocks > 1 && sum[blocks - 1] == 0)
        blocks--;
    return blocks;
}

/* The first column up to which more than `wanted` of the mass lies; where rounding has eaten it,
 * the last one that has some. */
static int
find(const double *sum, int blocks, const float *x, float max, int count, double wanted)
{
    int   b = 0, last = 0, rest;
    float mass[BLOCK];

    while (b < blocks - 1 && sum[b] <= wanted)
        wanted -= sum[b++];
    rest = count - b * BLOCK < BLOCK ? count - b * BLOCK : BLOCK;
    sample_masses(mass, x + b * BLOCK, max, rest);
    for (int i = 0; i < rest && wanted >= 0; i++) {
        last = mass[i] > 0 ? i : last;
        wanted -= (double)mass[i];
    }
    return b * BLOCK + last;
}

void
cpu_sample(struct view draw, struct view logits, struct view key, struct sample sample)
{
    const int32_t *row_key = key.data;
    int32_t       *to = draw.data;
    int            rows = logits.rows, cols = logits.cols;
    size_t         sums = 2 * (size_t)cpu_pieces((size_t)cols, BLOCK);

    if (!cpu_scratch(0, sums + (size_t)cols))
        return;
    PARALLEL(rows)
    for (int r = 0; r < rows; r++) {
        double      *sum = (double *)(void *)cpu_scratch_own();
        const float *x = cpu_read(cpu_scratch_own() + sums, logits, (size_t)r * (size_t)cols,
            (size_t)cols);
        float        max = cpu_largest(x, cols);
        double       total = block_sum(sum, x, max, cols);
        int          blocks = blocks_of(sum, cols);

        for (int k = 0; k < draw.cols; k++)
            to[(size_t)r * (size_t)draw.cols + (size_t)k] =
                find(sum, blocks, x, max, cols, total * op_sample_unit(sample, row_key[r], k));
    }
}
