/* product.c -- matrix products: oneDNN's where it is there, else our own.
 *
 * A large product is cut into tiles whose size follows from its shape alone, and each tile is
 * computed by one thread: were the library to share the work out, the cuts, and with them the last
 * bits, would depend on the number of threads. */
#ifdef HAVE_DNNL
#include <dnnl.h>
#include <dnnl_debug.h>
#endif

#include "kernels/cpu/cpu.h"

static void
fill(const struct product *p)
{
    for (int r = 0; r < p->rows; r++)
        for (int c = 0; c < p->cols; c++)
            p->c[(size_t)r * (size_t)p->c_stride + (size_t)c] = p->bias ? p->bias[c] : 0;
}

#ifdef HAVE_DNNL

static void
multiply(const struct product *p, float keep)
{
    dnnl_status_t status =
        dnnl_sgemm(p->a_turned ? 'T' : 'N', p->b_turned ? 'T' : 'N', p->rows, p->cols, p->inner,
            p->factor, p->a, p->a_stride, p->b, p->b_stride, keep, p->c,
            p->c_stride);

    if (status != dnnl_success)
        cpu_product_failed("dnnl_sgemm", dnnl_status2str(status));
}

#else

/* Goto, van de Geijn 2008 ("Anatomy of high-performance matrix multiplication"): DEPTH x COLS of b
 * are copied so that they lie in the order of use and stay in the second cache; then ROWS x DEPTH
 * of a likewise, factor and all; and c is made in registers, HIGH x WIDTH at a time. */
enum { HIGH = 6, WIDTH = 16, ROWS = 96, COLS = 256, DEPTH = 256 };

typedef float lanes __attribute__((vector_size(WIDTH * sizeof(float)), aligned(4)));

static _Thread_local float a_pack[ROWS * DEPTH] __attribute__((aligned(64)));
static _Thread_local float b_pack[COLS * DEPTH] __attribute__((aligned(64)));

/* pack -- `count` rows (or columns) of `depth` numbers each, in strips of `strip`: one number of
 * each row of the strip, then the next; rows beyond the last are 0. */
static void
pack(float *to, const float *from, size_t step, size_t deep_step, int count, int strip, int depth,
    float factor)
{
    for (int first = 0; first < count; first += strip)
        for (int d = 0; d < depth; d++)
            for (int i = first; i < first + strip; i++)
                *to++ = i < count ? factor * from[(size_t)i * step + (size_t)d * deep_step] : 0;
}

WIDE static void
strips(lanes sum[HIGH], const float *a, const float *b, int depth)
{
    lanes s0 = { 0 }, s1 = { 0 }, s2 = { 0 }, s3 = { 0 }, s4 = { 0 }, s5 = { 0 };

    for (int d = 0; d < depth; d++, a += HIGH, b += WIDTH) {
        lanes v = *(const lanes *)(const void *)b;

        s0 += a[0] * v;
        s1 += a[1] * v;
        s2 += a[2] * v;
        s3 += a[3] * v;
        s4 += a[4] * v;
        s5 += a[5] * v;
    }
    sum[0] = s0, sum[1] = s1, sum[2] = s2, sum[3] = s3, sum[4] = s4, sum[5] = s5;
}

static void
block(const struct product *p, int row, int col, int rows, int cols, int depth)
{
    for (int c = 0; c < cols; c += WIDTH)
        for (int r = 0; r < rows; r += HIGH) {
            lanes sum[HIGH];

            strips(sum, a_pack + (size_t)r * (size_t)depth, b_pack + (size_t)c * (size_t)depth,
                depth);
            for (int i = 0; i < HIGH && r + i < rows; i++) {
                float *to = p->c + (size_t)(row + r + i) * (size_t)p->c_stride + col + c;

                for (int j = 0; j < WIDTH && c + j < cols; j++)
                    to[j] += sum[i][j];
            }
        }
}

static int
least(int a, int b)
{
    return a < b ? a : b;
}

static void
multiply(const struct product *p, float keep)
{
    size_t a_step = p->a_turned ? 1 : (size_t)p->a_stride;
    size_t a_deep = p->a_turned ? (size_t)p->a_stride : 1;
    size_t b_step = p->b_turned ? (size_t)p->b_stride : 1;
    size_t b_deep = p->b_turned ? 1 : (size_t)p->b_stride;

    if (keep == 0)
        fill(p);
    for (int c = 0; c < p->cols; c += COLS)
        for (int d = 0; d < p->inner; d += DEPTH) {
            int cols = least(COLS, p->cols - c), depth = least(DEPTH, p->inner - d);

            pack(b_pack, p->b + (size_t)c * b_step + (size_t)d * b_deep, b_step, b_deep, cols,
                WIDTH, depth, 1);
            for (int r = 0; r < p->rows; r += ROWS) {
                int rows = least(ROWS, p->rows - r);

                pack(a_pack, p->a + (size_t)r * a_step + (size_t)d * a_deep, a_step, a_deep, rows,
                    HIGH, depth, p->factor);
                block(p, r, c, rows, cols, depth);
            }
        }
}

#endif

void
cpu_product(const struct product *p)
{
    if (p->rows == 0 || p->cols == 0)
        return;
    if (!p->keep && (p->bias || p->inner == 0))
        fill(p);
    if (p->inner > 0)
        multiply(p, p->keep || p->bias ? 1 : 0);
}

enum { MANY = 8, SIZES = 4 };

/* Of tiles, the largest first. */
static const struct block size[SIZES] = { { 0, 0, 256, 1024 }, { 0, 0, 256, 384 },
    { 0, 0, 128, 256 }, { 0, 0, 128, 128 } };

/* tile_size -- the largest tile that gives MANY of them: a large one wastes less on copying its
 * edges, a wide one writes long runs of c, and many are shared out more evenly. */
static struct block
tile_size(struct view c)
{
    int i = 0;

    while (i < SIZES - 1 && cpu_pieces((size_t)c.rows, (size_t)size[i].rows) *
                                    cpu_pieces((size_t)c.cols, (size_t)size[i].cols) < MANY)
        i++;
    return size[i];
}

/* tile -- of floats, on this thread. */
static void
tile(const struct tiled *p, struct block at)
{
    size_t a = (size_t)at.row * (p->a_turned ? 1 : (size_t)p->a.cols);
    size_t b = (size_t)at.col * (p->b_turned ? (size_t)p->b.cols : 1);

    cpu_product(&(struct product){ .rows = at.rows, .cols = at.cols,
        .inner = p->a_turned ? p->a.rows : p->a.cols,
        .a = (const float *)p->a.data + a, .a_stride = p->a.cols, .a_turned = p->a_turned,
        .b = (const float *)p->b.data + b, .b_stride = p->b.cols, .b_turned = p->b_turned,
        .c = (float *)p->c.data + (size_t)at.row * (size_t)p->c.cols + at.col,
        .c_stride = p->c.cols, .factor = 1, .keep = p->keep,
        .bias = p->bias.data ? (const float *)p->bias.data + at.col : NULL });
}

size_t
cpu_tiled_room(enum dtype real)
{
    return real == BF16 ? cpu_narrow_room(size[0]) : 0;
}

void
cpu_tiled(const struct tiled *p)
{
    struct block most = tile_size(p->c);
    int          down = cpu_pieces((size_t)p->c.rows, (size_t)most.rows);
    int          across = cpu_pieces((size_t)p->c.cols, (size_t)most.cols);
    bool         narrow = p->a.dtype == BF16;

    if (!cpu_scratch(0, narrow ? cpu_narrow_room(most) : 0))
        return;
    PARALLEL(down * across)
    for (int i = 0; i < down * across; i++) {
        struct block at = { .row = i % down * most.rows, .col = i / down * most.cols };

        at.rows = (int)cpu_piece_end(i % down, (size_t)p->c.rows, (size_t)most.rows) - at.row;
        at.cols = (int)cpu_piece_end(i / down, (size_t)p->c.cols, (size_t)most.cols) - at.col;
        if (narrow)
            cpu_narrow(p, at, cpu_scratch_own());
        else
            tile(p, at);
    }
}
