/* vocabjson_fuzz.c -- a vocab.json, a 0, its merges.txt; what becomes a tokenizer.json may not fit
 * together, but is read. */
#define _GNU_SOURCE /* memfd_create, in fuzz.h */
#include "lib/tokenizer.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const uint8_t    *zero = len > 0 ? memchr(bytes, 0, len) : NULL;
    size_t            first = zero != NULL ? (size_t)(zero - bytes) : len;
    size_t            second = zero != NULL ? len - first - 1 : 0;
    struct tokenizer *t = NULL;
    struct buf        json = { 0 };
    struct buf        vocab = { fuzz_copy(bytes, first), first, first };
    struct buf        merges = { fuzz_copy(bytes + len - second, second), second, second };

    (void)tokenizer_is_vocab_json(vocab.bytes, vocab.len);
    if (tokenizer_of_merges(&json, &vocab, &merges, "fuzz", "fuzz") == OK
        && tokenizer_open(&t, json.bytes, json.len, "fuzz") == OK) {
        fuzz_need(tokenizer_size(t) <= len);
        tokenizer_close(t);
    }
    buf_free(&json);
    buf_free(&vocab);
    buf_free(&merges);
    return 0;
}
