/* product.cu -- what cuBLASLt does on a GPU, in plain loops. */
#include "kernels/cuda/product.h"

#include "kernels/cuda/columns.h"
#include "kernels/cuda/cuda.h"
#include "kernels/cuda/remark.h"
#include "kernels/cuda/shape.h"

static float
at(struct view v, int r, int c)
{
    size_t i = (size_t)r * (size_t)v.cols + (size_t)c;

    return v.dtype == F32 ? static_cast<const float *>(v.data)[i]
        : to_float(static_cast<const bf16 *>(v.data)[i]);
}

bool
cuda_product_open(const char *)
{
    return true;
}

/* There is nothing to choose, but it is said as cuBLASLt's choices are. */
static void
remark(const struct product *p)
{
    static struct shape known[SHAPES];
    struct shape        s = shape_rounded(shape_of(p));
    char                name[SHAPE_NAME], sentence[REMARK_BYTES];

    if (shape_same(&known[shape_place(&s)], &s))
        return;
    known[shape_place(&s)] = s;
    shape_name(name, &s);
    snprintf(sentence, sizeof sentence, "%s: plain loops", name);
    cuda_remark_add(sentence);
}

void
cuda_product(const char *op, const struct product *p)
{
    int         inner = p->a_turned ? p->a.rows : p->a.cols;
    struct view bias = { const_cast<void *>(p->bias), p->c.dtype, 1, p->c.cols };

    if (cuda_count(p->c))
        remark(p);
    for (int r = 0; r < p->c.rows; r++)
        for (int c = 0; c < p->c.cols; c++) {
            size_t i = (size_t)r * (size_t)p->c.cols + (size_t)c;
            float  sum = 0;

            for (int k = 0; k < inner; k++)
                sum += at(p->a, p->a_turned ? k : r, p->a_turned ? r : k) *
                    at(p->b, p->b_turned ? c : k, p->b_turned ? k : c);
            sum += p->bias ? at(bias, 0, c) : 0;
            sum += p->keep ? at(p->c, r, c) : 0;
            if (p->c.dtype == F32)
                static_cast<float *>(p->c.data)[i] = sum;
            else
                static_cast<bf16 *>(p->c.data)[i] = from_float<bf16>(sum);
        }
    if (p->row_sums && p->a_turned)
        cuda_column_sums(op, static_cast<float *>(p->row_sums), p->a);
}
