/* attention.cu -- which kernels an attention takes: those on tensor cores for bf16 and heads of 64
 * columns, which is what BERT has in all sizes; the plain ones for all else, above all for floats,
 * which are there to check by. */
#include "kernels/cuda/attention.cuh"

template <typename T>
static attention_job<T>
job_of(struct view qkv, struct view bias, struct view start, struct view key, struct attention att)
{
    attention_job<T> job = {};

    job.qkv = static_cast<const T *>(qkv.data);
    job.bias = static_cast<const float *>(bias.data);
    job.start = static_cast<const int32_t *>(start.data);
    job.key = static_cast<const int32_t *>(key.data);
    job.sequences = qkv.rows ? start.rows - 1 : 0;
    job.heads = att.heads;
    job.cols = qkv.cols / 3;
    job.head_cols = job.cols / att.heads;
    job.span = att.span;
    job.positions = bias.cols;
    job.bias_by_four = bias.data && cuda_wide_ok(bias);
    job.scale = att.scale;
    job.drop = cuda_drop(att.drop);
    return job;
}

/* The sequences are the rows, one behind the other, and none is longer than the bias, or empty.  A
 * wrong one is told, though the attention that follows may read where it must not. */
static __global__ void
starts(const int32_t *__restrict__ start, int sequences, int rows, int positions,
    struct fault fault)
{
    for (int s = (int)threadIdx.x; s < sequences; s += (int)blockDim.x) {
        int first = start[s], len = start[s + 1] - first;

        index_ok(fault, len > 0 && (positions == 0 || len <= positions) && (s > 0 || first == 0) &&
            (s + 1 < sequences || first + len == rows));
    }
}

static void
fwd(const attention_job<float> &job)
{
    cuda_attention_plain_fwd(job);
}

static void
fwd(const attention_job<bf16> &job)
{
    if (job.head_cols == ATTENTION_HEAD)
        cuda_attention_tile_fwd(job);
    else
        cuda_attention_plain_fwd(job);
}

static void
bwd(const attention_job<float> &job, int rows, float *dbias)
{
    cuda_attention_plain_bwd(job, rows, dbias);
}

static void
bwd(const attention_job<bf16> &job, int rows, float *dbias)
{
    if (job.head_cols == ATTENTION_HEAD)
        cuda_attention_tile_bwd(job, rows, dbias);
    else
        cuda_attention_plain_bwd(job, rows, dbias);
}

void
cuda_attention_fwd(struct view out, struct view lse, struct view qkv, struct view bias,
    struct view start, struct view key, struct attention att)
{
    REAL_SWITCH(out.dtype, T, {
        attention_job<T> job = job_of<T>(qkv, bias, start, key, att);

        job.result = static_cast<T *>(out.data);
        job.lse = static_cast<float *>(lse.data);
        job.by_pieces = cuda_wide_ok(out, qkv);
        if (job.sequences > 0)
            LAUNCH(starts, 1, 256, 0, job.start, job.sequences, out.rows, job.positions,
                cuda_fault("op_attention_fwd"));
        fwd(job);
    });
}

void
cuda_attention_bwd(struct view dqkv, struct view dbias, struct view dout, struct view out,
    struct view lse, struct view qkv, struct view bias, struct view start, struct view key,
    struct attention att)
{
    REAL_SWITCH(out.dtype, T, {
        attention_job<T> job = job_of<T>(qkv, bias, start, key, att);

        job.result = static_cast<T *>(dqkv.data);
        job.lse = static_cast<float *>(lse.data);
        job.dout = static_cast<const T *>(dout.data);
        job.out = static_cast<const T *>(out.data);
        job.by_pieces = cuda_wide_ok(dqkv, dout, out, qkv);
        bwd(job, out.rows, static_cast<float *>(dbias.data));
    });
}
