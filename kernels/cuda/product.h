/* product.h -- matrix products: cuBLASLt's, and plain loops in the build for the host. */
#ifndef KERNELS_CUDA_PRODUCT_H
#define KERNELS_CUDA_PRODUCT_H

#include "kernels/ops.h"

/* cuda_product -- c = op(a) op(b) + (keep ? c : 0) + bias; sums in floats.
 *   c R x C; op(a) R x K, op(b) K x C: a matrix or, where it is turned, its transpose
 *   bias      C numbers of c's type, added to every row; or NULL, as where c is kept
 *   row_sums  wide, R numbers: row_sums[r] += the sum of row r of op(a), which is turned; or NULL
 * a and b are alike F32 or BF16; c likewise, or F32. */
struct product {
    struct view a, b, c;
    bool        a_turned, b_turned, keep;
    const void *bias;
    void       *row_sums;
};
void cuda_product(const char *op, const struct product *p);

/* cuda_product_open -- what products take is there; false: the next sync tells. */
bool cuda_product_open(const char *op);

#endif
