/* samples_order.c -- the order of the tokens by falling frequency: see samples.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/samples.h"

enum { FRAME_HEAD_BYTES = 8 };

struct counted {
    uint64_t seen;
    uint32_t id;
};

static int
by_seen(const void *a, const void *b)
{
    const struct counted *x = a, *y = b;

    if (x->seen != y->seen)
        return x->seen > y->seen ? -1 : 1;
    return x->id < y->id ? -1 : 1;
}

static bool
narrow(const struct samples_head *head)
{
    return head->tokens.vocab_size <= TOKENS_NARROW_MAX;
}

static int
reserve(struct samples_order *order, const struct samples_head *head)
{
    size_t vocab = head->tokens.vocab_size;
    bool   made;

    *order = (struct samples_order){ .tokens = head->tokens.vocab_size };
    if (narrow(head)) {
        order->id16 = calloc(vocab, sizeof *order->id16);
        order->rank16 = calloc(vocab, sizeof *order->rank16);
        made = order->id16 != NULL && order->rank16 != NULL;
    } else {
        order->id = calloc(vocab, sizeof *order->id);
        order->rank = calloc(vocab, sizeof *order->rank);
        made = order->id != NULL && order->rank != NULL;
    }
    if (made)
        return OK;
    samples_order_free(order);
    return err_set(ERR_MEMORY, "no memory for the order of %zu tokens", vocab);
}

static uint32_t
id_of(const struct samples_order *order, uint32_t rank)
{
    return order->id16 != NULL ? order->id16[rank] : order->id[rank];
}

static uint32_t
rank_of(const struct samples_order *order, uint32_t id)
{
    return order->rank16 != NULL ? order->rank16[id] : order->rank[id];
}

static void
put(struct samples_order *order, uint32_t id, uint32_t rank)
{
    if (order->id16 != NULL) {
        order->id16[rank] = (uint16_t)id;
        order->rank16[id] = (uint16_t)rank;
    } else {
        order->id[rank] = id;
        order->rank[id] = rank;
    }
}

void
samples_order_free(struct samples_order *order)
{
    free(order->id);
    free(order->rank);
    free(order->id16);
    free(order->rank16);
    *order = (struct samples_order){ 0 };
}

static int
store(struct buf *b, const struct samples_order *order)
{
    return order->id16 != NULL ? buf_add(b, order->id16, order->tokens * sizeof *order->id16)
                               : buf_add(b, order->id, order->tokens * sizeof *order->id);
}

int
samples_order_make(struct samples_order *order, struct samples_head *head, const uint64_t *seen)
{
    uint32_t        vocab = head->tokens.vocab_size;
    struct counted *token = calloc(vocab, sizeof *token);
    struct buf      stored = { 0 };
    int rc = token != NULL ? reserve(order, head)
                           : err_set(ERR_MEMORY, "no memory to order %u tokens", vocab);

    if (rc != OK) {
        free(token);
        return rc;
    }
    for (uint32_t i = 0; i < vocab; i++)
        token[i] = (struct counted){ seen[i], i };
    qsort(token, vocab, sizeof *token, by_seen);
    for (uint32_t i = 0; i < vocab; i++)
        put(order, token[i].id, i);
    free(token);
    rc = store(&stored, order);
    head->order_hash = XXH3_64bits(stored.bytes, stored.len);
    buf_free(&stored);
    return rc;
}

int
samples_order_frame(struct buf *frame, const struct samples_order *order)
{
    uint32_t frame_head[2] = { 0 };
    int      rc;

    buf_reset(frame);
    rc = buf_add(frame, frame_head, sizeof frame_head);
    if (rc == OK)
        rc = store(frame, order);
    if (rc != OK)
        return rc;
    frame_head[0] = (uint32_t)(frame->len - FRAME_HEAD_BYTES);
    frame_head[1] = strm_check(0, frame->bytes + FRAME_HEAD_BYTES, frame_head[0]);
    memcpy(frame->bytes, frame_head, sizeof frame_head);
    return OK;
}

int
samples_order_open(struct samples_order *order, const struct buf *frame,
    const struct samples_head *head, const char *where)
{
    const char *at = frame->bytes + FRAME_HEAD_BYTES;
    uint32_t    vocab = head->tokens.vocab_size, frame_head[2] = { 0 };
    size_t      width = narrow(head) ? 2 : 4;
    bool        once = true;
    int         rc;

    *order = (struct samples_order){ 0 };
    if (frame->len >= FRAME_HEAD_BYTES)
        memcpy(frame_head, frame->bytes, sizeof frame_head);
    if (frame->len != FRAME_HEAD_BYTES + vocab * width || frame_head[0] != vocab * width
        || frame_head[1] != strm_check(0, at, frame_head[0])
        || XXH3_64bits(at, frame_head[0]) != head->order_hash)
        return err_set(ERR_FORMAT, "%s: the order of the tokens is damaged", where);
    rc = reserve(order, head);
    if (rc != OK)
        return rc;
    for (uint32_t i = 0; i < vocab && once; i++) {
        uint32_t id = 0;

        memcpy(&id, at + i * width, width);
        once = id < vocab && rank_of(order, id) == 0 && (i == 0 || id_of(order, 0) != id);
        if (once)
            put(order, id, i);
    }
    if (once)
        return OK;
    samples_order_free(order);
    return err_set(ERR_FORMAT, "%s: the order does not hold each token once", where);
}

/* ---- looking up ---- */

/* What is read and written beside the table takes as long as the table: so it is eight bytes. */
enum { AT_ONCE = 4 };

static bool
any_beyond(const uint16_t *number, size_t count, uint32_t tokens)
{
    uint16_t last = (uint16_t)(tokens - 1), beyond = 0;

#pragma omp simd reduction(| : beyond)
    for (size_t i = 0; i < count; i++)
        beyond |= number[i] > last;
    return beyond != 0;
}

bool
samples_order_ranks(const struct samples_order *order, uint16_t *number, size_t count)
{
    const uint16_t *rank = order->rank16;
    size_t          i = 0;

    if (any_beyond(number, count, order->tokens))
        return false;
    for (; i + AT_ONCE <= count; i += AT_ONCE) {
        uint64_t n;

        memcpy(&n, number + i, sizeof n);
        n = rank[n & 0xFFFF] | (uint64_t)rank[n >> 16 & 0xFFFF] << 16
            | (uint64_t)rank[n >> 32 & 0xFFFF] << 32 | (uint64_t)rank[n >> 48] << 48;
        memcpy(number + i, &n, sizeof n);
    }
    for (; i < count; i++)
        number[i] = rank[number[i]];
    return true;
}

bool
samples_order_ids(
    const struct samples_order *order, uint32_t *ids, const uint16_t *rank, size_t count)
{
    const uint16_t *id = order->id16;
    size_t          i = 0;

    if (any_beyond(rank, count, order->tokens))
        return false;
    for (; i + AT_ONCE <= count; i += AT_ONCE) {
        uint64_t r, two[2];

        memcpy(&r, rank + i, sizeof r);
        two[0] = id[r & 0xFFFF] | (uint64_t)id[r >> 16 & 0xFFFF] << 32;
        two[1] = id[r >> 32 & 0xFFFF] | (uint64_t)id[r >> 48] << 32;
        memcpy(ids + i, two, sizeof two);
    }
    for (; i < count; i++)
        ids[i] = id[rank[i]];
    return true;
}
