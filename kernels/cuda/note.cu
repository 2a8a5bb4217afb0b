/* note.cu -- notes of rare words: mixed into embeddings, gathered from outputs, updated.
 *
 * Mixing touches rows that no other span has: a block a span.  Sums over spans may meet in one
 * row of the table: the spans are sorted by row, keeping their order, and a row's first has the
 * block that adds them all up.  Rare words have few spans in a step, so blocks are alike. */
#include "kernels/cuda/cuda.h"
#include "kernels/cuda/group.h"
#include "kernels/cuda/room.h"

enum { THREADS = 128 };

/* A span: a row of the table, the first row of tokens, and how many; NULL where it is not within
 * both. */
static __device__ __forceinline__ const int32_t *
span_at(const int32_t *span, int i, int table_rows, int rows, const struct fault &fault)
{
    const int32_t *s = span + 3 * (size_t)i;
    bool           good = s[0] >= 0 && s[0] < table_rows && s[1] >= 0 && s[2] >= 1 &&
        s[1] < rows && s[2] <= rows - s[1];

    return index_ok(fault, good) ? s : nullptr;
}

/* The sum of squares of a row, in every thread. */
static __device__ __forceinline__ double
square_of(const float *x, int cols)
{
    double sum = 0;

    for (int c = (int)threadIdx.x; c < cols; c += THREADS)
        sum += (double)x[c] * (double)x[c];
    return block_sum(sum);
}

/* How many rows there are: of the table, of tokens, of the word table. */
struct rows {
    int table, tokens, words;
};

/* token NULL: notes are mixed in as they are */
template <typename T>
static __global__ void
__launch_bounds__(THREADS)
mix(T *y, const float *notes, const int32_t *span, const float *token, const int32_t *id,
    float weight, struct rows rows, int cols, struct fault fault)
{
    const int32_t *s = span_at(span, (int)blockIdx.x, rows.table, rows.tokens, fault);
    const float   *note;
    double         square;

    if (s == NULL)
        return;
    note = notes + (size_t)s[0] * (size_t)cols;
    square = token != NULL ? square_of(note, cols) : 0;
    for (int r = s[1]; r < s[1] + s[2]; r++) {
        T    *row = y + (size_t)r * (size_t)cols;
        float add = weight;

        if (token != NULL && !index_ok(fault, id[r] >= 0 && id[r] < rows.words))
            continue;
        if (square > 0)
            add *= (float)sqrt(square_of(token + (size_t)id[r] * (size_t)cols, cols) / square);
        for (int c = (int)threadIdx.x; c < cols; c += THREADS)
            row[c] = from_float<T>((1 - weight) * to_float(row[c]) + add * note[c]);
    }
}

template <typename T>
static __global__ void
__launch_bounds__(THREADS)
mix_bwd(T *dy, const int32_t *span, float weight, int rows, int cols, struct fault fault)
{
    const int32_t *s = span_at(span, (int)blockIdx.x, INT32_MAX, rows, fault);
    T             *first = s != NULL ? dy + (size_t)s[1] * (size_t)cols : dy;
    size_t         count = s != NULL ? (size_t)s[2] * (size_t)cols : 0;

    for (size_t i = threadIdx.x; i < count; i += THREADS)
        first[i] = from_float<T>((1 - weight) * to_float(first[i]));
}

/* sum += the mean of `rows` rows from x on */
template <typename T>
static __device__ __forceinline__ void
add_mean(float *sum, const T *x, int rows, int cols)
{
    for (int c = (int)threadIdx.x; c < cols; c += THREADS) {
        float all = 0;

#pragma unroll 8
        for (int r = 0; r < rows; r++)
            all += to_float(x[(size_t)r * (size_t)cols + (size_t)c]);
        sum[c] += all / (float)rows;
    }
}

/* The row of each span; -1: it is not within the tables. */
static __global__ void
__launch_bounds__(THREADS)
rows_of(int *row, const int32_t *span, int spans, int table_rows, int rows, struct fault fault)
{
    int i = (int)(blockIdx.x * THREADS + threadIdx.x);

    if (i < spans) {
        const int32_t *s = span_at(span, i, table_rows, rows, fault);

        row[i] = s != NULL ? s[0] : -1;
    }
}

/* A block that has not the first span of a row has nothing to do. */
template <typename T>
static __global__ void
__launch_bounds__(THREADS)
add_means(float *sum, const T *x, const int32_t *span, struct cuda_sorted sorted, int spans,
    int table_rows, int cols)
{
    int i = (int)blockIdx.x, row = sorted.place[i];

    if (row == table_rows || (i > 0 && sorted.place[i - 1] == row))
        return;
    for (; i < spans && sorted.place[i] == row; i++) {
        const int32_t *s = span + 3 * (size_t)sorted.entry[i];

        add_mean(sum + (size_t)row * (size_t)cols, x + (size_t)s[1] * (size_t)cols, s[2], cols);
    }
}

static __global__ void
__launch_bounds__(THREADS)
update(float *notes, const float *sum, const int32_t *note, const int32_t *count, float decay,
    int rows, int cols, struct fault fault)
{
    int          at = note[blockIdx.x];
    float       *to = notes + (size_t)at * (size_t)cols;
    const float *from = sum + (size_t)blockIdx.x * (size_t)cols;
    float        times = (float)count[blockIdx.x];

    if (!index_ok(fault, at >= 0 && at < rows && times >= 1))
        return;
    for (int c = (int)threadIdx.x; c < cols; c += THREADS)
        to[c] += decay * (from[c] / times - to[c]);
}

void
cuda_note_mix(struct view y, struct view notes, struct view span, struct view token, struct view id,
    float weight)
{
    struct rows rows = { notes.rows, y.rows, token.rows };

    REAL_SWITCH(y.dtype, T,
        LAUNCH(mix<T>, span.rows, THREADS, 0, (T *)y.data, (const float *)notes.data,
            (const int32_t *)span.data, (const float *)token.data, (const int32_t *)id.data, weight,
            rows, y.cols, cuda_fault("op_note_mix")));
}

void
cuda_note_mix_bwd(struct view dy, struct view span, float weight)
{
    REAL_SWITCH(dy.dtype, T,
        LAUNCH(mix_bwd<T>, span.rows, THREADS, 0, (T *)dy.data, (const int32_t *)span.data, weight,
            dy.rows, dy.cols, cuda_fault("op_note_mix_bwd")));
}

void
cuda_note_sum(struct view sum, struct view x, struct view span)
{
    int           *row = static_cast<int *>(cuda_scratch(__func__, room_note((size_t)span.rows)));
    const int32_t *spans = static_cast<const int32_t *>(span.data);
    struct cuda_sorted sorted;

    if (!row || !span.rows)
        return;
    LAUNCH(rows_of, cuda_blocks((size_t)span.rows, THREADS), THREADS, 0, row, spans, span.rows,
        sum.rows, x.rows, cuda_fault("op_note_sum"));
    sorted = cuda_sort("op_note_sum", row + span.rows, row, span.rows, sum.rows);
    REAL_SWITCH(x.dtype, T,
        LAUNCH(add_means<T>, (unsigned)span.rows, THREADS, 0, static_cast<float *>(sum.data),
            static_cast<const T *>(x.data), spans, sorted, span.rows, sum.rows, x.cols));
}

void
cuda_note_update(struct view notes, struct view sum, struct view note, struct view count,
    float decay)
{
    LAUNCH(update, sum.rows, THREADS, 0, (float *)notes.data, (const float *)sum.data,
        (const int32_t *)note.data, (const int32_t *)count.data, decay, notes.rows,
        notes.cols, cuda_fault("op_note_update"));
}
