/* backend.h -- backends as tests open them: those of the programs, and "cuda-host", the sources
 * of kernels/cuda compiled for the host.  There "threads" is the order in which a block's
 * threads run. */
#ifndef TESTS_BACKEND_H
#define TESTS_BACKEND_H

#include <stdlib.h>
#include <string.h>

#include "kernels/load.h"
#include "tests/tap.h"

/* Until all ops of kernels/cuda are written: what is called in place of one that is not. */
static int test_missing;

static inline void
test_missing_op(struct view y)
{
    (void)y;
    test_missing++;
}

static inline const struct backend *
test_filled(const struct backend *be)
{
    static struct backend filled;
    char                 *at = (char *)&filled.open, *end = (char *)(&filled + 1);
    void (*op)(struct view y);

    filled = *be;
    for (; at < end; at += sizeof op) {
        memcpy(&op, at, sizeof op);
        if (op == NULL)
            op = test_missing_op;
        memcpy(at, &op, sizeof op);
    }
    return &filled;
}

/* test_cuda_host -- false where there is no C++ compiler. */
static inline bool
test_cuda_host(void)
{
#ifdef CUDA_HOST
    return true;
#else
    return false;
#endif
}

static inline const struct backend *
test_backend(const char *name, int threads)
{
    const struct backend *be;
    int                   rc = ERR_DEVICE;

    if (strcmp(name, "cuda-host"))
        rc = backend_open(&be, name, threads);
#ifdef CUDA_HOST
    else
        rc = load_backend(&be, CUDA_HOST);
    if (rc == OK && !strcmp(name, "cuda-host"))
        rc = be->open(threads);
    if (rc == OK && !strcmp(name, "cuda-host"))
        be = test_filled(be);
#endif
    if (rc == OK)
        return be;
    printf("Bail out! %s\n", err_msg());
    exit(1);
}

#endif
