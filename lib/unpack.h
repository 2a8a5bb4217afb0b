/* unpack.h -- bytes of a file or pipe, decompressed as they come.
 *
 * What the input is, is found by its first bytes and never by its name, so that a pipe works.
 * Plain bytes and bzip2 are read, bzip2 with any number of streams one after the other (the
 * "multistream" dumps).  gzip, xz and zstd are refused by name.
 *
 * Only bytes whose checksum has been verified are given: of a damaged bzip2 file everything up to
 * the last whole block before the damage, and then the error.  So whoever works as he reads never
 * works on garbage.  What follows the last stream and is no stream is an error too; bzip2(1)
 * passes over it in silence. */
#ifndef LIB_UNPACK_H
#define LIB_UNPACK_H

#include <bzlib.h>
#include <stdbool.h>

#include "lib/file.h"

struct unpack {
    struct in  *in;
    struct buf  raw;      /* compressed bytes, or the bytes themselves */
    size_t      raw_at;   /* of these used */
    struct buf  bytes;    /* decompressed: given, verified, not yet verified */
    size_t      given, verified;
    bz_stream   bz;
    bool        packed, started, in_stream, ended;
    int         rc;       /* a failure kept until what is verified has been given */
    char       *msg;
};

/* unpack_open -- the first bytes of `in`, which must outlive this, decide.
 * Errors: ERR_FORMAT naming a compression that cannot be read, ERR_IO, ERR_MEMORY. */
MUST int unpack_open(struct unpack *u, struct in *in);

/* unpack_some -- the next bytes, good until the next call; *len == 0 at the end.  Plain input
 * comes in pieces of a fixed size however it arrives.
 * Errors: ERR_TRUNCATED, ERR_FORMAT, each naming the byte of the input; ERR_IO, ERR_MEMORY. */
MUST int unpack_some(struct unpack *u, const char **bytes, size_t *len);

/* unpack_offset -- how far in the input the bytes given so far reach, about. */
uint64_t unpack_offset(const struct unpack *u);

void unpack_close(struct unpack *u);

#endif
