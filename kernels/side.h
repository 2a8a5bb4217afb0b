/* side.h -- a thread that sums beside other work, one view after the other.
 *
 *     side_add(sum, y, false);       begun; y is left alone until side_wait
 *     rc = side_wait();              all are done; the first failure, with its sentence
 *
 * All is called from one thread. */
#ifndef KERNELS_SIDE_H
#define KERNELS_SIDE_H

#include "kernels/ops.h"

/* side_add -- sum(y), behind all that were added before; behind a failure nothing is done any more.
 * At once and here if that is wanted, or no thread is to be had. */
void     side_add(int (*sum)(struct view y), struct view y, bool at_once);
MUST int side_wait(void);
/* side_busy -- something was added and not waited for. */
bool side_busy(void);
/* side_close -- the thread ends behind the sum that it is at. */
void side_close(void);

#endif
