/* samples.h -- what a shard holds: a stream of kind "samples" (strm.h), every frame of it a zstd
 * frame of its own, so that any sample can be fetched by unpacking a few kilobytes.
 *
 *     cloze/1 samples u16 vocab=N vocab-hash=HEX notes=N notes-hash=HEX seq-len=N block=N
 *         split=train shard=N
 *
 *     zstd frame 0        the stream's 256-byte header
 *     zstd frame k + 1    stream frame k: a block of `block` samples (the last may have fewer)
 *     last zstd frame     the end frame: samples, tokens, and the low half of XXH3-128 of every
 *                         byte of the file before this zstd frame
 *
 * A block's payload:
 *     u32 samples
 *     u32 end[samples]    in bytes from behind this array; the last one ends the payload
 *     samples             each laid out as a document of a token stream (tokens.h), with flags 0:
 *                         its sentences are the parts that end with [SEP], the first begins with
 *                         [CLS], and its ids are what a model is given.
 * Little-endian.  The page is data(5). */
#ifndef LIB_SAMPLES_H
#define LIB_SAMPLES_H

#include "lib/tokens.h"

enum { SAMPLES_SEQ_MIN = 8, SAMPLES_SEQ_MAX = 1 << 16, SAMPLES_BLOCK_MAX = 1 << 16 };

struct samples_head {
    struct tokens_head tokens;
    uint32_t           seq_len, block_samples;
};

/* samples_head_text -- the 256 bytes of the header of shard number `shard` of `split`. */
void samples_head_text(
    char text[STRM_HEAD_BYTES], const struct samples_head *head, const char *split, uint32_t shard);

/* ---- writing ---- */

struct samples_block {
    uint32_t   samples;
    struct buf ends, bodies;
};

/* samples_add -- append a sample already encoded by tokens_encode. */
MUST int samples_add(struct samples_block *b, const void *body, size_t len);
/* samples_frame -- the block as stream frame number `number`: length, check, payload. */
MUST int samples_frame(struct buf *frame, const struct samples_block *b, uint64_t number);
/* samples_end_frame -- the end frame behind `frames` blocks. */
MUST int samples_end_frame(struct buf *frame, uint64_t frames, const uint64_t counts[STRM_COUNTS]);
void     samples_block_reset(struct samples_block *b);
void     samples_block_free(struct samples_block *b);

/* ---- reading: `where` begins the sentence on failure ---- */

/* samples_open_frame -- check the bytes of stream frame `number`; *payload and *len lie
 * within them. */
MUST int samples_open_frame(
    const struct buf *frame, uint64_t number, const void **payload, size_t *len, const char *where);
/* samples_open_end -- check the end frame behind `frames` blocks. */
MUST int samples_open_end(
    const struct buf *frame, uint64_t frames, uint64_t counts[STRM_COUNTS], const char *where);
/* samples_count -- check a payload's head and ends; *samples of them. */
MUST int samples_count(const void *payload, size_t len, const struct samples_head *head,
    uint32_t *samples, const char *where);
/* samples_decode -- sample `index` of a payload that samples_count has passed. */
MUST int samples_decode(struct tokens_doc *doc, const void *payload, uint32_t index,
    const struct samples_head *head, const char *where);

#endif
