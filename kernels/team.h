/* team.h -- what backends need of the team; the rest of it is in ops.h. */
#ifndef KERNELS_TEAM_H
#define KERNELS_TEAM_H

#include "kernels/ops.h"

#ifdef __cplusplus
extern "C" {
#endif

int team_rank(void);
int team_ranks(void);

/* team_all_sum_begin -- y = sum over ranks of y, F32 or F64, added in double and rounded once; made
 * beside what follows, in the order begun.  team_all_sum_end -- all that were begun are made. */
void     team_all_sum_begin(struct view y);
MUST int team_all_sum_end(void);

/* Messages, as wire.h has them: team_wait -- all that were begun are done, or a rank is named. */
void     team_send(int to, const void *bytes, size_t count);
void     team_receive(int from, void *bytes, size_t count);
MUST int team_wait(void);

/* team_await -- for a backend that has its own messages: ask done() until it says 1, or an
 * error, with the team's patience.  Behind that the ranks are asked for, and the one that does
 * not answer is named. */
MUST int team_await(int (*done)(void));

#ifdef __cplusplus
}
#endif

#endif
