/* device.h -- what a run computes on, said in one line, and whether its memory is enough. */
#ifndef TOOLS_TRAIN_DEVICE_H
#define TOOLS_TRAIN_DEVICE_H

#include "tools/train/session.h"

/* device_open -- session.backend and .device, as --device asks for.  Says which it is, and with
 * "auto" what kept it from a faster one.  Errors: ERR_DEVICE. */
MUST int device_open(struct session *r);

/* device_plan -- session.device alone, for a plan: a device that is asked for by name need not be
 * there.  Errors: ERR_DEVICE. */
MUST int device_plan(struct session *r);

/* device_room -- what the plan needs is free on the device.  Errors: ERR_MEMORY, with both
 * numbers. */
MUST int device_room(const struct session *r);

#endif
