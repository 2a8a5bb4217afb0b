/* choice.cu -- a few outputs of a linear layer for each row, by number, and their three
 * gradients.
 *
 * A warp makes a score: it reads a row of the weight, the one of x comes from the nearest cache.
 * For dx a warp takes a row and goes over its candidates. */
#include "kernels/cuda/cuda.h"
#include "kernels/cuda/group.h"

static constexpr unsigned WARPS = 8;

template <typename T, bool WIDE>
static __global__ void
__launch_bounds__(WARPS * WARP)
scores(T *__restrict__ score, const T *__restrict__ x, const T *__restrict__ weight,
    const float *__restrict__ bias, const int *__restrict__ candidate, size_t count, int per,
    int words, int cols, struct fault fault)
{
    size_t i = (size_t)blockIdx.x * WARPS + threadIdx.x / WARP;
    int    lane = (int)threadIdx.x % WARP, choice;
    float  sum = 0;

    if (i >= count)
        return;
    choice = candidate[i];
    if (!index_ok(fault, choice >= -1 && choice < words))
        return;
    if (choice >= 0) {
        x += i / (size_t)per * (size_t)cols;
        weight += (size_t)choice * (size_t)cols;
        for (int c = lane * LANES<T>; c < cols; c += WARP * LANES<T>) {
            float a[LANES<T>], w[LANES<T>];

            load<WIDE>(a, x + c, cols - c);
            load<WIDE>(w, weight + c, cols - c);
#pragma unroll
            for (int k = 0; k < LANES<T>; k++)
                sum += a[k] * w[k];
        }
    }
    sum = warp_sum(sum);
    if (lane == 0)
        score[i] = from_float<T>(choice < 0 ? -INFINITY : sum + bias[choice]);
}

template <typename T, bool WIDE>
static __global__ void
__launch_bounds__(WARPS * WARP)
backward_x(T *__restrict__ dx, const T *__restrict__ dscore, const T *__restrict__ weight,
    const int *__restrict__ candidate, int rows, int per, int words, int cols,
    struct fault fault)
{
    int r = (int)(blockIdx.x * WARPS + threadIdx.x / WARP);

    if (r >= rows)
        return;
    dscore += (size_t)r * (size_t)per;
    candidate += (size_t)r * (size_t)per;
    dx += (size_t)r * (size_t)cols;
    for (int c = (int)(threadIdx.x % WARP) * LANES<T>; c < cols; c += WARP * LANES<T>) {
        float sum[LANES<T>] = {};

        for (int k = 0; k < per; k++) {
            int   choice = candidate[k];
            float w[LANES<T>], d = choice < 0 ? 0 : to_float(dscore[k]);

            if (!index_ok(fault, choice >= -1 && choice < words) || choice < 0)
                continue;
            load<WIDE>(w, weight + (size_t)choice * (size_t)cols + (size_t)c, cols - c);
#pragma unroll
            for (int j = 0; j < LANES<T>; j++)
                sum[j] += d * w[j];
        }
        store<WIDE>(dx + c, sum, cols - c);
    }
}

void
cuda_choice_fwd(struct view score, struct view x, struct view weight, struct view bias,
    struct view candidate)
{
    size_t count = cuda_count(score);

    REAL_SWITCH(x.dtype, T, BOOL_SWITCH(cuda_wide_ok(x, weight), WIDE,
        LAUNCH(scores<T, WIDE>, cuda_blocks(count, WARPS), WARPS * WARP, 0,
            static_cast<T *>(score.data), static_cast<const T *>(x.data),
            static_cast<const T *>(weight.data), static_cast<const float *>(bias.data),
            static_cast<const int *>(candidate.data), count, score.cols, weight.rows, x.cols,
            cuda_fault("op_choice_fwd"))));
}

void
cuda_choice_bwd(struct view dx, struct view dweight, struct view dbias, struct view dscore,
    struct view x, struct view weight, struct view candidate)
{
    struct view each = { dscore.data, dscore.dtype, dscore.rows * dscore.cols, 1 };
    struct view to = { dbias.data, dbias.dtype, dbias.cols, 1 };
    struct view one = { nullptr, F32, 0, 0 };

    REAL_SWITCH(x.dtype, T, BOOL_SWITCH(cuda_wide_ok(dx, weight), WIDE,
        LAUNCH(backward_x<T, WIDE>, cuda_blocks((size_t)x.rows, WARPS), WARPS * WARP, 0,
            static_cast<T *>(dx.data), static_cast<const T *>(dscore.data),
            static_cast<const T *>(weight.data), static_cast<const int *>(candidate.data), x.rows,
            dscore.cols, weight.rows, x.cols, cuda_fault("op_choice_bwd"))));
    cuda_group_add("op_choice_bwd", dweight, x, candidate, dscore.cols, dscore);
    cuda_group_add("op_choice_bwd", to, each, candidate, 1, one);
}
