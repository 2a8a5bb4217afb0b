/* stop.h -- when to save and leave: a signal, the time limit, --stop-at.
 *
 * SIGTERM, SIGUSR1 and SIGUSR2 only leave a mark, which the loop finds behind the step; batch
 * systems send one of the three some minutes before they kill.  A second signal means now: the
 * program ends by it, and what was being written stays without its final name. */
#ifndef TOOLS_TRAIN_STOP_H
#define TOOLS_TRAIN_STOP_H

#include <stdbool.h>

/* stop_open -- catch the signals; the clock of the limit starts.  limit_s 0: none. */
void stop_open(double limit_s);

/* stop_wanted -- true once a signal came, or fewer than reserve_s seconds of the limit are left. */
bool stop_wanted(double reserve_s);

/* stop_signal -- the signal that came, as "SIGTERM"; NULL: none. */
const char *stop_signal(void);

#endif
