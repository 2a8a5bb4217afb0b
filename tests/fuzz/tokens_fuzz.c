/* tokens_fuzz.c -- a token stream: once as it is, once with all checks and hashes made to fit. */
#define _GNU_SOURCE /* memfd_create, in fuzz.h */
#include "lib/notes.h"
#include "lib/tokens.h"
#include "tests/fuzz/fuzz.h"

static void
read_stream(const void *bytes, size_t len)
{
    struct in          in = { .fd = fuzz_file(bytes, len), .name = "fuzz", .size = len };
    struct strm_reader r = { 0 };
    struct tokens_head head;
    struct tokens_doc  doc = { 0 };
    struct buf         tokenizer = { 0 }, text = { 0 };
    struct buf         payload = { 0 };
    struct notes       notes;
    uint64_t           sum = 0;

    if (tokens_open(&r, &in, &head, &tokenizer, &text) == OK) {
        while (tokens_get(&r, &head, &doc) == 1) {
            for (uint32_t i = 0; i < doc.tokens; i++)
                sum += doc.ids[i] + doc.word[i];
            /* what was read can be written, and is as long */
            buf_reset(&payload);
            fuzz_need(tokens_encode(&payload, &head, &doc) == OK);
            fuzz_need(payload.len == r.payload.len
                && memcmp(payload.bytes, r.payload.bytes, payload.len) == 0);
        }
        if (notes_open(&notes, text.bytes, text.len, "fuzz") == OK)
            notes_close(&notes);
    }
    fuzz_need(sum != UINT64_MAX);
    strm_close(&r);
    tokens_doc_free(&doc);
    buf_free(&tokenizer);
    buf_free(&text);
    buf_free(&payload);
}

static void
put_hash(char *head, const char *key, const char *payload, uint32_t len)
{
    char  hex[HASH_HEX_BYTES];
    char *at = memmem(head, STRM_HEAD_BYTES, key, strlen(key));

    if (at == NULL || at + strlen(key) + HASH_HEX_BYTES - 1 > head + STRM_HEAD_BYTES)
        return;
    hash_hex(hex, payload, len);
    memcpy(at + strlen(key), hex, HASH_HEX_BYTES - 1);
}

static void
reseal(char *bytes, size_t len)
{
    uint64_t frame = 0;
    uint32_t head[2];
    size_t   at = STRM_HEAD_BYTES;

    while (at + sizeof head <= len) {
        char    *payload = bytes + at + sizeof head;
        uint32_t size, left = (uint32_t)(len - at - sizeof head);

        memcpy(head, bytes + at, sizeof head);
        if (head[0] > left)
            head[0] = left;
        size = head[0];
        if (size == 0 && left >= 32) {
            memcpy(payload, &frame, sizeof frame);
            size = 32;
        }
        head[1] = strm_check(frame, payload, size);
        memcpy(bytes + at, head, sizeof head);
        if (frame == 0)
            put_hash(bytes, "vocab-hash=", payload, size);
        else if (frame == 1)
            put_hash(bytes, "notes-hash=", payload, size);
        frame++;
        at += sizeof head + size;
    }
    fuzz_reseal_head(bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    char *copy = fuzz_copy(bytes, len);

    read_stream(copy, len);
    if (len >= STRM_HEAD_BYTES) {
        reseal(copy, len);
        read_stream(copy, len);
    }
    free(copy);
    return 0;
}
