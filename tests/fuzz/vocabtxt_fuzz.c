/* vocabtxt_fuzz.c -- a vocab.txt; what becomes a tokenizer.json must open. */
#define _GNU_SOURCE /* memfd_create, in fuzz.h */
#include "lib/tokenizer.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct tokenizer *t = NULL;
    struct buf        json = { 0 };
    char             *copy = fuzz_copy(bytes, len);

    (void)tokenizer_is_json(copy, len);
    if (tokenizer_of_vocab(&json, copy, len, len % 2 == 0, "fuzz") == OK) {
        fuzz_need(tokenizer_open(&t, json.bytes, json.len, "fuzz") == OK);
        fuzz_need(tokenizer_size(t) <= len);
        tokenizer_close(t);
    }
    buf_free(&json);
    free(copy);
    return 0;
}
