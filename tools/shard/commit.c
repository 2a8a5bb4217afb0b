/* commit.c -- the last files of a data directory.  manifest.json is written when everything it
 * names is safely there: a directory without one is unfinished. */
#include "tools/shard/shard.h"

#include <math.h>
#include <stdio.h>

#include "lib/manifest.h"

/* Entropy in nats of a token drawn from the samples: log N - (1/N) sum n_i log n_i, N = sum n_i;
 * without [CLS] and [SEP] if `words`. */
static double
entropy(const struct plan *plan, const struct count *count, bool words)
{
    uint64_t total = 0;
    double   sum = 0;

    for (uint32_t id = 0; id < plan->head.tokens.vocab_size; id++) {
        uint64_t n = count->seen[id];

        if (n == 0 || (words && (id == plan->cls || id == plan->sep)))
            continue;
        total += n;
        sum += (double)n * log((double)n);
    }
    return total > 0 ? fmax(0, log((double)total) - sum / (double)total) : 0;
}

static json_t *
files_json(const struct count *count, const char *split)
{
    json_t *files = json_array();
    char    name[32];

    for (int i = 0; i < count->files; i++) {
        const struct file_info *f = &count->file[i];

        snprintf(name, sizeof name, "%s-%05d.zst", split, i);
        if (json_array_append_new(files,
                json_pack("{s:s, s:I, s:s, s:I, s:I}", "file", name, "bytes", (json_int_t)f->bytes,
                    "xxh3_128", f->hash, "samples", (json_int_t)f->samples, "tokens",
                    (json_int_t)f->tokens))
            != 0)
            break;
    }
    return files;
}

static json_t *
split_json(const struct plan *plan, const struct count *count, const char *split)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:f, s:f, s:o}", "documents",
        (json_int_t)count->documents, "sentences", (json_int_t)count->sentences, "samples",
        (json_int_t)count->samples, "tokens", (json_int_t)count->tokens, "entropy",
        entropy(plan, count, false), "entropy_words", entropy(plan, count, true), "files",
        files_json(count, split));
}

/* What was asked for, as far as it matters to what was written. */
static void
options(char *text, size_t max, const struct plan *plan)
{
    snprintf(text, max,
        "--seq-len %u --documents %s%s --%sshuffle --seed %lld --valid %.15g --shard-size %lld "
        "--level %lld",
        plan->head.seq_len, plan->keep ? "keep" : "pack", plan->dedup ? " --dedup" : "",
        plan->shuffle ? "" : "no-", plan->seed,
        plan->valid, plan->shard_bytes, plan->level);
}

static json_t *
manifest_json(const struct plan *plan, const struct count count[SPLITS],
    const struct repeated *repeated, size_t tokenizer_bytes, size_t notes_bytes)
{
    const struct tokens_head *t = &plan->head.tokens;
    json_t                   *notes, *left_out;
    char                      text[256];

    options(text, sizeof text, plan);
    if (t->notes > 0)
        notes = json_pack("{s:s, s:I, s:s, s:I}", "file", "notes.tsv", "bytes",
            (json_int_t)notes_bytes, "xxh3_128", t->notes_hash, "count", (json_int_t)t->notes);
    else
        notes = json_pack("{s:i}", "count", 0);
    if (plan->dedup)
        left_out = json_pack("{s:I, s:I, s:I}", "documents", (json_int_t)repeated->documents,
            "sentences", (json_int_t)repeated->sentences, "tokens", (json_int_t)repeated->tokens);
    else
        left_out = json_null();
    return json_pack("{s:s, s:s, s:I, s:I, s:{s:s, s:I, s:s, s:I, s:I, s:I}, s:o, s:o, "
                     "s:{s:o, s:o}}",
        "format", "cloze/3 data", "options", text, "seq_len", (json_int_t)plan->head.seq_len,
        "block_samples", (json_int_t)plan->head.block_samples, "vocabulary", "file",
        "tokenizer.json", "bytes", (json_int_t)tokenizer_bytes, "xxh3_128", t->vocab_hash, "size",
        (json_int_t)t->vocab_size, "cls", (json_int_t)plan->cls, "sep", (json_int_t)plan->sep,
        "notes", notes, "repeated", left_out, "splits", split_names[TRAIN],
        split_json(plan, &count[TRAIN], split_names[TRAIN]), split_names[VALID],
        split_json(plan, &count[VALID], split_names[VALID]));
}

static int
write_named(const struct plan *plan, const char *name, const struct buf *text)
{
    char path[PATH_BYTES];
    int  rc = path_join(path, plan->dir, name);

    return rc != OK ? rc : file_write_all(path, text->bytes, text->len);
}

int
commit(const struct plan *plan, const struct count count[SPLITS],
    const struct repeated *repeated, const struct buf *tokenizer, const struct buf *notes)
{
    struct buf text = { 0 };
    json_t    *root;
    int        rc = write_named(plan, "tokenizer.json", tokenizer);

    if (rc == OK && plan->head.tokens.notes > 0)
        rc = write_named(plan, "notes.tsv", notes);
    if (rc != OK)
        return rc;
    root = manifest_json(plan, count, repeated, tokenizer->len, notes->len);
    rc = root != NULL ? manifest_text(&text, root)
                      : err_set(ERR_MEMORY, "no memory for the manifest");
    if (rc == OK)
        rc = write_named(plan, "manifest.json", &text);
    json_decref(root);
    buf_free(&text);
    return rc;
}
