/* log.h -- RUN/log.jsonl, one JSON object a line, and the same numbers for TensorBoard.
 *
 * log.jsonl is the master, the events file a copy for looking at.  Both only grow while a run goes
 * on; a run that goes back to a checkpoint cuts off what lies behind it, so that a run that was
 * interrupted has the lines of one that was not.  The page is log(5). */
#ifndef TOOLS_TRAIN_LOG_H
#define TOOLS_TRAIN_LOG_H

#include <stdint.h>

#include "lib/tfevents.h"

struct log {
    int             fd;
    char           *path;
    struct tfevents events;
    int64_t         evaluated; /* the last step that the file holds an evaluation of, or -1 */
};

enum { LOG_FIELDS_MAX = 12 };

struct log_field {
    const char *name;
    double      value;
};

/* log_open -- RUN's log, cut to the lines of steps up to step_max. */
MUST int log_open(struct log *l, const char *run, uint64_t step_max);
/* log_add -- a line: step, epoch and tokens, then the fields, which go into the events file too. */
MUST int log_add(struct log *l, uint64_t step, double epoch, uint64_t tokens, int count,
    const struct log_field *fields);
/* log_sync -- both files are on the disk; before a checkpoint that relies on them. */
MUST int log_sync(struct log *l);
void     log_close(struct log *l);

#endif
