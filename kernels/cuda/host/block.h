/* block.h -- the threads of a CUDA block on one thread of the host, each a fiber.
 *
 * Blocks run one after the other, and within a block a thread runs until it must wait for
 * others.  So the order of threads is fixed, and block_order chooses it: what depends on the
 * order, as after a barrier that was forgotten, gives other numbers when the order is turned.
 * Shared memory is filled with 0xff, which is NaN, before each block.
 *
 * It is stricter than a GPU: a thread that ends while others wait for it at a barrier stops the
 * program, and so does a warp that waits for a lane that the block does not have. */
#ifndef KERNELS_CUDA_HOST_BLOCK_H
#define KERNELS_CUDA_HOST_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { BLOCK_LANES = 32, BLOCK_ORDERS = 3 };

struct block_index {
    unsigned x, y, z;
};

/* The names that kernels know. */
extern struct block_index threadIdx, blockIdx, blockDim, gridDim;

extern void *block_shared; /* the dynamic shared memory of the running block */

/* block_order -- 0: forward; 1: backward, blocks too; 2: odd threads first. */
void block_order(int order);
bool block_turned(void); /* backward */

/* block_launch -- run(arg) as every thread of every block. */
void block_launch(struct block_index grid, struct block_index block, size_t shared_bytes,
    void (*run)(void *arg), void *arg);

/* block_barrier -- __syncthreads; returns how many threads came with `yes`. */
int block_barrier(int yes);

/* block_meet -- wait until all lanes of `mask`, in this warp, have come with the same mask.  The
 * last calls all(lane, mask), lane[i] what lane i gave as `own`, NULL for lanes not in the mask:
 * a shuffle, a vote, a matrix product of a warp. */
void block_meet(uint32_t mask, void *own, void (*all)(void *const *lane, uint32_t mask));

/* block_lane -- the place of this thread in its warp. */
int block_lane(void);

#ifdef __cplusplus
}
#endif

#endif
