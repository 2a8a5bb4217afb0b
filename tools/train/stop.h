/* stop.h -- when to save and leave: a signal, the time limit, --stop-at.
 *
 * Signals (lib/halt.h) only leave a mark, which the loop finds behind the step. */
#ifndef TOOLS_TRAIN_STOP_H
#define TOOLS_TRAIN_STOP_H

#include <stdbool.h>

#include "lib/err.h"

/* stop_open -- listen to the signals; the clock of the limit starts.  limit_s 0: none.  Before any
 * other thread is started. */
MUST int stop_open(double limit_s);

/* stop_wanted -- true once a signal came, or fewer than reserve_s seconds of the limit are left. */
bool stop_wanted(double reserve_s);

#endif
