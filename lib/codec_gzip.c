/* codec_gzip.c -- gzip (RFC 1952) through zlib.
 *
 * The one checksum of a member stands at its end, gigabytes behind its first byte, so bytes are
 * given before they are verified.  The window of deflate is 32 KiB. */
#define ZLIB_CONST /* input that is not written to */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "lib/codec.h"

enum { ONLY_GZIP = 16 }; /* added to the bits of the window: what zlib.h says of inflateInit2 */

static bool
begins(const char *bytes, size_t len)
{
    return len >= 2 && memcmp(bytes, "\x1f\x8b", 2) == 0;
}

static void
stop(void *state)
{
    if (state != NULL)
        inflateEnd(state);
    free(state);
}

static int
start(void **state)
{
    z_stream *z = *state;

    if (z != NULL)
        return inflateReset(z) == Z_OK ? OK : ERR_MEMORY;
    z = calloc(1, sizeof *z);
    if (z == NULL)
        return ERR_MEMORY;
    if (inflateInit2(z, MAX_WBITS + ONLY_GZIP) != Z_OK) {
        free(z);
        return ERR_MEMORY;
    }
    *state = z;
    return OK;
}

static int
step(void *state, struct codec_step *s)
{
    z_stream *z = state;
    int       rc;

    z->next_in = (const unsigned char *)s->in;
    z->avail_in = (unsigned)s->in_len;
    z->next_out = (unsigned char *)s->out;
    z->avail_out = (unsigned)s->out_len;
    rc = inflate(z, Z_NO_FLUSH);
    s->used = s->in_len - z->avail_in;
    s->made = s->out_len - z->avail_out;
    s->ended = rc == Z_STREAM_END;
    if (rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR) /* the last: no progress */
        return OK;
    return err_set(rc == Z_MEM_ERROR ? ERR_MEMORY : ERR_FORMAT, "%s", z->msg ? z->msg : "");
}

const struct codec codec_gzip = { "gzip", "member", 2, false, begins, start, step, stop };
