/* shim_test -- the host in place of a GPU: what it must do as a GPU does, and what it must
 * notice. */
#include "kernels/cuda/cuda.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/tap.h"

enum { THREADS = 96, BLOCKS = 3, COUNT = THREADS * BLOCKS };

/* Each thread gives its number to the next of the block: right only behind a barrier. */
template <bool BARRIER>
static __global__ void
pass_on(int *to)
{
    __shared__ int box[THREADS];
    int            t = (int)threadIdx.x;

    box[t] = t;
    if (BARRIER)
        __syncthreads();
    to[blockIdx.x * THREADS + (unsigned)t] = box[(t + 1) % THREADS];
}

/* The same, in a warp and in dynamic memory. */
template <bool BARRIER>
static __global__ void
pass_on_in_warp(int *to)
{
    int t = (int)threadIdx.x;

    DYNAMIC_SHARED(int, box);
    box[t] = t;
    if (BARRIER)
        __syncwarp();
    to[blockIdx.x * THREADS + (unsigned)t] = box[t / WARP * WARP + (t + 1) % WARP];
}

static __global__ void
blocks_share(int *to)
{
    if (threadIdx.x == 0)
        *to = 10 * *to + (int)blockIdx.x;
}

static __global__ void
votes(unsigned *to)
{
    int      lane = (int)threadIdx.x % WARP;
    unsigned low = lane < 16 ? 0x0000ffff : 0xffff0000;

    to[threadIdx.x] = (unsigned)__shfl_xor_sync(0xffffffff, lane, 5) == (unsigned)(lane ^ 5) &&
        __shfl_down_sync(0xffffffff, lane, 3) == (lane < 29 ? lane + 3 : lane) &&
        __shfl_up_sync(0xffffffff, lane, 3) == (lane < 3 ? lane : lane - 3) &&
        __shfl_sync(0xffffffff, lane, 7) == 7 &&
        __shfl_sync(0xffffffff, lane, 1, 8) == (lane / 8 * 8 + 1) &&
        __ballot_sync(0xffffffff, lane % 2) == 0xaaaaaaaa &&
        __ballot_sync(low, 1) == low && __any_sync(low, lane == 20) == (lane >= 16) &&
        warp_sum(lane) == 496 && warp_max(lane) == 31 &&
        __syncthreads_count(lane == 0) == THREADS / WARP &&
        block_sum((float)threadIdx.x) == THREADS * (THREADS - 1) / 2 &&
        block_max((int)threadIdx.x) == THREADS - 1;
}

static __global__ void
places(int *to, int high)
{
    unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
    unsigned t = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;

    atomicAdd(&to[block * (unsigned)high + t], 1);
}

static __global__ void
fresh(float *to)
{
    __shared__ float box[4];

    DYNAMIC_SHARED(float, more);
    to[blockIdx.x] = box[3] + more[1];
    box[3] = more[1] = 1;
}

static __global__ void
ends_early(int)
{
    if (threadIdx.x > 3)
        __syncthreads();
}

static __global__ void
misses_a_lane(int)
{
    if (threadIdx.x > 3)
        __syncwarp();
}

static __global__ void
beyond_the_block(int)
{
    __syncwarp(); /* of a warp that is not whole */
}

/* all_orders -- in how many of the orders a kernel does what it should. */
template <typename F>
static int
all_orders(F right)
{
    int count = 0;

    for (int order = 0; order < BLOCK_ORDERS; order++) {
        block_order(order);
        count += right();
    }
    block_order(0);
    return count;
}

static bool
passed_on(void (*kernel)(int *to), int group, size_t shared_bytes)
{
    int  to[COUNT];
    bool right = true;

    LAUNCH(kernel, BLOCKS, THREADS, shared_bytes, to);
    for (int i = 0; i < COUNT; i++)
        right &= to[i] == i % THREADS / group * group + (i % THREADS + 1) % group;
    return right;
}

static bool
stops(void (*kernel)(int), unsigned threads)
{
    int   status;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stderr))
            _exit(3);
        LAUNCH(kernel, 1, threads, 0, 0);
        _exit(0);
    }
    return waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
        WTERMSIG(status) == SIGABRT;
}

static bool
placed(void)
{
    int  to[2 * 3 * 4 * 30] = {}, high = 30;
    bool right = true;

    LAUNCH(places, dim3(2, 3, 4), dim3(5, 3, 2), 0, to, high);
    for (int count : to)
        right &= count == 1;
    return right;
}

static bool
voted(void)
{
    unsigned to[THREADS] = {};
    bool     right = true;

    LAUNCH(votes, 1, THREADS, 0, to);
    for (unsigned good : to)
        right &= good == 1;
    return right;
}

int
main(void)
{
    float nan[2] = { 0, 0 };
    int   forward = 0, backward = 0;

    ok(all_orders([] { return passed_on(pass_on<true>, THREADS, 0); }) == 3,
        "a barrier of a block");
    ok(all_orders([] { return passed_on(pass_on<false>, THREADS, 0); }) < 3,
        "its lack is seen in one of the orders");
    ok(all_orders([] {
        return passed_on(pass_on_in_warp<true>, WARP, THREADS * sizeof(int));
    }) == 3, "a barrier of a warp, dynamic memory");
    ok(all_orders([] {
        return passed_on(pass_on_in_warp<false>, WARP, THREADS * sizeof(int));
    }) < 3, "its lack is seen");
    ok(all_orders(voted) == 3, "shuffles, votes and sums");
    ok(all_orders(placed) == 3, "every thread of every block runs once, in three dimensions");
    LAUNCH(fresh, 2, 1, 8, nan);
    ok(nan[0] != nan[0] && nan[1] != nan[1], "shared memory is NaN at the start of every block");
    LAUNCH(blocks_share, 3, 1, 0, &forward);
    block_order(1);
    LAUNCH(blocks_share, 3, 1, 0, &backward);
    block_order(0);
    ok(forward == 12 && backward == 210, "blocks that share what they should not: %d, %d", forward,
        backward);
    ok(stops(ends_early, 8), "a thread that ends before others' barrier stops the program");
    ok(stops(misses_a_lane, 32), "so does a warp that waits for a lane that has ended");
    ok(stops(beyond_the_block, 31), "and one that waits for a lane that is not there");
    return tap_done();
}
