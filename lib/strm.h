/* strm.h -- the framed binary stream that `tokenize` writes and `shard` and `show` read.
 *
 *     bytes 0..255   one line of ASCII, padded with spaces, '\n' at byte 255:
 *                        cloze/1 tokens u16 vocab=30522 vocab-hash=... notes=0 check=8d1f3a02
 *     then frames    u32 payload_bytes (> 0), u32 check, payload
 *     end frame      u32 0, u32 check, payload of 32 bytes: u64 frames before it, then three u64
 *                    counts that mean what the kind of stream says
 *     end of file
 *
 * check of frame k (0-based) is the low half of XXH3-64 of its payload under the seed
 * k * 2^32 + payload_bytes, so flipped, lost, repeated and exchanged frames are all found; the
 * header's is that of bytes 0..240 (before "check=") under seed 0.  Little-endian.  A stream
 * without its end frame is ERR_TRUNCATED: a killed writer cannot pass for a short corpus, not
 * even through a pipe; bytes behind the end are ERR_FORMAT.  The page is tokens(5). */
#ifndef LIB_STRM_H
#define LIB_STRM_H

#include "lib/file.h"

enum {
    STRM_HEAD_BYTES = 256,
    STRM_CHECKED_BYTES = 241, /* of the header: then come "check=", eight digits and '\n' */
    STRM_FRAME_MAX = 1 << 30,
    STRM_COUNTS = 3
};

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the formats are little-endian");

struct strm_writer {
    struct out *out;
    uint64_t    frames;
};

/* strm_start -- write the header: "cloze/1 " then `head`, e.g. "tokens u16 vocab=30522 ...". */
MUST int strm_start(struct strm_writer *w, struct out *out, const char *head);
MUST int strm_put(struct strm_writer *w, const void *payload, size_t len);
/* strm_end -- the end frame; closing `out` stays with its owner. */
MUST int strm_end(struct strm_writer *w, const uint64_t counts[STRM_COUNTS]);

/* The two pieces of the format, for those who keep frames elsewhere than in one file: the 256 bytes
 * of the header, "cloze/VERSION " and `head`, and the check of frame number `frame`. */
void     strm_head(char text[STRM_HEAD_BYTES], int version, const char *head);
uint32_t strm_check(uint64_t frame, const void *payload, size_t len);

struct strm_reader {
    struct in *in;
    char       head[STRM_HEAD_BYTES]; /* the line, without padding and check, ends with 0 */
    struct buf payload;
    uint64_t   frames;
    uint64_t   counts[STRM_COUNTS]; /* valid once strm_get returned 0 */
};

/* strm_open -- read and check the header.  Errors: ERR_FORMAT (not a cloze stream, another
 * version, not of `kind`), ERR_TRUNCATED, ERR_IO. */
MUST int strm_open(struct strm_reader *r, struct in *in, const char *kind);
/* strm_key -- the value of "key=" in the header, copied to text[max].  ERR_FORMAT if absent. */
MUST int strm_key(const struct strm_reader *r, const char *key, char *text, size_t max);
MUST int strm_key_u64(const struct strm_reader *r, const char *key, uint64_t *value);
/* strm_get -- the next frame: its bytes (> 0) with *payload good until the next call; 0 at the true
 * end.  Memory grows with what arrives, not with what a length claims.
 * Errors: ERR_TRUNCATED, ERR_FORMAT, ERR_IO, ERR_LIMIT. */
MUST int strm_get(struct strm_reader *r, const void **payload);
void     strm_close(struct strm_reader *r);

#endif
