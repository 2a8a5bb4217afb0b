/* dir.c -- directories and their lock; declared in file.h. */
#define _GNU_SOURCE /* nftw, flock, gethostname */
#include "lib/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int
path_join(char path[PATH_BYTES], const char *dir, const char *name)
{
    if (snprintf(path, PATH_BYTES, "%s/%s", dir, name) >= PATH_BYTES)
        return err_set(ERR_LIMIT, "%s: the path is too long", dir);
    return OK;
}

int
dir_make(const char *path)
{
    char        part[PATH_BYTES];
    size_t      len = strlen(path);
    struct stat st;

    if (len == 0 || len >= sizeof part)
        return err_set(ERR_LIMIT, "\"%s\": not a path of 1 to %zu bytes", path, sizeof part - 1);
    memcpy(part, path, len + 1);
    for (size_t i = 1; i <= len; i++) {
        if (part[i] != '/' && part[i] != '\0')
            continue;
        part[i] = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            return err_io("%s: cannot make the directory", part);
        part[i] = path[i];
    }
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        return err_set(ERR_IO, "%s: is there and is not a directory", path);
    return OK;
}

int
dir_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = OK;

    if (fd < 0)
        return err_io("%s: cannot open the directory", path);
    if (fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP) /* some file systems cannot */
        rc = err_io("%s: cannot sync the directory", path);
    close(fd);
    return rc;
}

int
dir_sync_parent(const char *path)
{
    char  dir[PATH_BYTES];
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

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *walk)
{
    (void)st;
    (void)flag;
    (void)walk;
    return remove(path);
}

int
dir_remove(const char *path)
{
    struct stat st;

    if (lstat(path, &st) != 0 && errno == ENOENT)
        return OK;
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
        return err_io("%s: cannot remove", path);
    return OK;
}

int
lock_open(int *lock, const char *dir)
{
    char    path[PATH_BYTES], holder[300] = "", host[256] = "";
    ssize_t n;
    int     rc = path_join(path, dir, "lock");

    if (rc != OK)
        return rc;
    *lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (*lock < 0)
        return err_io("%s: cannot open", path);
    if (flock(*lock, LOCK_EX | LOCK_NB) != 0) {
        n = read(*lock, holder, sizeof holder - 1);
        close(*lock);
        *lock = -1;
        return err_set(ERR_IO, "%s: in use by another process (%.*s)", dir,
            (int)strcspn(holder, "\n"), n > 0 ? holder : "unknown");
    }
    gethostname(host, sizeof host - 1);
    n = snprintf(holder, sizeof holder, "%s, process %ld\n", host, (long)getpid());
    if (ftruncate(*lock, 0) != 0 || file_write_at(*lock, holder, (size_t)n, 0) != n) {
        rc = err_io("%s: cannot write", path);
        unlink(path); /* while it is still ours */
        lock_close(*lock);
        return rc;
    }
    return OK;
}

void
lock_close(int lock)
{
    if (lock >= 0)
        close(lock);
}
