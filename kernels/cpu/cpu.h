/* cpu.h -- what the files of the fast CPU backend share: wide vectors, threads, scratch space.
 *
 * Three rules make the bits the same for any number of threads.  Work is cut into pieces whose
 * bounds follow from the shapes alone; a piece is computed by one thread, whichever; and what
 * pieces give to one sum is added up in the order of the pieces.  The bits do depend on the width
 * of the machine's vectors, since a sum over a row is made in as many lanes as there are.
 *
 * Products of a and b that are added to c may be fused (the Makefile compiles this folder with
 * -ffp-contract=fast): that rounds once less, and the same way on every thread. */
#ifndef KERNELS_CPU_CPU_H
#define KERNELS_CPU_CPU_H

#ifdef _OPENMP
#include <omp.h>
#endif

#include "kernels/backend.h"

BACKEND_OPS(BACKEND_PROTOTYPE, cpu)

/* WIDE -- compile the function for several widths of vectors, the loader takes the widest that runs
 * here.  SIMD, SIMD_SUM, SIMD_MAX -- the loop that follows has independent steps, but for a sum or
 * a maximum.  The sanitizers are spared both: they cannot live with a choice made while loading.
 * Names of WIDE functions differ over the whole folder: clang 14 exports what chooses among
 * them. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define CPU_PLAIN
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define CPU_PLAIN
#endif
#define CPU_PRAGMA(...) _Pragma(#__VA_ARGS__)
#ifdef CPU_PLAIN
#define WIDE
#define SIMD
#define SIMD_SUM(...)
#define SIMD_MAX(x)
#else
#if defined(__x86_64__) && defined(__linux__)
#define WIDE __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define WIDE
#endif
#define SIMD CPU_PRAGMA(omp simd)
#define SIMD_SUM(...) CPU_PRAGMA(omp simd reduction(+ : __VA_ARGS__))
#define SIMD_MAX(x) CPU_PRAGMA(omp simd reduction(max : x))
#endif

/* Functions that WIDE ones call; inlined always, since only so do they become wide themselves. */
#define CPU_INLINE static inline __attribute__((always_inline))

/* PARALLEL -- the loop over pieces that follows is shared among the threads. */
#define PARALLEL(pieces) \
    CPU_PRAGMA(omp parallel for schedule(dynamic) num_threads(cpu_threads) if ((pieces) > 1))

extern int cpu_threads;

/* cpu_pieces -- how many pieces of `size` cover `count`; cpu_piece_end -- where piece i of them
 * ends. */
static inline int
cpu_pieces(size_t count, size_t size)
{
    return (int)((count + size - 1) / size);
}

static inline size_t
cpu_piece_end(int piece, size_t count, size_t size)
{
    size_t end = ((size_t)piece + 1) * size;

    return end < count ? end : count;
}

/* cpu_scratch -- before a parallel loop: room for `shared` floats for all, and `own` for each
 * thread; kept, so that it is allocated in the first step only.  false without memory: the op gives
 * up, and the next sync tells. */
MUST bool cpu_scratch(size_t shared, size_t own);
float    *cpu_scratch_shared(void);
float    *cpu_scratch_own(void);

/* cpu_memory_failed -- the next sync shall tell that memory was missing.
 * cpu_product_failed -- and that a library's product failed, by names that stay. */
void cpu_memory_failed(void);
void cpu_product_failed(const char *product, const char *status);

/* Elements first .. first + count - 1 of a view as floats.  cpu_read -- where they lie, or, of
 * BF16, a copy in `room`.  cpu_room -- where they may be made.  cpu_write -- and then they go into
 * the view, from there or from elsewhere. */
float *cpu_read(float *room, struct view v, size_t first, size_t count);
float *cpu_room(float *room, struct view v, size_t first);
void   cpu_write(struct view v, size_t first, size_t count, const float *from);

/* cpu_add_run -- y += x.  cpu_add_run_wide -- likewise, onto doubles.  cpu_times_run -- y = x z.
 * cpu_dot -- the sum of x y.  cpu_squares -- that of x^2, in double.  cpu_largest -- of x; numbers
 * that are none are passed over. */
void   cpu_add_run(float *y, const float *x, size_t count);
void   cpu_add_run_wide(double *y, const float *x, size_t count);
void   cpu_times_run(float *y, const float *x, const float *z, size_t count);
float  cpu_dot(const float *x, const float *y, int count);
double cpu_squares(const float *x, size_t count);
float  cpu_largest(const float *x, int count);

/* cpu_product -- c = factor op(a) op(b) + (keep ? c : bias or 0), on this thread.
 *   c rows x cols with c_stride floats from row to row; op(a) rows x inner; op(b) inner x cols;
 *   op(a) is a, or its transpose where a_turned: then a is inner x rows; b alike. */
struct product {
    int          rows, cols, inner;
    const float *a, *b;
    float       *c;
    int          a_stride, b_stride, c_stride;
    bool         a_turned, b_turned, keep;
    float        factor;
    const float *bias; /* cols numbers, or NULL */
};
void cpu_product(const struct product *p);

/* cpu_tiled -- c = op(a) op(b) + (keep ? c : bias or 0), shared among the threads.  a, b and the
 * bias are of one type, c of the same, or F32; the bias is 1 x cols of c, or no tensor. */
struct tiled {
    struct view c, a, b;
    bool        a_turned, b_turned, keep;
    struct view bias;
};
void cpu_tiled(const struct tiled *p);

/* cpu_narrow -- rows and columns `at` of a product of BF16s, on this thread, with cpu_narrow_room
 * floats of room.  cpu_narrow_open -- which way of making it this machine has. */
struct block {
    int row, col, rows, cols;
};
void   cpu_narrow(const struct tiled *p, struct block at, float *room);
size_t cpu_narrow_room(struct block largest);
void   cpu_narrow_open(void);

/* cpu_tiled_room -- floats that a thread needs for a product of such matrices.
 * cpu_attention_room -- floats that the backward of that encoder's attention needs for all, and
 * for each thread. */
size_t cpu_tiled_room(enum dtype real);
void   cpu_attention_room(size_t *shared, size_t *own, const struct need *need, int encoder);

/* cpu_keep -- what a dropout multiplies columns first .. first + count - 1 of the row with `key`
 * by. */
void cpu_keep(float *keep, struct dropout drop, int key, int first, int count);

#endif
