/* data.c -- data directories and single shards. */
#include "tools/show/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dataset.h"
#include "lib/jsontext.h"

enum { TEXT_MAX_BYTES = 1 << 30 };

static void
add_head(json_t *report, const struct samples_head *head)
{
    report_count(report, "seq_len", head->seq_len);
    report_count(report, "vocab_size", head->tokens.vocab_size);
    report_string(report, "vocab_hash", head->tokens.vocab_hash);
    report_count(report, "notes", head->tokens.notes);
    if (head->tokens.notes > 0)
        report_string(report, "notes_hash", head->tokens.notes_hash);
}

/* How much of the room for tokens is taken. */
static double
filled(const struct samples_head *head, uint64_t samples, uint64_t tokens)
{
    return samples > 0 ? (double)tokens / ((double)samples * head->seq_len) : 0;
}

/* ---- a shard ---- */

/* tokenizer.json beside the shard; it must be the one that the shard was made with. */
static int
read_tokenizer_beside(struct buf *tokenizer, const struct shard *s)
{
    const char *slash = strrchr(s->file.path, '/');
    char        path[PATH_BYTES], hex[HASH_HEX_BYTES];
    int         rc;

    if (snprintf(path, sizeof path, "%.*stokenizer.json",
            slash != NULL ? (int)(slash + 1 - s->file.path) : 0, s->file.path)
        >= (int)sizeof path)
        return err_set(ERR_LIMIT, "%s: the path is too long", s->file.path);
    rc = file_read_all(tokenizer, path, TEXT_MAX_BYTES);
    if (rc != OK)
        return rc;
    hash_hex(hex, tokenizer->bytes, tokenizer->len);
    if (strcmp(hex, s->head.tokens.vocab_hash) != 0)
        return err_set(ERR_MISMATCH, "%s: its hash is %s; the shard was made with %s", path, hex,
            s->head.tokens.vocab_hash);
    return OK;
}

static int
cat_shard(struct out *out, const struct shard *s, const struct pieces *p, uint64_t *left)
{
    struct zseek_decoder   d;
    struct tokens_doc      doc = { 0 };
    struct buf             frame = { 0 };
    struct samples_columns columns;
    struct samples_order   order;
    int                    rc = zseek_decoder_open(&d, true);

    if (rc != OK)
        return rc;
    rc = shard_order(s, &d, &order);
    for (uint32_t block = 0; block < s->blocks && rc == OK && *left > 0; block++) {
        rc = shard_block(s, &d, block, &frame, &columns);
        for (uint32_t i = 0; rc == OK && i < columns.samples && *left > 0; i++, --*left) {
            rc = samples_decode(&doc, &columns, i, &s->head, &order, s->file.path);
            if (rc == OK)
                rc = pieces_print(out, p, doc.ids, doc.tokens);
        }
    }
    samples_order_free(&order);
    tokens_doc_free(&doc);
    buf_free(&frame);
    zseek_decoder_close(&d);
    return rc;
}

static int
show_opened(json_t *report, const struct shard *s, struct ask *ask)
{
    struct buf    tokenizer = { 0 };
    struct pieces pieces = { 0 };
    uint64_t      left = ask->limit > 0 ? (uint64_t)ask->limit : UINT64_MAX;
    char          hex[HASH_HEX_BYTES];
    int           rc = OK;

    report_string(report, "kind", "shard");
    report_string(report, "split", s->split);
    report_count(report, "number", s->number);
    report_count(report, "samples", s->samples);
    report_count(report, "tokens", s->tokens);
    report_real(report, "filled", filled(&s->head, s->samples, s->tokens));
    report_count(report, "bytes", s->file.file_bytes);
    report_count(report, "blocks", s->blocks);
    report_count(report, "block_samples", s->head.block_samples);
    add_head(report, &s->head);
    if (ask->verify) {
        rc = shard_verify(s, hex);
        if (rc == OK)
            report_string(report, "xxh3_128", hex);
        if (rc == OK)
            report_string(report, "verified", "every frame, every sample and the counts");
    }
    if (rc == OK && ask->cat) {
        rc = read_tokenizer_beside(&tokenizer, s);
        if (rc == OK)
            rc = pieces_open(&pieces, &tokenizer, s->head.tokens.vocab_size, "tokenizer.json");
        if (rc == OK)
            rc = cat_shard(&ask->out, s, &pieces, &left);
        pieces_close(&pieces);
        buf_free(&tokenizer);
    }
    return rc;
}

int
shard_show(json_t *report, const char *path, struct ask *ask)
{
    struct zseek_decoder d;
    struct shard         s;
    int                  rc = zseek_decoder_open(&d, true);

    if (rc != OK)
        return rc;
    rc = shard_open(&s, &d, path);
    zseek_decoder_close(&d);
    if (rc != OK)
        return rc;
    rc = show_opened(report, &s, ask);
    shard_close(&s);
    return rc;
}

/* ---- a data directory ---- */

/* A split without tokens has none, not one of 0. */
static void
report_entropy(json_t *report, const char *key, const struct dataset_split *split, double nats)
{
    if (split->tokens > 0)
        report_real(report, key, nats);
    else
        report_json(report, key, json_null());
}

static json_t *
split_report(const struct dataset *d, const struct dataset_split *split)
{
    json_t  *report = json_object();
    uint64_t bytes = 0;

    for (int i = 0; i < split->shards; i++)
        bytes += split->shard[i].shard.file.file_bytes;
    report_count(report, "documents", split->documents);
    report_count(report, "sentences", split->sentences);
    report_count(report, "samples", split->samples);
    report_count(report, "tokens", split->tokens);
    report_real(report, "filled", filled(&d->head, split->samples, split->tokens));
    report_count(report, "files", (uint64_t)split->shards);
    report_count(report, "bytes", bytes);
    report_entropy(report, "unigram_entropy", split, split->entropy_words);
    report_entropy(report, "unigram_entropy_with_cls_and_sep", split, split->entropy);
    return report;
}

static json_t *
repeated_report(const struct dataset_repeated *repeated)
{
    json_t *report = json_object();

    report_count(report, "documents", repeated->documents);
    report_count(report, "sentences", repeated->sentences);
    report_count(report, "tokens", repeated->tokens);
    return report;
}

static int
cat_data(const struct dataset *d, struct ask *ask)
{
    struct pieces pieces;
    uint64_t      left = ask->limit > 0 ? (uint64_t)ask->limit : UINT64_MAX;
    int rc = pieces_open(&pieces, &d->tokenizer, d->head.tokens.vocab_size, "tokenizer.json");

    if (rc != OK)
        return rc;
    for (int i = 0; i < DATASET_SPLITS && rc == OK; i++)
        for (int k = 0; k < d->split[i].shards && rc == OK; k++)
            rc = cat_shard(&ask->out, &d->split[i].shard[k].shard, &pieces, &left);
    pieces_close(&pieces);
    return rc;
}

int
data_show(json_t *report, const char *path, struct ask *ask)
{
    struct dataset              d;
    const struct dataset_split *train = &d.split[DATASET_TRAIN], *valid = &d.split[DATASET_VALID];
    int                         rc = dataset_open(&d, path);

    if (rc != OK)
        return rc;
    report_string(report, "kind", "data directory");
    report_string(report, "made_with", d.options);
    add_head(report, &d.head);
    report_count(report, "samples", train->samples + valid->samples);
    report_count(report, "tokens", train->tokens + valid->tokens);
    report_entropy(report, "unigram_entropy", valid, valid->entropy_words);
    if (d.repeated.asked)
        report_json(report, "left_out_as_repeated", repeated_report(&d.repeated));
    for (int i = 0; i < DATASET_SPLITS; i++)
        report_json(report, d.split[i].name, split_report(&d, &d.split[i]));
    for (int i = 0; i < DATASET_SPLITS && rc == OK && ask->verify; i++)
        rc = dataset_verify(&d, (enum dataset_split_id)i);
    if (rc == OK && ask->verify)
        report_string(report, "verified", "every file, every frame, every sample and the counts");
    if (rc == OK && ask->cat)
        rc = cat_data(&d, ask);
    dataset_close(&d);
    return rc;
}
