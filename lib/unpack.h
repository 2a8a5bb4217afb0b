/* unpack.h -- bytes of a file or pipe, decompressed as they come.
 *
 * What the input is, is found by its first bytes and never by its name, so that a pipe works.
 * Plain bytes, bzip2, gzip, xz and zstd are read, each with any number of streams, members or
 * frames one after the other (the "multistream" dumps).  7-zip and zip are refused by name.
 *
 * Of a damaged bzip2 file only bytes whose checksum has been verified are given: everything up to
 * the last whole block before the damage, and then the error.  So whoever works as he reads never
 * works on garbage.  The checksums of the others stand at the end of the whole member, which no
 * memory can hold; of them everything is given up to the place where the damage is seen, and a
 * wrong checksum is an error when it is reached.  What follows the last member and is none is an
 * error too; bzip2(1) passes over it in silence.
 *
 * Memory: two buffers of a quarter of a megabyte, and what the format needs: 32 KiB for gzip, a
 * window of at most 128 MiB for xz and zstd (a larger one is refused); for bzip2 see bunzip.h. */
#ifndef LIB_UNPACK_H
#define LIB_UNPACK_H

#include <stdbool.h>

#include "lib/bunzip.h"
#include "lib/codec.h"
#include "lib/file.h"

struct unpack {
    struct in          *in;
    struct buf          raw;      /* compressed bytes, or the bytes themselves */
    size_t              raw_at;   /* of these used */
    struct buf          bytes;    /* decompressed */
    struct bunzip      *bunzip;   /* bzip2, which goes its own way; else NULL */
    const struct codec *codec;    /* the others; NULL: plain */
    void               *state;    /* of the codec */
    char                magic[8]; /* how its first member begins */
    uint64_t            member_at; /* in the input */
    bool                packed, started, in_member, ended;
    int                 rc;       /* a failure kept until what was made before it has been given */
    char               *msg;
};

/* unpack_open -- the first bytes of `in`, which must outlive this, decide.  bzip2 is decoded by
 * `jobs` threads, the calling one included; the bytes and errors do not depend on it.
 * Errors: ERR_FORMAT naming a compression that cannot be read, ERR_IO, ERR_MEMORY. */
MUST int unpack_open(struct unpack *u, struct in *in, int jobs);

/* unpack_some -- the next bytes, good until the next call; *len == 0 at the end.  Plain input
 * comes in pieces of a fixed size however it arrives.
 * Errors: ERR_TRUNCATED, ERR_FORMAT, ERR_LIMIT, each naming the byte of the input; ERR_IO,
 * ERR_MEMORY. */
MUST int unpack_some(struct unpack *u, const char **bytes, size_t *len);

/* unpack_skip -- after ERR_FORMAT or ERR_TRUNCATED: on to the next block of bzip2, or the next
 * member of the others; to the end of the input when there is none. */
MUST int unpack_skip(struct unpack *u);

/* unpack_offset -- how far in the input the bytes given so far reach, about. */
uint64_t unpack_offset(const struct unpack *u);

void unpack_close(struct unpack *u);

#endif
