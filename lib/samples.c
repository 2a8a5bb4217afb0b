/* samples.c -- see samples.h. */
#include "lib/samples.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/column.h"

enum {
    FRAME_HEAD_BYTES = 8,
    END_BYTES = 8 * (1 + STRM_COUNTS),
    LENGTH_COLUMNS = 2,
    SPAN_COLUMNS = 8,
    CHUNK = 512, /* tokens at a time, in the nearest cache */
    TOKENS = 0,
    SENTENCES = 1,
    SPANS = 2
};

/* Columns of a rank. */
static int
rank_columns(const struct samples_head *head)
{
    return head->tokens.vocab_size <= TOKENS_NARROW_MAX ? 2 : 4;
}

void
samples_head_text(
    char text[STRM_HEAD_BYTES], const struct samples_head *head, const char *split, uint32_t shard)
{
    const struct tokens_head *t = &head->tokens;
    char                      line[STRM_HEAD_BYTES];
    int                       len;

    len = snprintf(line, sizeof line,
        "samples %s vocab=%u vocab-hash=%s notes=%u notes-hash=%s seq-len=%u "
        "block=%u split=%s shard=%u order=%016" PRIx64,
        rank_columns(head) == 2 ? "u16" : "u32", t->vocab_size, t->vocab_hash, t->notes,
        t->notes_hash, head->seq_len, head->block_samples, split, shard, head->order_hash);
    CHECK(len > 0 && (size_t)len < sizeof line);
    strm_head(text, 3, line);
}

/* Of a payload with these many; 64 bits, as the counts may be anything. */
static uint64_t
payload_bytes(uint64_t samples, uint64_t tokens, uint64_t sentences, uint64_t spans, int columns)
{
    return 4 + 12 * samples + LENGTH_COLUMNS * sentences + (tokens + 7) / 8 + SPAN_COLUMNS * spans
        + (uint64_t)columns * tokens;
}

size_t
samples_block_bytes(const struct samples_head *head)
{
    uint64_t tokens = (uint64_t)head->block_samples * head->seq_len;

    return FRAME_HEAD_BYTES
        + payload_bytes(head->block_samples, tokens, tokens, tokens, rank_columns(head));
}

/* ---- writing ---- */

int
samples_add(struct samples_block *b, const void *body, size_t len)
{
    int rc = buf_add(&b->bodies, body, len);

    if (rc == OK)
        rc = buf_add(&b->ends, &b->bodies.len, sizeof b->bodies.len);
    b->samples++;
    return rc;
}

void
samples_block_reset(struct samples_block *b)
{
    b->samples = 0;
    buf_reset(&b->bodies);
    buf_reset(&b->ends);
}

void
samples_block_free(struct samples_block *b)
{
    buf_free(&b->bodies);
    buf_free(&b->ends);
    b->samples = 0;
}

static const char *
body_at(const struct samples_block *b, uint32_t index, size_t *len)
{
    size_t begin = 0, end;

    if (index > 0)
        memcpy(&begin, b->ends.bytes + (index - 1) * sizeof begin, sizeof begin);
    memcpy(&end, b->ends.bytes + index * sizeof end, sizeof end);
    *len = end - begin;
    return b->bodies.bytes + begin;
}

/* The columns of a frame that is being filled, and how far. */
struct filling {
    uint8_t *end[3], *length, *word, *span, *rank, *rank_low;
    uint32_t all[3], done[3]; /* of TOKENS, SENTENCES, SPANS */
};

static void
cut(struct samples_cuts *cuts, size_t at)
{
    if (cuts->count > 0 && cuts->at[cuts->count - 1] == at)
        return; /* the column before is empty */
    CHECK(cuts->count < SAMPLES_CUTS);
    cuts->at[cuts->count++] = at;
}

/* Divide a frame, whose head is not yet there, into its columns. */
static void
lay_out(struct filling *f, struct samples_cuts *cuts, struct buf *frame, uint32_t samples,
    int rank_width)
{
    uint8_t *at = (uint8_t *)frame->bytes + FRAME_HEAD_BYTES + 4, *bytes = (uint8_t *)frame->bytes;
    size_t   tokens = f->all[TOKENS], sentences = f->all[SENTENCES], spans = f->all[SPANS];

    cuts->count = 0;
    for (int i = 0; i < 3; i++, at += 4 * (size_t)samples)
        f->end[i] = at;
    f->length = at;
    for (int i = 0; i < LENGTH_COLUMNS; i++, at += sentences)
        cut(cuts, (size_t)(at - bytes));
    f->word = at;
    cut(cuts, (size_t)(at - bytes));
    at += (tokens + 7) / 8;
    f->span = at;
    for (int i = 0; i < SPAN_COLUMNS; i++, at += spans)
        cut(cuts, (size_t)(at - bytes));
    f->rank_low = at;
    cut(cuts, (size_t)(at - bytes));
    at += tokens;
    f->rank = at;
    cuts->second = cuts->count;
    for (int i = 1; i < rank_width; i++, at += tokens)
        cut(cuts, (size_t)(at - bytes));
    CHECK(at == bytes + frame->len);
}

static uint32_t
load_u32(const void *at)
{
    uint32_t value;

    memcpy(&value, at, sizeof value);
    return value;
}

static void
put_spans(struct filling *f, const struct tokens_view *v)
{
    size_t spans = f->all[SPANS];

    for (uint32_t i = 0; i < v->spans; i++) {
        const uint8_t *at = v->span + 12 * (size_t)i;
        uint32_t       first = load_u32(at), count = load_u32(at + 4) - 1, note = load_u32(at + 8);
        const uint32_t value[SPAN_COLUMNS] = { first, first >> 8, count, count >> 8, note,
            note >> 8,
            note >> 16, note >> 24 };

        for (size_t k = 0; k < SPAN_COLUMNS; k++)
            f->span[k * spans + f->done[SPANS] + i] = (uint8_t)value[k];
    }
}

/* Ids become ranks.  False: one is beyond the vocabulary. */
static bool
put_ranks(struct filling *f, const struct tokens_view *v, const struct samples_head *head,
    const struct samples_order *order)
{
    uint8_t *low = f->rank_low + f->done[TOKENS], *high = f->rank + f->done[TOKENS];
    size_t   tokens = f->all[TOKENS];

    if (rank_columns(head) == 2) {
        for (uint32_t at = 0, count; at < v->tokens; at += count) {
            uint16_t number[CHUNK]; /* an id, then its rank */

            count = v->tokens - at < CHUNK ? v->tokens - at : CHUNK;
            memcpy(number, v->ids + 2 * (size_t)at, count * sizeof *number);
            if (!samples_order_ranks(order, number, count))
                return false;
            column_split(low + at, high + at, number, count);
        }
        return true;
    }
    for (uint32_t i = 0; i < v->tokens; i++) {
        uint32_t id = load_u32(v->ids + 4 * (size_t)i), rank;

        if (id >= head->tokens.vocab_size)
            return false;
        rank = order->rank[id];
        low[i] = (uint8_t)rank;
        for (size_t k = 0; k < 3; k++)
            high[k * tokens + i] = (uint8_t)(rank >> 8 * (k + 1));
    }
    return true;
}

/* The next sample, number `index` of the block. */
static int
put_sample(struct filling *f, const struct tokens_view *v, uint32_t index,
    const struct samples_head *head, const struct samples_order *order)
{
    const uint32_t counts[3] = { v->tokens, v->sentences, v->spans };
    uint8_t       *length = f->length + f->done[SENTENCES];

    for (uint32_t i = 0; i < v->sentences; i++) {
        uint32_t less = load_u32(v->lengths + 4 * (size_t)i) - 1;

        length[i] = (uint8_t)less;
        length[f->all[SENTENCES] + i] = (uint8_t)(less >> 8);
    }
    column_copy_bits(f->word, f->done[TOKENS], v->bits, v->tokens);
    put_spans(f, v);
    if (!put_ranks(f, v, head, order))
        return err_set(ERR_FORMAT, "a sample on its way is damaged: a token id is beyond the "
                                   "vocabulary");
    for (int i = 0; i < 3; i++) {
        f->done[i] += counts[i];
        memcpy(f->end[i] + 4 * (size_t)index, &f->done[i], sizeof f->done[i]);
    }
    return OK;
}

int
samples_frame(struct buf *frame, struct samples_cuts *cuts, struct samples_block *b,
    const struct samples_head *head, const struct samples_order *order, uint32_t number)
{
    static const char  where[] = "a sample on its way";
    struct filling     f = { .all = { 0 } };
    struct tokens_view v;
    uint32_t           frame_head[2]; /* bytes of the payload, its check */
    int                rank_width = rank_columns(head), rc;
    size_t             len;

    CHECK(b->samples > 0 && b->samples <= head->block_samples);
    for (uint32_t i = 0; i < b->samples; i++) {
        const char *body = body_at(b, i, &len);

        rc = tokens_view(&v, &head->tokens, body, len, where);
        if (rc != OK)
            return rc;
        f.all[TOKENS] += v.tokens;
        f.all[SENTENCES] += v.sentences;
        f.all[SPANS] += v.spans;
    }
    len = payload_bytes(b->samples, f.all[TOKENS], f.all[SENTENCES], f.all[SPANS], rank_width);
    buf_reset(frame);
    rc = buf_reserve(frame, FRAME_HEAD_BYTES + len);
    if (rc != OK)
        return rc;
    frame->len = FRAME_HEAD_BYTES + len;
    lay_out(&f, cuts, frame, b->samples, rank_width);
    memset(f.word, 0, (size_t)(f.span - f.word));
    for (uint32_t i = 0; i < b->samples; i++) {
        const char *body = body_at(b, i, &len);

        rc = tokens_view(&v, &head->tokens, body, len, where);
        if (rc == OK)
            rc = put_sample(&f, &v, i, head, order);
        if (rc != OK)
            return rc;
    }
    memcpy(frame->bytes + FRAME_HEAD_BYTES, &b->samples, sizeof b->samples);
    frame_head[0] = (uint32_t)(frame->len - FRAME_HEAD_BYTES);
    frame_head[1] = strm_check(
        (uint64_t)number + 1, frame->bytes + FRAME_HEAD_BYTES, frame_head[0]);
    memcpy(frame->bytes, frame_head, sizeof frame_head);
    return OK;
}

int
samples_end_frame(struct buf *frame, uint64_t blocks, const uint64_t counts[STRM_COUNTS])
{
    uint64_t payload[1 + STRM_COUNTS] = { blocks + 1 };
    uint32_t frame_head[2] = { 0 }; /* 0 bytes say that it is the end frame */
    int      rc;

    memcpy(payload + 1, counts, STRM_COUNTS * sizeof *counts);
    frame_head[1] = strm_check(blocks + 1, payload, sizeof payload);
    buf_reset(frame);
    rc = buf_add(frame, frame_head, sizeof frame_head);
    return rc == OK ? buf_add(frame, payload, sizeof payload) : rc;
}

/* ---- reading ---- */

int
samples_open_end(
    const struct buf *frame, uint64_t blocks, uint64_t counts[STRM_COUNTS], const char *where)
{
    uint64_t payload[1 + STRM_COUNTS];

    if (frame->len != FRAME_HEAD_BYTES + END_BYTES || load_u32(frame->bytes) != 0)
        return err_set(ERR_FORMAT, "%s: not an end frame", where);
    memcpy(payload, frame->bytes + FRAME_HEAD_BYTES, sizeof payload);
    if (load_u32(frame->bytes + 4) != strm_check(blocks + 1, payload, sizeof payload)
        || payload[0] != blocks + 1)
        return err_set(ERR_FORMAT, "%s: the end frame is damaged", where);
    memcpy(counts, payload + 1, STRM_COUNTS * sizeof *counts);
    return OK;
}

/* Do the samples' ends rise, tokens and sentences by at least 1, tokens by at most seq_len? */
static bool
ends_rise(const struct samples_columns *c, uint32_t seq_len)
{
    uint32_t before[3] = { 0 };

    for (uint32_t i = 0; i < c->samples; i++)
        for (int k = 0; k < 3; k++) {
            uint32_t end = load_u32(c->end[k] + 4 * (size_t)i);

            if (end < before[k] || (k != SPANS && end == before[k])
                || (k == TOKENS && end - before[k] > seq_len))
                return false;
            before[k] = end;
        }
    return true;
}

int
samples_open(struct samples_columns *c, const struct buf *frame, uint32_t number,
    const struct samples_head *head, const char *where)
{
    const uint8_t *at = (const uint8_t *)frame->bytes;
    size_t         len = frame->len - FRAME_HEAD_BYTES;
    int            rank_width = rank_columns(head);

    if (frame->len < FRAME_HEAD_BYTES + 4 || load_u32(at) != len)
        return err_set(ERR_FORMAT, "%s: the block's length is damaged", where);
    if (load_u32(at + 4) != strm_check((uint64_t)number + 1, at + FRAME_HEAD_BYTES, len))
        return err_set(ERR_FORMAT, "%s: the block is damaged or in the wrong place", where);
    at += FRAME_HEAD_BYTES;
    *c = (struct samples_columns){ .samples = load_u32(at) };
    if (c->samples == 0 || c->samples > head->block_samples
        || 4 + 12 * (uint64_t)c->samples > len)
        return err_set(ERR_FORMAT, "%s: the block's count of samples is wrong", where);
    at += 4;
    for (int i = 0; i < 3; i++, at += 4 * (size_t)c->samples)
        c->end[i] = at;
    c->tokens = load_u32(c->end[TOKENS + 1] - 4);
    c->sentences = load_u32(c->end[SENTENCES + 1] - 4);
    c->spans = load_u32(at - 4);
    if (!ends_rise(c, head->seq_len))
        return err_set(ERR_FORMAT, "%s: the ends of the samples are out of order", where);
    if (payload_bytes(c->samples, c->tokens, c->sentences, c->spans, rank_width) != len)
        return err_set(ERR_FORMAT, "%s: the samples do not fill the block", where);
    c->length = at;
    c->word = c->length + LENGTH_COLUMNS * (size_t)c->sentences;
    c->span = c->word + ((size_t)c->tokens + 7) / 8;
    c->rank_low = c->span + SPAN_COLUMNS * (size_t)c->spans;
    c->rank = c->rank_low + c->tokens;
    if (c->tokens % 8 > 0 && c->span[-1] >> c->tokens % 8 != 0)
        return err_set(ERR_FORMAT, "%s: the block's padding is not 0", where);
    return OK;
}

static void
get_spans(struct tokens_doc *d, const struct samples_columns *c, uint32_t begin)
{
    for (uint32_t i = 0; i < d->spans; i++) {
        uint32_t value[SPAN_COLUMNS];

        for (size_t k = 0; k < SPAN_COLUMNS; k++)
            value[k] = c->span[k * c->spans + begin + i];
        d->span[i] = (struct span){ .first = value[0] | value[1] << 8,
            .count = (value[2] | value[3] << 8) + 1,
            .note = value[4] | value[5] << 8 | value[6] << 16 | value[7] << 24 };
    }
}

/* Ranks become ids.  False: one is beyond the vocabulary. */
static bool
get_ids(struct tokens_doc *d, const struct samples_columns *c, uint32_t begin,
    const struct samples_head *head, const struct samples_order *order)
{
    const uint8_t *low = c->rank_low + begin, *high = c->rank + begin;
    uint32_t      *ids = d->ids;

    if (rank_columns(head) == 2) {
        for (uint32_t at = 0, count; at < d->tokens; at += count) {
            uint16_t rank[CHUNK];

            count = d->tokens - at < CHUNK ? d->tokens - at : CHUNK;
            column_join(rank, low + at, high + at, count);
            if (!samples_order_ids(order, ids + at, rank, count))
                return false;
        }
        return true;
    }
    column_get(ids, low, d->tokens, 0);
    for (int k = 0; k < 3; k++)
        column_get(ids, high + (size_t)k * c->tokens, d->tokens, 8 * (k + 1));
    for (uint32_t i = 0; i < d->tokens; i++) {
        if (ids[i] >= head->tokens.vocab_size)
            return false;
        ids[i] = order->id[ids[i]];
    }
    return true;
}

int
samples_decode(struct tokens_doc *doc, const struct samples_columns *c, uint32_t index,
    const struct samples_head *head, const struct samples_order *order, const char *where)
{
    uint32_t begin[3] = { 0 }, count[3];
    int      rc;

    for (int k = 0; k < 3; k++) {
        if (index > 0)
            begin[k] = load_u32(c->end[k] + 4 * (size_t)(index - 1));
        count[k] = load_u32(c->end[k] + 4 * (size_t)index) - begin[k];
    }
    rc = tokens_doc_reserve(doc, count[SENTENCES], count[TOKENS], count[SPANS]);
    if (rc != OK)
        return rc;
    doc->more = false;
    doc->tokens = count[TOKENS];
    doc->sentences = count[SENTENCES];
    doc->spans = count[SPANS];
    for (size_t i = 0; i < LENGTH_COLUMNS; i++)
        column_get(doc->lengths, c->length + i * c->sentences + begin[SENTENCES], doc->sentences,
            8 * (int)i);
    for (uint32_t i = 0; i < doc->sentences; i++)
        doc->lengths[i]++;
    column_get_bits(doc->word, c->word, begin[TOKENS], doc->tokens);
    get_spans(doc, c, begin[SPANS]);
    if (!get_ids(doc, c, begin[TOKENS], head, order))
        return err_set(ERR_FORMAT, "%s: a rank is beyond the vocabulary", where);
    return tokens_check(doc, &head->tokens, where);
}
