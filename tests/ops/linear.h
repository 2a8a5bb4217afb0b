/* linear.h -- the three products of a linear layer, as run_fn of host.h calls them. */
#ifndef TESTS_OPS_LINEAR_H
#define TESTS_OPS_LINEAR_H

#include "tests/ops/host.h"

static inline void
fwd(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_linear_fwd(be, v[0], v[1], v[2], v[3]);
}

static inline void
bwd_x(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_linear_bwd_x(be, v[0], v[1], v[2]);
}

static inline void
bwd_w(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_linear_bwd_w(be, v[0], v[1], v[2], v[3]);
}

#endif
