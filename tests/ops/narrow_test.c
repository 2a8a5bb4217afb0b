/* narrow_test -- how products of BF16 are asked of oneDNN, on any CPU: two functions stand here in
 * front of the library's, one that says the CPU multiplies BF16, one that does it slowly. */
#include "tests/ops/linear.h"

#ifdef HAVE_DNNL
#include <dnnl.h>

static int           asked;
static dnnl_status_t status = dnnl_success;

dnnl_cpu_isa_t
dnnl_get_effective_cpu_isa(void)
{
    return dnnl_cpu_isa_avx512_core_bf16;
}

dnnl_status_t dnnl_gemm_bf16bf16f32(char turn_a, char turn_b, dnnl_dim_t rows, dnnl_dim_t cols,
    dnnl_dim_t inner, float factor, const uint16_t *a, dnnl_dim_t a_stride, const uint16_t *b,
    dnnl_dim_t b_stride, float keep, float *c, dnnl_dim_t c_stride);

dnnl_status_t
dnnl_gemm_bf16bf16f32(char turn_a, char turn_b, dnnl_dim_t rows, dnnl_dim_t cols, dnnl_dim_t inner,
    float factor, const uint16_t *a, dnnl_dim_t a_stride, const uint16_t *b, dnnl_dim_t b_stride,
    float keep, float *c, dnnl_dim_t c_stride)
{
    __atomic_add_fetch(&asked, 1, __ATOMIC_RELAXED);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++) {
            double sum = 0;

            for (int64_t k = 0; k < inner; k++)
                sum += (double)bf16_float(turn_a == 'T' ? a[k * a_stride + i]
                    : a[i * a_stride + k]) *
                    (double)bf16_float(turn_b == 'T' ? b[j * b_stride + k] : b[k * b_stride + j]);
            c[i * c_stride + j] =
                (float)((double)factor * sum) + (keep == 0 ? 0 : keep * c[i * c_stride + j]);
        }
    return status;
}

static void
shape(int rows, int in, int out)
{
    double    *x = host_normal(rows * in, 1, 1), *weight = host_normal(out * in, 2, 1);
    double    *bias = host_normal(out, 3, 1), *dy = host_normal(rows * out, 4, 1);
    double    *dweight = host_normal(out * in, 5, 1), *dbias = host_normal(out, 6, 1);
    double    *zero = host_new(rows * (in + out));
    struct arg args[] = { { "y", REAL, OUT, rows, out, zero, 0 }, { "x", REAL, IN, rows, in, x, 0 },
        { "weight", REAL, IN, out, in, weight, 0 }, { "bias", REAL, IN, 1, out, bias, 0 } };
    struct arg to_x[] = { { "dx", REAL, OUT, rows, in, zero, 0 },
        { "dy", REAL, IN, rows, out, dy, 0 }, args[2] };
    struct arg to_w[] = { { "dweight", WIDE, SUM, out, in, dweight, 0 },
        { "dbias", WIDE, SUM, 1, out, dbias, 0 }, to_x[1], args[1] };
    char       name[80];
    int        before = asked;

    snprintf(name, sizeof name, "linear %dx%d to %d", rows, in, out);
    check_case(name, args, 4, fwd, NULL, in);
    strcat(name, " by x");
    check_case(name, to_x, 3, bwd_x, NULL, out);
    name[strlen(name) - 1] = 'w';
    check_case(name, to_w, 4, bwd_w, NULL, rows);
    ok(rows == 0 || asked >= before + 12, "oneDNN was asked %d times", asked - before);
    free(x), free(weight), free(bias), free(dy), free(dweight), free(dbias), free(zero);
}

/* Whatever oneDNN says is told as it says it, once. */
static void
failure(void)
{
    const struct backend *be = host_open("cpu", 3);
    double                numbers[4] = { 1, 2, 3, 4 };
    struct arg            args[] = { { "y", REAL, OUT, 2, 2, numbers, 0 },
        { "x", REAL, IN, 2, 2, numbers, 0 }, { "weight", REAL, IN, 2, 2, numbers, 0 },
        { "bias", REAL, IN, 1, 2, numbers, 0 } };
    struct tensor t[4];
    struct view   v[4];

    for (int i = 0; i < 4; i++)
        v[i] = tensor_new(&t[i], be, &args[i], BF16);
    status = dnnl_unimplemented;
    fwd(be, v, NULL);
    status = dnnl_success;
    ok(op_sync(be) == ERR_DEVICE && strstr(err_msg(), "dnnl_gemm_bf16bf16f32: unimplemented"),
        "what fails is named: %s", err_msg());
    ok(op_sync(be) == OK, "and told once");
    for (int i = 0; i < 4; i++)
        op_free(be, t[i].memory);
}

int
main(void)
{
    failure();
    shape(1, 1, 1);
    shape(3, 7, 5);
    shape(300, 65, 531);
    shape(133, 259, 17);
    shape(0, 4, 3);
    return tap_done();
}

#else

int
main(void)
{
    skip("this build has no oneDNN");
    return tap_done();
}

#endif
