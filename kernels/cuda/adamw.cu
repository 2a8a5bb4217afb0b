/* adamw.cu -- Adam with decoupled weight decay, one pass over four arrays.
 *
 * Bytes: four floats read and three written for each parameter, 28 bytes: 3.1 GB for the 110
 * million of BERT-base. */
#include "kernels/cuda/part.cuh"

enum { THREADS = 256, EACH = 4 };

/* decay is lr times the option: 1 - 1e-6 as one float would be off by some percent of that 1e-6 */
struct factors {
    float beta1, beta1_rest, beta2, beta2_rest, decay, step, eps;
};

template <bool WIDE>
static __global__ void
__launch_bounds__(THREADS)
adamw(float *weight, float *m, float *v, const float *grad, const float *scale,
    struct factors f, size_t count)
{
    size_t first = ((size_t)blockIdx.x * THREADS + threadIdx.x) * EACH;
    int    rest = first >= count ? 0 : count - first < EACH ? (int)(count - first) : EACH;
    float  w[EACH], mean[EACH], square[EACH], g[EACH], factor = *scale;

    if (rest == 0 || !(fabsf(factor) <= FLT_MAX))
        return;
    part_load<WIDE>(w, weight + first, rest);
    part_load<WIDE>(mean, m + first, rest);
    part_load<WIDE>(square, v + first, rest);
    part_load<WIDE>(g, grad + first, rest);
#pragma unroll
    for (int i = 0; i < EACH; i++) {
        float slope = g[i] * factor;

        mean[i] = f.beta1 * mean[i] + f.beta1_rest * slope;
        square[i] = f.beta2 * square[i] + f.beta2_rest * slope * slope;
        w[i] -= f.decay * w[i] + f.step * mean[i] / (sqrtf(square[i]) + f.eps);
    }
    part_store<WIDE>(weight + first, w, rest);
    part_store<WIDE>(m + first, mean, rest);
    part_store<WIDE>(v + first, square, rest);
}

void
cuda_adamw(struct view weight, struct view m, struct view v, struct view grad,
    struct view scale, struct adamw a)
{
    double beta1 = (double)a.beta1, beta2 = (double)a.beta2;
    double step = (double)a.lr * sqrt(1 - pow(beta2, a.t)) / (1 - pow(beta1, a.t));
    size_t count = (size_t)weight.rows * (size_t)weight.cols;
    struct factors f = { a.beta1, (float)(1 - beta1), a.beta2, (float)(1 - beta2),
        (float)((double)a.lr * (double)a.decay), (float)step, a.eps };

    BOOL_SWITCH(part_ok(weight, m, v, grad), WIDE,
        LAUNCH(adamw<WIDE>, cuda_blocks(count, THREADS * EACH), THREADS, 0,
            (float *)weight.data, (float *)m.data, (float *)v.data, (const float *)grad.data,
            (const float *)scale.data, f, count));
}
