/* shard -- from a token stream to a directory of packed, shuffled, checked samples.
 *
 *     tokenize -m tokenizer.json wiki.txt | shard -o data/
 *
 * One pass over the stream packs sentences into samples, separately for training and validation,
 * and hands each sample to an external sort under a random key (sort.h): that is the shuffle.  Then
 * the samples come out in order and are written as shards (write.c), and the manifest last
 * (commit.c).
 *
 *     shard --export megatron -o out/ data/
 *
 * is another matter: from such a directory to the files of another trainer (export.c). */
#include "tools/shard/shard.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/philox.h"
#include "lib/tool.h"
#include "tools/shard/dedup.h"
#include "tools/shard/export.h"
#include "tools/shard/pack.h"
#include "tools/shard/special.h"

enum {
    OTHER_MEMORY_BYTES = 8 << 20, /* of --memory for all but the sort */
    MDS_SHARD_BYTES = 64 << 20    /* for --export mds, as MosaicML's own writer */
};

const char *const split_names[SPLITS] = { "train", "valid" };

static struct tool_conf conf = TOOL_CONF;
static struct plan      plan = { .shuffle = true,
         .valid = 0.005,
         .shard_bytes = 256ll << 20,
         .level = 3 };
static long long        seq_len = 512, memory_bytes = 1ll << 30;
static int              documents, export_to = EXPORT_NO;
static bool             packing_given, shard_size_given;

static const struct opt opts[] = {
    { 0, "seq-len", "N", OPT_INT, &seq_len, SAMPLES_SEQ_MIN, SAMPLES_SEQ_MAX,
        "tokens of a sample, at most", 0, &packing_given },
    { 0, "documents", 0, OPT_CHOICE, &documents, 0, 0,
        "pack sentences across documents, or keep those apart", "pack|keep", &packing_given },
    { 0, "shuffle", 0, OPT_FLAG, &plan.shuffle, 0, 0, "put the samples in random order", 0,
        &packing_given },
    { 0, "dedup", 0, OPT_FLAG, &plan.dedup, 0, 0, "leave out sentences that were there before", 0,
        &packing_given },
    { 0, "valid", "PART", OPT_REAL, &plan.valid, 0, 0.5,
        "share of documents set aside for validation", 0, &packing_given },
    { 0, "shard-size", "SIZE", OPT_SIZE, &plan.shard_bytes, 1 << 16, 2147483648.0,
        "content of a file, before compression", 0, &shard_size_given },
    { 0, "level", "N", OPT_INT, &plan.level, 1, 19, "how hard to compress", 0, &packing_given },
    { 'M', "memory", "SIZE", OPT_SIZE, &memory_bytes, 16 << 20, 0x1p50,
        "for the shuffle; beyond it a file is used", 0, &packing_given },
    { 0, "export", 0, OPT_CHOICE, &export_to, 0, 0,
        "make no shards, but the files of other trainers from a data directory",
        "no|jsonl|megatron|mds", 0 },
    TOOL_OPTS(conf, "DIR"),
    { 0 },
};

/* One split while the stream is read. */
struct lane {
    int                 split;
    struct pack         pack;
    struct count       *count;
    struct sort        *sort;
    struct tokens_head *head;
};

/* A sample is done: count it and give it its place. */
static int
take_sample(void *context, const struct tokens_doc *sample)
{
    struct lane  *lane = context;
    struct count *count = lane->count;
    uint64_t      number = count->samples++, key = number;
    char         *body;
    int           rc;

    if (plan.shuffle) {
        struct philox random = philox(
            (uint64_t)plan.seed, PHILOX_SHUFFLE, (uint32_t)lane->split, 0, number);

        key = ((uint64_t)random.x[1] << 32 | random.x[0]) >> (64 - SPLIT_SHIFT);
    }
    key = (uint64_t)lane->split << SPLIT_SHIFT | key;
    count->tokens += sample->tokens;
    count->sentences += sample->sentences;
    for (uint32_t i = 0; i < sample->tokens; i++)
        count->seen[sample->ids[i]]++;
    rc = sort_place(lane->sort, key, number, tokens_encoded_bytes(lane->head, sample), &body);
    if (rc == OK)
        tokens_encode_at(body, lane->head, sample);
    return rc;
}

/* Validation or training, by the ids of the document's first frame that has any: wherever the same
 * document turns up again, it goes the same way. */
static int
choose(const struct tokens_doc *doc)
{
    uint64_t hash = XXH3_64bits(doc->ids, doc->tokens * sizeof *doc->ids);

    return hash < (uint64_t)ldexp(plan.valid, 64) ? VALID : TRAIN;
}

/* The document that is being read, in one frame or several. */
struct reading {
    struct lane *lane;   /* once it has a token */
    bool         stays;  /* once it has one that is not left out */
};

/* The next frame.  Which lane it takes depends on all that stands in it, also on what is left
 * out. */
static int
take_frame(struct reading *now, struct tokens_doc *doc, struct lane lanes[SPLITS],
    struct dedup *dedup, struct repeated *repeated)
{
    int rc = OK;

    if (now->lane == NULL && doc->tokens > 0)
        now->lane = &lanes[choose(doc)];
    if (dedup != NULL)
        rc = dedup_filter(dedup, doc);
    if (rc != OK || now->lane == NULL)
        return rc;
    if (!now->stays && doc->tokens > 0)
        now->lane->count->documents++;
    now->stays |= doc->tokens > 0;
    rc = pack_doc(&now->lane->pack, doc);
    if (rc == OK && !doc->more && plan.keep)
        rc = pack_flush(&now->lane->pack);
    if (!doc->more) {
        repeated->documents += !now->stays;
        *now = (struct reading){ 0 };
    }
    return rc;
}

static int
read_stream(struct strm_reader *r, struct tokens_head *head, struct lane lanes[SPLITS],
    struct dedup *dedup, struct repeated *repeated)
{
    struct tokens_doc doc = { 0 };
    struct reading    now = { 0 };
    int               rc;

    while ((rc = tokens_get(r, head, &doc)) == 1) {
        rc = take_frame(&now, &doc, lanes, dedup, repeated);
        if (rc != OK)
            break;
        tool_progress(dedup != NULL ? "packed" : "read", r->in->offset, r->in->size);
    }
    if (rc == OK && now.lane != NULL)
        rc = err_set(
            ERR_FORMAT, "%s: the last document is said to go on, but the stream ends", r->in->name);
    for (int i = 0; i < SPLITS && rc == OK; i++)
        rc = pack_flush(&lanes[i].pack);
    if (dedup != NULL) {
        repeated->sentences = dedup->sentences;
        repeated->tokens = dedup->tokens;
    }
    tokens_doc_free(&doc);
    tool_progress_end();
    return rc;
}

/* ---- the directory ---- */

static bool
is_shard_name(const char *name)
{
    char   wanted[64];
    size_t len;

    for (int i = 0; i < SPLITS; i++) {
        unsigned number;

        len = strlen(split_names[i]);
        if (strncmp(name, split_names[i], len) != 0 || sscanf(name + len, "-%9u", &number) != 1)
            continue;
        snprintf(wanted, sizeof wanted, "%s-%05u.zst", split_names[i], number);
        if (strncmp(name, wanted, strlen(wanted)) == 0
            && (name[strlen(wanted)] == '\0' || strcmp(name + strlen(wanted), ".tmp") == 0))
            return true;
    }
    return false;
}

static int
refuse_finished(const char *dir)
{
    char path[4096];
    int  rc = path_join(path, dir, "manifest.json");

    if (rc == OK && access(path, F_OK) == 0)
        rc = err_set(
            ERR_IO, "%s: is there already: remove the directory, or choose another", path);
    return rc;
}

/* False: `path` cannot be removed, or listed; errno says why. */
static bool
remove_shards(const char *dir, char path[PATH_BYTES])
{
    struct dirent *entry;
    DIR           *list = opendir(dir);
    bool           gone = list != NULL;

    snprintf(path, PATH_BYTES, "%s", dir);
    while (gone && (entry = readdir(list)) != NULL)
        if (is_shard_name(entry->d_name)
            && snprintf(path, PATH_BYTES, "%s/%s", dir, entry->d_name) < PATH_BYTES)
            gone = unlink(path) == 0 || errno == ENOENT;
    if (list != NULL)
        closedir(list);
    return gone;
}

/* Refuse a finished directory, before a lock is put into it and again when nobody else can finish
 * it; take away the shards that an unfinished run has left. */
static int
prepare_dir(const char *dir, int *lock)
{
    char path[PATH_BYTES];
    int  rc = dir_make(dir);

    if (rc == OK)
        rc = refuse_finished(dir);
    if (rc == OK)
        rc = lock_open(lock, dir);
    if (rc == OK)
        rc = refuse_finished(dir);
    if (rc != OK)
        return rc;
    return remove_shards(dir, path)
        ? OK : err_io("%s: cannot remove what an unfinished run has left", path);
}

/* As tool_try.  Shards are nothing without a manifest; that they go makes room, which may be what
 * was missing.  The manifest goes first: it may stand there already, if only its sync failed. */
static void
try_or_remove(int rc)
{
    char path[PATH_BYTES], why[PATH_BYTES];

    if (rc != OK) {
        snprintf(why, sizeof why, "%s", err_msg());
        if (path_join(path, plan.dir, "manifest.json") == OK)
            (void)unlink(path);
        (void)remove_shards(plan.dir, path);
        die("%s", why);
    }
}

/* ---- */

static void
open_plan(struct strm_reader *r, struct in *in, struct buf *tokenizer, struct buf *notes)
{
    plan.dir = conf.output;
    plan.keep = documents == 1;
    plan.seed = conf.seed;
    plan.jobs = conf.jobs;
    plan.head.seq_len = (uint32_t)seq_len;
    plan.head.block_samples = 1;
    if (seq_len < SAMPLES_BLOCK_TOKENS)
        plan.head.block_samples = SAMPLES_BLOCK_TOKENS / (uint32_t)seq_len;
    tool_try(tokens_open(r, in, &plan.head.tokens, tokenizer, notes));
    tool_try(special_find(&plan.cls, &plan.sep, tokenizer, plan.head.tokens.vocab_size, in->name));
}

static void
say_counts(const struct count count[SPLITS], const struct repeated *repeated)
{
    tool_say("%llu samples with %llu tokens for training, %llu with %llu for validation",
        (unsigned long long)count[TRAIN].samples, (unsigned long long)count[TRAIN].tokens,
        (unsigned long long)count[VALID].samples, (unsigned long long)count[VALID].tokens);
    if (plan.dedup)
        tool_say("%llu repeated sentences with %llu tokens left out, and %llu documents, which had "
                 "no others",
            (unsigned long long)repeated->sentences, (unsigned long long)repeated->tokens,
            (unsigned long long)repeated->documents);
    if (plan.valid > 0 && count[VALID].samples == 0)
        tool_say("no document of %llu fell into the validation split: try a larger --valid",
            (unsigned long long)count[TRAIN].documents);
}

static void
make_shards(struct strm_reader *r, struct count count[SPLITS], struct repeated *repeated,
    const struct buf *tokenizer, const struct buf *notes)
{
    struct lane  lanes[SPLITS] = { { 0 } };
    struct sort  sort;
    struct dedup dedup;
    const char  *temp_dir = getenv("TMPDIR");
    size_t       sort_bytes = (size_t)memory_bytes - OTHER_MEMORY_BYTES;

    if (temp_dir == NULL || *temp_dir == '\0')
        temp_dir = plan.dir;
    if (plan.dedup) {
        tool_try(dedup_read(
            &dedup, r, &plan.head.tokens, tokenizer, notes, sort_bytes, temp_dir));
        sort_bytes /= 2;
    }
    tool_try(sort_open(&sort, sort_bytes, temp_dir));
    for (int i = 0; i < SPLITS; i++) {
        count[i].seen = calloc(plan.head.tokens.vocab_size, sizeof *count[i].seen);
        if (count[i].seen == NULL)
            die("no memory to count %u tokens", plan.head.tokens.vocab_size);
        lanes[i] = (struct lane){
            .split = i, .count = &count[i], .sort = &sort, .head = &plan.head.tokens
        };
        pack_init(&lanes[i].pack, plan.head.seq_len, plan.cls, plan.sep, take_sample, &lanes[i]);
    }
    tool_try(read_stream(plan.dedup ? &dedup.reader : r, &plan.head.tokens, lanes,
        plan.dedup ? &dedup : NULL, repeated));
    if (plan.dedup)
        dedup_close(&dedup);
    if (count[TRAIN].samples == 0)
        die("%s: no token for training: %llu documents in the stream, %llu of them set aside for "
            "validation",
            r->in->name, (unsigned long long)(count[TRAIN].documents + count[VALID].documents),
            (unsigned long long)count[VALID].documents);
    tool_try(sort_begin(&sort));
    try_or_remove(write_shards(&plan, &sort, count));
    for (int i = 0; i < SPLITS; i++)
        pack_free(&lanes[i].pack);
    sort_close(&sort);
}

/* --export: other options, another operand, another product. */
static int
export(int operands, char **operand)
{
    if (packing_given || (shard_size_given && export_to != EXPORT_MDS))
        die_usage("--export takes the samples as they are: of the options that make them only "
                  "--shard-size may be given, for mds");
    if (conf.output == NULL)
        die_usage("-o OUT is missing: where the files go");
    if (operands != 1)
        die_usage("--export needs one operand, a data directory; %d are given", operands);
    tool_try(export_main(conf.output, operand[0], (enum export_format)export_to,
        shard_size_given ? (uint64_t)plan.shard_bytes : MDS_SHARD_BYTES));
    return EXIT_DONE;
}

int
main(int argc, char **argv)
{
    const struct tool  tool = { "shard", "pack a token stream into shuffled shards for training",
         "-o DIR [FILE]\n       shard --export FORMAT -o OUT DIR", opts };
    struct strm_reader r = { 0 };
    struct count       count[SPLITS] = { { 0 } };
    struct repeated    repeated = { 0 };
    struct buf         tokenizer = { 0 }, notes = { 0 };
    struct in          in;
    char               lock_path[4096];
    int                first = tool_begin(&tool, &conf, argc, argv), lock = -1;

    if (export_to != EXPORT_NO)
        return export(argc - first, argv + first);
    if (conf.output == NULL)
        die_usage("-o DIR is missing: where the shards go");
    if (argc - first > 1)
        die_usage("one stream at a time: \"%s\" is one too many", argv[first + 1]);
    tool_try(in_open(&in, first < argc ? argv[first] : "-"));
    tool_try(prepare_dir(conf.output, &lock)); /* a second writer is refused before it reads */
    open_plan(&r, &in, &tokenizer, &notes);
    make_shards(&r, count, &repeated, &tokenizer, &notes);
    try_or_remove(commit(&plan, count, &repeated, &tokenizer, &notes));
    snprintf(lock_path, sizeof lock_path, "%s/lock", plan.dir);
    unlink(lock_path); /* while it is held: from now on the manifest keeps others away */
    lock_close(lock);
    say_counts(count, &repeated);
    strm_close(&r);
    in_close(&in);
    buf_free(&tokenizer);
    buf_free(&notes);
    for (int i = 0; i < SPLITS; i++) {
        free(count[i].seen);
        free(count[i].file);
    }
    return EXIT_DONE;
}
