/* backend.c -- the reference backend's table and memory, which is the host's. */
#include <stdlib.h>
#include <string.h>

#include "kernels/ref/ref.h"

const struct backend ref_backend = { .name = "ref",
    .has_f64 = true,
    .has_bf16 = true,
    BACKEND_OPS(BACKEND_ENTRY, ref) };

static unsigned char post[POST_SLOTS][POST_BYTES];
static size_t        post_bytes[POST_SLOTS];

static double *scratch;
static size_t  scratch_count;
static bool    scratch_failed;

int
ref_open(int threads)
{
    (void)threads; /* one is enough for a definition */
    return OK;
}

void
ref_device(struct device_info *info)
{
    (void)info; /* tensors lie in the host's memory */
}

const char *
ref_remark(void)
{
    return NULL; /* there is nothing to choose */
}

int
ref_alloc(void **memory, size_t bytes)
{
    *memory = malloc(bytes ? bytes : 1);
    if (!*memory)
        return err_set(ERR_MEMORY, "no memory for %zu bytes of tensors", bytes);
    memset(*memory, 0xff, bytes);
    return OK;
}

void
ref_free(void *memory)
{
    free(memory);
}

void
ref_upload(struct view dst, const void *src)
{
    size_t bytes = (size_t)dst.rows * (size_t)dst.cols * dtype_bytes(dst.dtype);

    if (bytes)
        memcpy(dst.data, src, bytes);
}

void
ref_download(void *dst, struct view src)
{
    size_t bytes = (size_t)src.rows * (size_t)src.cols * dtype_bytes(src.dtype);

    if (bytes)
        memcpy(dst, src.data, bytes);
}

int
ref_sync(void)
{
    if (!scratch_failed)
        return OK;
    scratch_failed = false;
    return err_set(ERR_MEMORY, "no memory for the scratch space of an operation");
}

void
ref_post(int slot, struct view src)
{
    post_bytes[slot] = (size_t)src.rows * (size_t)src.cols * dtype_bytes(src.dtype);
    ref_download(post[slot], src);
}

int
ref_take(void *dst, int slot)
{
    memcpy(dst, post[slot], post_bytes[slot]);
    return ref_sync();
}

/* Attention's backward has the sums of a sequence, and that of positions those of a head. */
void
ref_need(struct reserve *reserve, const struct need *need, int threads)
{
    size_t cols = 0, sequence = 3 * (size_t)need->positions, head = 2 * (size_t)need->longest + 2;

    (void)threads;
    for (int i = 0; i < NEED_ENCODERS; i++)
        if (cols < (size_t)need->encoder[i].head_cols)
            cols = (size_t)need->encoder[i].head_cols;
    reserve->scratch_bytes = reserve->host_bytes =
        (sequence > head ? sequence : head) * cols * sizeof(double);
}

int
ref_reserve(const struct reserve *reserve)
{
    (void)ref_scratch(reserve->scratch_bytes / sizeof(double));
    return ref_sync();
}

double *
ref_scratch(size_t count)
{
    if (count > scratch_count) {
        free(scratch);
        scratch = malloc(count * sizeof *scratch);
        scratch_count = scratch ? count : 0;
        scratch_failed |= !scratch;
    }
    return scratch;
}
