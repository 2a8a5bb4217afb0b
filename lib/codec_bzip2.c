/* codec_bzip2.c -- bzip2 through libbz2.
 *
 * libbz2 gives the bytes of a block before it compares the block's checksum, and does not tell
 * where a block ends.  But it takes input only between blocks.  So when a call has consumed input
 * and did not fail, all that was given before that call belonged to blocks that were whole; and
 * when it returns with room left in the output, so did all that it gave. */
#include <bzlib.h>
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"

static bool
begins(const char *bytes, size_t len)
{
    return len >= 4 && memcmp(bytes, "BZh", 3) == 0 && bytes[3] >= '1' && bytes[3] <= '9';
}

static void
stop(void *state)
{
    if (state != NULL)
        BZ2_bzDecompressEnd(state);
    free(state);
}

static int
start(void **state)
{
    bz_stream *bz = *state;

    if (bz == NULL)
        bz = calloc(1, sizeof *bz);
    else
        BZ2_bzDecompressEnd(bz);
    *state = NULL;
    if (bz == NULL)
        return ERR_MEMORY;
    *bz = (bz_stream){ 0 };
    if (BZ2_bzDecompressInit(bz, 0, 0) != BZ_OK) {
        free(bz);
        return ERR_MEMORY;
    }
    *state = bz;
    return OK;
}

static int
step(void *state, struct codec_step *s)
{
    bz_stream *bz = state;
    int        rc;

    bz->next_in = (char *)s->in; /* libbz2 does not write there */
    bz->avail_in = (unsigned)s->in_len;
    bz->next_out = s->out;
    bz->avail_out = (unsigned)s->out_len;
    rc = BZ2_bzDecompress(bz);
    s->used = s->in_len - bz->avail_in;
    s->made = s->out_len - bz->avail_out;
    if (rc != BZ_OK && rc != BZ_STREAM_END)
        return err_set(rc == BZ_MEM_ERROR ? ERR_MEMORY : ERR_FORMAT, "%s", "");
    s->ended = rc == BZ_STREAM_END;
    if (s->ended || bz->avail_out > 0) /* it wants input, so the last block is over */
        s->sure = CODEC_SURE_ALL;
    else
        s->sure = s->used > 0 ? CODEC_SURE_BEFORE : CODEC_SURE_NOTHING;
    return OK;
}

const struct codec codec_bzip2 = { "bzip2", "stream", 4, false, begins, start, step, stop };
