/* backend.h -- backends as tests open them: those of the programs, and "cuda-host", the sources
 * of kernels/cuda compiled for the host.  There "threads" is the order in which a block's
 * threads run. */
#ifndef TESTS_BACKEND_H
#define TESTS_BACKEND_H

#include <stdlib.h>
#include <string.h>

#include "kernels/load.h"
#include "tests/tap.h"

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

/* test_names -- the backends there are to be tested, at most 3: BACKEND in the environment, or all
 * that need no GPU. */
static inline int
test_names(const char *names[3])
{
    names[0] = getenv("BACKEND");
    if (names[0] != NULL)
        return 1;
    names[0] = "ref";
    names[1] = "cpu";
    names[2] = "cuda-host";
    return test_cuda_host() ? 3 : 2;
}

static inline const struct backend *
test_backend(const char *name, int threads)
{
    const struct backend *be;
    int                   rc;

#ifdef CUDA_HOST
    if (!strcmp(name, "cuda-host")) {
        rc = load_backend(&be, CUDA_HOST);
        if (rc == OK)
            rc = be->open(threads);
    } else
#endif
        rc = backend_open(&be, name, threads);
    if (rc == OK)
        return be;
    printf("Bail out! %s\n", err_msg());
    exit(1);
}

#endif
