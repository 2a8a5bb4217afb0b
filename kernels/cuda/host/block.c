/* block.c -- see block.h. */
#include "kernels/cuda/host/block.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/cuda/host/fiber.h"
#include "lib/err.h"

enum { THREADS_MAX = 1024, LANES = BLOCK_LANES, BLOCK_SHARED_MAX = 227 << 10 };

enum state { READY, AT_BARRIER, AT_MEETING, ENDED };

struct thread {
    struct fiber fiber;
    enum state   state;
    uint32_t     mask; /* at a meeting: with whom, and with what */
    void        *own;
};

struct block_index threadIdx, blockIdx, blockDim, gridDim;
void              *block_shared;

/* Variables that kernels declare __shared__, which the shim puts into a section of their own. */
extern unsigned char __start_block_static[] __attribute__((weak, visibility("hidden")));
extern unsigned char __stop_block_static[] __attribute__((weak, visibility("hidden")));

static struct thread thread[THREADS_MAX];
static int           threads, opened; /* of the block; with a stack */
static int           now;             /* the running thread */
static int           waiting, votes;  /* at the barrier; with `yes` */
static int           last_votes;
static int           order;

static void (*kernel)(void *arg);
static void *kernel_arg;

void
block_order(int chosen)
{
    CHECK(chosen >= 0 && chosen < BLOCK_ORDERS);
    order = chosen;
}

bool
block_turned(void)
{
    return order == 1;
}

/* nth -- the i-th of `count` in the chosen order. */
static int
nth(int i, int count)
{
    int odd = count / 2;

    if (order == 0)
        return i;
    if (order == 1)
        return count - 1 - i;
    return i < odd ? 2 * i + 1 : 2 * (i - odd);
}

/* ---- waiting --------------------------------------------------------------------------------- */

static void
wait_as(enum state state)
{
    thread[now].state = state;
    fiber_leave();
}

int
block_barrier(int yes)
{
    waiting++;
    votes += yes != 0;
    if (waiting < threads) {
        wait_as(AT_BARRIER);
        return last_votes;
    }
    for (int i = 0; i < threads; i++)
        if (thread[i].state == AT_BARRIER)
            thread[i].state = READY;
    last_votes = votes;
    waiting = votes = 0;
    return last_votes;
}

int
block_lane(void)
{
    return now % LANES;
}

void
block_meet(uint32_t mask, void *own, void (*all)(void *const *lane, uint32_t mask))
{
    int   first = now / LANES * LANES;
    void *lane[LANES] = { NULL };

    CHECK(mask >> (now - first) & 1);
    thread[now].mask = mask;
    thread[now].own = own;
    for (int i = 0; i < LANES; i++) {
        struct thread *t = &thread[first + i];

        if (!(mask >> i & 1))
            continue;
        CHECK(first + i < threads);
        CHECK(t->state != ENDED);
        if (first + i != now && (t->state != AT_MEETING || t->mask != mask)) {
            wait_as(AT_MEETING);
            return;
        }
        lane[i] = t->own;
    }
    all(lane, mask);
    for (int i = 0; i < LANES; i++)
        if (mask >> i & 1)
            thread[first + i].state = READY;
}

/* ---- a block --------------------------------------------------------------------------------- */

static void
run_thread(void *arg)
{
    (void)arg;
    kernel(kernel_arg);
}

static void
enter(int i)
{
    unsigned place = (unsigned)i;

    now = i;
    threadIdx.x = place % blockDim.x;
    threadIdx.y = place / blockDim.x % blockDim.y;
    threadIdx.z = place / blockDim.x / blockDim.y;
    fiber_enter(&thread[i].fiber);
    if (!thread[i].fiber.ended)
        return;
    thread[i].state = ENDED;
    CHECK(waiting == 0 /* a thread ended while others wait for it at a barrier */);
}

/* poison -- by hand, since between the variables lie the address sanitizer's red zones. */
__attribute__((no_sanitize("address"))) static void
poison(volatile unsigned char *from, const volatile unsigned char *end)
{
    while (from < end)
        *from++ = 0xff;
}

static void
run_block(size_t shared_bytes)
{
    int left = threads;

    memset(block_shared, 0xff, shared_bytes);
    poison(__start_block_static, __stop_block_static);
    for (int i = 0; i < threads; i++)
        thread[i].state = READY;
    while (left > 0) {
        bool moved = false;

        for (int k = 0; k < threads; k++) {
            int i = nth(k, threads);

            if (thread[i].state != READY)
                continue;
            moved = true;
            enter(i);
            left -= thread[i].state == ENDED;
        }
        CHECK(moved /* or all wait for each other */);
    }
}

void
block_launch(struct block_index grid, struct block_index block, size_t shared_bytes,
    void (*run)(void *arg), void *arg)
{
    uint64_t blocks = (uint64_t)grid.x * grid.y * grid.z;

    CHECK((uint64_t)block.x * block.y * block.z <= THREADS_MAX && block.z <= 64);
    CHECK(grid.y <= 65535 && grid.z <= 65535 && grid.x <= INT32_MAX);
    CHECK(shared_bytes <= BLOCK_SHARED_MAX);
    threads = (int)(block.x * block.y * block.z);
    for (; opened < threads; opened++)
        CHECK(fiber_open(&thread[opened].fiber, run_thread, NULL));
    block_shared = malloc(shared_bytes);
    CHECK(block_shared || !shared_bytes);
    kernel = run;
    kernel_arg = arg;
    blockDim = block;
    gridDim = grid;
    for (uint64_t b = 0; b < blocks; b++) {
        uint64_t i = order == 1 ? blocks - 1 - b : b;

        blockIdx.x = (unsigned)(i % grid.x);
        blockIdx.y = (unsigned)(i / grid.x % grid.y);
        blockIdx.z = (unsigned)(i / grid.x / grid.y);
        run_block(shared_bytes);
    }
    free(block_shared);
    block_shared = NULL;
}
