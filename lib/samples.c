/* samples.c -- see samples.h. */
#include "lib/samples.h"

#include <stdio.h>
#include <string.h>

enum { FRAME_HEAD_BYTES = 8, END_BYTES = 8 * (1 + STRM_COUNTS) };

void
samples_head_text(
    char text[STRM_HEAD_BYTES], const struct samples_head *head, const char *split, uint32_t shard)
{
    const struct tokens_head *t = &head->tokens;
    char                      line[STRM_HEAD_BYTES];
    int                       len;

    len = snprintf(line, sizeof line,
        "samples %s vocab=%u vocab-hash=%s notes=%u notes-hash=%s seq-len=%u "
        "block=%u split=%s shard=%u",
        t->vocab_size <= 65535 ? "u16" : "u32", t->vocab_size, t->vocab_hash, t->notes,
        t->notes_hash, head->seq_len, head->block_samples, split, shard);
    CHECK(len > 0 && (size_t)len < sizeof line);
    strm_head(text, line);
}

/* ---- writing ---- */

int
samples_add(struct samples_block *b, const void *body, size_t len)
{
    uint32_t end;
    int      rc;

    if (b->bodies.len + len > STRM_FRAME_MAX / 2)
        return err_set(ERR_LIMIT, "a block of samples is larger than %d bytes", STRM_FRAME_MAX / 2);
    rc = buf_add(&b->bodies, body, len);
    end = (uint32_t)b->bodies.len;
    if (rc == OK)
        rc = buf_add(&b->ends, &end, sizeof end);
    b->samples++;
    return rc;
}

int
samples_frame(struct buf *frame, const struct samples_block *b, uint64_t number)
{
    uint32_t head[3] = { (uint32_t)(sizeof b->samples + b->ends.len + b->bodies.len), 0,
        b->samples };
    int      rc;

    CHECK(b->samples > 0);
    buf_reset(frame);
    rc = buf_add(frame, head, sizeof head);
    if (rc == OK)
        rc = buf_add(frame, b->ends.bytes, b->ends.len);
    if (rc == OK)
        rc = buf_add(frame, b->bodies.bytes, b->bodies.len);
    if (rc != OK)
        return rc;
    head[1] = strm_check(number, frame->bytes + FRAME_HEAD_BYTES, head[0]);
    memcpy(frame->bytes, head, FRAME_HEAD_BYTES);
    return OK;
}

int
samples_end_frame(struct buf *frame, uint64_t frames, const uint64_t counts[STRM_COUNTS])
{
    uint64_t payload[1 + STRM_COUNTS] = { frames };
    uint32_t head[2] = { 0 };
    int      rc;

    memcpy(payload + 1, counts, STRM_COUNTS * sizeof *counts);
    head[1] = strm_check(frames, payload, sizeof payload);
    buf_reset(frame);
    rc = buf_add(frame, head, sizeof head);
    return rc == OK ? buf_add(frame, payload, sizeof payload) : rc;
}

void
samples_block_reset(struct samples_block *b)
{
    b->samples = 0;
    buf_reset(&b->ends);
    buf_reset(&b->bodies);
}

void
samples_block_free(struct samples_block *b)
{
    buf_free(&b->ends);
    buf_free(&b->bodies);
    b->samples = 0;
}

/* ---- reading ---- */

static uint32_t
load_u32(const char *at)
{
    uint32_t value;

    memcpy(&value, at, sizeof value);
    return value;
}

int
samples_open_frame(
    const struct buf *frame, uint64_t number, const void **payload, size_t *len, const char *where)
{
    if (frame->len < FRAME_HEAD_BYTES || load_u32(frame->bytes) != frame->len - FRAME_HEAD_BYTES
        || frame->len == FRAME_HEAD_BYTES)
        return err_set(ERR_FORMAT, "%s: the block's length is damaged", where);
    *payload = frame->bytes + FRAME_HEAD_BYTES;
    *len = frame->len - FRAME_HEAD_BYTES;
    if (load_u32(frame->bytes + 4) != strm_check(number, *payload, *len))
        return err_set(ERR_FORMAT, "%s: the block is damaged or in the wrong place", where);
    return OK;
}

int
samples_open_end(
    const struct buf *frame, uint64_t frames, uint64_t counts[STRM_COUNTS], const char *where)
{
    uint64_t payload[1 + STRM_COUNTS];

    if (frame->len != FRAME_HEAD_BYTES + END_BYTES || load_u32(frame->bytes) != 0)
        return err_set(ERR_FORMAT, "%s: not an end frame", where);
    memcpy(payload, frame->bytes + FRAME_HEAD_BYTES, sizeof payload);
    if (load_u32(frame->bytes + 4) != strm_check(frames, payload, sizeof payload)
        || payload[0] != frames)
        return err_set(ERR_FORMAT, "%s: the end frame is damaged", where);
    memcpy(counts, payload + 1, STRM_COUNTS * sizeof *counts);
    return OK;
}

int
samples_count(const void *payload, size_t len, const struct samples_head *head, uint32_t *samples,
    const char *where)
{
    const char *at = payload;
    uint64_t    bodies;
    uint32_t    end = 0;

    *samples = len >= 4 ? load_u32(at) : 0;
    if (*samples == 0 || *samples > head->block_samples || 4 + 4 * (uint64_t)*samples > len)
        return err_set(ERR_FORMAT, "%s: the block's count of samples is wrong", where);
    bodies = len - 4 - 4 * (uint64_t)*samples;
    for (uint32_t i = 0; i < *samples; i++) {
        uint32_t next = load_u32(at + 4 + 4 * (size_t)i);

        if (next < end || next > bodies)
            return err_set(ERR_FORMAT, "%s: the ends of the samples are out of order", where);
        end = next;
    }
    if (end != bodies)
        return err_set(ERR_FORMAT, "%s: the samples do not fill the block", where);
    return OK;
}

int
samples_decode(struct tokens_doc *doc, const void *payload, uint32_t index,
    const struct samples_head *head, const char *where)
{
    const char *ends = (const char *)payload + 4, *bodies;
    uint32_t    begin = index > 0 ? load_u32(ends + 4 * (size_t)(index - 1)) : 0;
    uint32_t    end = load_u32(ends + 4 * (size_t)index);
    int         rc;

    bodies = ends + 4 * (size_t)load_u32(payload);
    rc = tokens_decode(doc, &head->tokens, bodies + begin, end - begin, where);
    if (rc != OK)
        return rc;
    if (doc->more || doc->tokens == 0 || doc->tokens > head->seq_len || doc->sentences == 0)
        return err_set(ERR_FORMAT, "%s: sample %u has %u tokens; the length is at most %u", where,
            index, doc->tokens, head->seq_len);
    return OK;
}
