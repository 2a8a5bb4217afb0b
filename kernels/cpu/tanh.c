/* tanh.c -- the hyperbolic tangent of the classification head: a few rows, so one thread. */
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/vmath.h"

WIDE static void
tanh_fwd(float *y, const float *x, size_t count)
{
    SIMD
    for (size_t i = 0; i < count; i++)
        y[i] = vmath_tanh(x[i]);
}

WIDE static void
tanh_bwd(float *dx, const float *dy, const float *y, size_t count)
{
    SIMD
    for (size_t i = 0; i < count; i++)
        dx[i] = dy[i] * (1 - y[i] * y[i]);
}

void
cpu_tanh_fwd(struct view y, struct view x)
{
    tanh_fwd(y.data, x.data, (size_t)x.rows * (size_t)x.cols);
}

void
cpu_tanh_bwd(struct view dx, struct view dy, struct view y)
{
    tanh_bwd(dx.data, dy.data, y.data, (size_t)y.rows * (size_t)y.cols);
}
