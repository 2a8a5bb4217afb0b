/* mktokens.c -- a made-up token stream for the tests of shard and show.
 *
 *     mktokens DOCUMENTS VOCABULARY NOTES SEED [LONGEST] >STREAM
 *
 * Documents have 0 to 12 sentences of 0 to 40 tokens; now and then one of LONGEST (default 40).
 * Every seventh document is cut into two frames.  Low ids are common.  With NOTES > 0 some words
 * have one. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/philox.h"
#include "lib/tokens.h"

enum { SPECIALS = 5, SENTENCES_MAX = 12 };

static uint64_t seed, draws;

static uint32_t
below(uint32_t n)
{
    struct philox random = philox(seed, PHILOX_DATA, 0, 0, draws++);

    return philox_below(random.x[0], random.x[1], n);
}

static int
make_tokenizer(struct buf *text, uint32_t vocab)
{
    static const char *const special[SPECIALS] = { "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]" };
    int                      rc = buf_adds(text, "{\"version\":\"1.0\",\"added_tokens\":[");

    for (int i = 0; i < SPECIALS && rc == OK; i++)
        rc = buf_addf(text, "%s{\"id\":%d,\"content\":\"%s\",\"special\":true}", i > 0 ? "," : "",
            i, special[i]);
    if (rc == OK)
        rc = buf_adds(text,
            "],\"post_processor\":{\"type\":\"BertProcessing\",\"sep\":[\"[SEP]\",3],"
            "\"cls\":[\"[CLS]\",2]},\"model\":{\"type\":\"WordPiece\",\"vocab\":{");
    for (int i = 0; i < SPECIALS && rc == OK; i++)
        rc = buf_addf(text, "%s\"%s\":%d", i > 0 ? "," : "", special[i], i);
    for (uint32_t i = SPECIALS; i < vocab && rc == OK; i++)
        rc = buf_addf(text, ",\"%s%u\":%u", i % 4 == 3 ? "##" : "w", i, i);
    return rc == OK ? buf_adds(text, "}}}\n") : rc;
}

static int
make_notes(struct buf *text, uint32_t notes)
{
    int rc = OK;

    for (uint32_t i = 0; i < notes && rc == OK; i++)
        rc = buf_addf(text, "rare%u\t%u\n", i, 500 - i % 400);
    return rc;
}

static int
make_doc(struct tokens_doc *d, const struct tokens_head *head, uint32_t longest)
{
    uint32_t begin;
    int      rc;

    d->sentences = below(SENTENCES_MAX + 1);
    d->tokens = d->spans = 0;
    rc = tokens_doc_reserve(d, SENTENCES_MAX, 0, 0);
    for (uint32_t i = 0; i < d->sentences && rc == OK; i++) {
        d->lengths[i] = below(50) == 0 ? longest : below(41);
        rc = tokens_doc_reserve(
            d, SENTENCES_MAX, d->tokens + d->lengths[i], d->tokens + d->lengths[i]);
        begin = d->tokens;
        for (uint32_t t = begin; rc == OK && t < begin + d->lengths[i]; t++) {
            double u = below(1 << 20) / (double)(1 << 20);

            d->ids[t] = SPECIALS + (uint32_t)(u * u * u * (head->vocab_size - SPECIALS));
            d->word[t] = t == begin || d->ids[t] % 4 != 3;
            d->tokens++;
            if (head->notes > 0 && d->word[t] && below(20) == 0)
                d->span[d->spans++] = (struct span){ t, 1, below(head->notes) };
            else if (d->spans > 0 && !d->word[t]
                && d->span[d->spans - 1].first + d->span[d->spans - 1].count == t)
                d->span[d->spans - 1].count++;
        }
    }
    return rc;
}

static int
put_docs(
    struct strm_writer *w, const struct tokens_head *head, uint32_t documents, uint32_t longest)
{
    struct tokens_doc d = { 0 };
    struct buf        payload = { 0 };
    uint64_t          counts[STRM_COUNTS] = { documents };
    int               rc = OK;

    for (uint32_t i = 0; i < documents && rc == OK; i++) {
        for (int part = 0; part <= (i % 7 == 6) && rc == OK; part++) {
            rc = make_doc(&d, head, longest);
            d.more = i % 7 == 6 && part == 0;
            counts[1] += d.sentences;
            counts[2] += d.tokens;
            buf_reset(&payload);
            if (rc == OK)
                rc = tokens_encode(&payload, head, &d);
            if (rc == OK)
                rc = strm_put(w, payload.bytes, payload.len);
        }
    }
    tokens_doc_free(&d);
    buf_free(&payload);
    return rc == OK ? strm_end(w, counts) : rc;
}

int
main(int argc, char **argv)
{
    struct tokens_head head = { 0 };
    struct strm_writer w;
    struct buf         tokenizer = { 0 }, notes = { 0 };
    struct out         out;

    if (argc < 5) {
        fputs("mktokens DOCUMENTS VOCABULARY NOTES SEED [LONGEST]\n", stderr);
        return 2;
    }
    head.vocab_size = (uint32_t)strtoul(argv[2], NULL, 10);
    head.notes = (uint32_t)strtoul(argv[3], NULL, 10);
    seed = strtoull(argv[4], NULL, 10);
    if (make_tokenizer(&tokenizer, head.vocab_size) != OK || make_notes(&notes, head.notes) != OK
        || out_open(&out, NULL) != OK || tokens_start(&w, &out, &head, &tokenizer, &notes) != OK
        || put_docs(&w, &head, (uint32_t)strtoul(argv[1], NULL, 10),
               argc > 5 ? (uint32_t)strtoul(argv[5], NULL, 10) : 40)
            != OK
        || out_close(&out) != OK) {
        fprintf(stderr, "mktokens: %s\n", err_msg());
        return 1;
    }
    buf_free(&tokenizer);
    buf_free(&notes);
    return 0;
}
