/* collective.c -- tensors that lie in the memory of the host: the team's own calls do. */
#include "kernels/ref/ref.h"
#include "kernels/team.h"

void
ref_all_sum_begin(struct view y)
{
    team_all_sum_begin(y);
}

int
ref_all_sum_end(void)
{
    return team_all_sum_end();
}

int
ref_broadcast(struct view y)
{
    return team_spread(y.data, (size_t)y.rows * (size_t)y.cols * dtype_bytes(y.dtype));
}
