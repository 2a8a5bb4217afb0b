/* shard.c -- see shard.h. */
#define _GNU_SOURCE /* O_CLOEXEC */
#include "lib/shard.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The frames of zstd: header, order, two a block, end. */
enum { ORDER_FRAME = 1, BLOCKS_FRAME = 2, BLOCK_FRAMES = SHARD_PARTS, FRAMES_MIN = 5,
    END_FRAME_MAX = 256 };

/* The last sentence, with the place put behind it. */
static int
at_frame(const struct shard *s, uint32_t frame, int rc)
{
    char place[32];

    snprintf(place, sizeof place, "frame %u", frame);
    if (rc == OK || strstr(err_msg(), place) != NULL)
        return rc;
    return err_set(
        rc, "%s (%s, at byte %" PRIu64 ")", err_msg(), place, s->file.frame[frame].offset);
}

static int
parse_head(struct shard *s, const struct buf *frame)
{
    struct in          in = { .name = s->file.path };
    struct strm_reader line = { .in = &in };
    uint64_t           vocab = 0, notes = 0, seq_len = 0, block = 0, number = 0;
    size_t             len;
    char               again[STRM_HEAD_BYTES], order[24] = "";
    int                rc = OK;

    if (frame->len != STRM_HEAD_BYTES || memcmp(frame->bytes, "cloze/", 6) != 0)
        return err_set(ERR_FORMAT, "%s: not a shard: it does not begin with the header of a stream",
            s->file.path);
    len = STRM_CHECKED_BYTES;
    while (len > 0 && frame->bytes[len - 1] == ' ')
        len--;
    memcpy(line.head, frame->bytes, len);
    if (strncmp(line.head, "cloze/3 samples ", 16) != 0)
        return err_set(ERR_MISMATCH,
            "%s: \"%.*s\"; this program reads shards of \"cloze/3 samples\"", s->file.path,
            (int)(len < 24 ? len : 24), line.head);
    const struct {
        const char *key;
        uint64_t   *value, min, max;
    } keys[] = {
        { "vocab", &vocab, 1, INT32_MAX },
        { "notes", &notes, 0, INT32_MAX },
        { "seq-len", &seq_len, SAMPLES_SEQ_MIN, SAMPLES_SEQ_MAX },
        { "block", &block, 1, SAMPLES_BLOCK_MAX },
        { "shard", &number, 0, INT32_MAX },
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys && rc == OK; i++) {
        rc = strm_key_u64(&line, keys[i].key, keys[i].value);
        if (rc == OK && (*keys[i].value < keys[i].min || *keys[i].value > keys[i].max))
            rc = err_set(
                ERR_FORMAT, "%s: \"%s\" is out of range in the header", s->file.path, keys[i].key);
    }
    s->head = (struct samples_head){ .tokens = { .vocab_size = (uint32_t)vocab,
                                         .notes = (uint32_t)notes },
        .seq_len = (uint32_t)seq_len,
        .block_samples = (uint32_t)block };
    s->number = (uint32_t)number;
    if (rc == OK)
        rc = strm_key(&line, "split", s->split, sizeof s->split);
    if (rc == OK)
        rc = strm_key(&line, "vocab-hash", s->head.tokens.vocab_hash, HASH_HEX_BYTES);
    if (rc == OK)
        rc = strm_key(&line, "notes-hash", s->head.tokens.notes_hash, HASH_HEX_BYTES);
    if (rc == OK)
        rc = strm_key(&line, "order", order, sizeof order);
    if (rc != OK)
        return rc;
    s->head.order_hash = strtoull(order, NULL, 16);
    if (s->head.block_samples > 1
        && (uint64_t)s->head.block_samples * s->head.seq_len > SAMPLES_BLOCK_TOKENS)
        return err_set(ERR_FORMAT, "%s: blocks of %u samples of %u tokens are larger than allowed",
            s->file.path, s->head.block_samples, s->head.seq_len);
    s->block_bytes = samples_block_bytes(&s->head);
    samples_head_text(again, &s->head, s->split, s->number);
    if (memcmp(again, frame->bytes, STRM_HEAD_BYTES) != 0)
        return err_set(ERR_FORMAT, "%s: the header is damaged", s->file.path);
    return OK;
}

static int
read_ends(struct shard *s, struct zseek_decoder *d, struct buf *frame)
{
    uint64_t counts[STRM_COUNTS] = { 0 };
    uint32_t last = s->file.frames - 1;
    int      rc;

    if (s->file.frames < FRAMES_MIN || !s->file.checked)
        return err_set(
            ERR_FORMAT, "%s: not a shard: it has %u frames", s->file.path, s->file.frames);
    s->blocks = (last - BLOCKS_FRAME) / BLOCK_FRAMES;
    rc = zseek_read(&s->file, d, 0, 1, STRM_HEAD_BYTES, frame);
    if (rc == OK)
        rc = at_frame(s, 0, parse_head(s, frame));
    if (rc == OK && (last - BLOCKS_FRAME) % BLOCK_FRAMES != 0)
        rc = err_set(ERR_FORMAT, "%s: damaged: %u frames are no whole number of blocks",
            s->file.path, s->file.frames);
    if (rc == OK)
        rc = zseek_read(&s->file, d, last, 1, END_FRAME_MAX, frame);
    if (rc == OK)
        rc = at_frame(s, last, samples_open_end(frame, s->blocks, counts, s->file.path));
    if (rc != OK)
        return rc;
    s->samples = counts[0];
    s->tokens = counts[1];
    s->prefix_hash = counts[2];
    if (s->samples <= (s->blocks - 1) * (uint64_t)s->head.block_samples
        || s->samples > s->blocks * (uint64_t)s->head.block_samples)
        return err_set(ERR_FORMAT, "%s: %u blocks do not hold %" PRIu64 " samples", s->file.path,
            s->blocks, s->samples);
    return OK;
}

int
shard_open(struct shard *s, struct zseek_decoder *d, const char *path)
{
    struct buf frame = { 0 };
    int        rc;

    *s = (struct shard){ .file = { .fd = -1 } };
    rc = zseek_open(&s->file, path);
    if (rc == OK)
        rc = read_ends(s, d, &frame);
    buf_free(&frame);
    if (rc != OK)
        shard_close(s);
    return rc;
}

void
shard_close(struct shard *s)
{
    zseek_close(&s->file);
    *s = (struct shard){ .file = { .fd = -1 } };
}

int
shard_order(const struct shard *s, struct zseek_decoder *d, struct samples_order *order)
{
    struct buf frame = { 0 };
    size_t     max = 8 + (size_t)s->head.tokens.vocab_size * sizeof *order->id;
    int        rc;

    *order = (struct samples_order){ 0 };
    rc = zseek_read(&s->file, d, ORDER_FRAME, 1, max, &frame);
    if (rc == OK)
        rc = at_frame(s, ORDER_FRAME, samples_order_open(order, &frame, &s->head, s->file.path));
    buf_free(&frame);
    return rc;
}

int
shard_block(const struct shard *s, struct zseek_decoder *d, uint32_t block, struct buf *frame,
    struct samples_columns *columns)
{
    uint64_t left = s->samples - (uint64_t)block * s->head.block_samples;
    uint32_t first = BLOCKS_FRAME + BLOCK_FRAMES * block;
    int      rc;

    CHECK(block < s->blocks);
    rc = zseek_read(&s->file, d, first, BLOCK_FRAMES, s->block_bytes, frame);
    if (rc == OK)
        rc = samples_open(columns, frame, block, &s->head, s->file.path);
    if (rc == OK
        && columns->samples != (left < s->head.block_samples ? left : s->head.block_samples))
        rc = err_set(ERR_FORMAT, "%s: the block holds %u samples, not as many as it should",
            s->file.path, columns->samples);
    return at_frame(s, first, rc);
}

int
shard_pack_block(struct zseek_packer *p, struct buf packed[SHARD_PARTS], size_t len[SHARD_PARTS],
    const struct buf *frame, const struct samples_cuts *cuts)
{
    const size_t  *cut = cuts->at + cuts->second;
    size_t         inner[SAMPLES_CUTS];
    int            inners = cuts->count - cuts->second - 1, rc;
    enum zseek_how first = p->level == 1 ? ZSEEK_STORE : ZSEEK_PACK;

    len[0] = cut[0];
    len[1] = frame->len - cut[0];
    for (int i = 0; i < inners; i++)
        inner[i] = cut[1 + i] - cut[0];
    rc = zseek_pack(p, &packed[0], first, frame->bytes, len[0], cuts->at,
        first == ZSEEK_PACK ? cuts->second : 0);
    return rc == OK ? zseek_pack(p, &packed[1], ZSEEK_PACK, frame->bytes + len[0], len[1], inner,
                          inners)
                    : rc;
}

/* ---- verifying ---- */

static int
verify_blocks(const struct shard *s, struct zseek_decoder *d)
{
    struct tokens_doc      doc = { 0 };
    struct buf             frame = { 0 };
    struct samples_columns columns;
    struct samples_order   order;
    uint64_t               tokens = 0;
    int                    rc = shard_order(s, d, &order);

    for (uint32_t block = 0; block < s->blocks && rc == OK; block++) {
        rc = shard_block(s, d, block, &frame, &columns);
        for (uint32_t i = 0; rc == OK && i < columns.samples; i++) {
            rc = at_frame(s, BLOCKS_FRAME + BLOCK_FRAMES * block,
                samples_decode(&doc, &columns, i, &s->head, &order, s->file.path));
            tokens += doc.tokens;
        }
    }
    if (rc == OK && tokens != s->tokens)
        rc = err_set(ERR_FORMAT, "%s: it holds %" PRIu64 " tokens, its end frame says %" PRIu64,
            s->file.path, tokens, s->tokens);
    samples_order_free(&order);
    tokens_doc_free(&doc);
    buf_free(&frame);
    return rc;
}

/* Adds the next `len` bytes of the file to the hash. */
static int
hash_part(XXH3_state_t *hash, struct in *in, uint64_t len)
{
    static const size_t step_bytes = 1 << 18;
    struct buf          part = { 0 };
    size_t              got;
    int                 rc = buf_reserve(&part, step_bytes);

    while (rc == OK && len > 0) {
        size_t want = len < step_bytes ? len : step_bytes;

        rc = in_read(in, part.bytes, want, &got);
        if (rc == OK && got < want)
            rc = err_set(ERR_TRUNCATED, "%s: truncated at byte %" PRIu64, in->name, in->offset);
        if (rc == OK)
            XXH3_128bits_update(hash, part.bytes, got);
        len -= want;
    }
    buf_free(&part);
    return rc;
}

static int
verify_bytes(const struct shard *s, char hex[HASH_HEX_BYTES])
{
    XXH3_state_t *hash = XXH3_createState();
    uint64_t      end_at = s->file.frame[s->file.frames - 1].offset, prefix = 0;
    XXH128_hash_t whole;
    struct in     in;
    int           rc;

    if (hash == NULL)
        return err_set(ERR_MEMORY, "no memory: cannot verify %s", s->file.path);
    XXH3_128bits_reset(hash);
    rc = in_open(&in, s->file.path);
    if (rc == OK) {
        rc = hash_part(hash, &in, end_at);
        prefix = XXH3_128bits_digest(hash).low64;
        if (rc == OK)
            rc = hash_part(hash, &in, s->file.file_bytes - end_at);
        in_close(&in);
    }
    whole = XXH3_128bits_digest(hash);
    XXH3_freeState(hash);
    if (rc != OK)
        return rc;
    if (prefix != s->prefix_hash)
        return err_set(ERR_FORMAT,
            "%s: damaged: the bytes before the end frame are not those written", s->file.path);
    hash_text(hex, whole);
    return OK;
}

int
shard_verify(const struct shard *s, char hex[HASH_HEX_BYTES])
{
    struct zseek_decoder d;
    int                  rc = zseek_decoder_open(&d, true);

    if (rc != OK)
        return rc;
    rc = verify_blocks(s, &d);
    zseek_decoder_close(&d);
    return rc == OK ? verify_bytes(s, hex) : rc;
}
