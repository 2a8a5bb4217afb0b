/* memory.cu -- device memory, the way to it and back, and the first error.
 *
 * Copies pass through pinned memory of our own, a ring: only from such does the GPU fetch by
 * itself.  An upload returns when the bytes are there, and no kernel is waited for, as long as all
 * that is on its way fits.  The batch of a step of 131,072 tokens is 2.5 MB, so the next step's can
 * be uploaded while one is computed; of larger batches the next pieces can. */
#include "kernels/cuda/cuda.h"
#include "kernels/cuda/room.h"

#include <stdio.h>
#include <string.h>

enum {
    RING_BYTES = ROOM_RING_BYTES,
    PIECE_BYTES = 1 << 20,
    PIECES = 256,
    LINE = 256,
    FAULT_OPS = 32
};

static char        failure[300]; /* "": none */
static int         failure_code;
static void       *scratch;
static size_t      scratch_bytes;
static int        *fault_at; /* pinned: the op that met a wrong index, counted from 1, or 0 */
static const char *fault_ops[FAULT_OPS];

/* Pieces on their way, the oldest first; places count bytes from the first on, and go around. */
static struct {
    char       *memory; /* pinned; behind the ring the slots of posts */
    size_t      used, end; /* from the oldest piece's place to where the next may be */
    unsigned    oldest, next; /* pieces; numbers modulo PIECES */
    size_t      piece_end[PIECES];
    cudaEvent_t piece_done[PIECES], posted[POST_SLOTS];
    size_t      post_bytes[POST_SLOTS];
} ring;

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

static void
fault_open(const char *op)
{
    void *memory = NULL;

    if (fault_at)
        return;
    cuda_keep(cudaMallocHost(&memory, sizeof *fault_at), op);
    if (memory)
        fault_at = static_cast<int *>(memset(memory, 0, sizeof *fault_at));
}

struct fault
cuda_fault(const char *op)
{
    int i = 0;

    fault_open(op);
    while (i < FAULT_OPS && fault_ops[i] && strcmp(fault_ops[i], op))
        i++;
    CHECK(i < FAULT_OPS);
    fault_ops[i] = op;
    return { fault_at, i + 1 };
}

/* What has failed since this was last asked; `error` is what waiting, in `op`, has said. */
static int
tell(cudaError_t error, const char *op)
{
    int rc = OK;

    if (fault_at && *fault_at) {
        cuda_fail(fault_ops[*fault_at - 1], "an index is out of range");
        *fault_at = 0;
    }
    cuda_keep(error, op);
    if (failure[0])
        rc = err_set(failure_code ? failure_code : ERR_DEVICE, "%s", failure);
    failure[0] = '\0';
    failure_code = OK;
    return rc;
}

int
cuda_sync(void)
{
    return tell(cudaStreamSynchronize(cuda_stream), "op_sync");
}

/* ---- memory ---------------------------------------------------------------------------------- */

int
cuda_no_memory(const char *what, size_t bytes)
{
    size_t free = 0, total = 0;

    (void)cudaMemGetInfo(&free, &total);
    return err_set(ERR_MEMORY, "no memory for %zu bytes of %s: of the GPU's %zu MiB, %zu are free",
        bytes, what, total >> 20, free >> 20);
}

int
cuda_alloc(void **memory, size_t bytes)
{
    if (cudaMalloc(memory, bytes ? bytes : 1) == cudaSuccess) {
        cuda_keep(cudaMemsetAsync(*memory, 0xff, bytes, cuda_stream), "op_alloc");
        return OK;
    }
    (void)cudaGetLastError(); /* told here, and not again */
    return cuda_no_memory("tensors", bytes);
}

void
cuda_free(void *memory)
{
    cuda_keep(cudaFree(memory), "op_free");
}

void *
cuda_scratch(const char *op, size_t bytes)
{
#ifdef CUDA_ON_HOST
    asked_scratch(op, bytes);
#endif
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

    if (ring.memory)
        return true;
    cuda_keep(cudaMallocHost(&memory, (size_t)RING_BYTES + POST_SLOTS * POST_BYTES), op);
    if (!memory)
        return false;
    for (int i = 0; i < PIECES; i++)
        cuda_keep(cudaEventCreateWithFlags(&ring.piece_done[i], cudaEventDisableTiming), op);
    for (int i = 0; i < POST_SLOTS; i++)
        cuda_keep(cudaEventCreateWithFlags(&ring.posted[i], cudaEventDisableTiming), op);
    ring.memory = static_cast<char *>(memory);
    return true;
}

void
cuda_pinned(const char *op)
{
    fault_open(op);
    (void)ring_open(op);
}

/* Room for a piece, at the ring's end or, where it would not fit there, at its beginning; the
 * oldest pieces make room. */
static char *
ring_room(size_t bytes, const char *op)
{
    size_t at = ring.end % RING_BYTES, gap = at + bytes > RING_BYTES ? RING_BYTES - at : 0;

    while (ring.end + gap + bytes - ring.used > RING_BYTES || ring.next - ring.oldest == PIECES) {
        cuda_keep(cudaEventSynchronize(ring.piece_done[ring.oldest % PIECES]), op);
        ring.used = ring.piece_end[ring.oldest++ % PIECES];
    }
    ring.end += gap + bytes;
    return ring.memory + (ring.end - bytes) % RING_BYTES;
}

/* The piece that there was room for is on its way; its number. */
static unsigned
ring_sent(const char *op)
{
    ring.end = (ring.end + LINE - 1) / LINE * LINE;
    ring.piece_end[ring.next % PIECES] = ring.end;
    cuda_keep(cudaEventRecord(ring.piece_done[ring.next % PIECES], cuda_stream), op);
    return ring.next++;
}

static size_t
piece_bytes(size_t at, size_t bytes)
{
    return bytes - at < PIECE_BYTES ? bytes - at : (size_t)PIECE_BYTES;
}

void
cuda_upload(struct view dst, const void *src)
{
    size_t bytes = cuda_count(dst) * dtype_bytes(dst.dtype);

    if (!bytes || !ring_open("op_upload"))
        return;
    for (size_t at = 0; at < bytes; at += PIECE_BYTES) {
        char *room = ring_room(piece_bytes(at, bytes), "op_upload");

        memcpy(room, static_cast<const char *>(src) + at, piece_bytes(at, bytes));
        cuda_keep(cudaMemcpyAsync(static_cast<char *>(dst.data) + at, room, piece_bytes(at, bytes),
                      cudaMemcpyHostToDevice, cuda_stream), "op_upload");
        ring_sent("op_upload");
    }
}

/* Piece by piece, and while one is copied out of its room the next is on its way. */
void
cuda_download(void *dst, struct view src)
{
    size_t   bytes = cuda_count(src) * dtype_bytes(src.dtype);
    char    *room[2];
    unsigned piece[2];

    if (!bytes || !ring_open("op_download"))
        return;
    for (size_t begun = 0, at = 0; at < bytes; at += PIECE_BYTES) {
        unsigned here = at / PIECE_BYTES % 2;

        for (; begun < bytes && begun < at + 2 * (size_t)PIECE_BYTES; begun += PIECE_BYTES) {
            unsigned there = begun / PIECE_BYTES % 2;

            room[there] = ring_room(piece_bytes(begun, bytes), "op_download");
            cuda_keep(cudaMemcpyAsync(room[there], static_cast<char *>(src.data) + begun,
                          piece_bytes(begun, bytes), cudaMemcpyDeviceToHost, cuda_stream),
                "op_download");
            piece[there] = ring_sent("op_download");
        }
        cuda_keep(cudaEventSynchronize(ring.piece_done[piece[here] % PIECES]), "op_download");
        memcpy(static_cast<char *>(dst) + at, room[here], piece_bytes(at, bytes));
    }
}

static char *
post_slot(int slot)
{
    return ring.memory + RING_BYTES + slot * POST_BYTES;
}

void
cuda_post(int slot, struct view src)
{
    ring.post_bytes[slot] = cuda_count(src) * dtype_bytes(src.dtype);
    if (!ring.post_bytes[slot] || !ring_open("op_post"))
        return;
    cuda_keep(cudaMemcpyAsync(post_slot(slot), src.data, ring.post_bytes[slot],
                  cudaMemcpyDeviceToHost, cuda_stream), "op_post");
    cuda_keep(cudaEventRecord(ring.posted[slot], cuda_stream), "op_post");
}

int
cuda_take(void *dst, int slot)
{
    cudaError_t error;

    if (!ring.memory)
        return tell(cudaSuccess, "op_take");
    error = cudaEventSynchronize(ring.posted[slot]);
    memcpy(dst, post_slot(slot), ring.post_bytes[slot]);
    return tell(error, "op_take");
}
