/* narrow.c -- products of BF16 matrices, summed in floats: by oneDNN where this CPU multiplies BF16
 * itself (AVX512_BF16, AMX), else by way of floats, a block of inner columns at a time.
 *
 * Either way the sums of a tile are made in floats and rounded once. */
#ifdef HAVE_DNNL
#include <dnnl.h>
#include <dnnl_debug.h>
#endif
#include <string.h>

#include "kernels/cpu/cpu.h"

enum { DEPTH = 512 };

/* ---- by oneDNN ------------------------------------------------------------------------------- */

static bool native;

#ifdef HAVE_DNNL

/* dnnl_sgemm with a and b of BF16.  oneDNN 2 and 3 export it but declare it in no header; so it is
 * weak, and a version without it sends us the other way. */
__attribute__((weak)) dnnl_status_t dnnl_gemm_bf16bf16f32(char turn_a, char turn_b,
    dnnl_dim_t rows, dnnl_dim_t cols, dnnl_dim_t inner, float factor, const uint16_t *a,
    dnnl_dim_t a_stride, const uint16_t *b, dnnl_dim_t b_stride, float keep, float *c,
    dnnl_dim_t c_stride);

void
cpu_narrow_open(void)
{
    int has = (int)dnnl_get_effective_cpu_isa(), wanted = dnnl_cpu_isa_avx512_core_bf16;

    native = (has & wanted) == wanted && dnnl_gemm_bf16bf16f32 != NULL;
}

static void
multiply(float *sum, const struct tiled *p, struct block at, int inner)
{
    size_t a = (size_t)at.row * (p->a_turned ? 1 : (size_t)p->a.cols);
    size_t b = (size_t)at.col * (p->b_turned ? (size_t)p->b.cols : 1);

    dnnl_status_t status =
        dnnl_gemm_bf16bf16f32(p->a_turned ? 'T' : 'N', p->b_turned ? 'T' : 'N', at.rows, at.cols,
            inner, 1, (const uint16_t *)p->a.data + a, p->a.cols,
            (const uint16_t *)p->b.data + b, p->b.cols, 0, sum, at.cols);

    if (status != dnnl_success)
        cpu_product_failed("dnnl_gemm_bf16bf16f32", dnnl_status2str(status));
}

#else

void
cpu_narrow_open(void)
{
}

static void
multiply(float *sum, const struct tiled *p, struct block at, int inner)
{
    (void)sum, (void)p, (void)at, (void)inner;
}

#endif

/* ---- by way of floats ------------------------------------------------------------------------ */

/* Some rows and columns of a matrix, close together. */
static void
copy(float *to, struct view v, int row, int rows, int col, int cols)
{
    for (int r = row; r < row + rows; r++, to += cols)
        cpu_read(to, v, (size_t)r * (size_t)v.cols + (size_t)col, (size_t)cols);
}

/* widened -- the product of columns first .. first + depth - 1 of op(a) and those rows of op(b) is
 * put, or added, to sum. */
static void
widened(float *sum, float *room, const struct tiled *p, struct block at, int first, int depth)
{
    float *a = room, *b = room + (size_t)at.rows * (size_t)depth;

    if (p->a_turned)
        copy(a, p->a, first, depth, at.row, at.rows);
    else
        copy(a, p->a, at.row, at.rows, first, depth);
    if (p->b_turned)
        copy(b, p->b, at.col, at.cols, first, depth);
    else
        copy(b, p->b, first, depth, at.col, at.cols);
    cpu_product(&(struct product){ .rows = at.rows, .cols = at.cols, .inner = depth,
        .a = a, .a_stride = p->a_turned ? at.rows : depth, .a_turned = p->a_turned,
        .b = b, .b_stride = p->b_turned ? depth : at.cols, .b_turned = p->b_turned,
        .c = sum, .c_stride = at.cols, .factor = 1, .keep = first > 0 });
}

/* ---- both ------------------------------------------------------------------------------------ */

/* put_row -- a row of finished sums, with a bias or none, into c, or onto what is there. */
static void
put_row(const struct tiled *p, float *sum, const float *bias, size_t at, int cols)
{
    if (p->keep) {
        CHECK(p->c.dtype == F32); /* sums of sums are not kept in BF16 */
        cpu_add_run((float *)p->c.data + at, sum, (size_t)cols);
        return;
    }
    if (bias)
        cpu_add_run(sum, bias, (size_t)cols);
    cpu_write(p->c, at, (size_t)cols, sum);
}

size_t
cpu_narrow_room(struct block largest)
{
    size_t rows = (size_t)largest.rows, cols = (size_t)largest.cols;

    return rows * cols + cols + (native ? 0 : (rows + cols) * DEPTH);
}

void
cpu_narrow(const struct tiled *p, struct block at, float *room)
{
    size_t       cols = (size_t)at.cols, count = (size_t)at.rows * cols;
    const float *bias = NULL;
    int          inner = p->a_turned ? p->a.rows : p->a.cols;

    if (p->bias.data)
        bias = cpu_read(room + count, p->bias, (size_t)at.col, cols);
    if (inner == 0)
        memset(room, 0, count * sizeof *room);
    else if (native)
        multiply(room, p, at, inner);
    for (int first = 0, depth; first < inner && !native; first += depth) {
        depth = inner - first < DEPTH ? inner - first : DEPTH;
        widened(room, room + count + cols, p, at, first, depth);
    }
    for (int r = 0; r < at.rows; r++)
        put_row(p, room + (size_t)r * cols, bias,
            (size_t)(at.row + r) * (size_t)p->c.cols + (size_t)at.col, at.cols);
}
