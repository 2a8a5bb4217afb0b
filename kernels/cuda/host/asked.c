/* asked.c -- see asked.h. */
#include "kernels/cuda/host/asked.h"

#include <string.h>

#include "lib/err.h"

struct asked asked_all;

void
asked_scratch(const char *op, size_t bytes)
{
    int i = 0;

    while (i < ASKED_OPS && asked_all.scratch[i].op != NULL && strcmp(asked_all.scratch[i].op, op) != 0)
        i++;
    CHECK(i < ASKED_OPS);
    asked_all.scratch[i].op = op;
    if (asked_all.scratch[i].bytes < bytes)
        asked_all.scratch[i].bytes = bytes;
}
