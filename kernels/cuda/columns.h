/* columns.h -- sums over rows, in an order that follows from the shape alone. */
#ifndef KERNELS_CUDA_COLUMNS_H
#define KERNELS_CUDA_COLUMNS_H

#include "kernels/ops.h"

/* cuda_add_parts -- sum[c] += part[0][c] + part[1][c] + ..., in double and rounded once;
 * `stride` numbers from one part to the next. */
void cuda_add_parts(float *sum, const float *part, int parts, int stride, int cols);

/* cuda_column_sums -- sum[c] += the sum of column c of x, real. */
void cuda_column_sums(const char *op, float *sum, struct view x);

#endif
