/* memory.cu -- device memory, the way to it and back, and the first error.
 *
 * Copies pass through pinned memory of our own: only from such does the GPU fetch by itself.  An
 * upload returns when the bytes are there, in a slot of a ring, and no kernel is waited for. */
#include "kernels/cuda/cuda.h"

#include <stdio.h>
#include <string.h>

enum { SLOTS = 8, SLOT_BYTES = 1 << 20, FAULT_OPS = 32 };

static char        failure[300]; /* "": none */
static int         failure_code;
static void       *scratch;
static size_t      scratch_bytes;
static char       *ring; /* SLOTS * SLOT_BYTES, pinned */
static cudaEvent_t slot_free[SLOTS];
static unsigned    next_slot;
static int        *fault_at; /* pinned: the op that met a wrong index, counted from 1, or 0 */
static const char *fault_ops[FAULT_OPS];

/* ---- errors ---------------------------------------------------------------------------------- */

void
cuda_fail(const char *op, const char *sentence)
{
    if (!failure[0])
        snprintf(failure, sizeof failure, "CUDA: %s (noticed in %s)", sentence, op);
}

void
cuda_keep(cudaError_t error, const char *op)
{
    if (error == cudaSuccess)
        return;
    (void)cudaGetLastError(); /* or the next launch would tell it again */
    if (!failure[0])
        failure_code = error == cudaErrorMemoryAllocation ? ERR_MEMORY : ERR_DEVICE;
    cuda_fail(op, cudaGetErrorString(error));
}

struct fault
cuda_fault(const char *op)
{
    void *memory = NULL;
    int   i = 0;

    if (!fault_at) {
        cuda_keep(cudaMallocHost(&memory, sizeof *fault_at), op);
        if (memory)
            fault_at = static_cast<int *>(memset(memory, 0, sizeof *fault_at));
    }
    while (i < FAULT_OPS && fault_ops[i] && strcmp(fault_ops[i], op))
        i++;
    CHECK(i < FAULT_OPS);
    fault_ops[i] = op;
    return { fault_at, i + 1 };
}

int
cuda_sync(void)
{
    cudaError_t error = cudaStreamSynchronize(cuda_stream);
    int         rc = OK;

    if (fault_at && *fault_at) {
        cuda_fail(fault_ops[*fault_at - 1], "an index is out of range");
        *fault_at = 0;
    }
    cuda_keep(error, "op_sync");
    if (failure[0])
        rc = err_set(failure_code ? failure_code : ERR_DEVICE, "%s", failure);
    failure[0] = '\0';
    failure_code = OK;
    return rc;
}

/* ---- memory ---------------------------------------------------------------------------------- */

int
cuda_alloc(void **memory, size_t bytes)
{
    size_t free = 0, total = 0;

    if (cudaMalloc(memory, bytes ? bytes : 1) == cudaSuccess) {
        cuda_keep(cudaMemsetAsync(*memory, 0xff, bytes, cuda_stream), "op_alloc");
        return OK;
    }
    (void)cudaGetLastError(); /* told here, and not again */
    (void)cudaMemGetInfo(&free, &total);
    return err_set(ERR_MEMORY, "no memory for %zu bytes of tensors: of the GPU's %zu MiB, %zu are "
        "free", bytes, total >> 20, free >> 20);
}

void
cuda_free(void *memory)
{
    cuda_keep(cudaFree(memory), "op_free");
}

void *
cuda_scratch(const char *op, size_t bytes)
{
    if (bytes <= scratch_bytes)
        return scratch;
    cuda_keep(cudaFree(scratch), op); /* which waits for those that use it */
    scratch = NULL;
    scratch_bytes = 0;
    cuda_keep(cudaMalloc(&scratch, bytes), op);
    if (scratch)
        scratch_bytes = bytes;
    return scratch;
}

/* ---- up and down ----------------------------------------------------------------------------- */

static bool
ring_open(const char *op)
{
    void *memory = NULL;

    if (ring)
        return true;
    cuda_keep(cudaMallocHost(&memory, (size_t)SLOTS * SLOT_BYTES), op);
    if (!memory)
        return false;
    for (int i = 0; i < SLOTS; i++)
        cuda_keep(cudaEventCreateWithFlags(&slot_free[i], cudaEventDisableTiming), op);
    ring = static_cast<char *>(memory);
    return true;
}

static size_t
piece_bytes(size_t at, size_t bytes)
{
    return bytes - at < SLOT_BYTES ? bytes - at : (size_t)SLOT_BYTES;
}

void
cuda_upload(struct view dst, const void *src)
{
    size_t bytes = cuda_count(dst) * dtype_bytes(dst.dtype);

    if (!bytes || !ring_open("op_upload"))
        return;
    for (size_t at = 0; at < bytes; at += SLOT_BYTES, next_slot = (next_slot + 1) % SLOTS) {
        char *slot = ring + (size_t)next_slot * SLOT_BYTES;

        cuda_keep(cudaEventSynchronize(slot_free[next_slot]), "op_upload");
        memcpy(slot, static_cast<const char *>(src) + at, piece_bytes(at, bytes));
        cuda_keep(cudaMemcpyAsync(static_cast<char *>(dst.data) + at, slot, piece_bytes(at, bytes),
                      cudaMemcpyHostToDevice, cuda_stream), "op_upload");
        cuda_keep(cudaEventRecord(slot_free[next_slot], cuda_stream), "op_upload");
    }
}

/* Piece by piece, and while one is copied out of its slot the next is on its way. */
void
cuda_download(void *dst, struct view src)
{
    size_t   bytes = cuda_count(src) * dtype_bytes(src.dtype);
    unsigned slot = next_slot;

    if (!bytes || !ring_open("op_download"))
        return;
    for (size_t begun = 0, at = 0; at < bytes; at += SLOT_BYTES, slot = (slot + 1) % SLOTS) {
        for (; begun < bytes && begun < at + 2 * (size_t)SLOT_BYTES; begun += SLOT_BYTES) {
            cuda_keep(cudaEventSynchronize(slot_free[next_slot]), "op_download");
            cuda_keep(cudaMemcpyAsync(ring + (size_t)next_slot * SLOT_BYTES,
                          static_cast<char *>(src.data) + begun, piece_bytes(begun, bytes),
                          cudaMemcpyDeviceToHost, cuda_stream), "op_download");
            cuda_keep(cudaEventRecord(slot_free[next_slot], cuda_stream), "op_download");
            next_slot = (next_slot + 1) % SLOTS;
        }
        cuda_keep(cudaEventSynchronize(slot_free[slot]), "op_download");
        memcpy(static_cast<char *>(dst) + at, ring + (size_t)slot * SLOT_BYTES,
            piece_bytes(at, bytes));
    }
}
