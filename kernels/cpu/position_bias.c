/* position_bias.c -- TUPE's positional logits: a product for each head, then row and column 0 reset
 * to theta, then the relative table, whose bucket is a function of j - i, so that a row of bias
 * adds a run of one long array.  Formulas: ops.h and ref/position_bias.c. */
#include "kernels/cpu/cpu.h"

struct job {
    int          positions, cols, heads, head_cols;
    float        scale;
    const float *q, *k;
};

static struct job
job_of(struct view q, struct view k, int heads, float scale)
{
    struct job job = { q.rows - 1, q.cols, heads, q.cols / heads, scale, q.data, k.data };

    return job;
}

/* place -- where row `row` of a table has the columns of a head. */
static size_t
place(const struct job *job, int row, int head)
{
    return (size_t)row * (size_t)job->cols + (size_t)(head * job->head_cols);
}

static float
theta(const struct job *job, int row, int head)
{
    size_t at = place(job, row, head);
    double sum = 0;

    for (int d = 0; d < job->head_cols; d++)
        sum += (double)job->q[at + (size_t)d] * (double)job->k[at + (size_t)d];
    return (float)(sum * (double)job->scale);
}

/* ---- forward --------------------------------------------------------------------------------- */

/* add_relative -- `run` has room for 2 positions: the number for each j - i. */
static void
add_relative(float *bias, float *run, const struct job *job, const float *relative, int head)
{
    int positions = job->positions;

    for (int delta = 1 - positions; delta < positions; delta++)
        run[delta + positions - 1] = relative[op_bucket(delta) * job->heads + head];
    for (int j = 0; j < positions; j++)
        bias[j] += relative[16 * job->heads + head];
    for (int i = 1; i < positions; i++) {
        float *row = bias + (size_t)i * (size_t)positions;

        row[0] += relative[32 * job->heads + head];
        cpu_add_run(row + 1, run + positions - i, (size_t)(positions - 1));
    }
}

static void
head_fwd(float *bias, float *run, const struct job *job, const float *relative, int head)
{
    int   positions = job->positions;
    float row_theta = theta(job, 0, head), column_theta = theta(job, 1, head);

    cpu_product(&(struct product){ .rows = positions, .cols = positions, .inner = job->head_cols,
        .a = job->q + place(job, 1, head), .a_stride = job->cols,
        .b = job->k + place(job, 1, head), .b_stride = job->cols, .b_turned = true,
        .c = bias, .c_stride = positions, .factor = job->scale });
    for (int j = 0; j < positions; j++)
        bias[j] = row_theta;
    for (int i = 1; i < positions; i++)
        bias[(size_t)i * (size_t)positions] = column_theta;
    if (relative)
        add_relative(bias, run, job, relative, head);
}

void
cpu_position_bias_fwd(struct view bias, struct view q, struct view k, struct view relative,
    int heads, float scale)
{
    struct job job = job_of(q, k, heads, scale);
    size_t     square = (size_t)job.positions * (size_t)job.positions;
    float     *to = bias.data;

    if (!cpu_scratch(0, 2 * (size_t)job.positions))
        return;
    PARALLEL(heads)
    for (int h = 0; h < heads; h++)
        head_fwd(to + (size_t)h * square, cpu_scratch_own(), &job, relative.data, h);
}

/* ---- backward -------------------------------------------------------------------------------- */

WIDE static double
sum_of(const float *x, int count, size_t step)
{
    double sum = 0;

    for (int i = 0; i < count; i++)
        sum += (double)x[(size_t)i * step];
    return sum;
}

/* relative_bwd -- first the sums for each j - i, then those of the buckets. */
static void
relative_bwd(float *drelative, double *run, const struct job *job, const float *dbias, int head)
{
    int    positions = job->positions;
    double total[32] = { 0 };

    for (int i = 0; i < 2 * positions; i++)
        run[i] = 0;
    for (int i = 1; i < positions; i++)
        cpu_add_run_wide(run + positions - i, dbias + (size_t)i * (size_t)positions + 1,
            (size_t)(positions - 1));
    for (int delta = 1 - positions; delta < positions; delta++)
        total[op_bucket(delta)] += run[delta + positions - 1];
    total[16] += sum_of(dbias, positions, 1);
    for (int b = 0; b < 32; b++)
        drelative[b * job->heads + head] += (float)total[b];
    drelative[32 * job->heads + head] +=
        (float)sum_of(dbias + positions, positions - 1, (size_t)positions);
}

static void
head_bwd(float *dq, float *dk, const struct job *job, const float *dbias, int head)
{
    int    positions = job->positions, inner = positions - 1;
    float  row_sum = job->scale * (float)sum_of(dbias, positions, 1);
    float  column_sum = job->scale * (float)sum_of(dbias + positions, inner, (size_t)positions);
    size_t first = place(job, 0, head), second = place(job, 1, head), third = place(job, 2, head);
    struct product p = { .rows = inner, .cols = job->head_cols, .inner = inner,
        .a = dbias + positions + 1, .a_stride = positions,
        .b = job->k + third, .b_stride = job->cols,
        .c = dq + third, .c_stride = job->cols, .factor = job->scale };

    for (size_t d = 0; d < (size_t)job->head_cols; d++) {
        dq[first + d] = row_sum * job->k[first + d];
        dk[first + d] = row_sum * job->q[first + d];
        dq[second + d] = column_sum * job->k[second + d];
        dk[second + d] = column_sum * job->q[second + d];
    }
    if (inner == 0)
        return;
    cpu_product(&p);
    p.a_turned = true;
    p.b = job->q + third;
    p.c = dk + third;
    cpu_product(&p);
}

void
cpu_position_bias_bwd(struct view dq, struct view dk, struct view drelative, struct view dbias,
    struct view q, struct view k, int heads, float scale)
{
    struct job   job = job_of(q, k, heads, scale);
    size_t       square = (size_t)job.positions * (size_t)job.positions;
    const float *from = dbias.data;

    if (!cpu_scratch(0, 4 * (size_t)job.positions))
        return;
    PARALLEL(heads)
    for (int h = 0; h < heads; h++) {
        head_bwd(dq.data, dk.data, &job, from + (size_t)h * square, h);
        if (drelative.data)
            relative_bwd(drelative.data, (double *)(void *)cpu_scratch_own(), &job,
                from + (size_t)h * square, h);
    }
}
