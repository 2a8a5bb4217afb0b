/* backend.c -- the CPU backend's table, threads, memory and scratch space. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/cpu/cpu.h"

const struct backend cpu_backend = { .name = "cpu",
    .has_f64 = false,
    .has_bf16 = true,
    BACKEND_OPS(BACKEND_ENTRY, cpu) };

int cpu_threads = 1;

enum { LINE = 64 }; /* bytes: one cache line, one wide vector */

static unsigned char post[POST_SLOTS][POST_BYTES];
static size_t        post_bytes[POST_SLOTS];

static float *scratch;
static size_t scratch_floats, scratch_shared, scratch_own;
static atomic_bool memory_failed;
static _Atomic(const char *) failed_product, failed_status;

int
cpu_open(int threads)
{
#ifdef _OPENMP
    cpu_threads = threads;
    /* the tiles of a product are shared out here: a library's threads inside would only get in the
     * way, and would cut the work by their number */
    omp_set_num_threads(1);
#else
    (void)threads;
#endif
    cpu_narrow_open();
    return OK;
}

static void *
aligned(size_t bytes)
{
    size_t whole = (bytes + LINE - 1) / LINE * LINE;

    return whole < bytes ? NULL : aligned_alloc(LINE, whole ? whole : LINE);
}

void
cpu_device(struct device_info *info)
{
    (void)info; /* tensors lie in the host's memory */
}

const char *
cpu_remark(void)
{
    return NULL;
}

int
cpu_alloc(void **memory, size_t bytes)
{
    *memory = aligned(bytes);
    if (!*memory)
        return err_set(ERR_MEMORY, "no memory for %zu bytes of tensors", bytes);
    memset(*memory, 0xff, bytes);
    return OK;
}

void
cpu_free(void *memory)
{
    free(memory);
}

void
cpu_upload(struct view dst, const void *src)
{
    size_t bytes = (size_t)dst.rows * (size_t)dst.cols * dtype_bytes(dst.dtype);

    if (bytes)
        memcpy(dst.data, src, bytes);
}

void
cpu_download(void *dst, struct view src)
{
    size_t bytes = (size_t)src.rows * (size_t)src.cols * dtype_bytes(src.dtype);

    if (bytes)
        memcpy(dst, src.data, bytes);
}

int
cpu_sync(void)
{
    bool        no_memory = atomic_exchange(&memory_failed, false);
    const char *product = atomic_exchange(&failed_product, NULL);

    if (product != NULL)
        return err_set(ERR_DEVICE, "oneDNN: %s: %s", product, failed_status);
    if (!no_memory)
        return OK;
    return err_set(ERR_MEMORY, "no memory for the scratch space of an operation");
}

void
cpu_post(int slot, struct view src)
{
    post_bytes[slot] = (size_t)src.rows * (size_t)src.cols * dtype_bytes(src.dtype);
    cpu_download(post[slot], src);
}

int
cpu_take(void *dst, int slot)
{
    memcpy(dst, post[slot], post_bytes[slot]);
    return cpu_sync();
}

void
cpu_memory_failed(void)
{
    atomic_store(&memory_failed, true);
}

void
cpu_product_failed(const char *product, const char *status)
{
    failed_status = status;
    failed_product = product;
}

static bool
grow(size_t floats)
{
    if (floats > scratch_floats) {
        free(scratch);
        scratch = aligned(floats * sizeof *scratch);
        scratch_floats = scratch ? floats : 0;
    }
    return floats <= scratch_floats;
}

bool
cpu_scratch(size_t shared, size_t own)
{
    size_t floats = LINE / sizeof *scratch, need;

    scratch_shared = (shared + floats - 1) / floats * floats;
    scratch_own = (own + floats - 1) / floats * floats;
    need = scratch_shared + (size_t)cpu_threads * scratch_own;
    if (!grow(need))
        cpu_memory_failed();
    return need <= scratch_floats;
}

/* A tile for each thread, or what attention's backward needs: sums over sequences, where there is a
 * bias. */
void
cpu_need(struct reserve *reserve, const struct need *need, int threads)
{
    size_t most, shared, own;

    cpu_narrow_open();
    most = (size_t)threads * cpu_tiled_room(need->real);
    for (int i = 0; i < NEED_ENCODERS && need->encoder[i].heads > 0; i++) {
        cpu_attention_room(&shared, &own, need, i);
        shared += (size_t)threads * own;
        most = shared > most ? shared : most;
    }
    reserve->scratch_bytes = reserve->host_bytes = most * sizeof *scratch;
}

int
cpu_reserve(const struct reserve *reserve)
{
    if (grow(reserve->scratch_bytes / sizeof *scratch))
        return OK;
    return err_set(ERR_MEMORY, "no memory for the %zu bytes that operations work in",
        reserve->scratch_bytes);
}

float *
cpu_scratch_shared(void)
{
    return scratch;
}

float *
cpu_scratch_own(void)
{
#ifdef _OPENMP
    return scratch + scratch_shared + (size_t)omp_get_thread_num() * scratch_own;
#else
    return scratch + scratch_shared;
#endif
}
