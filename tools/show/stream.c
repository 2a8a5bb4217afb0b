/* stream.c -- token streams.  The counts stand at the end, so all of it is read, and with that all
 * of it is verified. */
#include "tools/show/show.h"

#include <string.h>

struct totals {
    uint64_t documents, frames, sentences, tokens, spans;
};

static int
cat_doc(struct out *out, const struct pieces *p, const struct tokens_doc *d, bool *begun,
    bool *first, uint64_t *left)
{
    uint32_t at = 0;
    int      rc = OK;

    if (!*begun && !*first)
        rc = out_write(out, "\n", 1);
    for (uint32_t i = 0; i < d->sentences && rc == OK && *left > 0; i++) {
        if (d->lengths[i] > 0) {
            rc = pieces_print(out, p, d->ids + at, d->lengths[i]);
            --*left;
        }
        at += d->lengths[i];
    }
    *begun = d->more;
    *first = false;
    return rc;
}

static int
read_docs(struct strm_reader *r, const struct tokens_head *head, const struct pieces *p,
    struct ask *ask, struct totals *t)
{
    struct tokens_doc d = { 0 };
    bool              begun = false, first = true;
    uint64_t          left = ask->limit > 0 ? (uint64_t)ask->limit : UINT64_MAX;
    int               rc;

    while ((rc = tokens_get(r, head, &d)) == 1) {
        t->frames++;
        t->documents += !d.more;
        t->sentences += d.sentences;
        t->tokens += d.tokens;
        t->spans += d.spans;
        rc = ask->cat && left > 0 ? cat_doc(&ask->out, p, &d, &begun, &first, &left) : OK;
        if (rc != OK || (left == 0 && !ask->verify))
            break;
    }
    if (rc == OK && (left > 0 || ask->verify)
        && (t->documents != r->counts[0] || t->sentences != r->counts[1]
            || t->tokens != r->counts[2]))
        rc = err_set(ERR_FORMAT,
            "%s: its end frame counts %llu documents, %llu sentences, %llu tokens; "
            "it holds %llu, %llu, %llu",
            r->in->name, (unsigned long long)r->counts[0], (unsigned long long)r->counts[1],
            (unsigned long long)r->counts[2], (unsigned long long)t->documents,
            (unsigned long long)t->sentences, (unsigned long long)t->tokens);
    tokens_doc_free(&d);
    return rc;
}

static void
fill(json_t *report, const struct tokens_head *head, const struct totals *t, uint64_t bytes)
{
    report_string(report, "kind", "token stream");
    report_count(report, "bytes", bytes);
    report_count(report, "documents", t->documents);
    report_count(report, "sentences", t->sentences);
    report_count(report, "tokens", t->tokens);
    report_count(report, "noted_words", t->spans);
    report_count(report, "id_bytes", head->vocab_size <= TOKENS_NARROW_MAX ? 2 : 4);
    report_count(report, "vocab_size", head->vocab_size);
    report_string(report, "vocab_hash", head->vocab_hash);
    report_count(report, "notes", head->notes);
    if (head->notes > 0)
        report_string(report, "notes_hash", head->notes_hash);
    report_string(report, "verified", "every frame and the counts");
}

int
stream_show(json_t *report, const char *path, struct ask *ask)
{
    struct strm_reader r = { 0 };
    struct tokens_head head;
    struct totals      totals = { 0 };
    struct pieces      pieces = { 0 };
    struct buf         tokenizer = { 0 }, notes = { 0 };
    struct in          in;
    int                rc = in_open(&in, path);

    if (rc != OK)
        return rc;
    rc = tokens_open(&r, &in, &head, &tokenizer, &notes);
    if (rc == OK && ask->cat)
        rc = pieces_open(&pieces, &tokenizer, head.vocab_size, in.name);
    if (rc == OK)
        rc = read_docs(&r, &head, &pieces, ask, &totals);
    if (rc == OK)
        fill(report, &head, &totals, in.offset);
    pieces_close(&pieces);
    buf_free(&tokenizer);
    buf_free(&notes);
    strm_close(&r);
    in_close(&in);
    return rc;
}
