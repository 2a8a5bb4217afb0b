/* remarks.h -- RUN/remarks: what the device's libraries have chosen by themselves, a line each.
 *
 * The page is log(5). */
#ifndef TOOLS_TRAIN_REMARKS_H
#define TOOLS_TRAIN_REMARKS_H

#include "kernels/ops.h"
#include "lib/buf.h"

/* remarks_hear -- what the backend has chosen since the last call goes into the file of the run,
 * unless it holds the same line already; with `run` NULL it is forgotten.  The file is made with
 * its first line.  `text`, empty at first, is what it holds; free it. */
MUST int remarks_hear(struct buf *text, const struct backend *be, const char *run);

#endif
