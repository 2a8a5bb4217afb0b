/* tokenizer_fuzz.c -- a tokenizer.json, and a text encoded with it: the bytes up to the first 0 are
 * the one (which cannot hold a 0), those behind it the other. */
#define _GNU_SOURCE /* memfd_create, in fuzz.h */
#include "lib/tokenizer.h"
#include "lib/utf8.h"
#include "tests/fuzz/fuzz.h"

static void
encode(const struct tokenizer *t, const char *bytes, size_t len)
{
    struct tokenizer_scratch    *s = NULL;
    const struct tokenizer_part *parts;
    struct buf                   text = { 0 }, words = { 0 };
    uint64_t                     bad;
    size_t                       token_len;
    char                        *exact;

    fuzz_need(utf8_mend(&text, &bad, bytes, len, "\xef\xbf\xbd") == OK);
    exact = fuzz_copy(text.bytes, text.len);
    fuzz_need(tokenizer_scratch_open(&s, t) == OK);
    for (int again = 0; again < 2; again++) { /* the second time from the memory of words */
        if (tokenizer_encode(s, exact, text.len) != OK)
            break;
        for (size_t i = 0; i < s->count; i++)
            fuzz_need(s->ids[i] < tokenizer_size(t) && s->word[i] <= 1
                && tokenizer_token(t, s->ids[i], &token_len) != NULL);
    }
    if (tokenizer_write(s, TOKENIZER_WORDS, exact, text.len, &words) == OK)
        fuzz_need(utf8_bad(words.bytes, words.len) == words.len);
    tokenizer_template(t, false, &parts);
    tokenizer_template(t, true, &parts);
    tokenizer_scratch_close(s);
    free(exact);
    buf_free(&text);
    buf_free(&words);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const uint8_t    *end = len > 0 ? memchr(bytes, 0, len) : NULL;
    size_t            json_len = end != NULL ? (size_t)(end - bytes) : len;
    struct tokenizer *t = NULL;
    char             *json = fuzz_copy(bytes, json_len);
    const char        sample[] = "The \xc3\x89" "clair, 2 of [MASK] a\xcc\x81 \xe4\xb8\xad.";

    if (tokenizer_open(&t, json, json_len, "fuzz") == OK) {
        if (end != NULL)
            encode(t, (const char *)end + 1, len - json_len - 1);
        else
            encode(t, sample, sizeof sample - 1);
        tokenizer_close(t);
    }
    free(json);
    return 0;
}
