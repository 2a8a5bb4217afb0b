/* cross_entropy.cu -- the loss of a choice among V.
 *
 * A block takes a row and reads it once: each thread keeps the largest of its logits so far and the
 * sum of exponentials relative to it, which is scaled when a larger one comes (Milakov, Gimelshein
 * 2018, arXiv:1805.02867); a block's threads then agree on the largest of all.  Bytes: M V reals
 * read; backward M V read and written. */
#include "kernels/cuda/part.cuh"

enum { THREADS = 256, WARPS = THREADS / WARP };

/* What a thread has seen of its row.  The least finite number stands for "nothing yet": with
 * -infinity, a logit of -infinity would give the difference NaN. */
struct seen {
    float max, sum;
    int   at; /* of the first largest */
};

template <int COUNT>
static __device__ __forceinline__ void
see(struct seen *s, const float (&x)[COUNT], int col)
{
    float most = s->max;

#pragma unroll
    for (int i = 0; i < COUNT; i++)
        most = fmaxf(most, x[i]);
    if (most > s->max) {
        s->sum *= expf(s->max - most);
        s->max = most;
#pragma unroll
        for (int i = COUNT - 1; i >= 0; i--)
            s->at = x[i] == most ? col + i : s->at;
    }
#pragma unroll
    for (int i = 0; i < COUNT; i++)
        s->sum += expf(x[i] - most);
}

/* The largest of the block, and its first column: in every thread. */
static __device__ __forceinline__ void
agree(float *most, int *at)
{
    __shared__ float largest[WARPS];
    __shared__ int   first[WARPS];

    for (int flip = WARP / 2; flip > 0; flip /= 2) {
        float other = __shfl_xor_sync(0xffffffff, *most, flip);
        int   other_at = __shfl_xor_sync(0xffffffff, *at, flip);

        if (other > *most || (other == *most && other_at < *at)) {
            *most = other;
            *at = other_at;
        }
    }
    if (threadIdx.x % WARP == 0) {
        largest[threadIdx.x / WARP] = *most;
        first[threadIdx.x / WARP] = *at;
    }
    __syncthreads();
    for (int w = 0; w < WARPS; w++)
        if (largest[w] > *most || (largest[w] == *most && first[w] < *at)) {
            *most = largest[w];
            *at = first[w];
        }
}

template <typename T, bool WIDE>
static __global__ void
__launch_bounds__(THREADS)
entropy_fwd(float *stat, const T *logits, const int32_t *target, int cols, struct fault fault)
{
    const T    *x = logits + (size_t)blockIdx.x * (size_t)cols;
    struct seen s = { -FLT_MAX, 0, INT32_MAX };
    int         right = target[blockIdx.x], at;
    float       most;
    double      sum;

    if (!index_ok(fault, right >= 0 && right < cols))
        return;
    for (int c = (int)threadIdx.x * LANES<T>; c < cols; c += THREADS * LANES<T>) {
        float v[LANES<T>];

        part_load<WIDE>(v, x + c, cols - c, -INFINITY);
        see(&s, v, c);
    }
    most = s.max;
    at = s.at;
    agree(&most, &at);
    sum = block_sum((double)s.sum * exp((double)s.max - (double)most));
    if (threadIdx.x == 0) {
        double lse = (double)most + log(sum);
        float *to = stat + 3 * (size_t)blockIdx.x;

        to[0] = (float)(lse - (double)to_float(x[right]));
        to[1] = (float)lse;
        to[2] = right == at ? 1 : 0;
    }
}

template <typename T, bool WIDE>
static __global__ void
__launch_bounds__(THREADS)
entropy_bwd(T *logits, const float *stat, const int32_t *target, float factor, int cols)
{
    T    *x = logits + (size_t)blockIdx.x * (size_t)cols;
    float lse = stat[3 * (size_t)blockIdx.x + 1];
    int   right = target[blockIdx.x];

    for (int c = (int)threadIdx.x * LANES<T>; c < cols; c += THREADS * LANES<T>) {
        float v[LANES<T>];

        load<WIDE>(v, x + c, cols - c);
#pragma unroll
        for (int i = 0; i < LANES<T>; i++)
            v[i] = (expf(v[i] - lse) - (c + i == right ? 1 : 0)) * factor;
        store<WIDE>(x + c, v, cols - c);
    }
}

void
cuda_cross_entropy_fwd(struct view stat, struct view logits, struct view target)
{
    REAL_SWITCH(logits.dtype, T, BOOL_SWITCH(cuda_wide_ok(logits), WIDE,
        LAUNCH(entropy_fwd<T, WIDE>, logits.rows, THREADS, 0, (float *)stat.data,
            (const T *)logits.data, (const int32_t *)target.data, logits.cols,
            cuda_fault("op_cross_entropy_fwd"))));
}

void
cuda_cross_entropy_bwd(struct view logits, struct view stat, struct view target, float factor)
{
    REAL_SWITCH(logits.dtype, T, BOOL_SWITCH(cuda_wide_ok(logits), WIDE,
        LAUNCH(entropy_bwd<T, WIDE>, logits.rows, THREADS, 0, (T *)logits.data,
            (const float *)stat.data, (const int32_t *)target.data, factor, logits.cols)));
}
