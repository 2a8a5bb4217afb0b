/* shard_fuzz.c -- a shard: the bytes are tried as the file itself, and as what zstd makes of one
 * (`zstd -dc`), which is packed again here frame by frame, with every check made to fit. */
#define _GNU_SOURCE /* memfd_create, in fuzz.h */
#include "lib/shard.h"
#include "tests/fuzz/fuzz.h"

static struct zseek_packer  packer;
static struct zseek_decoder decoder;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_need(zseek_packer_open(&packer, 1) == OK && zseek_decoder_open(&decoder, true) == OK);
    return 0;
}

static void
read_shard(const char *path)
{
    struct shard           s;
    struct tokens_doc      doc = { 0 };
    struct buf             frame = { 0 };
    struct samples_columns columns;
    struct samples_order   order;
    char                   hex[HASH_HEX_BYTES];

    if (shard_open(&s, &decoder, path) != OK)
        return;
    if (shard_order(&s, &decoder, &order) == OK)
        for (uint32_t block = 0; block < s.blocks; block++)
            if (shard_block(&s, &decoder, block, &frame, &columns) == OK)
                for (uint32_t i = 0; i < columns.samples; i++)
                    if (samples_decode(&doc, &columns, i, &s.head, &order, path) == OK)
                        fuzz_need(doc.tokens <= s.head.seq_len);
    samples_order_free(&order);
    if (shard_verify(&s, hex) == OK)
        fuzz_need(strlen(hex) == HASH_HEX_BYTES - 1);
    tokens_doc_free(&doc);
    buf_free(&frame);
    shard_close(&s);
}

static void
put(struct zseek_writer *w, const char *bytes, size_t len)
{
    struct buf packed = { 0 };

    fuzz_need(zseek_pack(&packer, &packed, ZSEEK_PACK, bytes, len, NULL, 0) == OK
        && zseek_put(w, &packed, len) == OK);
    buf_free(&packed);
}

/* Header, blocks, end frame; the last of these wherever the bytes end. */
static void
pack(char *bytes, size_t len)
{
    struct out          out = { .fd = fuzz_file("", 0) };
    struct zseek_writer w;
    uint64_t            frame = 0;
    uint32_t            head[2];
    size_t              at = STRM_HEAD_BYTES;

    fuzz_need(zseek_start(&w, &out) == OK);
    fuzz_reseal_head(bytes);
    put(&w, bytes, STRM_HEAD_BYTES);
    while (at + sizeof head <= len) {
        char    *payload = bytes + at + sizeof head;
        uint32_t size, left = (uint32_t)(len - at - sizeof head);

        memcpy(head, bytes + at, sizeof head);
        if (head[0] > left)
            head[0] = left;
        size = head[0];
        if (size == 0 && left >= 32) {
            uint64_t hash = zseek_hash(&w).low64;

            memcpy(payload, &frame, sizeof frame);
            memcpy(payload + 24, &hash, sizeof hash);
            size = 32;
        }
        head[1] = strm_check(frame, payload, size);
        memcpy(bytes + at, head, sizeof head);
        if (size > 0 && frame > 0) { /* a block stands in two pieces */
            put(&w, bytes + at, sizeof head);
            put(&w, bytes + at + sizeof head, size);
        } else {
            put(&w, bytes + at, sizeof head + size);
        }
        frame++;
        at += sizeof head + size;
    }
    fuzz_need(zseek_end(&w) == OK && out_flush(&out) == OK);
    zseek_stop(&w);
    buf_free(&out.pending);
    read_shard(fuzz_path(out.fd));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    char *copy = fuzz_copy(bytes, len);

    read_shard(fuzz_path(fuzz_file(bytes, len)));
    if (len >= STRM_HEAD_BYTES)
        pack(copy, len);
    free(copy);
    return 0;
}
