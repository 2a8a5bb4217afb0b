/* meet.h -- how processes that speak no MPI find each other: a TCP connection between any two.
 *
 * Rank 0 listens on the host that the launcher names; the others call it, say who they are and
 * where they listen themselves, and are given the list of all; then each calls those of lower
 * rank.  The port is the launcher's (MASTER_PORT), or where it names none, or another listens
 * there, the first free one of a row of ports that follows from the name of the job: so no port
 * is fixed, nothing is left in a file, and two jobs that meet on one port know each other by the
 * greeting.
 *
 * Whoever can reach the ports can pretend to be a rank: as with MPI and NCCL the network between
 * the hosts is trusted. */
#ifndef KERNELS_MEET_H
#define KERNELS_MEET_H

#include "kernels/launch.h"

/* meet -- peer[r] = a socket that does not block, to each other rank r; peer[rank] = -1.  Errors:
 * ERR_DEVICE, naming the rank that does not come; ERR_MEMORY. */
MUST int meet(int *peer, const struct launch *launch, struct team_patience patience);

/* meet_now_s -- seconds on a clock that only goes forward. */
double meet_now_s(void);

#endif
