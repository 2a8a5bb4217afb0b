/* asked.c -- see asked.h. */
#include "kernels/cuda/host/asked.h"

#include <string.h>

#include "lib/err.h"

struct asked asked_all;

void
asked_scratch(const char *op, size_t bytes)
{
    struct asked_op *at = asked_all.scratch, *end = at + ASKED_OPS;

    while (at < end && at->op != NULL && strcmp(at->op, op) != 0)
        at++;
    CHECK(at < end);
    at->op = op;
    if (at->bytes < bytes)
        at->bytes = bytes;
}
