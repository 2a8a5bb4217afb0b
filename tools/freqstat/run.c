/* run.c -- see run.h.  A run holds, for each word, u64 count, u32 length, and the bytes. */
#define _GNU_SOURCE /* O_TMPFILE */
#include "tools/freqstat/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "lib/buf.h"

enum {
    FAN_MIN = 8,
    FAN_MAX = 64,
    HEAD_BYTES = 12,
    PIECE_BYTES = 1 << 16,
    WINDOW_LOG = 17, /* a reader needs 128 KiB for it */
    LEVEL = 1
};

static const char *
folder(void)
{
    const char *dir = getenv("TMPDIR");

    return dir != NULL && *dir != '\0' ? dir : "/tmp";
}

static int
run_new(struct run *run, int level)
{
    char path[4096];

    run->level = level;
#ifdef O_TMPFILE
    run->fd = open(folder(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (run->fd >= 0)
        return OK;
#endif
    if (snprintf(path, sizeof path, "%s/freqstat.XXXXXX", folder()) >= (int)sizeof path)
        return err_set(ERR_LIMIT, "TMPDIR is too long a path");
    run->fd = mkstemp(path);
    if (run->fd < 0)
        return err_io("%s: cannot make a temporary file", folder());
    unlink(path);
    return OK;
}

/* ---- writing ---- */

struct writer {
    int        fd;
    ZSTD_CCtx *zstd;
    struct buf piece;
    char       packed[PIECE_BYTES];
};

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

static int
writer_open(struct writer **made, int fd)
{
    struct writer *w = calloc(1, sizeof *w);

    *made = w;
    if (w == NULL || (w->zstd = ZSTD_createCCtx()) == NULL)
        return err_set(ERR_MEMORY, "no memory for a sorted run");
    w->fd = fd;
    ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_windowLog, WINDOW_LOG);
    ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_checksumFlag, 1);
    return OK;
}

static void
writer_close(struct writer *w)
{
    if (w == NULL)
        return;
    ZSTD_freeCCtx(w->zstd);
    buf_free(&w->piece);
    free(w);
}

static int
writer_flush(struct writer *w, bool last)
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

static int
writer_add(void *context, const struct wordmap_entry *e)
{
    struct writer *w = context;
    char           head[HEAD_BYTES];
    int            rc;

    memcpy(head, &e->count, 8);
    memcpy(head + 8, &e->len, 4);
    rc = buf_add(&w->piece, head, sizeof head);
    if (rc == OK)
        rc = buf_add(&w->piece, wordmap_text(e), e->len);
    if (rc == OK && w->piece.len >= PIECE_BYTES)
        rc = writer_flush(w, false);
    return rc;
}

/* ---- reading ---- */

struct reader {
    int                  fd;
    ZSTD_DCtx           *zstd;
    ZSTD_inBuffer        in;
    struct buf           text; /* unpacked; words are handed out from `at` on */
    size_t               at;
    bool                 ended;
    struct wordmap_entry entry;
    char                 packed[PIECE_BYTES];
};

static int
reader_refill(struct reader *r)
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
    rc = buf_reserve(&r->text, PIECE_BYTES);
    if (rc != OK)
        return rc;
    out = (ZSTD_outBuffer){ r->text.bytes + r->text.len, PIECE_BYTES, 0 };
    rc_zstd = ZSTD_decompressStream(r->zstd, &out, &r->in);
    if (ZSTD_isError(rc_zstd))
        return err_set(ERR_FORMAT, "%s: a temporary file is damaged: %s", folder(),
            ZSTD_getErrorName(rc_zstd));
    r->text.len += out.pos;
    return OK;
}

/* Have `need` bytes at `at`; *have is false at the end of the run. */
static int
reader_need(struct reader *r, size_t need, bool *have)
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
static int
reader_next(struct reader *r)
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

static int
reader_open(struct reader **made, int fd)
{
    struct reader *r = calloc(1, sizeof *r);

    *made = r;
    if (r == NULL || (r->zstd = ZSTD_createDCtx()) == NULL)
        return err_set(ERR_MEMORY, "no memory to merge sorted runs");
    r->fd = fd;
    if (lseek(fd, 0, SEEK_SET) != 0)
        return err_io("%s: cannot read a temporary file", folder());
    return OK;
}

static void
reader_close(struct reader *r)
{
    if (r == NULL)
        return;
    ZSTD_freeDCtx(r->zstd);
    buf_free(&r->text);
    free(r);
}

/* ---- merging: a heap of readers, the next word on top ---- */

struct merge {
    enum wordmap_order order;
    struct reader     *heap[FAN_MAX];
    size_t             count;
    struct buf         word; /* the bytes of a long word, while its readers go on */
};

static void
sift_down(struct merge *m, size_t at)
{
    for (size_t child; (child = 2 * at + 1) < m->count; at = child) {
        struct reader *t = m->heap[at];

        if (child + 1 < m->count
            && wordmap_compare(&m->heap[child + 1]->entry, &m->heap[child]->entry, m->order) < 0)
            child++;
        if (wordmap_compare(&t->entry, &m->heap[child]->entry, m->order) <= 0)
            return;
        m->heap[at] = m->heap[child];
        m->heap[child] = t;
    }
}

/* The reader on top goes to its next word, or leaves. */
static int
advance(struct merge *m)
{
    int rc = reader_next(m->heap[0]);

    if (rc < 0)
        return rc;
    if (rc == 0) {
        reader_close(m->heap[0]);
        m->heap[0] = m->heap[--m->count];
    }
    sift_down(m, 0);
    return OK;
}

static int
merge_open(struct merge *m, enum wordmap_order order, const struct run *runs, size_t count)
{
    *m = (struct merge){ .order = order };
    for (size_t i = 0; i < count; i++) {
        int rc = reader_open(&m->heap[m->count++], runs[i].fd);

        if (rc == OK)
            rc = reader_next(m->heap[m->count - 1]);
        if (rc < 0)
            return rc;
        if (rc == 0)
            reader_close(m->heap[--m->count]);
    }
    for (size_t i = m->count / 2; i-- > 0;)
        sift_down(m, i);
    return OK;
}

/* 1 and the next word with its whole count; 0 at the end. */
static int
merge_next(struct merge *m, struct wordmap_entry *e)
{
    if (m->count == 0)
        return 0;
    *e = m->heap[0]->entry;
    if (e->len > WORDMAP_INLINE) {
        int rc;

        buf_reset(&m->word);
        rc = buf_add(&m->word, wordmap_text(e), e->len);
        if (rc != OK)
            return rc;
        e->word.far.text = m->word.bytes;
    }
    for (;;) {
        int rc = advance(m);

        if (rc != OK)
            return rc;
        if (m->order != WORDMAP_BY_BYTES || m->count == 0
            || wordmap_compare(&m->heap[0]->entry, e, WORDMAP_BY_BYTES) != 0)
            return 1;
        if (__builtin_add_overflow(e->count, m->heap[0]->entry.count, &e->count))
            return err_set(ERR_LIMIT, "the count of \"%.*s\" passes 2^64 - 1",
                e->len < 100 ? (int)e->len : 100, wordmap_text(e));
    }
}

static int
merge_into(enum wordmap_order order, const struct run *runs, size_t count,
    int (*take)(void *context, const struct wordmap_entry *e), void *context)
{
    struct merge         m;
    struct wordmap_entry e;
    int                  rc = merge_open(&m, order, runs, count);

    while (rc == OK && (rc = merge_next(&m, &e)) == 1)
        rc = take(context, &e);
    while (m.count > 0)
        reader_close(m.heap[--m.count]);
    buf_free(&m.word);
    return rc > 0 ? OK : rc;
}

/* ---- the set of runs ---- */

void
runs_open(struct runs *runs, enum wordmap_order order, size_t memory_bytes)
{
    *runs = (struct runs){ .order = order, .fan = memory_bytes / RUN_READER_BYTES };
    if (runs->fan < FAN_MIN)
        runs->fan = FAN_MIN;
    if (runs->fan > FAN_MAX)
        runs->fan = FAN_MAX;
    pthread_mutex_init(&runs->lock, NULL);
    pthread_mutex_init(&runs->merging, NULL);
}

void
runs_close(struct runs *runs)
{
    for (size_t i = 0; i < runs->count; i++)
        close(runs->list[i].fd);
    free(runs->list);
    pthread_mutex_destroy(&runs->lock);
    pthread_mutex_destroy(&runs->merging);
    *runs = (struct runs){ 0 };
}

static int
push(struct runs *runs, struct run run)
{
    int rc = OK;

    pthread_mutex_lock(&runs->lock);
    if (runs->count == runs->max) {
        size_t      max = runs->max > 0 ? 2 * runs->max : 64;
        struct run *list = realloc(runs->list, max * sizeof *list);

        if (list == NULL) {
            rc = err_set(ERR_MEMORY, "no memory for a sorted run");
        } else {
            runs->list = list;
            runs->max = max;
        }
    }
    if (rc == OK)
        runs->list[runs->count++] = run;
    else
        close(run.fd);
    pthread_mutex_unlock(&runs->lock);
    return rc;
}

/* Take `fan` runs of this level (any level: -1) out of the list; false if there are not so many. */
static bool
pull(struct runs *runs, struct run *taken, int level)
{
    size_t have = 0, kept = 0, got = 0;

    pthread_mutex_lock(&runs->lock);
    for (size_t i = 0; i < runs->count; i++)
        have += level < 0 || runs->list[i].level == level;
    if (have >= runs->fan) {
        for (size_t i = 0; i < runs->count; i++) {
            if (got < runs->fan && (level < 0 || runs->list[i].level == level))
                taken[got++] = runs->list[i];
            else
                runs->list[kept++] = runs->list[i];
        }
        runs->count = kept;
    }
    pthread_mutex_unlock(&runs->lock);
    return got > 0;
}

/* The taken runs become one of `level`. */
static int
merge_taken(struct runs *runs, const struct run *taken, int level)
{
    struct run     merged;
    struct writer *w = NULL;
    int            rc = run_new(&merged, level);

    if (rc == OK) {
        rc = writer_open(&w, merged.fd);
        if (rc == OK)
            rc = merge_into(runs->order, taken, runs->fan, writer_add, w);
        if (rc == OK)
            rc = writer_flush(w, true);
        writer_close(w);
        if (rc == OK)
            rc = push(runs, merged);
        else
            close(merged.fd);
    }
    for (size_t i = 0; i < runs->fan; i++)
        close(taken[i].fd);
    return rc;
}

int
runs_spill(struct runs *runs, struct wordmap *map)
{
    struct run     run, taken[FAN_MAX];
    struct writer *w = NULL;
    int            rc = run_new(&run, 0);

    if (rc != OK)
        return rc;
    wordmap_sort(map, runs->order);
    rc = writer_open(&w, run.fd);
    for (size_t i = 0; rc == OK && i < map->used; i++)
        rc = writer_add(w, &map->slots[i]);
    if (rc == OK)
        rc = writer_flush(w, true);
    writer_close(w);
    wordmap_reset(map);
    if (rc != OK) {
        close(run.fd);
        return rc;
    }
    rc = push(runs, run);
    pthread_mutex_lock(&runs->merging); /* one merge at a time: its memory is counted once */
    for (int level = 0; rc == OK && pull(runs, taken, level); level++)
        rc = merge_taken(runs, taken, level + 1);
    pthread_mutex_unlock(&runs->merging);
    return rc;
}

int
runs_merge(struct runs *runs, int (*take)(void *context, const struct wordmap_entry *e),
    void *context)
{
    struct run taken[FAN_MAX];
    int        rc = OK;

    while (rc == OK && runs->count > runs->fan && pull(runs, taken, -1))
        rc = merge_taken(runs, taken, 0);
    if (rc == OK)
        rc = merge_into(runs->order, runs->list, runs->count, take, context);
    return rc;
}
