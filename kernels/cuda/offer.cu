/* offer.cu -- some words to choose from at every token; a token a thread.  Bytes: K draws read and
 * K candidates written a token, of a step of 131,072 tokens and 10 candidates 10 MB. */
#include "kernels/cuda/hidden.cuh"

enum { THREADS = 256 };

static __global__ void
__launch_bounds__(THREADS)
offer_all(int *__restrict__ candidate, int *__restrict__ id, int *__restrict__ right,
    const int *__restrict__ text, const int *__restrict__ row, const int *__restrict__ target,
    const int *__restrict__ draw, struct offer offer, int tokens, int hidden, int draws)
{
    int r = (int)(blockIdx.x * THREADS + threadIdx.x), i, was, is;

    if (r >= tokens)
        return;
    candidate += (size_t)r * (size_t)draws;
    draw += (size_t)r * (size_t)draws;
    i = hidden_at(row, hidden, r);
    was = i < 0 ? text[r] : target[i];
    is = i < 0 ? was : draw[0];
    id[r] = is;
    right[r] = is != was;
    candidate[0] = offer.reject;
    for (int k = 1; k < draws; k++)
        candidate[k] = k == 1 && is != was ? was : offer.distinct && draw[k] == was ? -1 : draw[k];
}

void
cuda_offer(struct view candidate, struct view id, struct view right, struct view text,
    struct view row, struct view target, struct view draw, struct offer offer)
{
    LAUNCH(offer_all, cuda_blocks((size_t)text.rows, THREADS), THREADS, 0, (int *)candidate.data,
        (int *)id.data, (int *)right.data, (const int *)text.data, (const int *)row.data,
        (const int *)target.data, (const int *)draw.data, offer, text.rows, row.rows, draw.cols);
}
