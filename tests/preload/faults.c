/* faults.c -- a world that goes wrong at a chosen place, put in front of the C library:
 *
 *     LD_PRELOAD=faults.so FAULT=KIND[:N[+][:ERROR]] FAULT_HIT=FILE program ...
 *
 * KIND is memory (an allocation gives NULL) or a call of the table below (it gives ERROR, such as
 * ENOSPC, and does nothing).  The N-th of its kind fails, with a + the later ones too.  KIND short
 * fails nothing: a read gives one byte, a write takes seven, and every fifth is interrupted
 * (EINTR).  When the fault happens, a byte is added to FILE: a loop over N ends where none is.  A
 * program that waits forever dies of SIGALRM.
 *
 * What the C library does for itself (the talk of stdio on standard error) does not pass here. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SECONDS_MAX = 20, READ_MAX = 1, WRITE_MAX = 7, INTERRUPTED_EACH = 5 };

static const struct {
    const char *name;
    int         number;
} errors[] = { { "EIO", EIO }, { "ENOSPC", ENOSPC }, { "EDQUOT", EDQUOT }, { "EACCES", EACCES },
    { "EAGAIN", EAGAIN }, { "ENOMEM", ENOMEM } };

static struct {
    char        kind[16];
    long        number; /* of the first that fails; 0: none does */
    bool        later, pieces;
    int         error;
    const char *hit;
} plan;
static atomic_long seen, calls;

__attribute__((constructor)) static void
read_plan(void)
{
    const char *text = getenv("FAULT"), *error;
    char        later = 0;

    if (text == NULL)
        return;
    plan.hit = getenv("FAULT_HIT");
    plan.pieces = strcmp(text, "short") == 0;
    plan.error = EIO;
    error = strrchr(text, ':');
    for (size_t i = 0; error != NULL && i < sizeof errors / sizeof *errors; i++)
        if (strcmp(error + 1, errors[i].name) == 0)
            plan.error = errors[i].number;
    if (sscanf(text, "%15[a-z]:%ld%c", plan.kind, &plan.number, &later) < 2)
        plan.number = 0;
    plan.later = later == '+';
    atomic_store(&seen, 0);
    alarm(SECONDS_MAX);
}

static void
tell(void)
{
    int saved = errno, fd = plan.hit == NULL ? -1
        : (int)syscall(SYS_openat, AT_FDCWD, plan.hit, O_WRONLY | O_APPEND | O_CREAT, 0666);

    if (fd >= 0) {
        syscall(SYS_write, fd, "x", 1);
        syscall(SYS_close, fd);
    }
    errno = saved;
}

/* fails -- is this call of `kind` one that is to fail?  Sets errno. */
static bool
fails(const char *kind)
{
    long n;

    if (plan.number == 0 || strcmp(kind, plan.kind) != 0)
        return false;
    n = atomic_fetch_add(&seen, 1) + 1;
    if (n != plan.number && !(plan.later && n > plan.number))
        return false;
    tell();
    errno = plan.error;
    return true;
}

/* interrupted -- with FAULT=short, every fifth read or write. */
static bool
interrupted(void)
{
    if (!plan.pieces || atomic_fetch_add(&calls, 1) % INTERRUPTED_EACH != INTERRUPTED_EACH - 1)
        return false;
    tell();
    errno = EINTR;
    return true;
}

static size_t
piece(size_t len, size_t max)
{
    return plan.pieces && len > max ? max : len;
}

/* ---- memory: what glibc exports below its own names ---- */

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *old, size_t bytes);
extern void *__libc_memalign(size_t align, size_t bytes);

static bool
no_memory(void)
{
    if (!fails("memory"))
        return false;
    errno = ENOMEM;
    return true;
}

void *
malloc(size_t bytes)
{
    return no_memory() ? NULL : __libc_malloc(bytes);
}

void *
calloc(size_t count, size_t bytes)
{
    return no_memory() ? NULL : __libc_calloc(count, bytes);
}

void *
realloc(void *old, size_t bytes)
{
    return no_memory() ? NULL : __libc_realloc(old, bytes);
}

void *
aligned_alloc(size_t align, size_t bytes)
{
    return no_memory() ? NULL : __libc_memalign(align, bytes);
}

int
posix_memalign(void **at, size_t align, size_t bytes)
{
    if (no_memory() || (*at = __libc_memalign(align, bytes)) == NULL)
        return ENOMEM;
    return 0;
}

/* ---- calls: each asks first, then goes on to the real one ---- */

/* A function's pointer from dlsym's data pointer, as POSIX has it done. */
#define NEXT(name) \
    static __typeof__(&name) next; \
    if (next == NULL) \
        *(void **)&next = dlsym(RTLD_NEXT, #name)

#define CALL(type, name, parameters, arguments) \
    type name parameters \
    { \
        NEXT(name); \
        return fails(#name) ? (type)-1 : next arguments; \
    }

CALL(int, fsync, (int fd), (fd))
CALL(int, rename, (const char *from, const char *to), (from, to))
CALL(int, mkdir, (const char *path, mode_t mode), (path, mode))
CALL(int, ftruncate, (int fd, off_t len), (fd, len))
CALL(int, mkstemp, (char *template), (template))
CALL(int, mkostemp, (char *template, int flags), (template, flags))
CALL(ssize_t, pwrite, (int fd, const void *bytes, size_t len, off_t at),
    (fd, bytes, piece(len, WRITE_MAX), at))
CALL(ssize_t, pread, (int fd, void *bytes, size_t len, off_t at),
    (fd, bytes, piece(len, READ_MAX), at))

void *
mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
    NEXT(mmap);
    return fails("mmap") ? MAP_FAILED : next(at, len, protection, flags, fd, offset);
}

ssize_t
read(int fd, void *bytes, size_t len)
{
    NEXT(read);
    return fails("read") || interrupted() ? -1 : next(fd, bytes, piece(len, READ_MAX));
}

ssize_t
write(int fd, const void *bytes, size_t len)
{
    NEXT(write);
    return fails("write") || interrupted() ? -1 : next(fd, bytes, piece(len, WRITE_MAX));
}

/* As with a network's file system, the descriptor is gone though close fails. */
int
close(int fd)
{
    NEXT(close);
    if (!fails("close"))
        return next(fd);
    next(fd);
    errno = plan.error;
    return -1;
}

int
open(const char *path, int flags, ...)
{
    mode_t  mode = 0;
    va_list args;

    NEXT(open);
    va_start(args, flags);
    if ((flags & O_CREAT) != 0)
        mode = va_arg(args, mode_t);
    va_end(args);
    return fails("open") ? -1 : next(path, flags, mode);
}

int
pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*start)(void *), void *arg)
{
    NEXT(pthread_create);
    return fails("thread") ? EAGAIN : next(thread, how, start, arg);
}
