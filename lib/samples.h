/* samples.h -- what a shard holds: a stream of kind "samples" (strm.h), packed with zstd in pieces
 * (zseek.h), so that any sample can be fetched by unpacking a few kilobytes.
 *
 *     cloze/3 samples u16 vocab=N vocab-hash=HEX notes=N notes-hash=HEX seq-len=N block=N
 *         split=train shard=N order=HEX
 *
 *     zstd frame 0             the stream's 256-byte header
 *     zstd frame 1             stream frame 0: the order of the tokens, by falling frequency
 *     zstd frames 2k+2, 2k+3   stream frame k + 1: block k, `block` samples (the last may have
 *                              fewer), cut behind the lowest bytes of its ranks: at level 1 what
 *                              stands before is stored, as packing it would take longer than all
 *                              the rest and save a ninth
 *     last zstd frame          the end frame: samples, tokens, and the low half of XXH3-128 of
 *                              every byte of the file before this zstd frame
 *
 * The order is u16|u32 id[vocab]: a token's rank is its place in there.  Blocks hold ranks, not
 * ids.  The upper byte of a rank is nearly always 0 or small, whatever the vocabulary's own order
 * is; so apart from the lower one, which hardly repeats, it packs well.  On English text the ranks
 * take a tenth less room than the ids, and zstd's search for repetitions, its slowest part, adds
 * nothing.
 *
 * A block's payload, in columns (column.h), u16 in two, u32 in four:
 *     u32 samples
 *     u32 end[3][samples]      of each sample in its columns of tokens, sentences, spans
 *     u16 length - 1           [sentences]
 *     bit word                 [tokens], padded to a byte
 *     u16 first, u16 count - 1, u32 note    [spans]
 *     u16|u32 rank             [tokens]
 * What these mean is said of documents in tokens.h: a sample's sentences are the parts that end
 * with [SEP], the first begins with [CLS], and its ids are what a model is given.  Little-endian.
 * The page is data(5). */
#ifndef LIB_SAMPLES_H
#define LIB_SAMPLES_H

#include "lib/tokens.h"

/* A block of the shortest samples has BLOCK_MAX of them; of those longer than BLOCK_TOKENS, one. */
enum {
    SAMPLES_SEQ_MIN = 8,
    SAMPLES_SEQ_MAX = 1 << 16,
    SAMPLES_BLOCK_TOKENS = 8192,
    SAMPLES_BLOCK_MAX = SAMPLES_BLOCK_TOKENS / SAMPLES_SEQ_MIN
};

struct samples_head {
    struct tokens_head tokens;
    uint32_t           seq_len, block_samples;
    uint64_t           order_hash; /* XXH3-64 of the order as it is stored */
};

/* samples_head_text -- the 256 bytes of the header of shard number `shard` of `split`. */
void samples_head_text(
    char text[STRM_HEAD_BYTES], const struct samples_head *head, const char *split, uint32_t shard);
/* samples_block_bytes -- a block's frame is never longer. */
size_t samples_block_bytes(const struct samples_head *head);

/* ---- the order of the tokens ---- */

/* Ids by rank, and ranks by id; those of 16 bits take half as much of the caches. */
struct samples_order {
    uint32_t  tokens;        /* of the vocabulary; 0: not made */
    uint32_t *id, *rank;     /* [tokens], NULL where ids are u16 */
    uint16_t *id16, *rank16; /* [tokens], NULL where they are u32 */
};

/* samples_order_make -- by falling `seen`[id], equals by id.  Sets head->order_hash. */
MUST int samples_order_make(
    struct samples_order *order, struct samples_head *head, const uint64_t *seen);
/* samples_order_frame -- the order as stream frame 0. */
MUST int samples_order_frame(struct buf *frame, const struct samples_order *order);
/* samples_order_open -- from the bytes of that frame, which must be what the header says. */
MUST int samples_order_open(struct samples_order *order, const struct buf *frame,
    const struct samples_head *head, const char *where);
void     samples_order_free(struct samples_order *order);
/* samples_order_ranks -- ids of 16 bits become ranks.  samples_order_ids -- back.  False, and
 * nothing is done: one is beyond the vocabulary. */
bool samples_order_ranks(const struct samples_order *order, uint16_t *number, size_t count);
bool samples_order_ids(
    const struct samples_order *order, uint32_t *ids, const uint16_t *rank, size_t count);

/* ---- writing ---- */

struct samples_block {
    uint32_t   samples;
    struct buf bodies, ends; /* as tokens_encode writes them; size_t where each ends */
};

enum { SAMPLES_CUTS = 16 };

/* Where the columns of a frame begin; number `second` begins the second zstd frame. */
struct samples_cuts {
    int    count, second;
    size_t at[SAMPLES_CUTS];
};

/* samples_add -- append a sample already encoded by tokens_encode. */
MUST int samples_add(struct samples_block *b, const void *body, size_t len);
/* samples_frame -- block number `number` as a frame: length, check, payload. */
MUST int samples_frame(struct buf *frame, struct samples_cuts *cuts, struct samples_block *b,
    const struct samples_head *head, const struct samples_order *order, uint32_t number);
/* samples_end_frame -- the end frame behind `blocks` blocks. */
MUST int samples_end_frame(struct buf *frame, uint64_t blocks, const uint64_t counts[STRM_COUNTS]);
void     samples_block_reset(struct samples_block *b);
void     samples_block_free(struct samples_block *b);

/* ---- reading: `where` begins the sentence on failure ---- */

/* The columns of a block that has been checked; they lie in the frame. */
struct samples_columns {
    uint32_t       samples, tokens, sentences, spans;
    const uint8_t *end[3]; /* u32 each, not aligned */
    const uint8_t *length, *word, *span, *rank, *rank_low;
};

/* samples_open -- check the bytes of the frame of block number `number`. */
MUST int samples_open(struct samples_columns *c, const struct buf *frame, uint32_t number,
    const struct samples_head *head, const char *where);
/* samples_open_end -- check the end frame behind `blocks` blocks. */
MUST int samples_open_end(
    const struct buf *frame, uint64_t blocks, uint64_t counts[STRM_COUNTS], const char *where);
/* samples_decode -- sample `index` of a block. */
MUST int samples_decode(struct tokens_doc *doc, const struct samples_columns *c, uint32_t index,
    const struct samples_head *head, const struct samples_order *order, const char *where);

#endif
