/* collective.cu -- sums over the ranks, and copies of rank 0's, between the memories of GPUs.
 *
 * The order of a sum is promised (ops.h), and NCCL's all-reduce does not keep it: on a ring each
 * element begins at another rank, trees and the switches' own sums (NVLS) depend on the machine,
 * and NCCL picks among them by size.  So as in team.c every rank gets its slice from all, adds
 * up in the order of ranks, in double, and gives the sum to all: the bits are those of the other
 * backends, on any network.
 *
 * The messages and additions have a stream of their own, so a sum that was begun is made while the
 * backward pass goes on; what it takes from that is the multiprocessors NCCL copies with.
 *
 * Bytes: each rank sends and receives 2 (ranks - 1) / ranks of the tensor, as in a ring, which
 * is the least there is; within a host, where all GPUs reach all others alike, it costs what a
 * ring does. Between hosts of 8 GPUs each a ring crosses a host's border once where this does
 * eight times: for BERT-base's 440 MB of gradients and 50 GB/s a GPU that is 18 ms a step. */
#include "kernels/cuda/collective.h"

#include "kernels/cuda/cuda.h"
#include "kernels/cuda/nccl.h"
#include "kernels/cuda/room.h"
#include "kernels/team.h"

#include <stdio.h>

enum { THREADS = 256, CHUNK = ROOM_SUM_FLOATS };

static float *others;       /* room for what the ranks send of a chunk */
static int    result;       /* of the sums begun */
static char   sentence[1024];
static bool   under_way;

/* own[i] = the sum over ranks of their i-th: of `others`, `count` from each, and of own for
 * `rank` */
static __global__ void
__launch_bounds__(THREADS)
add_ranks(float *own, const float *others, int rank, int ranks, int count)
{
    int i = (int)(blockIdx.x * THREADS + threadIdx.x);

    if (i < count) {
        double sum = 0;

#pragma unroll 4
        for (int r = 0; r < ranks; r++)
            sum += (double)(r == rank ? own[i] : others[(size_t)r * (size_t)count + (size_t)i]);
        own[i] = (float)sum;
    }
}

/* Where the slice of rank r begins in so many floats. */
static size_t
slice(size_t count, int r)
{
    return count * (size_t)r / (size_t)team_ranks();
}

/* Each rank's slice of the others' floats to it: `others` holds them one behind the other. */
static int
give_parts(float *y, size_t count)
{
    size_t mine = slice(count, team_rank() + 1) - slice(count, team_rank());
    int    rc = cuda_nccl_begin();

    for (int r = 0; rc == OK && r < team_ranks(); r++) {
        if (r == team_rank())
            continue;
        cuda_nccl_receive(r, others + (size_t)r * mine, mine * sizeof *y);
        cuda_nccl_send(r, y + slice(count, r),
            (slice(count, r + 1) - slice(count, r)) * sizeof *y);
    }
    return rc == OK ? cuda_nccl_end() : rc;
}

/* Each rank's own slice, of `item_bytes` each, is right: to all others. */
static int
give_slices(char *y, size_t count, size_t item_bytes)
{
    size_t first = slice(count, team_rank()), end = slice(count, team_rank() + 1);
    int    rc = cuda_nccl_begin();

    for (int r = 0; rc == OK && r < team_ranks(); r++) {
        if (r == team_rank())
            continue;
        cuda_nccl_receive(r, y + slice(count, r) * item_bytes,
            (slice(count, r + 1) - slice(count, r)) * item_bytes);
        cuda_nccl_send(r, y + first * item_bytes, (end - first) * item_bytes);
    }
    return rc == OK ? cuda_nccl_end() : rc;
}

int
cuda_all_sum_open(void)
{
    size_t bytes = room_sum_bytes(team_ranks());

    if (others || cudaMalloc((void **)&others, bytes) == cudaSuccess)
        return OK;
    (void)cudaGetLastError(); /* told here, and not again */
    return cuda_no_memory("sums over processes", bytes);
}

/* All ranks are here, and there is room. */
static int
prepare(void)
{
    int rc = cuda_nccl_meet();

    return rc == OK ? cuda_all_sum_open() : rc;
}

static int
sum(struct view y)
{
    size_t all = cuda_count(y);
    int    rc = under_way ? OK : prepare();

    under_way = true;
    if (rc == OK)
        rc = cuda_nccl_follow();
    for (size_t at = 0; rc == OK && at < all; at += CHUNK) {
        float *from = (float *)y.data + at;
        size_t count = all - at < CHUNK ? all - at : (size_t)CHUNK,
            first = slice(count, team_rank());
        int    mine = (int)(slice(count, team_rank() + 1) - first);

        rc = give_parts(from, count);
        if (rc != OK)
            break;
        LAUNCH_ON(cuda_nccl_stream, add_ranks, cuda_blocks((size_t)mine, THREADS), THREADS, 0,
            from + first, others, team_rank(), team_ranks(), mine);
        rc = give_slices((char *)from, count, sizeof *from);
    }
    return rc;
}

void
cuda_all_sum_begin(struct view y)
{
    if (result != OK)
        return;
    result = sum(y);
    if (result != OK)
        snprintf(sentence, sizeof sentence, "%s", err_msg());
}

int
cuda_all_sum_end(void)
{
    int rc = result == OK ? cuda_nccl_wait() : err_set(result, "%s", sentence);

    result = OK;
    under_way = false;
    return rc;
}

/* Rank 0 gives each rank a slice, and each gives its slice to all: so no rank sends more than
 * twice. */
int
cuda_broadcast(struct view y)
{
    size_t bytes = cuda_count(y) * dtype_bytes(y.dtype);
    char  *to = (char *)y.data;
    int    rc = cuda_nccl_meet();

    if (rc == OK)
        rc = cuda_nccl_follow();
    if (rc == OK)
        rc = cuda_nccl_begin();
    if (rc == OK && team_rank() > 0)
        cuda_nccl_receive(0, to + slice(bytes, team_rank()),
            slice(bytes, team_rank() + 1) - slice(bytes, team_rank()));
    for (int r = 1; rc == OK && team_rank() == 0 && r < team_ranks(); r++)
        cuda_nccl_send(r, to + slice(bytes, r), slice(bytes, r + 1) - slice(bytes, r));
    if (rc == OK)
        rc = cuda_nccl_end();
    if (rc == OK)
        rc = give_slices(to, bytes, 1);
    return rc == OK ? cuda_nccl_wait() : rc;
}
