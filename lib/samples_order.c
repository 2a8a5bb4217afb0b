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
reserve(struct samples_order *order, uint32_t vocab)
{
    size_t room = vocab <= TOKENS_NARROW_MAX ? TOKENS_NARROW_MAX + 1 : vocab;

    *order = (struct samples_order){ .id = calloc(room, sizeof *order->id),
        .rank = calloc(room, sizeof *order->rank) };
    if (order->id != NULL && order->rank != NULL) {
        for (size_t i = vocab; i < room; i++)
            order->id[i] = order->rank[i] = UINT32_MAX;
        return OK;
    }
    samples_order_free(order);
    return err_set(ERR_MEMORY, "no memory for the order of %u tokens", vocab);
}

void
samples_order_free(struct samples_order *order)
{
    free(order->id);
    free(order->rank);
    *order = (struct samples_order){ 0 };
}

static int
store(struct buf *b, const struct samples_order *order, const struct samples_head *head)
{
    uint32_t vocab = head->tokens.vocab_size;
    int      rc;

    if (!narrow(head))
        return buf_add(b, order->id, vocab * sizeof *order->id);
    rc = buf_reserve(b, vocab * sizeof(uint16_t));
    for (uint32_t i = 0; i < vocab && rc == OK; i++) {
        uint16_t id = (uint16_t)order->id[i];

        rc = buf_add(b, &id, sizeof id);
    }
    return rc;
}

int
samples_order_make(struct samples_order *order, struct samples_head *head, const uint64_t *seen)
{
    uint32_t        vocab = head->tokens.vocab_size;
    struct counted *token = calloc(vocab, sizeof *token);
    struct buf      stored = { 0 };
    int rc = token != NULL ? reserve(order, vocab)
                           : err_set(ERR_MEMORY, "no memory to order %u tokens", vocab);

    if (rc != OK) {
        free(token);
        return rc;
    }
    for (uint32_t i = 0; i < vocab; i++)
        token[i] = (struct counted){ seen[i], i };
    qsort(token, vocab, sizeof *token, by_seen);
    for (uint32_t i = 0; i < vocab; i++) {
        order->id[i] = token[i].id;
        order->rank[token[i].id] = i;
    }
    free(token);
    rc = store(&stored, order, head);
    head->order_hash = XXH3_64bits(stored.bytes, stored.len);
    buf_free(&stored);
    return rc;
}

int
samples_order_frame(
    struct buf *frame, const struct samples_order *order, const struct samples_head *head)
{
    uint32_t begin[2] = { 0 };
    int      rc;

    buf_reset(frame);
    rc = buf_add(frame, begin, sizeof begin);
    if (rc == OK)
        rc = store(frame, order, head);
    if (rc != OK)
        return rc;
    begin[0] = (uint32_t)(frame->len - FRAME_HEAD_BYTES);
    begin[1] = strm_check(0, frame->bytes + FRAME_HEAD_BYTES, begin[0]);
    memcpy(frame->bytes, begin, sizeof begin);
    return OK;
}

int
samples_order_open(struct samples_order *order, const struct buf *frame,
    const struct samples_head *head, const char *where)
{
    const char *at = frame->bytes + FRAME_HEAD_BYTES;
    uint32_t    vocab = head->tokens.vocab_size, begin[2] = { 0 };
    size_t      width = narrow(head) ? 2 : 4;
    bool        once = true;
    int         rc;

    *order = (struct samples_order){ 0 };
    if (frame->len >= FRAME_HEAD_BYTES)
        memcpy(begin, frame->bytes, sizeof begin);
    if (frame->len != FRAME_HEAD_BYTES + vocab * width || begin[0] != vocab * width
        || begin[1] != strm_check(0, at, begin[0])
        || XXH3_64bits(at, begin[0]) != head->order_hash)
        return err_set(ERR_FORMAT, "%s: the order of the tokens is damaged", where);
    rc = reserve(order, vocab);
    if (rc != OK)
        return rc;
    for (uint32_t i = 0; i < vocab && once; i++) {
        uint32_t id = 0;

        memcpy(&id, at + i * width, width);
        once = id < vocab && (order->rank[id] == 0 && (i == 0 || order->id[0] != id));
        if (!once)
            break;
        order->id[i] = id;
        order->rank[id] = i;
    }
    if (once)
        return OK;
    samples_order_free(order);
    return err_set(ERR_FORMAT, "%s: the order does not hold each token once", where);
}
