/* codec_xz.c -- xz through liblzma.
 *
 * A stream is blocks with a checksum each, but xz(1) makes one block of a whole file unless it is
 * told otherwise, so bytes are given before they are verified.  The dictionary is as large as the
 * file says; liblzma counts the memory and refuses to go over the limit. */
#include <lzma.h>
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"

/* the largest dictionary, and a MiB for the decoder itself */
#define MEMORY_BYTES_MAX (((uint64_t)1 << CODEC_WINDOW_LOG_MAX) + (1 << 20))

static bool
begins(const char *bytes, size_t len)
{
    return len >= 6 && memcmp(bytes, "\xfd" "7zXZ\0", 6) == 0;
}

static void
stop(void *state)
{
    if (state != NULL)
        lzma_end(state);
    free(state);
}

static int
start(void **state)
{
    static const lzma_stream fresh = LZMA_STREAM_INIT;
    lzma_stream             *z = *state;

    if (z == NULL) {
        z = malloc(sizeof *z);
        if (z == NULL)
            return ERR_MEMORY;
        *z = fresh;
        *state = z;
    }
    /* liblzma keeps the memory of the stream before */
    return lzma_stream_decoder(z, MEMORY_BYTES_MAX, LZMA_TELL_UNSUPPORTED_CHECK) == LZMA_OK ? OK
        : ERR_MEMORY;
}

static int
failed(const lzma_stream *z, lzma_ret rc)
{
    switch (rc) {
    case LZMA_MEM_ERROR:
        return err_set(ERR_MEMORY, "%s", "");
    case LZMA_MEMLIMIT_ERROR:
        return err_set(ERR_LIMIT, "needs %llu MiB of memory, and %llu are the most that are given",
            (unsigned long long)(lzma_memusage(z) >> 20),
            (unsigned long long)(MEMORY_BYTES_MAX >> 20));
    case LZMA_UNSUPPORTED_CHECK:
        return err_set(ERR_LIMIT, "has a checksum of a kind that is not known here");
    case LZMA_OPTIONS_ERROR:
        return err_set(ERR_FORMAT, "or of a kind that this liblzma does not know");
    default:
        return err_set(ERR_FORMAT, "%s", "");
    }
}

static int
step(void *state, struct codec_step *s)
{
    lzma_stream *z = state;
    lzma_ret     rc;

    z->next_in = (const uint8_t *)s->in;
    z->avail_in = s->in_len;
    z->next_out = (uint8_t *)s->out;
    z->avail_out = s->out_len;
    rc = lzma_code(z, LZMA_RUN);
    s->used = s->in_len - z->avail_in;
    s->made = s->out_len - z->avail_out;
    s->ended = rc == LZMA_STREAM_END;
    if (rc == LZMA_OK || rc == LZMA_STREAM_END || rc == LZMA_BUF_ERROR) /* the last: no progress */
        return OK;
    return failed(z, rc);
}

const struct codec codec_xz = { "xz", "stream", 6, true, begins, start, step, stop };
