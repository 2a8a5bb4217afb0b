/* mma.cuh -- the instructions that feed and drive the tensor cores (PTX ISA, sections on mma,
 * ldmatrix and cp.async; sm_80 and later), one small function each.  All lanes of a warp call
 * together, but for the copies.
 *
 * A warp multiplies a 16 x 16 by a 16 x 8 matrix of bf16 and adds to a 16 x 8 matrix of floats.
 * Lane 4 g + t holds, two numbers in a register, the lower index in the lower half:
 *
 *     a   x[0] row g      columns 2t, 2t + 1      x[2] row g      columns 2t + 8, 2t + 9
 *         x[1] row g + 8  columns 2t, 2t + 1      x[3] row g + 8  columns 2t + 8, 2t + 9
 *     b   x[0] rows 2t, 2t + 1  column g          x[1] rows 2t + 8, 2t + 9  column g
 *     c   x[0], x[1] row g  columns 2t, 2t + 1    x[2], x[3] row g + 8, the same columns
 *
 * So two c side by side, rounded, are an a: what one product gave is the left factor of the next
 * one without leaving its lane.
 *
 * On the host each is made again from its definition, for all lanes at once.  A copy is
 * made as late as the wait that asks for it, so that a wait forgotten or too weak shows there. */
#ifndef KERNELS_CUDA_MMA_CUH
#define KERNELS_CUDA_MMA_CUH

#include "kernels/cuda/cuda.h"

struct mma_a {
    unsigned x[4];
};
struct mma_b {
    unsigned x[2];
};
struct mma_c {
    float x[4];
};
/* Four 8 x 8 matrices of bf16, as mma_load leaves them: lane 4 g + t has row g, columns 2t and
 * 2t + 1; turned, rows 2t and 2t + 1 of column g. */
struct mma_four {
    unsigned x[4];
};

#ifndef CUDA_ON_HOST

static __device__ __forceinline__ unsigned
mma_pack(float low, float high)
{
    unsigned both;

    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(high), "f"(low));
    return both;
}

static __device__ __forceinline__ float
mma_exp2(float x)
{
    float y;

    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

static __device__ __forceinline__ void
mma_product(struct mma_c &c, const struct mma_a &a, const struct mma_b &b)
{
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c.x[0]), "+f"(c.x[1]), "+f"(c.x[2]), "+f"(c.x[3])
        : "r"(a.x[0]), "r"(a.x[1]), "r"(a.x[2]), "r"(a.x[3]), "r"(b.x[0]), "r"(b.x[1]));
}

static __device__ __forceinline__ struct mma_four
mma_load(const bf16 *row)
{
    struct mma_four m;

    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(m.x[0]), "=r"(m.x[1]), "=r"(m.x[2]), "=r"(m.x[3])
                 : "r"((unsigned)__cvta_generic_to_shared(row))
                 : "memory");
    return m;
}

static __device__ __forceinline__ struct mma_four
mma_load_turned(const bf16 *row)
{
    struct mma_four m;

    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(m.x[0]), "=r"(m.x[1]), "=r"(m.x[2]), "=r"(m.x[3])
                 : "r"((unsigned)__cvta_generic_to_shared(row))
                 : "memory");
    return m;
}

static __device__ __forceinline__ void
mma_copy16(void *to, const void *from, bool there)
{
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(
                     (unsigned)__cvta_generic_to_shared(to)),
                 "l"(from), "r"(there ? 16 : 0)
                 : "memory");
}

static __device__ __forceinline__ void
mma_copy4(void *to, const void *from, bool there)
{
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(
                     (unsigned)__cvta_generic_to_shared(to)),
                 "l"(from), "r"(there ? 4 : 0)
                 : "memory");
}

static __device__ __forceinline__ void
mma_copy_commit(void)
{
    asm volatile("cp.async.commit_group;" ::: "memory");
}

template <int PENDING>
static __device__ __forceinline__ void
mma_copy_wait(void)
{
    asm volatile("cp.async.wait_group %0;" ::"n"(PENDING) : "memory");
}

#else /* ---- on the host --------------------------------------------------------------------- */

static inline unsigned
mma_pack(float low, float high)
{
    return (unsigned)bf16_round(low) | (unsigned)bf16_round(high) << 16;
}

static inline float
mma_exp2(float x)
{
    return exp2f(x);
}

/* mma_half -- number i of a register. */
static inline float
mma_half(unsigned both, int i)
{
    return bf16_float((uint16_t)(both >> 16 * i));
}

struct mma_given {
    struct mma_c c;
    struct mma_a a;
    struct mma_b b;
};

static inline void
mma_all_product(void *const *lane, uint32_t)
{
    for (int i = 0; i < 16; i++)
        for (int j = 0; j < 8; j++) {
            mma_given *own = (mma_given *)lane[i % 8 * 4 + j / 2];
            float     &c = own->c.x[i / 8 * 2 + j % 2];

            for (int k = 0; k < 16; k++)
                c += mma_half(((mma_given *)lane[i % 8 * 4 + k / 2 % 4])->a.x[k / 8 * 2 + i / 8],
                         k % 2) *
                     mma_half(((mma_given *)lane[j * 4 + k / 2 % 4])->b.x[k / 8], k % 2);
        }
}

static inline void
mma_product(struct mma_c &c, const struct mma_a &a, const struct mma_b &b)
{
    mma_given own = { c, a, b };

    block_meet(0xffffffff, &own, mma_all_product);
    c = own.c;
}

/* What a lane asks a load for: matrix m has the rows of lanes 8 m to 8 m + 7. */
struct mma_asked {
    const bf16     *row;
    struct mma_four got;
};

template <bool TURNED>
static inline void
mma_all_load(void *const *lane, uint32_t)
{
    for (int l = 0; l < 32; l++)
        for (int m = 0; m < 4; m++) {
            unsigned both = 0;

            for (int e = 0; e < 2; e++) {
                int row = TURNED ? l % 4 * 2 + e : l / 4, col = TURNED ? l / 4 : l % 4 * 2 + e;

                both |= (unsigned)((mma_asked *)lane[8 * m + row])->row[col].bits << 16 * e;
            }
            ((mma_asked *)lane[l])->got.x[m] = both;
        }
}

static inline struct mma_four
mma_load(const bf16 *row)
{
    mma_asked own = { row, {} };

    CHECK((uintptr_t)row % 16 == 0);
    block_meet(0xffffffff, &own, mma_all_load<false>);
    return own.got;
}

static inline struct mma_four
mma_load_turned(const bf16 *row)
{
    mma_asked own = { row, {} };

    CHECK((uintptr_t)row % 16 == 0);
    block_meet(0xffffffff, &own, mma_all_load<true>);
    return own.got;
}

/* What a thread has asked to be copied, oldest first, and where its committed groups end. */
enum { MMA_THREADS = 1024, MMA_COPIES = 256 };

struct mma_queue {
    struct {
        void       *to;
        const void *from;
        size_t      bytes;
        bool        there;
    } copy[MMA_COPIES];
    int copies, ends[MMA_COPIES], groups;
};

static inline struct mma_queue *
mma_queue_own(void)
{
    static struct mma_queue queue[MMA_THREADS];

    return &queue[threadIdx.x];
}

static inline void
mma_copy_later(void *to, const void *from, size_t bytes, bool there)
{
    struct mma_queue *q = mma_queue_own();

    CHECK(q->copies < MMA_COPIES && (uintptr_t)to % bytes == 0 && (uintptr_t)from % bytes == 0);
    q->copy[q->copies++] = { to, from, bytes, there };
}

static inline void
mma_copy16(void *to, const void *from, bool there)
{
    mma_copy_later(to, from, 16, there);
}

static inline void
mma_copy4(void *to, const void *from, bool there)
{
    mma_copy_later(to, from, 4, there);
}

static inline void
mma_copy_commit(void)
{
    struct mma_queue *q = mma_queue_own();

    CHECK(q->groups < MMA_COPIES);
    q->ends[q->groups++] = q->copies;
}

template <int PENDING>
static inline void
mma_copy_wait(void)
{
    struct mma_queue *q = mma_queue_own();
    int               groups = q->groups - PENDING, done = groups > 0 ? q->ends[groups - 1] : 0;

    if (groups <= 0)
        return;
    for (int i = 0; i < done; i++) {
        memset(q->copy[i].to, 0, q->copy[i].bytes);
        if (q->copy[i].there)
            memcpy(q->copy[i].to, q->copy[i].from, q->copy[i].bytes);
    }
    for (int i = done; i < q->copies; i++)
        q->copy[i - done] = q->copy[i];
    for (int i = 0; i < PENDING; i++)
        q->ends[i] = q->ends[groups + i] - done;
    q->copies -= done;
    q->groups = PENDING;
}

#endif
#endif
