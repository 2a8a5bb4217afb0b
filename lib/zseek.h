/* zseek.h -- zstd in the seekable format: many small frames and a table of them at the end.
 *
 *     frame 0 .. frame n - 1     ordinary zstd frames, so `zstd -dc` reads the file as one
 *     seek table                 a skippable frame, which decoders pass over:
 *         u32 0x184D2A5E, u32 bytes that follow
 *         n x (u32 stored bytes, u32 bytes, u32 low half of XXH64 of the bytes)
 *         u32 n, u8 0x80, u32 0x8F92EAB1
 *
 * Source: zstd, contrib/seekable_format/zstd_seekable_compression_format.md.  The table is at most
 * trusted as far as it can be checked: its sizes must add up to the file, and a frame must be as
 * long, stored and unpacked, as its entry says, before memory is taken for it. */
#ifndef LIB_ZSEEK_H
#define LIB_ZSEEK_H

#include <stdbool.h>

#include "lib/file.h"
#include "lib/hash.h"

enum { ZSEEK_FRAME_MAX = 1 << 28, ZSEEK_FRAMES_MAX = 1 << 27 };

/* ---- reading: the file is shared by threads, a decoder belongs to one ---- */

struct zseek_frame {
    uint64_t offset;
    uint32_t stored_bytes, bytes, check;
};

struct zseek {
    int                 fd;
    char               *path;
    uint64_t            file_bytes;
    uint32_t            frames;
    bool                checked; /* the table holds checks */
    struct zseek_frame *frame;
};

struct zseek_decoder {
    void      *context; /* ZSTD_DCtx */
    bool       check;
    struct buf stored;
};

/* zseek_open -- read and check the table.  Errors: ERR_IO, ERR_FORMAT, ERR_TRUNCATED, ERR_LIMIT. */
MUST int zseek_open(struct zseek *z, const char *path);
void     zseek_close(struct zseek *z);
/* zseek_decoder_open -- without `check` the content of frames is not held against their checks,
 * which are only compared with the table's: for content that has checks of its own. */
MUST int zseek_decoder_open(struct zseek_decoder *d, bool check);
void     zseek_decoder_close(struct zseek_decoder *d);
/* zseek_read -- the content of `count` frames from `frame` on in place of what `bytes` held.
 * ERR_LIMIT, before memory is taken for it, if it would be more than `max` bytes. */
MUST int zseek_read(const struct zseek *z, struct zseek_decoder *d, uint32_t frame, uint32_t count,
    size_t max, struct buf *bytes);
/* zseek_is -- does a regular file begin with a zstd frame and end as a seek table does? */
bool zseek_is(const char *path);

/* ---- writing: frames are packed anywhere and put in order ---- */

struct zseek_packer {
    void *context; /* ZSTD_CCtx */
    int   level;
    int   how; /* enum zseek_how that the context is set to; -1: none */
};

/* Up to this level bytes are coded by their frequency alone; levels above also look for
 * repetitions, as zstd does. */
enum { ZSEEK_SEARCHLESS = 3 };
enum zseek_how { ZSEEK_PACK, ZSEEK_STORE }; /* compressed, or as they are */

struct zseek_writer {
    struct out   *out;
    struct buf    table;
    uint32_t      frames;
    XXH3_state_t *hash; /* of every byte written so far */
};

MUST int zseek_packer_open(struct zseek_packer *p, int level);
void     zseek_packer_close(struct zseek_packer *p);
/* zseek_pack -- `bytes` as one zstd frame, in place of what `packed` held: packed, or stored as
 * they are.  At each of `cuts` places, in rising order, a zstd block begins, which has an entropy
 * code of its own: where bytes of another kind begin.  The same bytes for the same input, level and
 * zstd version. */
MUST int zseek_pack(struct zseek_packer *p, struct buf *packed, enum zseek_how how,
    const void *bytes, size_t len, const size_t *cut, int cuts);

MUST int zseek_start(struct zseek_writer *w, struct out *out);
/* zseek_put -- the next frame: what zseek_pack made of `len` bytes. */
MUST int zseek_put(struct zseek_writer *w, const struct buf *packed, size_t len);
/* zseek_hash -- XXH3-128 of what has been written so far. */
XXH128_hash_t zseek_hash(const struct zseek_writer *w);
/* zseek_end -- write the table.  Closing `out` stays with its owner. */
MUST int zseek_end(struct zseek_writer *w);
void     zseek_stop(struct zseek_writer *w);

#endif
