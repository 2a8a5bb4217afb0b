/* file_test.c -- a file appears whole or not at all; directories and locks. */
#include "lib/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/tap.h"

static char dir[] = "/tmp/file_test.XXXXXX";
static char path[64], tmp[80];

static bool
holds(const char *file, const char *text)
{
    struct buf b = { 0 };
    bool       same = file_read_all(&b, file, 1 << 20) == OK && b.len == strlen(text)
        && memcmp(b.bytes, text, b.len) == 0;

    buf_free(&b);
    return same;
}

static bool
is_there(const char *file)
{
    struct stat st;

    return lstat(file, &st) == 0;
}

static void
test_out(void)
{
    struct out out;
    char       big[300000];
    struct buf b = { 0 };

    CHECK(file_write_all(path, "old", 3) == OK);
    CHECK(out_open(&out, path) == OK && out_puts(&out, "new ") == OK && out_printf(&out, "%d",
        5) == OK);
    ok(holds(path, "old") && is_there(tmp), "until it is closed the old file stands");
    CHECK(out_close(&out) == OK);
    ok(holds(path, "new 5") && !is_there(tmp), "then the new one");
    CHECK(out_open(&out, path) == OK && out_puts(&out, "third") == OK && out_flush(&out) == OK);
    out_abort(&out);
    ok(holds(path, "new 5") && !is_there(tmp), "aborted, nothing has changed");
    CHECK(out_open(&out, path) == OK);
    file_cleanup();
    ok(!is_there(tmp), "cleanup removes what is half written");
    ok(out_close(&out) == ERR_IO && holds(path, "new 5"), "which then cannot be closed: %s",
        err_msg());
    memset(big, 'x', sizeof big);
    CHECK(out_open(&out, path) == OK);
    for (size_t n = 0; n < 7; n++)
        CHECK(out_write(&out, big, n % 2 == 0 ? sizeof big : 1000) == OK);
    ok(out.offset == 4 * sizeof big + 3000, "bytes are counted");
    CHECK(out_close(&out) == OK && file_read_all(&b, path, 2 << 20) == OK);
    ok(b.len == 4 * sizeof big + 3000 && memchr(b.bytes, 'x', b.len) == b.bytes,
        "large writes pass through");
    buf_free(&b);
    ok(file_read_all(&b, path, 1000) == ERR_LIMIT, "larger than allowed: %s", err_msg());
    buf_free(&b);
    ok(file_write_all("/dev/full", "x", 1) == ERR_IO, "a full disk: %s", err_msg());
    ok(file_write_all("/tmp/none/none/x", "x", 1) == ERR_IO, "no such directory: %s", err_msg());
    ok(file_write_all("/dev/null", "x", 1) == OK && is_there("/dev/null"),
        "what is no regular file is written in place");
}

static void
test_in(void)
{
    struct in in;
    char      bytes[16];
    size_t    got;

    CHECK(file_write_all(path, "abcdefghij", 10) == OK);
    CHECK(in_open(&in, path) == OK);
    ok(in.size == 10 && in_read(&in, bytes, 4, &got) == OK && got == 4 && memcmp(bytes, "abcd",
        4) == 0, "a part");
    ok(in_read(&in, bytes, 16, &got) == OK && got == 6 && in.offset == 10,
        "the rest, less than asked for");
    ok(in_some(&in, bytes, 16, &got) == OK && got == 0, "the end");
    in_close(&in);
    ok(in_open(&in, dir) == ERR_IO && strstr(err_msg(), "directory") != NULL, "a directory: %s",
        err_msg());
    ok(in_open(&in, "/tmp/none/x") == ERR_IO && strstr(err_msg(), "/tmp/none/x") != NULL,
        "not there: %s", err_msg());
}

/* What `tool x >>x` does. */
static void
test_read_what_is_written(void)
{
    struct in in;
    int       held = dup(STDOUT_FILENO), fd, rc;

    CHECK(file_write_all(path, "abc", 3) == OK && fflush(stdout) == 0);
    fd = open(path, O_WRONLY | O_APPEND);
    CHECK(held >= 0 && fd >= 0 && dup2(fd, STDOUT_FILENO) == STDOUT_FILENO);
    rc = in_open(&in, path);
    CHECK(dup2(held, STDOUT_FILENO) == STDOUT_FILENO);
    ok(rc == ERR_IO && strstr(err_msg(), "output as well") != NULL, "appended to itself: %s",
        err_msg());
    CHECK(truncate(path, 0) == 0 && dup2(fd, STDOUT_FILENO) == STDOUT_FILENO);
    rc = in_open(&in, path);
    CHECK(dup2(held, STDOUT_FILENO) == STDOUT_FILENO);
    ok(rc == OK, "nothing is in it yet");
    in_close(&in);
    close(fd);
    close(held);
}

/* NAME.tmp belongs to one program, and is no way to another file. */
static void
test_tmp(void)
{
    struct out out, second;

    CHECK(file_write_all(path, "old", 3) == OK);
    CHECK(out_open(&out, path) == OK && out_puts(&out, "first") == OK && out_flush(&out) == OK);
    ok(out_open(&second, path) == ERR_IO && strstr(err_msg(), "by another program") != NULL,
        "two write one name: %s", err_msg());
    ok(out_close(&out) == OK && holds(path, "first"), "the first is whole");
    ok(file_write_all(path, "next", 4) == OK && holds(path, "next"), "then the next may");
    CHECK(file_write_all(tmp, "left by a killed program", 24) == OK);
    ok(file_write_all(path, "new", 3) == OK && holds(path, "new") && !is_there(tmp),
        "what a killed program left is written anew");
    CHECK(symlink(path, tmp) == 0);
    ok(file_write_all(path, "trap", 4) == ERR_IO && strstr(err_msg(), tmp) != NULL
        && holds(path, "new"), "a link is not followed: %s", err_msg());
    CHECK(unlink(tmp) == 0);
}

/* A pipe gives what it has; in_read waits for all. */
static void
test_pipe(void)
{
    static const struct timespec nap = { 0, 1000000 };

    int       ends[2], status;
    struct in in = { .name = "pipe" };
    char      bytes[32];
    size_t    got;
    pid_t     child;

    CHECK(pipe(ends) == 0);
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        for (int i = 0; i < 10; i++)
            if (write(ends[1], &"0123456789"[i], 1) != 1 || nanosleep(&nap, NULL) != 0)
                _exit(1);
        _exit(0);
    }
    close(ends[1]);
    in.fd = ends[0];
    ok(in_read(&in, bytes, 10, &got) == OK && got == 10 && memcmp(bytes, "0123456789", 10) == 0,
        "a slow pipe is read whole");
    ok(in_read(&in, bytes, 10, &got) == OK && got == 0, "and has an end");
    in_close(&in);
    waitpid(child, &status, 0);
}

static void
test_dir(void)
{
    char deep[128], inside[160];
    int  lock, second;

    snprintf(deep, sizeof deep, "%s/a/b/c", dir);
    snprintf(inside, sizeof inside, "%s/x", deep);
    ok(dir_make(deep) == OK && dir_make(deep) == OK, "a directory and its parents, twice");
    ok(file_write_all(inside, "x", 1) == OK && dir_make(inside) == ERR_IO,
        "a file is in the way: %s", err_msg());
    ok(dir_sync(deep) == OK, "synced");
    ok(lock_open(&lock, deep) == OK, "locked");
    ok(lock_open(&second, deep) == ERR_IO && strstr(err_msg(),
        "in use by another process") != NULL, "once: %s", err_msg());
    lock_close(lock);
    ok(lock_open(&lock, deep) == OK, "and again when it is free");
    lock_close(lock);
    snprintf(deep, sizeof deep, "%s/a", dir);
    ok(dir_remove(deep) == OK && !is_there(deep) && dir_remove(deep) == OK,
        "removed with all in it, twice");
}

int
main(void)
{
    CHECK(mkdtemp(dir) != NULL);
    snprintf(path, sizeof path, "%s/file", dir);
    snprintf(tmp, sizeof tmp, "%s.tmp", path);
    test_out();
    test_in();
    test_read_what_is_written();
    test_tmp();
    test_pipe();
    test_dir();
    CHECK(dir_remove(dir) == OK);
    return tap_done();
}
