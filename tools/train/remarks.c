/* remarks.c -- see remarks.h.
 *
 * What is chosen follows from shapes alone, and shapes come in the order of the data; so a run that
 * was stopped and resumed ends with the file of one that was not, as no line comes twice.  A whole
 * run has some dozens of lines, most of them from its first steps. */
#define _GNU_SOURCE /* memmem */
#include "tools/train/remarks.h"

#include <string.h>
#include <unistd.h>

#include "lib/file.h"

enum { REMARKS_MAX_BYTES = 1 << 24 };

/* The lines behind a newline, so that each stands between two. */
static int
read_file(struct buf *text, const char *path)
{
    int rc = buf_adds(text, "\n");

    return rc == OK && access(path, F_OK) == 0 ? file_read_all(text, path, REMARKS_MAX_BYTES) : rc;
}

static int
add(struct buf *text, const char *sentence)
{
    struct buf line = { 0 };
    int        rc = buf_addf(&line, "\n%s\n", sentence);

    if (rc == OK && memmem(text->bytes, text->len, line.bytes, line.len) == NULL)
        rc = buf_adds(text, line.bytes + 1);
    buf_free(&line);
    return rc;
}

int
remarks_hear(struct buf *text, const struct backend *be, const char *run)
{
    char        path[PATH_BYTES];
    const char *sentence = op_remark(be);
    size_t      held;
    int         rc;

    if (sentence == NULL || run == NULL) {
        while (sentence != NULL)
            sentence = op_remark(be);
        return OK;
    }
    rc = path_join(path, run, "remarks");
    if (rc == OK && text->len == 0)
        rc = read_file(text, path);
    for (held = text->len; rc == OK && sentence != NULL; sentence = op_remark(be))
        rc = add(text, sentence);
    return rc == OK && text->len > held ? file_write_all(path, text->bytes + 1, text->len - 1) : rc;
}
