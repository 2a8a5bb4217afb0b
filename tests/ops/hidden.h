/* hidden.h -- batches with hidden words for the tests of what takes their place. */
#ifndef TESTS_OPS_HIDDEN_H
#define TESTS_OPS_HIDDEN_H

#include "tests/ops/host.h"

/* Some rows, about one in `every`, ascending; their count.  row has room for all. */
static inline int
hidden_rows(double *row, int rows, int every)
{
    double *pick = host_below(rows, 9, every);
    int     count = 0;

    for (int r = 0; r < rows; r++)
        if (pick[r] == 0)
            row[count++] = r;
    free(pick);
    return count;
}

/* check_same -- the first `outs` arguments, which are outputs, become what `want` says of each. */
static inline void
check_same(const char *label, const struct arg *args, int count, int outs, run_fn *run,
    const void *extra, double *const *want)
{
    struct tensor t[ARGS_MAX];
    bool          good = execute(t, host_open("ref", 1), F32, args, count, run, extra);

    for (int i = 0; i < outs; i++)
        good &= host_error(t[i].got, want[i], args[i].rows * args[i].cols) == 0;
    ok(good, "%s: as the rule says, written out again", label);
    tensors_free(t, count);
}

#endif
