/* load.c -- see load.h. */
#define _POSIX_C_SOURCE 200809L
#include "kernels/load.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CUDA_FILE "cloze-cuda.so"

int
load_backend(const struct backend **be, const char *file)
{
    void         *object = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    const size_t *bytes;

    if (object == NULL)
        return err_set(ERR_DEVICE, "%s", dlerror());
    *be = dlsym(object, "cuda_backend");
    bytes = dlsym(object, "cuda_backend_bytes");
    if (*be == NULL || bytes == NULL || *bytes != sizeof **be)
        return err_set(ERR_DEVICE, "%s: it belongs to another version of this program", file);
    return OK;
}

/* has_driver -- before anything large is loaded, for nothing. */
static bool
has_driver(void)
{
    return dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL) != NULL;
}

/* beside -- ../lib/NAME from the folder of the running program; "" where that is too long or
 * unknown. */
static void
beside(char *path, size_t room, const char *name)
{
    char    program[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    char   *slash;

    path[0] = '\0';
    if (n <= 0)
        return;
    program[n] = '\0';
    slash = strrchr(program, '/');
    if (slash == NULL)
        return;
    *slash = '\0';
    if ((size_t)snprintf(path, room, "%s/../lib/%s", program, name) >= room)
        path[0] = '\0';
}

int
load_cuda(const struct backend **be)
{
    char path[PATH_MAX];
    bool here;
    int  rc;

    beside(path, sizeof path, CUDA_FILE);
    here = path[0] && access(path, F_OK) == 0;
    if (here && !has_driver())
        return err_set(ERR_DEVICE, "no GPU: this machine has no NVIDIA driver (libcuda.so.1)");
    rc = load_backend(be, here ? path : CUDA_FILE);
    if (rc != OK && !here && strstr(err_msg(), CUDA_FILE ": cannot open"))
        return err_set(ERR_DEVICE, "this build has no CUDA backend: " CUDA_FILE " is neither in "
            "../lib nor where libraries are looked for");
    return rc;
}
