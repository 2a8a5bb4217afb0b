/* zseek.c -- see zseek.h. */
#define _GNU_SOURCE               /* O_CLOEXEC */
#define ZSTD_STATIC_LINKING_ONLY /* literalCompressionMode, forceIgnoreChecksum */
#include "lib/zseek.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

static const uint32_t table_magic = 0x184D2A5E, foot_magic = 0x8F92EAB1;

enum {
    FOOT_BYTES = 9,
    TABLE_HEAD_BYTES = 8,
    DESCRIPTOR_CHECKED = 0x80,
    DESCRIPTOR_RESERVED = 0x7C,
    /* of a zstd frame (RFC 8878, 3.1.1.1.1): the descriptor is byte 4 */
    FRAME_DESCRIPTOR = 4,
    FRAME_CHECKED = 0x04,
    FRAME_UNUSED = 0x18
};

static uint32_t
load_u32(const void *at)
{
    uint32_t value;

    memcpy(&value, at, sizeof value);
    return value;
}

/* ---- reading ---- */

static int
read_at(const struct zseek *z, void *bytes, uint64_t offset, size_t len)
{
    ssize_t n = file_read_at(z->fd, bytes, len, offset);

    if (n < 0)
        return err_io("%s: cannot read at byte %" PRIu64, z->path, offset);
    if ((size_t)n < len)
        return err_set(ERR_TRUNCATED, "%s: truncated at byte %" PRIu64, z->path,
            offset + (uint64_t)n);
    return OK;
}

static int
bad_table(const struct zseek *z, const char *what)
{
    return err_set(ERR_FORMAT, "%s: truncated or damaged: %s", z->path, what);
}

static int
parse_table(struct zseek *z, const char *entry, size_t entry_bytes, uint64_t frames_bytes)
{
    uint64_t offset = 0;

    z->frame = calloc((size_t)z->frames + 1, sizeof *z->frame);
    if (z->frame == NULL)
        return err_set(ERR_MEMORY, "%s: no memory for a table of %u frames", z->path, z->frames);
    for (uint32_t i = 0; i < z->frames; i++, entry += entry_bytes) {
        struct zseek_frame *f = &z->frame[i];

        f->offset = offset;
        f->stored_bytes = load_u32(entry);
        f->bytes = load_u32(entry + 4);
        f->check = z->checked ? load_u32(entry + 8) : 0;
        offset += f->stored_bytes;
        if (f->bytes > ZSEEK_FRAME_MAX
            || f->stored_bytes > ZSTD_COMPRESSBOUND((uint64_t)f->bytes) + 64)
            return err_set(ERR_LIMIT, "%s: damaged: frame %u would be %u bytes, stored as %u",
                z->path, i, f->bytes, f->stored_bytes);
    }
    if (offset != frames_bytes)
        return bad_table(z, "the seek table does not fit the length of the file");
    return OK;
}

static int
read_table(struct zseek *z)
{
    unsigned char foot[FOOT_BYTES];
    struct buf    table = { 0 };
    uint64_t      table_bytes;
    size_t        entry_bytes;
    int           rc;

    if (z->file_bytes < TABLE_HEAD_BYTES + FOOT_BYTES)
        return bad_table(z, "too short for a seek table");
    rc = read_at(z, foot, z->file_bytes - FOOT_BYTES, FOOT_BYTES);
    if (rc != OK)
        return rc;
    if (load_u32(foot + 5) != foot_magic)
        return bad_table(z, "no seek table stands at its end");
    if (foot[4] & DESCRIPTOR_RESERVED)
        return bad_table(z, "the seek table's reserved bits are set");
    z->frames = load_u32(foot);
    z->checked = (foot[4] & DESCRIPTOR_CHECKED) != 0;
    entry_bytes = z->checked ? 12 : 8;
    table_bytes = (uint64_t)z->frames * entry_bytes + TABLE_HEAD_BYTES + FOOT_BYTES;
    if (z->frames > ZSEEK_FRAMES_MAX || table_bytes > z->file_bytes)
        return bad_table(z, "the seek table is longer than the file");
    rc = buf_reserve(&table, table_bytes);
    if (rc == OK)
        rc = read_at(z, table.bytes, z->file_bytes - table_bytes, table_bytes);
    if (rc == OK
        && (load_u32(table.bytes) != table_magic
            || load_u32(table.bytes + 4) != table_bytes - TABLE_HEAD_BYTES))
        rc = bad_table(z, "the seek table's head is damaged");
    if (rc == OK)
        rc = parse_table(
            z, table.bytes + TABLE_HEAD_BYTES, entry_bytes, z->file_bytes - table_bytes);
    buf_free(&table);
    return rc;
}

int
zseek_open(struct zseek *z, const char *path)
{
    struct stat st;
    int         rc;

    *z = (struct zseek){ .fd = -1 };
    z->path = strdup(path);
    if (z->path == NULL)
        return err_set(ERR_MEMORY, "no memory: cannot open %s", path);
    z->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (z->fd < 0 || fstat(z->fd, &st) != 0)
        rc = err_io("%s: cannot open", path);
    else if (!S_ISREG(st.st_mode))
        rc = err_set(ERR_IO, "%s: is not a regular file", path);
    else {
        z->file_bytes = (uint64_t)st.st_size;
        rc = read_table(z);
    }
    if (rc != OK)
        zseek_close(z);
    return rc;
}

void
zseek_close(struct zseek *z)
{
    if (z->fd >= 0)
        close(z->fd);
    free(z->path);
    free(z->frame);
    *z = (struct zseek){ .fd = -1 };
}

int
zseek_decoder_open(struct zseek_decoder *d, bool check)
{
    size_t n;

    *d = (struct zseek_decoder){ .context = ZSTD_createDCtx(), .check = check };
    if (d->context == NULL)
        return err_set(ERR_MEMORY, "no memory: cannot start zstd");
    n = ZSTD_DCtx_setParameter(d->context, ZSTD_d_forceIgnoreChecksum,
        check ? ZSTD_d_validateChecksum : ZSTD_d_ignoreChecksum);
    CHECK(!ZSTD_isError(n));
    return OK;
}

void
zseek_decoder_close(struct zseek_decoder *d)
{
    ZSTD_freeDCtx(d->context);
    buf_free(&d->stored);
    *d = (struct zseek_decoder){ 0 };
}

static int
bad_frame(const struct zseek *z, uint32_t frame, const char *what)
{
    return err_set(ERR_FORMAT, "%s: frame %u, at byte %" PRIu64 ", is damaged: %s", z->path, frame,
        z->frame[frame].offset, what);
}

/* The frame that begins at `stored`, into bytes->bytes + bytes->len, where there is room for it. */
static int
unpack(const struct zseek *z, struct zseek_decoder *d, uint32_t frame, const char *stored,
    struct buf *bytes)
{
    const struct zseek_frame *f = &z->frame[frame];
    char                     *to = bytes->bytes + bytes->len;
    uint32_t                  check;
    size_t                    n;

    if (ZSTD_findFrameCompressedSize(stored, f->stored_bytes) != f->stored_bytes
        || f->stored_bytes <= FRAME_DESCRIPTOR || load_u32(stored) != ZSTD_MAGICNUMBER
        || (stored[FRAME_DESCRIPTOR] & FRAME_UNUSED) != 0)
        return bad_frame(z, frame, "it is not one zstd frame as long as the table says");
    n = ZSTD_decompressDCtx(d->context, to, f->bytes, stored, f->stored_bytes);
    if (ZSTD_isError(n))
        return bad_frame(z, frame, ZSTD_getErrorName(n));
    if (n != f->bytes)
        return bad_frame(z, frame, "its length is not what the table says");
    if (z->checked) {
        /* a frame's own checksum is of the same function; zstd has just held the frame to it */
        if (stored[FRAME_DESCRIPTOR] & FRAME_CHECKED)
            check = load_u32(stored + f->stored_bytes - 4);
        else
            check = d->check ? (uint32_t)XXH64(to, n, 0) : f->check;
        if (check != f->check)
            return bad_frame(z, frame, "its checksum is not what the table says");
    }
    bytes->len += n;
    bytes->bytes[bytes->len] = '\0';
    return OK;
}

int
zseek_read(const struct zseek *z, struct zseek_decoder *d, uint32_t frame, uint32_t count,
    size_t max, struct buf *bytes)
{
    uint64_t content = 0, stored = 0;
    int      rc;

    CHECK(frame < z->frames && count <= z->frames - frame);
    for (uint32_t i = frame; i < frame + count; i++) {
        content += z->frame[i].bytes;
        stored += z->frame[i].stored_bytes;
        if (content > max)
            return err_set(ERR_LIMIT,
                "%s: damaged: frame %u, at byte %" PRIu64 ", would be %u bytes; %zu belong there",
                z->path, i, z->frame[i].offset, z->frame[i].bytes, max);
    }
    buf_reset(&d->stored);
    buf_reset(bytes);
    rc = buf_reserve(&d->stored, stored);
    if (rc == OK)
        rc = buf_reserve(bytes, content);
    if (rc == OK)
        rc = read_at(z, d->stored.bytes, z->frame[frame].offset, stored);
    stored = 0;
    for (uint32_t i = frame; i < frame + count && rc == OK; i++) {
        rc = unpack(z, d, i, d->stored.bytes + stored, bytes);
        stored += z->frame[i].stored_bytes;
    }
    return rc;
}

bool
zseek_is(const char *path)
{
    unsigned char head[4], foot[4];
    struct stat   st;
    int           fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool          is;

    if (fd < 0)
        return false;
    is = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= 4
        && file_read_at(fd, head, 4, 0) == 4
        && file_read_at(fd, foot, 4, (uint64_t)st.st_size - 4) == 4
        && load_u32(head) == ZSTD_MAGICNUMBER
        && load_u32(foot) == foot_magic;
    close(fd);
    return is;
}

/* ---- writing ---- */

int
zseek_packer_open(struct zseek_packer *p, int level)
{
    *p = (struct zseek_packer){ .context = ZSTD_createCCtx(), .level = level, .how = -1 };
    return p->context != NULL ? OK : err_set(ERR_MEMORY, "no memory: cannot start zstd");
}

void
zseek_packer_close(struct zseek_packer *p)
{
    ZSTD_freeCCtx(p->context);
    p->context = NULL;
}

/* A frame begins.  The search for repetitions cannot be turned off, but it can be made to take
 * steps longer than a block; zstd then no longer codes what is left, the literals, by itself. */
static int
begin_frame(struct zseek_packer *p, enum zseek_how how, size_t len)
{
    bool   search = how == ZSEEK_PACK && p->level > ZSEEK_SEARCHLESS;
    size_t n = ZSTD_CCtx_reset(p->context, ZSTD_reset_session_only);

    if (p->how != (int)how) {
        const struct {
            ZSTD_cParameter parameter;
            int             value;
        } set[] = {
            { ZSTD_c_compressionLevel, search ? p->level : -ZSTD_TARGETLENGTH_MAX },
            { ZSTD_c_literalCompressionMode,
                search ? ZSTD_ps_auto : how == ZSEEK_PACK ? ZSTD_ps_enable : ZSTD_ps_disable },
            { ZSTD_c_checksumFlag, 1 },
        };

        for (size_t i = 0; i < sizeof set / sizeof *set && !ZSTD_isError(n); i++)
            n = ZSTD_CCtx_setParameter(p->context, set[i].parameter, set[i].value);
        p->how = ZSTD_isError(n) ? -1 : (int)how;
    }
    if (!ZSTD_isError(n))
        n = ZSTD_CCtx_setPledgedSrcSize(p->context, len);
    return ZSTD_isError(n)
        ? err_set(ERR_LIMIT, "zstd level %d: %s", p->level, ZSTD_getErrorName(n))
        : OK;
}

int
zseek_pack(struct zseek_packer *p, struct buf *packed, enum zseek_how how, const void *bytes,
    size_t len, const size_t *cut, int cuts)
{
    size_t         bound = ZSTD_compressBound(len) + 4 * (size_t)cuts, n;
    ZSTD_outBuffer out;
    ZSTD_inBuffer  in = { bytes, 0, 0 };
    int            rc;

    if (len > ZSEEK_FRAME_MAX)
        return err_set(ERR_LIMIT, "a frame of %zu bytes; a shard's frame holds at most %d", len,
            ZSEEK_FRAME_MAX);
    buf_reset(packed);
    rc = buf_reserve(packed, bound);
    if (rc == OK)
        rc = begin_frame(p, how, len);
    if (rc != OK)
        return rc;
    out = (ZSTD_outBuffer){ packed->bytes, bound, 0 };
    for (int i = 0; i <= cuts; i++) {
        in.size = i < cuts ? cut[i] : len;
        CHECK(in.size >= in.pos && in.size <= len);
        n = ZSTD_compressStream2(p->context, &out, &in, i < cuts ? ZSTD_e_flush : ZSTD_e_end);
        if (ZSTD_isError(n))
            return err_set(
                ERR_MEMORY, "zstd cannot pack %zu bytes: %s", len, ZSTD_getErrorName(n));
        CHECK(n == 0);
    }
    packed->len = out.pos;
    return OK;
}

int
zseek_start(struct zseek_writer *w, struct out *out)
{
    *w = (struct zseek_writer){ .out = out, .hash = XXH3_createState() };
    if (w->hash == NULL)
        return err_set(ERR_MEMORY, "no memory: cannot start %s", out_name(out));
    XXH3_128bits_reset(w->hash);
    return OK;
}

static int
write_hashed(struct zseek_writer *w, const void *bytes, size_t len)
{
    XXH3_128bits_update(w->hash, bytes, len);
    return out_write(w->out, bytes, len);
}

int
zseek_put(struct zseek_writer *w, const struct buf *packed, size_t len)
{
    uint32_t entry[3] = { (uint32_t)packed->len, (uint32_t)len, 0 };
    int      rc;

    CHECK(packed->len > FRAME_DESCRIPTOR + 4 && (packed->bytes[FRAME_DESCRIPTOR] & FRAME_CHECKED));
    if (w->frames == ZSEEK_FRAMES_MAX)
        return err_set(ERR_LIMIT, "%s: more than %d frames", out_name(w->out), ZSEEK_FRAMES_MAX);
    entry[2] = load_u32(
        packed->bytes + packed->len - 4); /* zstd's own checksum is the one wanted */
    rc = buf_add(&w->table, entry, sizeof entry);
    if (rc != OK)
        return rc;
    w->frames++;
    return write_hashed(w, packed->bytes, packed->len);
}

XXH128_hash_t
zseek_hash(const struct zseek_writer *w)
{
    return XXH3_128bits_digest(w->hash);
}

int
zseek_end(struct zseek_writer *w)
{
    uint32_t      head[2] = { table_magic, (uint32_t)w->table.len + FOOT_BYTES };
    unsigned char foot[FOOT_BYTES];
    int           rc = write_hashed(w, head, sizeof head);

    memcpy(foot, &w->frames, 4);
    foot[4] = DESCRIPTOR_CHECKED;
    memcpy(foot + 5, &foot_magic, 4);
    if (rc == OK && w->table.len > 0)
        rc = write_hashed(w, w->table.bytes, w->table.len);
    return rc == OK ? write_hashed(w, foot, sizeof foot) : rc;
}

void
zseek_stop(struct zseek_writer *w)
{
    XXH3_freeState(w->hash);
    buf_free(&w->table);
    *w = (struct zseek_writer){ 0 };
}
