/* cross_entropy.c -- the loss of a choice among V, a row of logits at a time: once over it for the
 * largest, once for the sum of exponentials. */
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/vmath.h"

enum { BLOCK = 1024 };

WIDE static float
sum_exp(const float *x, float max, int count)
{
    float sum = 0;

    SIMD_SUM(sum)
    for (int i = 0; i < count; i++)
        sum += vmath_exp(x[i] - max);
    return sum;
}

WIDE static int
occurrences(const float *x, float value, int count)
{
    int n = 0;

    SIMD_SUM(n)
    for (int i = 0; i < count; i++)
        n += x[i] == value;
    return n;
}

/* entropy_row_fwd -- blocks are summed in double, so that V = 30,000 small terms do not lose
 * digits. */
static void
entropy_row_fwd(float *stat, const float *x, int target, int count)
{
    float  max = cpu_largest(x, count);
    double sum = 0, lse;

    for (int i = 0; i < count; i += BLOCK)
        sum += (double)sum_exp(x + i, max, count - i < BLOCK ? count - i : BLOCK);
    lse = (double)max + log(sum);
    stat[0] = (float)(lse - (double)x[target]);
    stat[1] = (float)lse;
    stat[2] = x[target] == max && occurrences(x, max, target) == 0 ? 1 : 0;
}

void
cpu_cross_entropy_fwd(struct view stat, struct view logits, struct view target)
{
    const int32_t *right = target.data;
    float         *to = stat.data;
    size_t         cols = (size_t)logits.cols;
    int            rows = logits.rows;

    for (int r = 0; r < rows; r++)
        CHECK(right[r] >= 0 && right[r] < logits.cols);
    if (!cpu_scratch(0, cols))
        return;
    PARALLEL(rows)
    for (int r = 0; r < rows; r++)
        entropy_row_fwd(to + 3 * (size_t)r,
            cpu_read(cpu_scratch_own(), logits, (size_t)r * cols, cols), right[r], logits.cols);
}

WIDE static void
entropy_row_bwd(float *x, float lse, float factor, int count)
{
    SIMD
    for (int i = 0; i < count; i++)
        x[i] = vmath_exp(x[i] - lse) * factor;
}

void
cpu_cross_entropy_bwd(struct view logits, struct view stat, struct view target, float factor)
{
    const int32_t *right = target.data;
    const float   *from = stat.data;
    size_t         cols = (size_t)logits.cols;
    int            rows = logits.rows;

    if (!cpu_scratch(0, cols))
        return;
    PARALLEL(rows)
    for (int r = 0; r < rows; r++) {
        float *row = cpu_read(cpu_scratch_own(), logits, (size_t)r * cols, cols);
        float  lse = from[3 * (size_t)r + 1], p = vmath_exp(row[right[r]] - lse);

        entropy_row_bwd(row, lse, factor, logits.cols);
        row[right[r]] = (p - 1) * factor;
        cpu_write(logits, (size_t)r * cols, cols, row);
    }
}
