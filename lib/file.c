/* file.c -- see file.h.  The list of open NAME.tmp is a fixed table of slots, so that a signal
 * handler may walk it: a slot is claimed and released by one atomic store. */
#define _GNU_SOURCE /* O_CLOEXEC, flock, mkostemp */
#include "lib/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OUT_BUFFER_BYTES = 1 << 18, OPEN_TMP_MAX = 64 };

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

int
out_open(struct out *out, const char *path)
{
    struct stat st;
    size_t      len;

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
    } else {
        out->fd = open(out->tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (out->fd >= 0)
            tmp_remember(out->tmp);
    }
    if (out->fd < 0) {
        int rc = err_io("%s: cannot open for writing", path);

        out_free(out);
        return rc;
    }
    return OK;
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

static int
parent_sync(const char *path)
{
    char  dir[4096];
    char *slash;

    if (strlen(path) >= sizeof dir)
        return err_set(ERR_LIMIT, "%s: the path is too long", path);
    memcpy(dir, path, strlen(path) + 1);
    slash = strrchr(dir, '/');
    if (slash == NULL)
        return dir_sync(".");
    slash[slash == dir ? 1 : 0] = '\0';
    return dir_sync(dir);
}

int
out_close(struct out *out)
{
    int rc = out_flush(out);

    if (rc == OK && out->tmp != NULL && fsync(out->fd) != 0)
        rc = err_io("%s: cannot sync", out->path);
    if (close(out->fd) != 0 && rc == OK)
        rc = err_io("%s: cannot close", out_name(out));
    out->fd = -1;
    if (rc == OK && out->tmp != NULL && rename(out->tmp, out->path) != 0)
        rc = err_io("%s: cannot rename to %s", out->tmp, out->path);
    if (rc == OK && out->tmp != NULL)
        rc = parent_sync(out->path);
    if (rc != OK && out->tmp != NULL)
        unlink(out->tmp);
    out_free(out);
    return rc;
}

void
out_abort(struct out *out)
{
    if (out->fd > STDERR_FILENO)
        close(out->fd);
    if (out->tmp != NULL)
        unlink(out->tmp);
    out_free(out);
}

int
file_temp(int *fd, const char *dir)
{
    char path[PATH_BYTES];
    int  rc = path_join(path, dir, "cloze-XXXXXX");

    if (rc != OK)
        return rc;
    *fd = mkostemp(path, O_CLOEXEC);
    if (*fd < 0)
        return err_io("%s: cannot make a temporary file", path);
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
