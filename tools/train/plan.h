/* plan.h -- what a run will take, before it takes anything. */
#ifndef TOOLS_TRAIN_PLAN_H
#define TOOLS_TRAIN_PLAN_H

#include "tools/train/session.h"

/* plan_make -- how large a micro-batch is, and r->plan, r->limits and, on r->device, r->reserve for
 * that. */
MUST int plan_make(struct session *r);
/* plan_host_bytes -- of all that the host keeps beside the device's memory. */
size_t plan_host_bytes(const struct session *r);
/* plan_print -- on standard output. */
MUST int plan_print(const struct session *r);

#endif
