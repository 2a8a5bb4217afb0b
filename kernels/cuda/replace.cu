/* replace.cu -- words drawn in place of hidden ones; a token a thread. */
#include "kernels/cuda/hidden.cuh"

enum { THREADS = 256 };

static __global__ void
__launch_bounds__(THREADS)
replace(int *__restrict__ id, int *__restrict__ changed, const int *__restrict__ text,
    const int *__restrict__ row, const int *__restrict__ target, const int *__restrict__ draw,
    int tokens, int hidden)
{
    int r = (int)(blockIdx.x * THREADS + threadIdx.x), i;

    if (r >= tokens)
        return;
    i = hidden_at(row, hidden, r);
    id[r] = i < 0 ? text[r] : draw[i];
    changed[r] = i >= 0 && draw[i] != target[i];
}

void
cuda_replace(struct view id, struct view changed, struct view text, struct view row,
    struct view target, struct view draw)
{
    LAUNCH(replace, cuda_blocks((size_t)text.rows, THREADS), THREADS, 0, (int *)id.data,
        (int *)changed.data, (const int *)text.data, (const int *)row.data,
        (const int *)target.data, (const int *)draw.data, text.rows, row.rows);
}
