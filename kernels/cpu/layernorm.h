/* layernorm.h -- layer norm with what comes before or behind it, a row at a time: layernorm.c makes
 * all of them, the ops fill in what they have. */
#ifndef KERNELS_CPU_LAYERNORM_H
#define KERNELS_CPU_LAYERNORM_H

#include "kernels/ops.h"

/* A forward.  `residual` may be none: then `sum` is, and x is what is normalised.  A dropout of p =
 * 0 is none. */
struct norm_fwd {
    struct view    y, sum, stat, x, residual, gain, bias, key;
    float          eps;
    struct dropout of_x, of_y;
};

/* A backward.  `dmore` may be none, and `dpast`, which is added to dx.  `dropped`, if any, is dx
 * behind the dropout of_dx; of_dy falls on the gradients that come. */
struct norm_bwd {
    struct view    dx, dropped, dgain, dbias, dy, dmore, dpast, x, stat, gain, key;
    struct dropout of_dy, of_dx;
};

void cpu_layernorm_forward(const struct norm_fwd *n);
void cpu_layernorm_backward(const struct norm_bwd *n);

#endif
