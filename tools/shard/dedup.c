/* dedup.c -- see dedup.h. */
#include "tools/shard/dedup.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/tool.h"

/* A sentence in the sort: the low half of its hash is the key, the high half the record. */
static XXH128_hash_t
hash_of(const uint32_t *ids, uint32_t count)
{
    return XXH3_128bits(ids, count * sizeof *ids);
}

static int
add_sentences(struct sort *hashes, const struct tokens_doc *doc, uint64_t *number)
{
    const uint32_t *ids = doc->ids;
    int             rc = OK;

    for (uint32_t i = 0; i < doc->sentences && rc == OK; ids += doc->lengths[i++]) {
        XXH128_hash_t hash = hash_of(ids, doc->lengths[i]);

        if (doc->lengths[i] > 0)
            rc = sort_add(
                hashes, hash.low64, (*number)++, &hash.high64, sizeof hash.high64);
    }
    return rc;
}

/* The stream into the spool, its sentences into `hashes`. */
static int
spool_stream(struct dedup *d, struct strm_reader *r, const struct tokens_head *head,
    struct strm_writer *w, struct sort *hashes)
{
    struct tokens_doc doc = { 0 };
    struct buf        payload = { 0 };
    uint64_t          number = 0;
    int               rc;

    while ((rc = tokens_get(r, head, &doc)) == 1) {
        rc = add_sentences(hashes, &doc, &number);
        buf_reset(&payload);
        if (rc == OK)
            rc = tokens_encode(&payload, head, &doc);
        if (rc == OK)
            rc = strm_put(w, payload.bytes, payload.len);
        if (rc != OK)
            break;
        tool_progress("read", r->in->offset, r->in->size);
    }
    if (rc == OK)
        rc = strm_end(w, r->counts);
    if (rc == OK)
        rc = out_flush(&d->spool);
    tokens_doc_free(&doc);
    buf_free(&payload);
    tool_progress_end();
    return rc;
}

/* The numbers of all but the first of equal hashes.  Among equal keys the sort keeps the order of
 * the numbers; should 64 bits be alike where 128 are not, `firsts` holds the other halves. */
static int
find_repeats(struct dedup *d, struct sort *hashes)
{
    struct buf  firsts = { 0 };
    const void *record;
    uint64_t    key, last_key = 0, number, high, seen;
    size_t      len;
    int         rc;

    while ((rc = sort_next(hashes, &key, &number, &record, &len)) == 1) {
        bool repeated = false;

        if (key != last_key)
            buf_reset(&firsts);
        last_key = key;
        memcpy(&high, record, sizeof high);
        for (size_t at = 0; at < firsts.len && !repeated; at += sizeof seen) {
            memcpy(&seen, firsts.bytes + at, sizeof seen);
            repeated = seen == high;
        }
        rc = repeated ? sort_add(&d->repeats, number, 0, "", 0)
                      : buf_add(&firsts, &high, sizeof high);
        if (rc != OK)
            break;
    }
    buf_free(&firsts);
    return rc;
}

static int
next_repeat(struct dedup *d)
{
    const void *record;
    uint64_t    zero;
    size_t      len;
    int         rc = sort_next(&d->repeats, &d->repeat, &zero, &record, &len);

    d->pending = rc == 1;
    return rc < 0 ? rc : OK;
}

/* The spool from its beginning, as a stream. */
static int
open_spool(struct dedup *d, const char *name, const char *temp_dir)
{
    struct tokens_head head;
    struct buf         tokenizer = { 0 }, notes = { 0 };
    int                rc;

    if (lseek(d->spool.fd, 0, SEEK_SET) != 0)
        return err_io("%s: cannot go to the begin of the temporary file", temp_dir);
    d->again = (struct in){
        .fd = d->spool.fd, .name = name, .size = d->spool.offset
    };
    rc = tokens_open(&d->reader, &d->again, &head, &tokenizer, &notes);
    buf_free(&tokenizer);
    buf_free(&notes);
    return rc;
}

int
dedup_read(struct dedup *d, struct strm_reader *r, const struct tokens_head *head,
    const struct buf *tokenizer, const struct buf *notes, size_t memory_bytes,
    const char *temp_dir)
{
    struct tokens_head again = *head;
    struct strm_writer w;
    struct sort        hashes;
    int                rc;

    *d = (struct dedup){ .spool = { .fd = -1, .path = strdup(temp_dir) }, .repeats = { .fd = -1 } };
    rc = d->spool.path != NULL ? file_temp(&d->spool.fd, temp_dir)
                               : err_set(ERR_MEMORY, "no memory for a temporary file");
    if (rc == OK)
        rc = tokens_start(&w, &d->spool, &again, tokenizer, notes);
    if (rc == OK)
        rc = sort_open(&d->repeats, memory_bytes / 2, temp_dir);
    if (rc == OK)
        rc = sort_open(&hashes, memory_bytes / 2, temp_dir);
    if (rc != OK)
        return rc;
    rc = spool_stream(d, r, head, &w, &hashes);
    if (rc == OK)
        rc = sort_begin(&hashes);
    if (rc == OK)
        rc = find_repeats(d, &hashes);
    sort_close(&hashes);
    if (rc == OK)
        rc = sort_begin(&d->repeats);
    if (rc == OK)
        rc = next_repeat(d);
    return rc == OK ? open_spool(d, r->in->name, temp_dir) : rc;
}

/* Copy sentence `i`, tokens begin .. begin + length - 1, behind what stays. */
static void
keep(struct tokens_doc *to, const struct tokens_doc *from, uint32_t i, uint32_t begin,
    uint32_t span)
{
    uint32_t len = from->lengths[i], shift = begin - to->tokens;

    memmove(to->ids + to->tokens, from->ids + begin, len * sizeof *to->ids);
    memmove(to->word + to->tokens, from->word + begin, len);
    for (; span < from->spans && from->span[span].first < begin + len; span++) {
        to->span[to->spans] = from->span[span];
        to->span[to->spans++].first -= shift;
    }
    to->lengths[to->sentences++] = len;
    to->tokens += len;
}

int
dedup_filter(struct dedup *d, struct tokens_doc *doc)
{
    const struct tokens_doc from = *doc;
    uint32_t                begin = 0, span = 0;
    int                     rc = OK;

    doc->sentences = doc->tokens = doc->spans = 0;
    for (uint32_t i = 0; i < from.sentences && rc == OK; i++) {
        uint32_t len = from.lengths[i]; /* before keep puts another there */

        while (span < from.spans && from.span[span].first < begin)
            span++;
        if (len > 0 && d->pending && d->repeat == d->number) {
            d->sentences++;
            d->tokens += len;
            rc = next_repeat(d);
        } else {
            keep(doc, &from, i, begin, span);
        }
        d->number += len > 0;
        begin += len;
    }
    return rc;
}

void
dedup_close(struct dedup *d)
{
    strm_close(&d->reader);
    sort_close(&d->repeats);
    out_abort(&d->spool);
    *d = (struct dedup){ 0 };
}
