/* team.h -- what backends whose tensors lie in the host's memory need of the team; the rest of it is
 * in ops.h. */
#ifndef KERNELS_TEAM_H
#define KERNELS_TEAM_H

#include "kernels/ops.h"

#ifdef __cplusplus
extern "C" {
#endif

int team_rank(void);
int team_ranks(void);

/* team_all_sum -- y = sum over ranks of y, F32 or F64, added in double and rounded once. */
MUST int team_all_sum(struct view y);

#ifdef __cplusplus
}
#endif

#endif
