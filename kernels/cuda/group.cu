/* group.cu -- see group.h.
 *
 * The entries are sorted by place, keeping their order (a radix sort of eight bits at a time,
 * Knuth 1998, section 5.2.5), so that those of a place are a run.  The sorted list is cut into
 * pieces of equal length, whatever runs they hold, and each is added up by a block, in order: a
 * run that lies within a piece goes straight to its row; of one that does not, each piece leaves
 * its share, and the piece in which the run begins adds the shares.  So a place that half of all
 * entries have costs no more than others. */
#include "kernels/cuda/group.h"

#include "kernels/cuda/cuda.h"
#include "kernels/cuda/room.h"

static constexpr int TILE = GROUP_TILE, DIGITS = GROUP_DIGITS, DIGIT_BITS = 8;
static constexpr int PIECE = GROUP_PIECE, WIDTH = 4, THREADS = 256; /* columns a thread */
static constexpr int SCANNERS = 1024;

/* ---- the sort -------------------------------------------------------------------------------- */

/* Nowhere is behind all rows. */
static __device__ __forceinline__ int
row_of(int place, int rows)
{
    return place < 0 || place > rows ? rows : place;
}

/* The digit of an entry. */
static __device__ __forceinline__ int
digit_of(int place, int rows, int shift)
{
    return row_of(place, rows) >> shift & (DIGITS - 1);
}

/* of_tile[digit][tile] = how many entries of the tile have the digit. */
static __global__ void
__launch_bounds__(TILE)
count_digits(int *__restrict__ of_tile, const int *__restrict__ place, int count, int rows,
    int shift, struct fault fault)
{
    __shared__ int counts[DIGITS];
    int            i = (int)(blockIdx.x * TILE + threadIdx.x);

    if (threadIdx.x < DIGITS)
        counts[threadIdx.x] = 0;
    __syncthreads();
    if (i < count) {
        (void)index_ok(fault, place[i] >= -1 && place[i] < rows + (shift > 0));
        atomicAdd(&counts[digit_of(place[i], rows, shift)], 1);
    }
    __syncthreads();
    if (threadIdx.x < DIGITS)
        of_tile[threadIdx.x * gridDim.x + blockIdx.x] = counts[threadIdx.x];
}

/* Each number becomes the sum of those before it.  One block: a thread sums a stretch of its
 * own. */
static __global__ void
__launch_bounds__(SCANNERS)
scan(int *numbers, int count)
{
    __shared__ int sums[2][SCANNERS];
    int            each = (count + SCANNERS - 1) / SCANNERS, t = (int)threadIdx.x, now = 0;
    int            first = min(t * each, count), end = min(first + each, count), sum = 0;

    for (int i = first; i < end; i++)
        sum += numbers[i];
    sums[0][t] = sum;
    __syncthreads();
    for (int step = 1; step < SCANNERS; step *= 2, now = !now) {
        sums[!now][t] = sums[now][t] + (t >= step ? sums[now][t - step] : 0);
        __syncthreads();
    }
    sum = t > 0 ? sums[now][t - 1] : 0;
    for (int i = first; i < end; i++) {
        int own = numbers[i];

        numbers[i] = sum;
        sum += own;
    }
}

/* Each entry goes where its digit begins, behind those of its tile that came before.  entry
 * NULL: the entries are 0, 1, 2, ... */
static __global__ void
__launch_bounds__(TILE)
distribute(int *__restrict__ new_place, int *__restrict__ new_entry, const int *__restrict__ begin,
    const int *__restrict__ place, const int *__restrict__ entry, int count, int rows, int shift)
{
    __shared__ unsigned char digits[TILE];
    int                      t = (int)threadIdx.x, i = (int)blockIdx.x * TILE + t, mine, at;

    mine = i < count ? digit_of(place[i], rows, shift) : 0;
    digits[t] = (unsigned char)mine;
    __syncthreads();
    if (i >= count)
        return;
    at = begin[mine * (int)gridDim.x + (int)blockIdx.x];
    for (int before = 0; before < t; before++)
        at += digits[before] == mine;
    new_place[at] = row_of(place[i], rows);
    new_entry[at] = entry ? entry[i] : i;
}

struct cuda_sorted
cuda_sort(const char *op, void *room, const int *place, int count, int rows)
{
    unsigned           tiles = cuda_blocks((size_t)count, TILE);
    int               *begin = static_cast<int *>(room), *places = begin + DIGITS * tiles;
    struct cuda_sorted s = { place, nullptr };

    for (int shift = 0; shift == 0 || rows >> shift; shift += DIGIT_BITS) {
        int *to_place = places + (shift / DIGIT_BITS % 2 ? 2 * (size_t)count : 0);
        int *to_entry = to_place + count;

        LAUNCH(count_digits, tiles, TILE, 0, begin, s.place, count, rows, shift, cuda_fault(op));
        LAUNCH(scan, 1, SCANNERS, 0, begin, (int)(DIGITS * tiles));
        LAUNCH(distribute, tiles, TILE, 0, to_place, to_entry, begin, s.place, s.entry, count, rows,
            shift);
        s = { to_place, to_entry };
    }
    return s;
}

/* ---- the sums -------------------------------------------------------------------------------- */

struct runs {
    const int *place, *entry; /* sorted */
    double    *share;         /* piece x 2 x cols: the run that came in, the one that goes on */
    int        count, rows, cols, per;
};

/* A run goes on from entry i to the next. */
static __device__ __forceinline__ bool
goes_on(const struct runs &s, int i)
{
    return i >= 0 && i + 1 < s.count && s.place[i] == s.place[i + 1];
}

/* deliver -- to[0 .. left) += sum. */
template <bool WIDE, typename TO>
static __device__ __forceinline__ void
deliver(TO *to, const double (&sum)[WIDTH], int left)
{
    float there[WIDTH];

    load<WIDE>(there, to, left);
#pragma unroll
    for (int k = 0; k < WIDTH; k++)
        there[k] = (float)((double)there[k] + sum[k]);
    store<WIDE>(to, there, left);
}

template <typename TO, typename T, bool WIDE>
static __global__ void
__launch_bounds__(THREADS)
add_pieces(TO *__restrict__ to, const T *__restrict__ from, const T *__restrict__ factor,
    struct runs s)
{
    int    first = (int)blockIdx.x * PIECE, end = min(first + PIECE, s.count);
    int    c = (int)(blockIdx.y * blockDim.x + threadIdx.x) * WIDTH;
    bool   came_in = goes_on(s, first - 1);
    double sum[WIDTH] = {};

    if (c >= s.cols)
        return;
    for (int i = first; i < end && s.place[i] < s.rows; i++) {
        int   e = s.entry[i];
        float a[WIDTH], times = factor ? to_float(factor[e]) : 1;

        load<WIDE>(a, from + (size_t)(e / s.per) * (size_t)s.cols + (size_t)c, s.cols - c);
#pragma unroll
        for (int k = 0; k < WIDTH; k++)
            sum[k] += (double)times * (double)a[k];
        if (goes_on(s, i) && i + 1 < end)
            continue;
        if (came_in || goes_on(s, i)) {
            double *share = s.share + ((size_t)blockIdx.x * 2 + !came_in) * (size_t)s.cols;

            for (int k = 0; k < WIDTH && c + k < s.cols; k++)
                share[c + k] = sum[k];
        } else {
            deliver<WIDE>(to + (size_t)s.place[i] * (size_t)s.cols + (size_t)c, sum, s.cols - c);
        }
        came_in = false;
#pragma unroll
        for (int k = 0; k < WIDTH; k++)
            sum[k] = 0;
    }
}

/* The shares of a run that begins in this piece and goes on. */
template <typename TO, bool WIDE>
static __global__ void
__launch_bounds__(THREADS)
add_shares(TO *__restrict__ to, struct runs s)
{
    int    first = (int)blockIdx.x * PIECE, last = first + PIECE - 1;
    int    c = (int)(blockIdx.y * blockDim.x + threadIdx.x) * WIDTH;
    double sum[WIDTH] = {};
    int    place;

    if (c >= s.cols || !goes_on(s, last))
        return;
    place = s.place[last];
    if (place == s.rows || (goes_on(s, first - 1) && s.place[first] == place))
        return;
    for (int piece = (int)blockIdx.x, begins = 1;
         piece * PIECE < s.count && s.place[piece * PIECE + (begins ? PIECE - 1 : 0)] == place;
         piece++, begins = 0) {
        const double *share = s.share + ((size_t)piece * 2 + (size_t)begins) * (size_t)s.cols;

        for (int k = 0; k < WIDTH && c + k < s.cols; k++)
            sum[k] += share[c + k];
    }
    deliver<WIDE>(to + (size_t)place * (size_t)s.cols + (size_t)c, sum, s.cols - c);
}

/* ---- both ------------------------------------------------------------------------------------ */

template <typename TO, typename T>
static void
add_runs(struct view to, struct view from, struct view factor, const struct runs &s)
{
    unsigned pieces = cuda_blocks((size_t)s.count, PIECE);
    unsigned threads = WARP * cuda_blocks((size_t)s.cols, WARP * WIDTH);
    dim3     grid(pieces, cuda_blocks((size_t)s.cols, THREADS * WIDTH));

    threads = threads < THREADS ? threads : (unsigned)THREADS;
    BOOL_SWITCH(cuda_wide_ok(to, from), WIDE,
        LAUNCH(add_pieces<TO, T, WIDE>, grid, threads, 0, static_cast<TO *>(to.data),
            static_cast<const T *>(from.data), static_cast<const T *>(factor.data), s);
        LAUNCH(add_shares<TO, WIDE>, grid, threads, 0, static_cast<TO *>(to.data), s));
}

void
cuda_group_add(const char *op, struct view to, struct view from, struct view place, int per,
    struct view factor)
{
    size_t             count = cuda_count(place);
    double            *shares =
        static_cast<double *>(cuda_scratch(op, room_group(count, (size_t)to.cols)));
    struct cuda_sorted sorted;
    struct runs        s;

    if (!shares || !count)
        return;
    sorted = cuda_sort(op, shares + room_shares(count, (size_t)to.cols),
        static_cast<const int *>(place.data), (int)count, to.rows);
    s = { sorted.place, sorted.entry, shares, (int)count, to.rows, to.cols, per };
    if (from.dtype == F32)
        add_runs<float, float>(to, from, factor, s);
    else if (to.dtype == F32)
        add_runs<float, bf16>(to, from, factor, s);
    else
        add_runs<bf16, bf16>(to, from, factor, s);
}
