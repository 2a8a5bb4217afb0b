/* unpack.c -- see unpack.h; what is peculiar to a format is in lib/codec_*.c and lib/bunzip.c. */
#include "lib/unpack.h"

#include <stdlib.h>
#include <string.h>

enum { RAW_BYTES = 1 << 18, OUT_BYTES = 1 << 18 };

static const struct codec *const codecs[] = { &codec_gzip, &codec_xz, &codec_zstd };

static const struct {
    const char *magic;
    size_t      len;
    const char *name;
} others[] = {
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

int
unpack_open(struct unpack *u, struct in *in, int jobs)
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
    for (size_t i = 0; rc == OK && i < sizeof codecs / sizeof *codecs; i++)
        if (codecs[i]->begins(u->raw.bytes, u->raw.len))
            u->codec = codecs[i];
    if (rc == OK && bunzip_begins(u->raw.bytes, u->raw.len)) {
        rc = bunzip_open(&u->bunzip, in, u->raw.bytes, u->raw.len, jobs);
        buf_free(&u->raw);
        u->raw_at = 0;
    }
    u->packed = u->codec != NULL || u->bunzip != NULL;
    return rc;
}

uint64_t
unpack_offset(const struct unpack *u)
{
    return u->bunzip != NULL ? bunzip_offset(u->bunzip)
        : u->in->offset - (u->raw.len - u->raw_at);
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

/* The codec has set the code and the cause; the place is where it stopped. */
static int
failed(const struct unpack *u, int rc)
{
    const char        *name = u->in->name, *format = u->codec->name, *cause = err_msg();
    unsigned long long at = (unsigned long long)unpack_offset(u);

    if (rc == ERR_MEMORY)
        return err_set(rc, "no memory: %s cannot be decompressed", name);
    if (rc == ERR_LIMIT)
        return err_set(rc, "%s: the %s %s at byte %llu %s: decompress it into a pipe", name,
            format, u->codec->unit, (unsigned long long)u->member_at, cause);
    return err_set(rc, "%s: the %s data is damaged at or before byte %llu%s%s%s", name, format, at,
        *cause != '\0' ? " (" : "", cause, *cause != '\0' ? ")" : "");
}

/* Is what is left cut within the magic of a member?  Then the codec shall find the end missing. */
static bool
begins_cut(const struct unpack *u)
{
    size_t len = u->raw.len - u->raw_at;

    return len < u->codec->magic_len && memcmp(u->raw.bytes + u->raw_at, u->magic, len) == 0;
}

/* Begins the next member; *more is false at the proper end of the input. */
static int
next_member(struct unpack *u, bool *more)
{
    const struct codec *codec = u->codec;
    size_t              left;
    int                 rc = OK;

    for (;;) {
        if (u->raw.len - u->raw_at < codec->magic_len)
            rc = fill_raw(u);
        left = u->raw.len - u->raw_at;
        if (rc != OK || !codec->zeros_between || !u->started || left < 4
            || memcmp(u->raw.bytes + u->raw_at, "\0\0\0\0", 4) != 0)
            break;
        u->raw_at += 4;
    }
    *more = left > 0;
    if (rc != OK || !*more)
        return rc;
    if (!codec->begins(u->raw.bytes + u->raw_at, left) && !begins_cut(u))
        return err_set(ERR_FORMAT, "%s: what follows the %s data at byte %llu is no %s data",
            u->in->name, codec->name, (unsigned long long)unpack_offset(u), codec->name);
    if (!u->started)
        memcpy(u->magic, u->raw.bytes + u->raw_at, codec->magic_len);
    u->started = true;
    u->member_at = unpack_offset(u);
    rc = codec->start(&u->state);
    if (rc != OK)
        return failed(u, rc);
    u->in_member = true;
    return OK;
}

/* One call of the library: input to output. */
static int
step(struct unpack *u)
{
    size_t            before = u->bytes.len;
    struct codec_step s = { 0 };
    int               rc;

    if (u->raw_at == u->raw.len && (rc = fill_raw(u)) != OK)
        return rc;
    rc = buf_reserve(&u->bytes, OUT_BYTES);
    if (rc != OK)
        return rc;
    s.in = u->raw.bytes + u->raw_at;
    s.in_len = u->raw.len - u->raw_at;
    s.out = u->bytes.bytes + before;
    s.out_len = OUT_BYTES;
    rc = u->codec->step(u->state, &s);
    u->raw_at += s.used;
    u->bytes.len += s.made;
    if (rc != OK)
        return failed(u, rc);
    u->in_member = !s.ended;
    if (s.in_len == 0 && s.made == 0 && !s.ended)
        return err_set(ERR_TRUNCATED, "%s: truncated at byte %llu: the %s data has no end",
            u->in->name, (unsigned long long)unpack_offset(u), u->codec->name);
    return OK;
}

static int
some_packed(struct unpack *u, const char **bytes, size_t *len)
{
    bool more = true;

    buf_reset(&u->bytes);
    while (u->rc == OK && !u->ended && u->bytes.len == 0) {
        if (!u->in_member)
            u->rc = next_member(u, &more);
        u->ended = !more;
        if (u->rc == OK && more)
            u->rc = step(u);
        if (u->rc != OK)
            u->msg = strdup(err_msg());
    }
    *bytes = u->bytes.bytes;
    *len = u->bytes.len;
    if (*len == 0 && u->rc != OK)
        return err_set(u->rc, "%s", u->msg != NULL ? u->msg : "no memory");
    return OK;
}

int
unpack_some(struct unpack *u, const char **bytes, size_t *len)
{
    if (u->bunzip != NULL)
        return bunzip_some(u->bunzip, bytes, len);
    return u->packed ? some_packed(u, bytes, len) : some_plain(u, bytes, len);
}

int
unpack_skip(struct unpack *u)
{
    int rc = OK;

    if (u->bunzip != NULL)
        return bunzip_skip(u->bunzip);
    free(u->msg);
    u->msg = NULL;
    u->rc = OK;
    u->in_member = false;
    u->ended = u->codec == NULL;
    while (rc == OK && !u->ended) {
        size_t left = u->raw.len - u->raw_at, len = u->codec->magic_len;

        if (left >= len && u->codec->begins(u->raw.bytes + u->raw_at, left))
            return OK;
        u->raw_at += left >= len;
        if (left < len) {
            rc = fill_raw(u);
            u->ended = u->raw.len == left;
        }
    }
    return rc;
}

void
unpack_close(struct unpack *u)
{
    bunzip_close(u->bunzip);
    if (u->codec != NULL)
        u->codec->stop(u->state);
    buf_free(&u->raw);
    buf_free(&u->bytes);
    free(u->msg);
    *u = (struct unpack){ 0 };
}
