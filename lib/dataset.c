/* dataset.c -- see dataset.h. */
#define _GNU_SOURCE /* strdup */
#include "lib/dataset.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/manifest.h"
#include "lib/permute.h"
#include "lib/philox.h"

enum { TEXT_MAX_BYTES = 1 << 30 };

static const char *const split_names[DATASET_SPLITS] = { "train", "valid" };

/* ---- opening ---- */

/* tokenizer.json or notes.tsv, as the manifest describes it in `entry`. */
static int
read_text(struct buf *text, char hash[HASH_HEX_BYTES], const char *dir, const json_t *entry,
    const char *name, const char *where)
{
    char        path[PATH_BYTES];
    const char *hex = "";
    uint64_t    bytes = 0;
    int         rc = jsontext_u64(entry, "bytes", TEXT_MAX_BYTES, &bytes, where);

    if (rc == OK)
        rc = jsontext_string(entry, "xxh3_128", &hex, where);
    if (rc == OK)
        rc = path_join(path, dir, name);
    if (rc == OK)
        rc = file_read_all(text, path, TEXT_MAX_BYTES);
    if (rc != OK)
        return rc;
    hash_hex(hash, text->bytes, text->len);
    if (text->len != bytes || strcmp(hash, hex) != 0)
        return err_set(ERR_MISMATCH,
            "%s: damaged or replaced: %zu bytes with hash %s; the manifest names "
            "%" PRIu64 " with %s",
            path, text->len, hash, bytes, hex);
    return OK;
}

static int
parse_texts(struct dataset *d, const json_t *root, const char *where)
{
    struct tokens_head *head = &d->head.tokens;
    const json_t       *vocabulary = NULL, *notes = NULL;
    uint64_t            size = 0, rows = 0, cls = 0, sep = 0;
    int                 rc = jsontext_object(root, "vocabulary", &vocabulary, where);

    if (rc == OK)
        rc = jsontext_u64(vocabulary, "size", INT32_MAX, &size, where);
    if (rc == OK)
        rc = jsontext_u64(vocabulary, "cls", INT32_MAX, &cls, where);
    if (rc == OK)
        rc = jsontext_u64(vocabulary, "sep", INT32_MAX, &sep, where);
    if (rc == OK && (cls >= size || sep >= size))
        rc = err_set(ERR_FORMAT, "%s: [CLS] or [SEP] is beyond the vocabulary", where);
    if (rc == OK)
        rc = read_text(
            &d->tokenizer, head->vocab_hash, d->dir, vocabulary, "tokenizer.json", where);
    if (rc == OK)
        rc = jsontext_object(root, "notes", &notes, where);
    if (rc == OK)
        rc = jsontext_u64(notes, "count", INT32_MAX, &rows, where);
    memcpy(head->notes_hash, "-", 2);
    if (rc == OK && rows > 0)
        rc = read_text(&d->notes, head->notes_hash, d->dir, notes, "notes.tsv", where);
    head->vocab_size = (uint32_t)size;
    head->notes = (uint32_t)rows;
    d->cls = (uint32_t)cls;
    d->sep = (uint32_t)sep;
    return rc;
}

/* Does the opened shard belong here, as number `number` of `split`? */
static int
match_shard(const struct dataset *d, const struct dataset_split *split, int number,
    const json_t *entry, const char *where)
{
    const struct shard       *s = &split->shard[number].shard;
    const struct tokens_head *head = &d->head.tokens;
    uint64_t                  bytes = 0, samples = 0, tokens = 0;
    int                       rc = jsontext_u64(entry, "bytes", INT64_MAX, &bytes, where);

    if (rc == OK)
        rc = jsontext_u64(entry, "samples", INT64_MAX, &samples, where);
    if (rc == OK)
        rc = jsontext_u64(entry, "tokens", INT64_MAX, &tokens, where);
    if (rc != OK)
        return rc;
    if (strcmp(s->head.tokens.vocab_hash, head->vocab_hash) != 0
        || s->head.tokens.vocab_size != head->vocab_size)
        return err_set(ERR_MISMATCH, "%s: made with vocabulary %s, the directory holds %s",
            s->file.path, s->head.tokens.vocab_hash, head->vocab_hash);
    if (strcmp(s->head.tokens.notes_hash, head->notes_hash) != 0
        || s->head.tokens.notes != head->notes)
        return err_set(ERR_MISMATCH, "%s: made with notes %s, the directory holds %s", s->file.path,
            s->head.tokens.notes_hash, head->notes_hash);
    if (s->head.order_hash != d->head.order_hash)
        return err_set(ERR_MISMATCH,
            "%s: its tokens are in another order than those of the first shard", s->file.path);
    if (s->head.seq_len != d->head.seq_len || s->head.block_samples != d->head.block_samples
        || strcmp(s->split, split->name) != 0 || s->number != (uint32_t)number)
        return err_set(ERR_MISMATCH,
            "%s: it is shard %u of \"%s\" with %u tokens a sample: not the one that "
            "the manifest names",
            s->file.path, s->number, s->split, s->head.seq_len);
    if (s->file.file_bytes != bytes || s->samples != samples || s->tokens != tokens)
        return err_set(ERR_MISMATCH,
            "%s: %" PRIu64 " bytes, %" PRIu64 " samples, %" PRIu64 " tokens; the "
            "manifest names %" PRIu64 ", %" PRIu64 ", %" PRIu64,
            s->file.path, s->file.file_bytes, s->samples, s->tokens, bytes, samples, tokens);
    return OK;
}

static int
open_shard(struct dataset *d, struct dataset_split *split, struct zseek_decoder *decoder,
    const json_t *entry, const char *where)
{
    struct dataset_shard *shard = &split->shard[split->shards];
    char                  name[32], path[PATH_BYTES];
    const char           *file = "", *hex = "";
    int                   rc = jsontext_string(entry, "file", &file, where);

    if (rc == OK)
        rc = jsontext_string(entry, "xxh3_128", &hex, where);
    snprintf(name, sizeof name, "%s-%05d.zst", split->name, split->shards);
    if (rc == OK && strcmp(file, name) != 0)
        rc = err_set(
            ERR_FORMAT, "%s: it names the file \"%s\" where %s belongs", where, file, name);
    if (rc == OK)
        rc = path_join(path, d->dir, name);
    if (rc == OK)
        rc = shard_open(&shard->shard, decoder, path);
    if (rc != OK)
        return rc;
    snprintf(shard->hash, sizeof shard->hash, "%s", hex);
    split->shards++; /* from here on dataset_close closes it */
    if (d->order.tokens == 0) {
        d->head.order_hash = shard->shard.head.order_hash;
        rc = shard_order(&shard->shard, decoder, &d->order);
    }
    return rc == OK ? match_shard(d, split, split->shards - 1, entry, where) : rc;
}

static int
parse_split(struct dataset *d, struct dataset_split *split, const json_t *root,
    struct zseek_decoder *decoder, const char *where)
{
    const json_t *object = NULL, *files = NULL;
    uint64_t      samples = 0, tokens = 0;
    int           rc = jsontext_object(root, split->name, &object, where);

    if (rc == OK)
        rc = jsontext_u64(object, "documents", INT64_MAX, &split->documents, where);
    if (rc == OK)
        rc = jsontext_u64(object, "sentences", INT64_MAX, &split->sentences, where);
    if (rc == OK)
        rc = jsontext_u64(object, "tokens", INT64_MAX, &split->tokens, where);
    if (rc == OK)
        rc = jsontext_u64(object, "samples", INT64_MAX, &split->samples, where);
    if (rc == OK)
        rc = jsontext_real(object, "entropy", &split->entropy, where);
    if (rc == OK)
        rc = jsontext_real(object, "entropy_words", &split->entropy_words, where);
    if (rc == OK)
        rc = jsontext_array(object, "files", &files, where);
    if (rc != OK)
        return rc;
    split->shard = calloc(json_array_size(files) + 1, sizeof *split->shard);
    if (split->shard == NULL)
        return err_set(ERR_MEMORY, "%s: no memory for %zu files", where, json_array_size(files));
    for (size_t i = 0; i < json_array_size(files); i++) {
        rc = open_shard(d, split, decoder, json_array_get(files, i), where);
        if (rc != OK)
            return rc;
        split->shard[i].first = samples;
        samples += split->shard[i].shard.samples;
        tokens += split->shard[i].shard.tokens;
    }
    if (samples != split->samples || tokens != split->tokens)
        return err_set(ERR_FORMAT,
            "%s: the files of \"%s\" do not add up to its samples and tokens", where, split->name);
    return OK;
}

static int
parse_repeated(struct dataset_repeated *repeated, const json_t *root, const char *where)
{
    const json_t *object = NULL;
    int           rc;

    repeated->asked = !json_is_null(json_object_get(root, "repeated"));
    if (!repeated->asked)
        return OK;
    rc = jsontext_object(root, "repeated", &object, where);
    if (rc == OK)
        rc = jsontext_u64(object, "documents", INT64_MAX, &repeated->documents, where);
    if (rc == OK)
        rc = jsontext_u64(object, "sentences", INT64_MAX, &repeated->sentences, where);
    if (rc == OK)
        rc = jsontext_u64(object, "tokens", INT64_MAX, &repeated->tokens, where);
    return rc;
}

static int
parse_manifest(struct dataset *d, const json_t *root, const char *where)
{
    static const char    want[] = "cloze/3 data";
    struct zseek_decoder decoder;
    const char          *format = "", *options = "";
    const json_t        *splits = NULL;
    uint64_t             seq_len = 0, block = 0;
    int                  rc = jsontext_string(root, "format", &format, where);

    if (rc == OK && strcmp(format, want) != 0)
        rc = err_set(
            ERR_MISMATCH, "%s: format \"%s\"; this program reads \"%s\"", where, format, want);
    if (rc == OK)
        rc = jsontext_u64(root, "seq_len", SAMPLES_SEQ_MAX, &seq_len, where);
    if (rc == OK)
        rc = jsontext_u64(root, "block_samples", SAMPLES_BLOCK_MAX, &block, where);
    if (rc == OK)
        rc = jsontext_string(root, "options", &options, where);
    d->options = strdup(options);
    if (rc == OK && d->options == NULL)
        rc = err_set(ERR_MEMORY, "%s: no memory for its options", where);
    d->head.seq_len = (uint32_t)seq_len;
    d->head.block_samples = (uint32_t)block;
    if (rc == OK)
        rc = parse_texts(d, root, where);
    if (rc == OK)
        rc = parse_repeated(&d->repeated, root, where);
    if (rc == OK)
        rc = jsontext_object(root, "splits", &splits, where);
    if (rc == OK)
        rc = zseek_decoder_open(&decoder, false);
    if (rc != OK)
        return rc;
    for (int i = 0; i < DATASET_SPLITS && rc == OK; i++)
        rc = parse_split(d, &d->split[i], splits, &decoder, where);
    zseek_decoder_close(&decoder);
    return rc;
}

int
dataset_open(struct dataset *d, const char *dir)
{
    struct buf text = { 0 };
    char       path[PATH_BYTES];
    json_t    *root = NULL;
    int        rc = path_join(path, dir, "manifest.json");

    *d = (struct dataset){ .dir = strdup(dir) };
    for (int i = 0; i < DATASET_SPLITS; i++)
        d->split[i].name = split_names[i];
    if (d->dir == NULL)
        return err_set(ERR_MEMORY, "no memory: cannot open %s", dir);
    if (rc == OK && access(path, F_OK) != 0 && errno == ENOENT)
        rc = err_set(ERR_IO,
            "%s: not a data directory, or one that was not finished: it has no "
            "manifest.json",
            dir);
    if (rc == OK)
        rc = file_read_all(&text, path, TEXT_MAX_BYTES);
    if (rc == OK)
        rc = manifest_parse(&root, text.bytes, text.len, path);
    if (rc == OK)
        rc = parse_manifest(d, root, path);
    json_decref(root);
    buf_free(&text);
    if (rc != OK)
        dataset_close(d);
    return rc;
}

void
dataset_close(struct dataset *d)
{
    for (int i = 0; i < DATASET_SPLITS; i++) {
        for (int k = 0; k < d->split[i].shards; k++)
            shard_close(&d->split[i].shard[k].shard);
        free(d->split[i].shard);
    }
    samples_order_free(&d->order);
    buf_free(&d->tokenizer);
    buf_free(&d->notes);
    free(d->dir);
    free(d->options);
    *d = (struct dataset){ 0 };
}

int
dataset_verify(const struct dataset *d, enum dataset_split_id split)
{
    char hex[HASH_HEX_BYTES];
    int  rc = OK;

    for (int i = 0; i < d->split[split].shards && rc == OK; i++) {
        const struct dataset_shard *s = &d->split[split].shard[i];

        rc = shard_verify(&s->shard, hex);
        if (rc == OK && strcmp(hex, s->hash) != 0)
            rc = err_set(ERR_FORMAT, "%s: damaged: its hash is %s, the manifest names %s",
                s->shard.file.path, hex, s->hash);
    }
    return rc;
}

/* ---- samples ---- */

int
dataset_reader_open(struct dataset_reader *r, const struct dataset *d)
{
    *r = (struct dataset_reader){ .dataset = d };
    return zseek_decoder_open(&r->decoder, false);
}

void
dataset_reader_close(struct dataset_reader *r)
{
    zseek_decoder_close(&r->decoder);
    tokens_doc_free(&r->doc);
    for (int i = 0; i < DATASET_CACHE_BLOCKS; i++)
        buf_free(&r->cache[i].bytes);
    *r = (struct dataset_reader){ 0 };
}

static const struct dataset_shard *
find_shard(const struct dataset_split *split, uint64_t index)
{
    int low = 0, high = split->shards;

    while (high - low > 1) {
        int middle = (low + high) / 2;

        if (split->shard[middle].first <= index)
            low = middle;
        else
            high = middle;
    }
    return &split->shard[low];
}

static int
load_block(struct dataset_reader *r, const struct dataset_shard *shard, uint32_t block,
    const struct samples_columns **columns)
{
    struct dataset_block *oldest = &r->cache[0];
    int                   rc;

    r->uses++;
    for (int i = 0; i < DATASET_CACHE_BLOCKS; i++) {
        struct dataset_block *cached = &r->cache[i];

        if (cached->used > 0 && cached->shard == shard && cached->block == block) {
            cached->used = r->uses;
            *columns = &cached->columns;
            return OK;
        }
        if (cached->used < oldest->used)
            oldest = cached;
    }
    oldest->used = 0; /* stays so if the block is bad */
    rc = shard_block(&shard->shard, &r->decoder, block, &oldest->bytes, &oldest->columns);
    if (rc != OK)
        return rc;
    oldest->shard = shard;
    oldest->block = block;
    oldest->used = r->uses;
    *columns = &oldest->columns;
    return OK;
}

int
dataset_get(struct dataset_reader *r, enum dataset_split_id split, uint64_t index,
    struct dataset_sample *sample)
{
    const struct samples_head    *head = &r->dataset->head;
    const struct dataset_shard   *shard;
    const struct samples_columns *columns;
    uint32_t                      block, within;
    int                           rc;

    CHECK(index < r->dataset->split[split].samples);
    shard = find_shard(&r->dataset->split[split], index);
    block = (uint32_t)((index - shard->first) / head->block_samples);
    within = (uint32_t)((index - shard->first) % head->block_samples);
    rc = load_block(r, shard, block, &columns);
    if (rc != OK)
        return rc;
    rc = samples_decode(
        &r->doc, columns, within, head, &r->dataset->order, shard->shard.file.path);
    if (rc != OK)
        return err_set(rc, "%s (block %u, sample %u of it)", err_msg(), block, within);
    *sample = (struct dataset_sample){ .len = r->doc.tokens,
        .sentences = r->doc.sentences,
        .spans = r->doc.spans,
        .ids = r->doc.ids,
        .word = r->doc.word,
        .lengths = r->doc.lengths,
        .span = r->doc.span };
    return OK;
}

uint64_t
dataset_order(uint64_t seed, uint32_t epoch, uint64_t samples, uint64_t position)
{
    return permute_index(seed, PHILOX_ORDER, epoch, samples, position);
}
