/* unpack.c -- see unpack.h.
 *
 * libbz2 gives the bytes of a block before it compares the block's checksum, and does not tell
 * where a block ends.  But it takes input only between blocks.  So when a call has consumed input
 * and did not fail, all that was given before that call belonged to blocks that were whole; and
 * when it returns with room left in the output, so did all that it gave. */
#include "lib/unpack.h"

#include <stdlib.h>
#include <string.h>

enum { RAW_BYTES = 1 << 18, OUT_BYTES = 1 << 18 };

static const struct {
    const char *magic;
    size_t      len;
    const char *name;
} others[] = {
    { "\x1f\x8b", 2, "gzip" },
    { "\xfd" "7zXZ", 5, "xz" },
    { "\x28\xb5\x2f\xfd", 4, "zstd" },
    { "7z\xbc\xaf\x27\x1c", 6, "7-zip" },
    { "PK\x03\x04", 4, "zip" },
};

/* Moves what is left to the front and fills up; at the end of the input it adds nothing. */
static int
fill_raw(struct unpack *u)
{
    size_t left = u->raw.len - u->raw_at, got;
    int    rc;

    memmove(u->raw.bytes, u->raw.bytes + u->raw_at, left);
    u->raw_at = 0;
    rc = in_read(u->in, u->raw.bytes + left, RAW_BYTES - left, &got);
    u->raw.len = left + got;
    u->raw.bytes[u->raw.len] = '\0';
    return rc;
}

static bool
is_bzip2(const char *bytes, size_t len)
{
    return len >= 4 && memcmp(bytes, "BZh", 3) == 0 && bytes[3] >= '1' && bytes[3] <= '9';
}

int
unpack_open(struct unpack *u, struct in *in)
{
    int rc;

    *u = (struct unpack){ .in = in };
    rc = buf_reserve(&u->raw, RAW_BYTES);
    if (rc == OK)
        rc = fill_raw(u);
    for (size_t i = 0; rc == OK && i < sizeof others / sizeof *others; i++)
        if (u->raw.len >= others[i].len && memcmp(u->raw.bytes, others[i].magic,
            others[i].len) == 0)
            rc = err_set(ERR_FORMAT, "%s: is compressed with %s, which is not read here: "
                "decompress it into a pipe", in->name, others[i].name);
    if (rc == OK)
        u->packed = is_bzip2(u->raw.bytes, u->raw.len);
    return rc;
}

uint64_t
unpack_offset(const struct unpack *u)
{
    return u->in->offset - (u->raw.len - u->raw_at);
}

static int
some_plain(struct unpack *u, const char **bytes, size_t *len)
{
    int rc = u->started ? fill_raw(u) : OK; /* unpack_open has filled it once */

    u->started = true;
    *bytes = u->raw.bytes;
    *len = u->raw.len;
    u->raw_at = u->raw.len;
    return rc;
}

static int
damaged(const struct unpack *u, int bz_rc)
{
    unsigned long long at = (unsigned long long)unpack_offset(u);

    if (bz_rc == BZ_MEM_ERROR)
        return err_set(ERR_MEMORY, "no memory: %s cannot be decompressed", u->in->name);
    return err_set(ERR_FORMAT, "%s: the bzip2 data is damaged at or before byte %llu", u->in->name,
        at);
}

/* Begins the next stream; *more is false at the proper end of the input. */
static int
next_stream(struct unpack *u, bool *more)
{
    unsigned long long at;
    int                rc = OK;

    if (u->raw.len - u->raw_at < 4)
        rc = fill_raw(u);
    at = (unsigned long long)unpack_offset(u);
    *more = u->raw.len > u->raw_at;
    if (rc != OK || !*more)
        return rc;
    if (!is_bzip2(u->raw.bytes + u->raw_at, u->raw.len - u->raw_at))
        return err_set(ERR_FORMAT, "%s: what follows the bzip2 data at byte %llu is no bzip2 data",
            u->in->name, at);
    u->bz = (bz_stream){ 0 };
    if (BZ2_bzDecompressInit(&u->bz, 0, 0) != BZ_OK)
        return damaged(u, BZ_MEM_ERROR);
    u->in_stream = true;
    return OK;
}

/* One call of the library: input to output. */
static int
step(struct unpack *u)
{
    size_t before = u->bytes.len;
    int    rc, bz_rc;
    size_t raw_left;

    if (u->raw_at == u->raw.len && (rc = fill_raw(u)) != OK)
        return rc;
    rc = buf_reserve(&u->bytes, OUT_BYTES);
    if (rc != OK)
        return rc;
    raw_left = u->raw.len - u->raw_at;
    u->bz.next_in = u->raw.bytes + u->raw_at;
    u->bz.avail_in = (unsigned)raw_left;
    u->bz.next_out = u->bytes.bytes + before;
    u->bz.avail_out = OUT_BYTES;
    bz_rc = BZ2_bzDecompress(&u->bz);
    u->raw_at += raw_left - u->bz.avail_in;
    if (bz_rc != BZ_OK && bz_rc != BZ_STREAM_END)
        return damaged(u, bz_rc);
    u->bytes.len += OUT_BYTES - u->bz.avail_out;
    if (u->bz.avail_out > 0)
        u->verified = u->bytes.len; /* it wants input, so the last block is over */
    else if (u->bz.avail_in < raw_left)
        u->verified = before;
    if (bz_rc == BZ_STREAM_END) {
        u->verified = u->bytes.len;
        BZ2_bzDecompressEnd(&u->bz);
        u->in_stream = false;
    } else if (raw_left == 0 && u->bytes.len == before) {
        return err_set(ERR_TRUNCATED, "%s: truncated at byte %llu: the bzip2 data has no end",
            u->in->name, (unsigned long long)unpack_offset(u));
    }
    return OK;
}

static int
some_packed(struct unpack *u, const char **bytes, size_t *len)
{
    size_t left = u->bytes.len - u->given;
    bool   more = true;

    if (u->given > 0) {
        memmove(u->bytes.bytes, u->bytes.bytes + u->given, left);
        u->verified -= u->given;
        u->bytes.len = left;
        u->given = 0;
    }
    while (u->rc == OK && !u->ended && u->verified == 0) {
        if (!u->in_stream)
            u->rc = next_stream(u, &more);
        u->ended = !more;
        if (u->rc == OK && more)
            u->rc = step(u);
        if (u->rc != OK)
            u->msg = strdup(err_msg());
    }
    *bytes = u->bytes.bytes;
    *len = u->given = u->verified;
    if (*len == 0 && u->rc != OK)
        return err_set(u->rc, "%s", u->msg != NULL ? u->msg : "no memory");
    return OK;
}

int
unpack_some(struct unpack *u, const char **bytes, size_t *len)
{
    return u->packed ? some_packed(u, bytes, len) : some_plain(u, bytes, len);
}

void
unpack_close(struct unpack *u)
{
    if (u->in_stream)
        BZ2_bzDecompressEnd(&u->bz);
    buf_free(&u->raw);
    buf_free(&u->bytes);
    free(u->msg);
    *u = (struct unpack){ 0 };
}
