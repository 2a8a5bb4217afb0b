/* asked.h -- what tests want to know of the build for the host, which shows `asked_all` beside its
 * table. */
#ifndef KERNELS_CUDA_HOST_ASKED_H
#define KERNELS_CUDA_HOST_ASKED_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { ASKED_OPS = 32 };

/* Allocations of device and of pinned memory so far; and the most scratch that each op has asked
 * for, as many as have a name. */
struct asked_op {
    const char *op;
    size_t      bytes;
};
struct asked {
    int             allocations;
    struct asked_op scratch[ASKED_OPS];
};

__attribute__((visibility("default"))) extern struct asked asked_all;

/* asked_scratch -- an op asks for so many bytes. */
void asked_scratch(const char *op, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif
