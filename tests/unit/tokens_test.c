/* tokens_test.c -- documents come back as they were, and damage never passes: neither through the
 * stream, nor where the checksums are right and the content is not. */
#include "lib/tokens.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/philox.h"
#include "tests/tap.h"

static char path[] = "/tmp/tokens_test.XXXXXX";

/* A random document; `salt` chooses it. */
static void
make_doc(struct tokens_doc *d, const struct tokens_head *head, uint64_t salt, uint32_t tokens)
{
    uint32_t left = tokens;

    CHECK(tokens_doc_reserve(d, tokens + 2, tokens, tokens) == OK);
    d->more = salt % 2 == 1;
    d->sentences = d->spans = 0;
    d->tokens = tokens;
    for (uint32_t i = 0; i < tokens; i++) {
        struct philox random = philox(salt, PHILOX_DATA, i, 0, 0);

        d->ids[i] = philox_below(random.x[0], random.x[1], head->vocab_size);
        d->word[i] = random.x[2] % 3 > 0;
        if (head->notes > 0 && random.x[3] % 4 == 0)
            d->span[d->spans++] = (struct span){ i, 1, random.x[3] % head->notes };
    }
    while (left > 0) {
        uint32_t len = left > 7 ? 7 : left;

        d->lengths[d->sentences++] = len;
        left -= len;
    }
    d->lengths[d->sentences++] = 0; /* an empty sentence is one too */
}

static bool
same(const struct tokens_doc *a, const struct tokens_doc *b)
{
    return a->more == b->more && a->sentences == b->sentences && a->tokens == b->tokens
        && a->spans == b->spans
        && memcmp(a->lengths, b->lengths, a->sentences * sizeof *a->lengths) == 0
        && memcmp(a->ids, b->ids, a->tokens * sizeof *a->ids) == 0
        && memcmp(a->word, b->word, a->tokens) == 0
        && memcmp(a->span, b->span, a->spans * sizeof *a->span) == 0;
}

static void
test_round_trip(uint32_t vocab_size, uint32_t notes)
{
    const struct tokens_head head = { .vocab_size = vocab_size, .notes = notes };
    struct tokens_doc        d = { 0 }, back = { 0 };
    struct buf               payload = { 0 };
    bool                     good = true;

    for (uint32_t tokens = 0; tokens < 70; tokens++) {
        make_doc(&d, &head, tokens + 1, tokens);
        buf_reset(&payload);
        CHECK(tokens_encode(&payload, &head, &d) == OK);
        good &= payload.len % 4 == 0
            && tokens_decode(&back, &head, payload.bytes, payload.len, "it") == OK
            && same(&d, &back);
    }
    ok(good, "documents of 0 to 69 tokens come back, vocabulary %u, notes %u", vocab_size, notes);
    tokens_doc_free(&d);
    tokens_doc_free(&back);
    buf_free(&payload);
}

/* The layout, by hand from tokens.h. */
static void
test_layout(void)
{
    static const unsigned char want[] = {
        0, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, /* flags, sentences, tokens, spans */
        1, 0, 0, 0, 2, 0, 0, 0,                         /* lengths */
        5, 0, 0x34, 0x12, 6, 0, 0, 0,                   /* ids, padded */
        5, 0, 0, 0,                                     /* tokens 0 and 2 begin words */
        1, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0              /* a noted word */
    };
    const struct tokens_head head = { .vocab_size = 0x2000, .notes = 5 };
    uint32_t                 lengths[] = { 1, 2 }, ids[] = { 5, 0x1234, 6 };
    uint8_t                  word[] = { 1, 0, 1 };
    struct span              span[] = { { 1, 2, 4 } };
    const struct tokens_doc  d = { .sentences = 2,
         .tokens = 3,
         .spans = 1,
         .lengths = lengths,
         .ids = ids,
         .word = word,
         .span = span };
    struct buf               payload = { 0 };

    CHECK(tokens_encode(&payload, &head, &d) == OK);
    ok(payload.len == sizeof want && memcmp(payload.bytes, want, sizeof want) == 0,
        "the bytes are those of the page");
    buf_free(&payload);
}

/* Here no checksum helps: any bytes must give a document within its bounds, or an error. */
static void
test_hostile(uint32_t vocab_size)
{
    const struct tokens_head head = { .vocab_size = vocab_size, .notes = 3 };
    struct tokens_doc        d = { 0 }, back = { 0 };
    struct buf               payload = { 0 };
    bool                     bounded = true, cuts = true;
    int                      taken = 0, refused = 0;

    make_doc(&d, &head, 2, 21);
    CHECK(tokens_encode(&payload, &head, &d) == OK);
    for (size_t len = 0; len < payload.len; len++) {
        char *exact = malloc(len + 1); /* so that the sanitizer sees a step too far */

        memcpy(exact, payload.bytes, len);
        cuts &= tokens_decode(&back, &head, exact, len, "it") < 0;
        free(exact);
    }
    ok(cuts, "cut anywhere, a document is refused");
    for (size_t i = 0; i < payload.len; i++)
        for (int change = 1; change < 256; change++) {
            payload.bytes[i] ^= (char)change;
            if (tokens_decode(&back, &head, payload.bytes, payload.len, "it") == OK) {
                taken++;
                for (uint32_t t = 0; t < back.tokens; t++)
                    bounded &= back.ids[t] < vocab_size;
                for (uint32_t s = 0; s < back.spans; s++)
                    bounded &= back.span[s].note < 3 && back.span[s].count > 0
                        && back.span[s].first + back.span[s].count <= back.tokens;
            } else {
                refused++;
            }
            payload.bytes[i] ^= (char)change;
        }
    ok(bounded && taken > 0 && refused > 0,
        "every byte changed in every way: in bounds or refused (%d, %d)", taken, refused);
    tokens_doc_free(&d);
    tokens_doc_free(&back);
    buf_free(&payload);
}

/* ---- a whole stream ---- */

static size_t
write_stream(char *bytes, size_t max)
{
    static const uint64_t counts[STRM_COUNTS] = { 2, 3, 30 };
    struct tokens_head    head = { .vocab_size = 100, .notes = 2 };
    struct strm_writer    w;
    struct tokens_doc     d = { 0 };
    struct buf            tokenizer = { 0 }, notes = { 0 }, payload = { 0 }, whole = { 0 };
    struct out            out;
    size_t                len;

    CHECK(buf_adds(&tokenizer, "{\"model\":{}}") == OK && buf_adds(&notes, "a\t9\nb\t8\n") == OK);
    CHECK(out_open(&out, path) == OK && tokens_start(&w, &out, &head, &tokenizer, &notes) == OK);
    for (uint32_t i = 0; i < 2; i++) {
        make_doc(&d, &head, 2, 15);
        buf_reset(&payload);
        CHECK(tokens_encode(&payload, &head, &d) == OK
            && strm_put(&w, payload.bytes, payload.len) == OK);
    }
    CHECK(strm_end(&w, counts) == OK && out_close(&out) == OK);
    CHECK(file_read_all(&whole, path, max) == OK);
    len = whole.len;
    memcpy(bytes, whole.bytes, len);
    tokens_doc_free(&d);
    buf_free(&tokenizer);
    buf_free(&notes);
    buf_free(&payload);
    buf_free(&whole);
    return len;
}

static int
read_stream(const char *bytes, size_t len, int *documents)
{
    struct strm_reader r = { 0 };
    struct tokens_head head;
    struct tokens_doc  d = { 0 };
    struct buf         tokenizer = { 0 }, notes = { 0 };
    struct in          in;
    FILE              *file = fopen(path, "wb");
    int                rc;

    CHECK(file != NULL && fwrite(bytes, 1, len, file) == len && fclose(file) == 0);
    CHECK(in_open(&in, path) == OK);
    *documents = 0;
    rc = tokens_open(&r, &in, &head, &tokenizer, &notes);
    while (rc >= 0 && (rc = tokens_get(&r, &head, &d)) == 1)
        ++*documents;
    tokens_doc_free(&d);
    buf_free(&tokenizer);
    buf_free(&notes);
    strm_close(&r);
    in_close(&in);
    return rc;
}

static void
test_stream(void)
{
    static char bytes[4096];
    size_t      len = write_stream(bytes, sizeof bytes);
    int         documents, cut_ok = 1, flip_ok = 1, named = 1;

    ok(read_stream(bytes, len, &documents) == OK && documents == 2,
        "a stream of two documents reads");
    for (size_t n = 0; n < len; n++) {
        cut_ok &= read_stream(bytes, n, &documents) < 0;
        named &= strstr(err_msg(), path) != NULL;
    }
    ok(cut_ok, "cut anywhere, it is refused");
    for (size_t i = 0; i < len; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (char)(1 << bit);
            flip_ok &= read_stream(bytes, len, &documents) < 0;
            named &= strstr(err_msg(), path) != NULL;
            bytes[i] ^= (char)(1 << bit);
        }
    ok(flip_ok, "one flipped bit anywhere is refused");
    ok(named, "and the sentence names the file: %s", err_msg());
}

int
main(void)
{
    close(mkstemp(path));
    test_layout();
    test_round_trip(100, 0);
    test_round_trip(65535, 7);
    test_round_trip(65536, 7);
    test_hostile(100);
    test_hostile(70000);
    test_stream();
    unlink(path);
    return tap_done();
}
