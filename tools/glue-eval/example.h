/* example.h -- the rows of a GLUE file, as it is distributed.
 *
 * The files are tab-separated and have no quoting: a field that begins with a double quote begins
 * with a double quote.  A line ends with LF or CR LF, the last one perhaps with neither; a byte
 * order mark at the start is dropped.  What else differs from the task's table is an error that
 * names file and line, because a column that has shifted still trains, only to a worse score. */
#ifndef TOOLS_GLUE_EVAL_EXAMPLE_H
#define TOOLS_GLUE_EVAL_EXAMPLE_H

#include <stdint.h>

#include "lib/buf.h"
#include "lib/hash.h"
#include "tools/glue-eval/task.h"

struct example {
    const char *a, *b; /* b NULL: a single text */
    uint32_t    a_len, b_len;
    float       label; /* the class, or the number divided by label_max; 0 in a test set */
};

struct examples {
    struct buf      path, bytes, rows;
    struct example *items; /* [count], in `rows` */
    size_t          count;
    bool            absent; /* an optional file that is not there or has no labels */
    size_t          skipped, skipped_line; /* rows without all fields, and the first of them */
    char            hash[HASH_HEX_BYTES];
};

/* examples_read -- the rows of split `split` of `task` below the folder `glue`.
 * Errors: ERR_IO; ERR_FORMAT naming the line: a header that lacks the label's column, a row with
 * another number of fields, an unknown label, a NUL byte; ERR_TRUNCATED: no rows. */
MUST int examples_read(struct examples *e, const char *glue, const struct task *task, int split);
void     examples_free(struct examples *e);

#endif
