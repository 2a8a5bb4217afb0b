/* gather.cu -- rows of a table by index: embeddings, and the choice of masked rows.  A warp
 * takes a row. Bytes a row: what is read and written of it, and 4.  The sum of word, position and
 * type is written once, where three gathers would write it three times and read it twice: in bf16
 * 2 bytes an element instead of 10, beside the tables, of which only the word's is not in the
 * caches. */
#include "kernels/cuda/cuda.h"
#include "kernels/cuda/group.h"

static constexpr unsigned WARPS = 8;

template <typename T, typename X, bool WIDE, bool ADD>
static __global__ void
__launch_bounds__(WARPS * WARP)
gather(T *__restrict__ y, const X *__restrict__ x, const int *__restrict__ index, int table,
    int rows, int cols, struct fault fault)
{
    int r = (int)(blockIdx.x * WARPS + threadIdx.x / WARP), row;

    if (r >= rows)
        return;
    row = index[r];
    if (!index_ok(fault, row >= 0 && row < table))
        return;
    y += (size_t)r * (size_t)cols;
    x += (size_t)row * (size_t)cols;
    for (int c = (int)(threadIdx.x % WARP) * LANES<T>; c < cols; c += WARP * LANES<T>) {
        float a[LANES<T>], b[LANES<T>];

        load<WIDE>(a, x + c, cols - c);
        if (ADD) {
            load<WIDE>(b, y + c, cols - c);
#pragma unroll
            for (int k = 0; k < LANES<T>; k++)
                a[k] += b[k];
        }
        store<WIDE>(y + c, a, cols - c);
    }
}

template <typename T, typename X, bool ADD>
static void
gather_rows(struct view y, struct view x, struct view index)
{
    BOOL_SWITCH(cuda_wide_ok(y, x), WIDE,
        LAUNCH(gather<T, X, WIDE, ADD>, cuda_blocks((size_t)y.rows, WARPS), WARPS * WARP, 0,
            static_cast<T *>(y.data), static_cast<const X *>(x.data),
            static_cast<const int *>(index.data), x.rows, y.rows, y.cols,
            cuda_fault(ADD ? "op_gather_add" : "op_gather_fwd")));
}

template <bool ADD>
static void
gather_any(struct view y, struct view x, struct view index)
{
    if (y.dtype == F32)
        gather_rows<float, float, ADD>(y, x, index);
    else if (x.dtype == F32)
        gather_rows<bf16, float, ADD>(y, x, index);
    else
        gather_rows<bf16, bf16, ADD>(y, x, index);
}

void
cuda_gather_fwd(struct view y, struct view x, struct view index)
{
    gather_any<false>(y, x, index);
}

void
cuda_gather_add(struct view y, struct view x, struct view index)
{
    gather_any<true>(y, x, index);
}

/* ---- sums ------------------------------------------------------------------------------------ */

/* A table and its index; data NULL: none. */
template <typename X> struct rows_of {
    const X   *table;
    const int *index;
    int        rows;
};

/* a += row index[r] of the table, from column c on. */
template <bool WIDE, typename X, int N>
static __device__ __forceinline__ void
add_row(float (&a)[N], const struct rows_of<X> &from, int r, int c, int cols,
    const struct fault &fault)
{
    float b[N];
    int   row;

    if (!from.table)
        return;
    row = from.index[r];
    if (!index_ok(fault, row >= 0 && row < from.rows))
        return;
    load<WIDE>(b, from.table + (size_t)row * (size_t)cols + (size_t)c, cols - c);
#pragma unroll
    for (int k = 0; k < N; k++)
        a[k] += b[k];
}

template <typename T, typename X, bool WIDE>
static __global__ void
__launch_bounds__(WARPS * WARP)
gather_sum(T *__restrict__ y, struct rows_of<X> word, struct rows_of<X> place,
    struct rows_of<X> type, int rows, int cols, struct fault fault)
{
    int r = (int)(blockIdx.x * WARPS + threadIdx.x / WARP);

    if (r >= rows)
        return;
    for (int c = (int)(threadIdx.x % WARP) * LANES<T>; c < cols; c += WARP * LANES<T>) {
        float a[LANES<T>] = {};

        add_row<WIDE>(a, word, r, c, cols, fault);
        add_row<WIDE>(a, place, r, c, cols, fault);
        add_row<WIDE>(a, type, r, c, cols, fault);
        store<WIDE>(y + (size_t)r * (size_t)cols + (size_t)c, a, cols - c);
    }
}

template <typename X>
static struct rows_of<X>
rows_of_lookup(struct lookup l)
{
    return { static_cast<const X *>(l.table.data), static_cast<const int *>(l.index.data),
        l.table.rows };
}

template <typename T, typename X>
static void
sum_rows(struct view y, struct lookup a, struct lookup b, struct lookup c)
{
    BOOL_SWITCH(cuda_wide_ok(y, a.table, b.table, c.table), WIDE,
        LAUNCH(gather_sum<T, X, WIDE>, cuda_blocks((size_t)y.rows, WARPS), WARPS * WARP, 0,
            static_cast<T *>(y.data), rows_of_lookup<X>(a), rows_of_lookup<X>(b),
            rows_of_lookup<X>(c), y.rows, y.cols, cuda_fault("op_gather_sum")));
}

void
cuda_gather_sum(struct view y, struct lookup a, struct lookup b, struct lookup c)
{
    if (y.dtype == F32)
        sum_rows<float, float>(y, a, b, c);
    else if (a.table.dtype == F32)
        sum_rows<bf16, float>(y, a, b, c);
    else
        sum_rows<bf16, bf16>(y, a, b, c);
}

void
cuda_gather_bwd(struct view dx, struct view dy, struct view index)
{
    struct view one = { nullptr, F32, 0, 0 };

    cuda_group_add("op_gather_bwd", dx, dy, index, 1, one);
}
