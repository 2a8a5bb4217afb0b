/* codec.h -- one kind of compression, as lib/unpack.c drives it.
 *
 * Files of these formats are members (gzip), streams (xz) or frames (zstd), one after the other,
 * each with a magic at its start and a checksum at its end.  A codec decodes one of them; what
 * stands between two, cuts and messages are the same for all and live in unpack.c. */
#ifndef LIB_CODEC_H
#define LIB_CODEC_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

struct codec_step {
    const char *in;
    size_t      in_len, used;
    char       *out;
    size_t      out_len, made;
    bool        ended; /* the member is over, and its checksum is right */
};

struct codec {
    const char *name;
    const char *unit;          /* what the format calls a member */
    size_t      magic_len;
    bool        zeros_between; /* members may be followed by groups of four zero bytes */
    bool      (*begins)(const char *bytes, size_t len); /* do magic_len bytes begin a member? */
    int       (*start)(void **state); /* a new member; *state is NULL or of the one before */
    int       (*step)(void *state, struct codec_step *step);
    void      (*stop)(void *state);   /* NULL too */
};

/* `start` returns OK or ERR_MEMORY.  `step` returns OK, or ERR_FORMAT (damage), ERR_LIMIT (a
 * stated limit), ERR_MEMORY, with the cause, without place and file, as the message ("" where the
 * library tells none); `used` and `made` are right then too. */
extern const struct codec codec_gzip, codec_xz, codec_zstd;

/* The largest window of xz and zstd that is given memory: 128 MiB, what xz -9 and zstd --long=27
 * stay within. */
enum { CODEC_WINDOW_LOG_MAX = 27 };

#endif
