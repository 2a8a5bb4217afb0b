/* codec_zstd.c -- zstd (RFC 8878) through libzstd.
 *
 * A frame may have a checksum at its end, and zstd(1) writes one; bytes are given before it.  The
 * window is as large as the frame says, up to a limit.  Skippable frames, such as the table of the
 * seekable format, are passed over. */
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "lib/codec.h"

/* `hint` is how much the library wants next.  Never given more, a call takes no more than one
 * block, so that the place of a damage is known well: where it fails it tells no place. */
struct zstd {
    ZSTD_DStream *stream;
    size_t        hint;
};

static bool
begins(const char *bytes, size_t len)
{
    static const char magic[] = "\x28\xb5\x2f\xfd", skippable[] = "\x2a\x4d\x18";

    return len >= 4 && (memcmp(bytes, magic, 4) == 0
        || ((bytes[0] & 0xf0) == 0x50 && memcmp(bytes + 1, skippable, 3) == 0));
}

static void
stop(void *state)
{
    struct zstd *z = state;

    if (z != NULL)
        ZSTD_freeDStream(z->stream);
    free(z);
}

static int
start(void **state)
{
    struct zstd *z = *state;

    if (z == NULL) {
        z = calloc(1, sizeof *z);
        if (z == NULL)
            return ERR_MEMORY;
        *state = z;
        z->stream = ZSTD_createDStream();
        if (z->stream == NULL
            || ZSTD_isError(ZSTD_DCtx_setParameter(z->stream, ZSTD_d_windowLogMax,
                CODEC_WINDOW_LOG_MAX)))
            return ERR_MEMORY;
    }
    z->hint = ZSTD_initDStream(z->stream);
    return ZSTD_isError(z->hint) ? ERR_MEMORY : OK;
}

static int
failed(size_t n)
{
    switch (ZSTD_getErrorCode(n)) {
    case ZSTD_error_memory_allocation:
        return err_set(ERR_MEMORY, "%s", "");
    case ZSTD_error_frameParameter_windowTooLarge:
        return err_set(ERR_LIMIT, "has a window of more than %d MiB, the most that is given",
            1 << (CODEC_WINDOW_LOG_MAX - 20));
    case ZSTD_error_dictionary_wrong:
        return err_set(ERR_LIMIT, "needs a dictionary, and none is read here");
    default:
        return err_set(ERR_FORMAT, "%s", ZSTD_getErrorName(n));
    }
}

static int
step(void *state, struct codec_step *s)
{
    struct zstd   *z = state;
    size_t         len = s->in_len < z->hint ? s->in_len : z->hint;
    ZSTD_inBuffer  in = { s->in, len, 0 };
    ZSTD_outBuffer out = { s->out, s->out_len, 0 };
    size_t         n = ZSTD_decompressStream(z->stream, &out, &in);

    s->made = out.pos;
    s->used = ZSTD_isError(n) ? len : in.pos;
    if (ZSTD_isError(n))
        return failed(n);
    z->hint = n;
    s->ended = n == 0;
    return OK;
}

const struct codec codec_zstd = { "zstd", "frame", 4, false, begins, start, step, stop };
