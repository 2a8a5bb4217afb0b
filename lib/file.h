/* file.h -- input and output where every byte is accounted for.
 *
 * Output is either standard output or a file that appears under its name only when complete:
 * NAME.tmp is written, synced, closed and renamed; until then NAME keeps its old content, and a
 * second program that would write it is refused.  Every write is checked, the last one and close
 * too.  Something that is there and is no regular file (/dev/null, a FIFO) is written in place. */
#ifndef LIB_FILE_H
#define LIB_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/buf.h"

/* ---- reading ---- */

struct in {
    int         fd;
    const char *name;   /* as the user knows it; "standard input" for "-" */
    uint64_t    offset; /* bytes read so far */
    uint64_t    size;   /* of a regular file, else 0 */
};

/* in_open -- `path` "-" or NULL is standard input.  `path` must outlive the reader.  A file that is
 * standard output as well (`>>`) is refused: it would grow while it is read. */
MUST int in_open(struct in *in, const char *path);
/* in_read -- fills `bytes` with up to len; *got < len only at the end of the input. */
MUST int in_read(struct in *in, void *bytes, size_t len, size_t *got);
/* in_some -- one read(2): whatever is there, at least one byte; *got == 0 at the end. */
MUST int in_some(struct in *in, void *bytes, size_t len, size_t *got);
void     in_close(struct in *in);

/* file_read_all -- append the whole file to `b`; ERR_LIMIT beyond `max` bytes. */
MUST int file_read_all(struct buf *b, const char *path, size_t max);

/* file_read_at, file_write_at -- len bytes at `offset` of an open file, in however many calls it
 * takes.  What was read or written: less than len only where the file ends; -1 with errno. */
ssize_t file_read_at(int fd, void *bytes, size_t len, uint64_t offset);
ssize_t file_write_at(int fd, const void *bytes, size_t len, uint64_t offset);

/* ---- writing ---- */

struct out {
    int        fd;
    char      *path, *tmp; /* both NULL for standard output; tmp NULL when written in place */
    uint64_t   offset;     /* bytes given so far */
    uint64_t   sent;       /* of these on their way to the disk */
    struct buf pending;
};

/* out_open -- `path` "-" or NULL is standard output. */
MUST int out_open(struct out *out, const char *path);
MUST int out_write(struct out *out, const void *bytes, size_t len);
MUST int out_puts(struct out *out, const char *text);
MUST int out_printf(struct out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
MUST int out_flush(struct out *out);
/* out_close -- flush, sync, close, rename.  Only after OK does the file stand under its name. */
MUST int out_close(struct out *out);
/* out_abort -- drop what was written; the old file, if there was one, is untouched. */
void     out_abort(struct out *out);
const char *out_name(const struct out *out);
bool     out_is_terminal(const struct out *out);

/* file_temp -- a file for reading and writing, made in `dir`, without a name: it goes with the
 * process. */
MUST int file_temp(int *fd, const char *dir);

/* file_write_all -- a whole small file, atomically. */
MUST int file_write_all(const char *path, const void *bytes, size_t len);

/* file_cleanup -- unlink every NAME.tmp still open.  Async-signal-safe. */
void file_cleanup(void);

/* ---- directories ---- */

enum { PATH_BYTES = 4096 };

/* path_join -- DIR/NAME.  Errors: ERR_LIMIT, the path is too long. */
MUST int path_join(char path[PATH_BYTES], const char *dir, const char *name);

/* dir_make -- the directory and its parents; OK if it is there. */
MUST int dir_make(const char *path);
/* dir_sync -- make renames inside it durable.  dir_sync_parent -- in the directory of `path`. */
MUST int dir_sync(const char *path);
MUST int dir_sync_parent(const char *path);
/* dir_remove -- the directory and all in it; OK if it is not there. */
MUST int dir_remove(const char *path);

/* lock_open -- DIR/lock held by this process until lock_close or its death; ERR_IO naming the
 * holder (host and process) when another has it. */
MUST int lock_open(int *lock, const char *dir);
void     lock_close(int lock);

#endif
