/* runfile.c -- see runfile.h. */
#include "tools/freqstat/runfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"

enum {
    HEAD_BYTES = 12,
    WINDOW_LOG = 17, /* a reader needs 128 KiB for it */
    LEVEL = 1
};

static const char *
folder(void)
{
    const char *dir = getenv("TMPDIR");

    return dir != NULL && *dir != '\0' ? dir : "/tmp";
}

int
runfile_new(int *fd)
{
    return file_temp(fd, folder());
}

/* ---- writing ---- */

static int
write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_io("%s: cannot write a temporary file", folder());
        bytes += n;
        len -= (size_t)n;
    }
    return OK;
}

int
runfile_create(struct runfile_writer **made, int fd)
{
    struct runfile_writer *w = calloc(1, sizeof *w);

    *made = w;
    if (w == NULL || (w->zstd = ZSTD_createCCtx()) == NULL)
        return err_set(ERR_MEMORY, "no memory for a sorted run");
    w->fd = fd;
    ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_windowLog, WINDOW_LOG);
    ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_checksumFlag, 1);
    return OK;
}

void
runfile_free(struct runfile_writer *w)
{
    if (w == NULL)
        return;
    ZSTD_freeCCtx(w->zstd);
    buf_free(&w->piece);
    free(w);
}

int
runfile_flush(struct runfile_writer *w, bool last)
{
    ZSTD_inBuffer in = { w->piece.bytes, w->piece.len, 0 };
    size_t        left;

    do {
        ZSTD_outBuffer out = { w->packed, sizeof w->packed, 0 };
        int            rc;

        left = ZSTD_compressStream2(w->zstd, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left))
            return err_set(ERR_MEMORY, "cannot compress a sorted run: %s", ZSTD_getErrorName(left));
        rc = write_all(w->fd, w->packed, out.pos);
        if (rc != OK)
            return rc;
    } while (in.pos < in.size || (last && left > 0));
    buf_reset(&w->piece);
    return OK;
}

int
runfile_add(void *context, const struct wordmap_entry *e)
{
    struct runfile_writer *w = context;
    char                   head[HEAD_BYTES];
    int                    rc;

    memcpy(head, &e->count, 8);
    memcpy(head + 8, &e->len, 4);
    rc = buf_add(&w->piece, head, sizeof head);
    if (rc == OK)
        rc = buf_add(&w->piece, wordmap_text(e), e->len);
    if (rc == OK && w->piece.len >= RUNFILE_PIECE_BYTES)
        rc = runfile_flush(w, false);
    return rc;
}

/* ---- reading ---- */

static int
reader_refill(struct runfile_reader *r)
{
    ZSTD_outBuffer out;
    size_t         rc_zstd;
    int            rc;

    if (r->in.pos == r->in.size && !r->ended) {
        ssize_t n;

        do
            n = read(r->fd, r->packed, sizeof r->packed);
        while (n < 0 && errno == EINTR);
        if (n < 0)
            return err_io("%s: cannot read a temporary file", folder());
        r->in = (ZSTD_inBuffer){ r->packed, (size_t)n, 0 };
        r->ended = n == 0;
    }
    rc = buf_reserve(&r->text, RUNFILE_PIECE_BYTES);
    if (rc != OK)
        return rc;
    out = (ZSTD_outBuffer){ r->text.bytes + r->text.len, RUNFILE_PIECE_BYTES, 0 };
    rc_zstd = ZSTD_decompressStream(r->zstd, &out, &r->in);
    if (ZSTD_isError(rc_zstd))
        return err_set(ERR_FORMAT, "%s: a temporary file is damaged: %s", folder(),
            ZSTD_getErrorName(rc_zstd));
    r->text.len += out.pos;
    return OK;
}

/* Have `need` bytes at `at`; *have is false at the end of the run. */
static int
reader_need(struct runfile_reader *r, size_t need, bool *have)
{
    if (r->text.len - r->at < need && r->at > 0) {
        memmove(r->text.bytes, r->text.bytes + r->at, r->text.len - r->at);
        r->text.len -= r->at;
        r->at = 0;
    }
    while (r->text.len - r->at < need) {
        size_t before = r->text.len;
        bool   ended = r->ended;
        int    rc = reader_refill(r);

        if (rc != OK)
            return rc;
        if (ended && r->text.len == before)
            break;
    }
    *have = r->text.len - r->at >= need;
    return OK;
}

/* 1 and the next word in r->entry; 0 at the end. */
int
runfile_next(struct runfile_reader *r)
{
    uint64_t count;
    uint32_t len;
    bool     have;
    int      rc = reader_need(r, HEAD_BYTES, &have);

    if (rc != OK || (!have && r->text.len == r->at))
        return rc;
    if (have) {
        memcpy(&count, r->text.bytes + r->at, 8);
        memcpy(&len, r->text.bytes + r->at + 8, 4);
        rc = reader_need(r, HEAD_BYTES + (size_t)len, &have);
    }
    if (rc != OK)
        return rc;
    if (!have)
        return err_set(ERR_TRUNCATED, "%s: a temporary file was cut", folder());
    wordmap_entry_set(&r->entry, r->text.bytes + r->at + HEAD_BYTES, len, count);
    r->at += HEAD_BYTES + (size_t)len;
    return 1;
}

int
runfile_open(struct runfile_reader **made, int fd)
{
    struct runfile_reader *r = calloc(1, sizeof *r);

    *made = r;
    if (r == NULL || (r->zstd = ZSTD_createDCtx()) == NULL)
        return err_set(ERR_MEMORY, "no memory to merge sorted runs");
    r->fd = fd;
    if (lseek(fd, 0, SEEK_SET) != 0)
        return err_io("%s: cannot read a temporary file", folder());
    return OK;
}

void
runfile_close(struct runfile_reader *r)
{
    if (r == NULL)
        return;
    ZSTD_freeDCtx(r->zstd);
    buf_free(&r->text);
    free(r);
}
