/* file.c -- see file.h.  The list of open NAME.tmp is a fixed table of slots, so that a signal
 * handler may walk it: a slot is claimed and released by one atomic store. */
#define _GNU_SOURCE /* O_CLOEXEC, flock, mkostemp, sync_file_range */
#include "lib/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OUT_BUFFER_BYTES = 1 << 18, SEND_BYTES = 1 << 22, OPEN_TMP_MAX = 64 };

static _Atomic(char *) open_tmp[OPEN_TMP_MAX];

static void
tmp_remember(char *tmp)
{
    for (int i = 0; i < OPEN_TMP_MAX; i++) {
        char *empty = NULL;

        if (atomic_compare_exchange_strong(&open_tmp[i], &empty, tmp))
            return;
    }
}

static void
tmp_forget(char *tmp)
{
    for (int i = 0; i < OPEN_TMP_MAX; i++) {
        char *held = tmp;

        if (atomic_compare_exchange_strong(&open_tmp[i], &held, NULL))
            return;
    }
}

void
file_cleanup(void)
{
    for (int i = 0; i < OPEN_TMP_MAX; i++) {
        char *tmp = atomic_exchange(&open_tmp[i], NULL);

        if (tmp != NULL)
            unlink(tmp);
    }
}

/* ---- reading ---- */

/* A file that grows by what is written about it is never read to its end.  One that `>` has just
 * emptied is: nothing is in it yet. */
static bool
is_standard_output(const struct stat *st)
{
    struct stat out;
    int         flags = fcntl(STDOUT_FILENO, F_GETFL);

    return S_ISREG(st->st_mode) && fstat(STDOUT_FILENO, &out) == 0 && out.st_dev == st->st_dev
        && out.st_ino == st->st_ino && st->st_size > 0 && flags >= 0
        && ((flags & O_APPEND) != 0 || lseek(STDOUT_FILENO, 0, SEEK_CUR) < st->st_size)
        && (flags & O_ACCMODE) != O_RDONLY;
}

int
in_open(struct in *in, const char *path)
{
    struct stat st;

    *in = (struct in){ .fd = STDIN_FILENO, .name = "standard input" };
    if (path != NULL && *path == '\0')
        return err_set(ERR_IO, "the name of a file to read is empty");
    if (path != NULL && strcmp(path, "-") != 0) {
        in->name = path;
        in->fd = open(path, O_RDONLY | O_CLOEXEC);
        if (in->fd < 0)
            return err_io("%s: cannot open", path);
    }
    if (fstat(in->fd, &st) != 0)
        return err_io("%s", in->name);
    if (S_ISDIR(st.st_mode)) {
        in_close(in);
        return err_set(ERR_IO, "%s: is a directory", in->name);
    }
    if (is_standard_output(&st)) {
        in_close(in);
        return err_set(ERR_IO, "%s: is the output as well", in->name);
    }
    if (S_ISREG(st.st_mode))
        in->size = (uint64_t)st.st_size;
    return OK;
}

int
in_some(struct in *in, void *bytes, size_t len, size_t *got)
{
    ssize_t n;

    do
        n = read(in->fd, bytes, len);
    while (n < 0 && errno == EINTR);
    *got = 0;
    if (n < 0)
        return err_io("%s: cannot read at byte %llu", in->name, (unsigned long long)in->offset);
    *got = (size_t)n;
    in->offset += (uint64_t)n;
    return OK;
}

int
in_read(struct in *in, void *bytes, size_t len, size_t *got)
{
    size_t some;

    for (*got = 0; *got < len; *got += some) {
        int rc = in_some(in, (char *)bytes + *got, len - *got, &some);

        if (rc != OK)
            return rc;
        if (some == 0)
            break;
    }
    return OK;
}

void
in_close(struct in *in)
{
    if (in->fd > STDERR_FILENO)
        close(in->fd);
    in->fd = -1;
}

int
file_read_all(struct buf *b, const char *path, size_t max)
{
    struct in in;
    size_t    got = 0, start = b->len;
    int       rc = in_open(&in, path);

    if (rc != OK)
        return rc;
    do {
        rc = buf_reserve(b, 1 << 16);
        if (rc == OK)
            rc = in_some(&in, b->bytes + b->len, b->max - b->len - 1, &got);
        if (rc == OK)
            b->len += got;
        if (rc == OK && b->len - start > max)
            rc = err_set(ERR_LIMIT, "%s: larger than %zu bytes", in.name, max);
    } while (rc == OK && got > 0);
    if (b->bytes != NULL)
        b->bytes[b->len] = '\0';
    in_close(&in);
    return rc;
}

ssize_t
file_read_at(int fd, void *bytes, size_t len, uint64_t offset)
{
    size_t done = 0;

    while (done < len) {
        ssize_t n = pread(fd, (char *)bytes + done, len - done, (off_t)(offset + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

ssize_t
file_write_at(int fd, const void *bytes, size_t len, uint64_t offset)
{
    size_t done = 0;

    while (done < len) {
        ssize_t n = pwrite(fd, (const char *)bytes + done, len - done, (off_t)(offset + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

/* ---- writing ---- */

static void
out_free(struct out *out)
{
    if (out->tmp != NULL)
        tmp_forget(out->tmp);
    free(out->path);
    free(out->tmp);
    buf_free(&out->pending);
    *out = (struct out){ .fd = -1 };
}

static bool
same_file(int fd, const char *path)
{
    struct stat mine, there;

    return fstat(fd, &mine) == 0 && lstat(path, &there) == 0 && mine.st_dev == there.st_dev
        && mine.st_ino == there.st_ino;
}

/* Two programs that were told the same name would write into one another's NAME.tmp, so it is
 * locked until it is renamed; a file system without locks goes without.  One that a killed program
 * left is written anew.  A link there is somebody's trap or mistake, and is not followed. */
static int
tmp_open(struct out *out)
{
    for (;;) {
        out->fd = open(out->tmp, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (out->fd < 0)
            return err_io("%s: cannot open for writing",
                errno == EISDIR || errno == ELOOP ? out->tmp : out->path);
        if (flock(out->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
            close(out->fd);
            return err_set(ERR_IO, "%s: is being written by another program, as %s", out->path,
                out->tmp);
        }
        if (same_file(out->fd, out->tmp))
            break;
        close(out->fd); /* renamed by who had it, before it was locked here */
    }
    tmp_remember(out->tmp);
    if (ftruncate(out->fd, 0) != 0) {
        int rc = err_io("%s: cannot truncate", out->tmp);

        unlink(out->tmp);
        close(out->fd);
        return rc;
    }
    return OK;
}

int
out_open(struct out *out, const char *path)
{
    struct stat st;
    size_t      len;
    int         rc;

    *out = (struct out){ .fd = STDOUT_FILENO };
    if (path == NULL || strcmp(path, "-") == 0)
        return buf_reserve(&out->pending, OUT_BUFFER_BYTES);
    len = strlen(path);
    if (len == 0)
        return err_set(ERR_IO, "the name of a file to write is empty");
    out->path = malloc(len + 1);
    out->tmp = malloc(len + sizeof ".tmp");
    if (out->path == NULL || out->tmp == NULL
        || buf_reserve(&out->pending, OUT_BUFFER_BYTES) != OK) {
        out_free(out);
        return err_set(ERR_MEMORY, "no memory: cannot open %s", path);
    }
    memcpy(out->path, path, len + 1);
    memcpy(out->tmp, path, len);
    memcpy(out->tmp + len, ".tmp", sizeof ".tmp");
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        free(out->tmp);
        out->tmp = NULL;
        out->fd = open(path, O_WRONLY | O_CLOEXEC);
        rc = out->fd >= 0 ? OK : err_io("%s: cannot open for writing", path);
    } else {
        rc = tmp_open(out);
    }
    if (rc != OK)
        out_free(out);
    return rc;
}

const char *
out_name(const struct out *out)
{
    return out->path != NULL ? out->path : "standard output";
}

bool
out_is_terminal(const struct out *out)
{
    return isatty(out->fd) == 1;
}

/* What will be synced in the end goes to the disk as it comes, while more is being made: so there
 * is little left to wait for.  A hint, which promises nothing. */
static void
send_ahead(struct out *out, uint64_t written)
{
#ifdef SYNC_FILE_RANGE_WRITE
    if (out->tmp != NULL && written - out->sent >= SEND_BYTES) {
        (void)sync_file_range(out->fd, (off_t)out->sent, (off_t)(written - out->sent),
            SYNC_FILE_RANGE_WRITE);
        out->sent = written;
    }
#else
    (void)out;
    (void)written;
#endif
}

static int
write_through(struct out *out, const char *bytes, size_t len, uint64_t at)
{
    while (len > 0) {
        ssize_t n = write(out->fd, bytes, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_io("%s: cannot write at byte %llu", out_name(out),
                (unsigned long long)at);
        bytes += n;
        at += (uint64_t)n;
        len -= (size_t)n;
    }
    send_ahead(out, at);
    return OK;
}

int
out_flush(struct out *out)
{
    int rc = write_through(out, out->pending.bytes, out->pending.len,
        out->offset - out->pending.len);

    buf_reset(&out->pending);
    return rc;
}

int
out_write(struct out *out, const void *bytes, size_t len)
{
    int rc;

    if (out->pending.len + len >= OUT_BUFFER_BYTES && (rc = out_flush(out)) != OK)
        return rc;
    out->offset += len;
    if (len >= OUT_BUFFER_BYTES)
        return write_through(out, bytes, len, out->offset - len);
    return buf_add(&out->pending, bytes, len);
}

int
out_puts(struct out *out, const char *text)
{
    return out_write(out, text, strlen(text));
}

int
out_printf(struct out *out, const char *fmt, ...)
{
    char    text[4096];
    va_list args;
    int     len;

    va_start(args, fmt);
    len = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    CHECK(len >= 0 && (size_t)len < sizeof text);
    return out_write(out, text, (size_t)len);
}

int
out_close(struct out *out)
{
    int rc = out_flush(out);
    int lock = out->tmp != NULL ? fcntl(out->fd, F_DUPFD_CLOEXEC, 0) : -1; /* outlives the close */

    if (rc == OK && out->tmp != NULL && fsync(out->fd) != 0)
        rc = err_io("%s: cannot sync", out->path);
    if (close(out->fd) != 0 && rc == OK)
        rc = err_io("%s: cannot close", out_name(out));
    out->fd = -1;
    if (rc == OK && out->tmp != NULL && rename(out->tmp, out->path) != 0)
        rc = err_io("%s: cannot rename to %s", out->tmp, out->path);
    if (rc == OK && out->tmp != NULL)
        rc = dir_sync_parent(out->path);
    if (rc != OK && out->tmp != NULL)
        unlink(out->tmp);
    if (lock >= 0)
        close(lock);
    out_free(out);
    return rc;
}

void
out_abort(struct out *out)
{
    if (out->tmp != NULL)
        unlink(out->tmp);
    if (out->fd > STDERR_FILENO)
        close(out->fd);
    out_free(out);
}

int
file_temp(int *fd, const char *dir)
{
    char path[PATH_BYTES];
    int  rc = path_join(path, dir, "cloze-XXXXXX");

    if (rc != OK)
        return rc;
#ifdef O_TMPFILE /* not on every file system */
    *fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (*fd >= 0)
        return OK;
#endif
    *fd = mkostemp(path, O_CLOEXEC);
    if (*fd < 0)
        return err_io("%s: cannot make a temporary file", dir);
    return unlink(path) == 0 ? OK : err_io("%s: cannot unlink", path);
}

int
file_write_all(const char *path, const void *bytes, size_t len)
{
    struct out out;
    int        rc = out_open(&out, path);

    if (rc != OK)
        return rc;
    rc = out_write(&out, bytes, len);
    if (rc == OK)
        return out_close(&out);
    out_abort(&out);
    return rc;
}
