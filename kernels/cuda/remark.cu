/* remark.cu -- see remark.h. */
#include "kernels/cuda/remark.h"

#include <stdio.h>

#include "kernels/cuda/cuda.h"

static constexpr unsigned REMARKS = 128; /* that may wait */

static char     remarks[REMARKS][REMARK_BYTES];
static unsigned first, next; /* numbers modulo REMARKS */

void
cuda_remark_add(const char *sentence)
{
    if (next - first < REMARKS)
        snprintf(remarks[next++ % REMARKS], REMARK_BYTES, "%s", sentence);
}

const char *
cuda_remark(void)
{
    return first == next ? nullptr : remarks[first++ % REMARKS];
}
