/* dataset_test.c -- a data directory made here by hand, then read in order, at random, by threads,
 * and damaged in every place. */
#include "lib/dataset.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/manifest.h"
#include "lib/philox.h"
#include "tests/tap.h"

enum {
    VOCAB = 300,
    NOTES = 4,
    SEQ_LEN = 32,
    BLOCK = 3,
    SHARD_SAMPLES = 10,
    SHARDS = 2,
    THREADS = 3
};

static const char          tokenizer[] = "{\"model\":{}}", notes[] = "a\t4\nb\t3\nc\t2\nd\t1\n";
static char                dir[] = "/tmp/dataset_test.XXXXXX";
static struct samples_head head = { .tokens = { .vocab_size = VOCAB, .notes = NOTES },
    .seq_len = SEQ_LEN,
    .block_samples = BLOCK };
static struct samples_order order;

/* Sample `index` of split `split`: 5 to 32 tokens; what it holds is a function of its number. */
static void
make_sample(struct tokens_doc *d, int split, uint64_t index)
{
    CHECK(tokens_doc_reserve(d, 2, SEQ_LEN, SEQ_LEN) == OK);
    d->tokens = 5 + (uint32_t)(index * 7 % 28);
    d->sentences = 2;
    d->lengths[0] = 4;
    d->lengths[1] = d->tokens - 4;
    d->spans = 0;
    for (uint32_t i = 0; i < d->tokens; i++) {
        struct philox random = philox(index, PHILOX_DATA, (uint32_t)split, 0, i);

        d->ids[i] = random.x[0] % VOCAB;
        d->word[i] = random.x[1] & 1;
        if (random.x[2] % 8 == 0)
            d->span[d->spans++] = (struct span){ i, 1, random.x[3] % NOTES };
    }
}

static uint64_t
split_samples(int split)
{
    return split == DATASET_TRAIN ? SHARD_SAMPLES * SHARDS : 2;
}

static void
path_of(char *path, size_t max, const char *name)
{
    CHECK(snprintf(path, max, "%s/%s", dir, name) < (int)max);
}

static void
put(const char *name, const void *bytes, size_t len)
{
    char path[200];

    path_of(path, sizeof path, name);
    CHECK(file_write_all(path, bytes, len) == OK);
}

struct file {
    struct out          out;
    struct zseek_writer zseek;
    struct zseek_packer packer;
    struct buf          packed;
};

static void
put_frame(struct file *f, const void *bytes, size_t len)
{
    CHECK(zseek_pack(&f->packer, &f->packed, ZSEEK_PACK, bytes, len, NULL, 0) == OK);
    CHECK(zseek_put(&f->zseek, &f->packed, len) == OK);
}

static void
put_block(struct file *f, const struct buf *frame, const struct samples_cuts *cuts)
{
    struct buf packed[SHARD_PARTS] = { { 0 } };
    size_t     len[SHARD_PARTS];

    CHECK(shard_pack_block(&f->packer, packed, len, frame, cuts) == OK);
    for (int i = 0; i < SHARD_PARTS; i++) {
        CHECK(zseek_put(&f->zseek, &packed[i], len[i]) == OK);
        buf_free(&packed[i]);
    }
}

/* One shard with samples first .. first + count - 1; returns its entry in the manifest. */
static json_t *
write_shard(int split, int number, uint64_t first, uint64_t count)
{
    const char          *split_name = split == DATASET_TRAIN ? "train" : "valid";
    struct file          f = { .packed = { 0 } };
    struct samples_block block = { 0 };
    struct samples_cuts  cuts;
    struct tokens_doc    doc = { 0 };
    struct buf           frame = { 0 }, body = { 0 };
    uint64_t             counts[STRM_COUNTS] = { count, 0, 0 }, blocks = 0;
    char                 name[32], path[200], text[STRM_HEAD_BYTES], hex[HASH_HEX_BYTES];
    XXH128_hash_t        hash;
    json_t              *entry;

    snprintf(name, sizeof name, "%s-%05d.zst", split_name, number);
    path_of(path, sizeof path, name);
    CHECK(out_open(&f.out, path) == OK && zseek_start(&f.zseek, &f.out) == OK
        && zseek_packer_open(&f.packer, 1) == OK);
    samples_head_text(text, &head, split_name, (uint32_t)number);
    put_frame(&f, text, sizeof text);
    CHECK(samples_order_frame(&frame, &order) == OK);
    put_frame(&f, frame.bytes, frame.len);
    for (uint64_t i = 0; i < count; i++) {
        make_sample(&doc, split, first + i);
        counts[1] += doc.tokens;
        buf_reset(&body);
        CHECK(tokens_encode(&body, &head.tokens, &doc) == OK);
        CHECK(samples_add(&block, body.bytes, body.len) == OK);
        if (block.samples < BLOCK && i + 1 < count)
            continue;
        CHECK(samples_frame(&frame, &cuts, &block, &head, &order, (uint32_t)blocks++) == OK);
        samples_block_reset(&block);
        put_block(&f, &frame, &cuts);
    }
    counts[2] = zseek_hash(&f.zseek).low64;
    CHECK(samples_end_frame(&frame, blocks, counts) == OK);
    put_frame(&f, frame.bytes, frame.len);
    CHECK(zseek_end(&f.zseek) == OK);
    hash = zseek_hash(&f.zseek);
    snprintf(
        hex, sizeof hex, "%016" PRIx64 "%016" PRIx64, (uint64_t)hash.high64, (uint64_t)hash.low64);
    entry = json_pack("{s:s, s:I, s:s, s:I, s:I}", "file", name, "bytes", (json_int_t)f.out.offset,
        "xxh3_128", hex, "samples", (json_int_t)count, "tokens", (json_int_t)counts[1]);
    CHECK(entry != NULL && out_close(&f.out) == OK);
    zseek_stop(&f.zseek);
    zseek_packer_close(&f.packer);
    samples_block_free(&block);
    tokens_doc_free(&doc);
    buf_free(&f.packed);
    buf_free(&frame);
    buf_free(&body);
    return entry;
}

static json_t *
split_json(int split)
{
    json_t  *files = json_array(), *object;
    uint64_t each = split == DATASET_TRAIN ? SHARD_SAMPLES : 2, tokens = 0;

    for (uint64_t first = 0; first < split_samples(split); first += each) {
        json_t *entry = write_shard(split, (int)(first / each), first, each);

        tokens += (uint64_t)json_integer_value(json_object_get(entry, "tokens"));
        CHECK(json_array_append_new(files, entry) == 0);
    }
    object = json_pack("{s:i, s:i, s:I, s:I, s:f, s:f, s:o}", "documents", 1, "sentences", 2,
        "samples", (json_int_t)split_samples(split), "tokens", (json_int_t)tokens, "entropy", 1.0,
        "entropy_words", 1.5, "files", files);
    CHECK(object != NULL);
    return object;
}

static void
write_manifest(const char *format)
{
    struct buf text = { 0 };
    json_t    *root;

    root = json_pack(
        "{s:s, s:s, s:i, s:i, s:{s:i, s:s, s:i, s:i, s:i}, s:{s:i, s:i, s:s}, s:{s:i, s:i, s:i}, "
        "s:{s:o, s:o}}",
        "format", format, "options", "--made by hand", "seq_len", SEQ_LEN, "block_samples", BLOCK,
        "vocabulary", "bytes", (int)sizeof tokenizer - 1, "xxh3_128", head.tokens.vocab_hash,
        "size", VOCAB, "cls", 2, "sep", 3, "notes", "count", NOTES, "bytes", (int)sizeof notes - 1,
        "xxh3_128", head.tokens.notes_hash, "repeated", "documents", 1, "sentences", 22, "tokens",
        333, "splits", "train", split_json(DATASET_TRAIN), "valid",
        split_json(DATASET_VALID));
    CHECK(root != NULL && manifest_text(&text, root) == OK);
    put("manifest.json", text.bytes, text.len);
    json_decref(root);
    buf_free(&text);
}

/* ---- reading ---- */

static bool
right(struct dataset_reader *r, struct tokens_doc *want, int split, uint64_t index)
{
    struct dataset_sample s;

    make_sample(want, split, index);
    return dataset_get(r, (enum dataset_split_id)split, index, &s) == OK && s.len == want->tokens
        && s.sentences == want->sentences && s.spans == want->spans
        && memcmp(s.ids, want->ids, s.len * sizeof *s.ids) == 0
        && memcmp(s.word, want->word, s.len) == 0
        && memcmp(s.lengths, want->lengths, s.sentences * sizeof *s.lengths) == 0
        && memcmp(s.span, want->span, s.spans * sizeof *s.span) == 0;
}

struct thread {
    pthread_t             id;
    const struct dataset *d;
    uint32_t              epoch;
    bool                  good;
};

/* Every sample in the order of an epoch, several times over. */
static void *
read_epochs(void *arg)
{
    struct thread        *t = arg;
    struct dataset_reader r;
    struct tokens_doc     want = { 0 };
    uint64_t              samples = t->d->split[DATASET_TRAIN].samples;

    t->good = dataset_reader_open(&r, t->d) == OK;
    for (uint32_t epoch = 0; epoch < 20; epoch++)
        for (uint64_t i = 0; i < samples && t->good; i++)
            t->good = right(
                &r, &want, DATASET_TRAIN, dataset_order(1, epoch + t->epoch, samples, i));
    tokens_doc_free(&want);
    dataset_reader_close(&r);
    return NULL;
}

static void
test_reading(void)
{
    struct dataset        d;
    struct dataset_reader r;
    struct tokens_doc     want = { 0 };
    struct thread         threads[THREADS];
    bool                  good = true;
    int                   rc = dataset_open(&d, dir);

    if (!ok(rc == OK, "a data directory opens%s%s", rc == OK ? "" : ": ",
            rc == OK ? "" : err_msg()))
        return;
    ok(d.head.seq_len == SEQ_LEN && d.head.tokens.vocab_size == VOCAB
            && d.head.tokens.notes == NOTES && d.cls == 2 && d.sep == 3
            && d.split[DATASET_TRAIN].samples == SHARD_SAMPLES * SHARDS
            && d.split[DATASET_VALID].samples == 2 && strcmp(d.options, "--made by hand") == 0
            && d.split[DATASET_VALID].entropy_words == 1.5 && d.repeated.asked
            && d.repeated.documents == 1 && d.repeated.sentences == 22
            && d.repeated.tokens == 333,
        "the manifest's numbers are there");
    ok(d.tokenizer.len == sizeof tokenizer - 1
            && memcmp(d.tokenizer.bytes, tokenizer, d.tokenizer.len) == 0
            && d.notes.len == sizeof notes - 1 && memcmp(d.notes.bytes, notes, d.notes.len) == 0,
        "and the bytes of tokenizer.json and notes.tsv");
    CHECK(dataset_reader_open(&r, &d) == OK);
    for (int split = 0; split < DATASET_SPLITS; split++)
        for (uint64_t i = 0; i < split_samples(split); i++)
            good &= right(&r, &want, split, i);
    ok(good, "every sample is as it was made");
    for (int t = 0; t < THREADS; t++) {
        threads[t] = (struct thread){ .d = &d, .epoch = (uint32_t)t };
        CHECK(pthread_create(&threads[t].id, NULL, read_epochs, &threads[t]) == 0);
    }
    for (int t = 0; t < THREADS; t++) {
        pthread_join(threads[t].id, NULL);
        good &= threads[t].good;
    }
    ok(good, "also in any order by %d threads", THREADS);
    ok(dataset_verify(&d, DATASET_TRAIN) == OK && dataset_verify(&d, DATASET_VALID) == OK,
        "it verifies");
    tokens_doc_free(&want);
    dataset_reader_close(&r);
    dataset_close(&d);
}

/* ---- damage ---- */

/* What a trainer sees of it: OK, or the first refusal; `*lied` if a sample is not what it was. */
static int
use_all(bool *lied)
{
    struct dataset        d;
    struct dataset_reader r;
    struct dataset_sample s;
    struct tokens_doc     want = { 0 };
    int                   rc = dataset_open(&d, dir);

    if (rc != OK)
        return rc;
    CHECK(dataset_reader_open(&r, &d) == OK);
    for (int split = 0; split < DATASET_SPLITS && rc == OK; split++)
        for (uint64_t i = 0; i < d.split[split].samples && rc == OK; i++) {
            rc = dataset_get(&r, (enum dataset_split_id)split, i, &s);
            if (rc == OK && !right(&r, &want, split, i))
                *lied = true;
        }
    tokens_doc_free(&want);
    dataset_reader_close(&r);
    dataset_close(&d);
    return rc;
}

static int
verify_all(void)
{
    struct dataset d;
    int            rc = dataset_open(&d, dir);

    if (rc != OK)
        return rc;
    for (int split = 0; split < DATASET_SPLITS && rc == OK; split++)
        rc = dataset_verify(&d, (enum dataset_split_id)split);
    dataset_close(&d);
    return rc;
}

/* Each bit of file `name` flipped, each byte made 0, 255 and one more, and the file cut at each
 * length. */
static void
test_damage(const char *name)
{
    char       path[200];
    struct buf whole = { 0 };
    bool       lied = false, verified = false, named = true, cuts = true;
    int        fd;

    path_of(path, sizeof path, name);
    CHECK(file_read_all(&whole, path, 1 << 20) == OK);
    fd = open(path, O_WRONLY);
    CHECK(fd >= 0);
    for (size_t i = 0; i < whole.len; i++)
        for (int change = 0; change < 11; change++) {
            char was = whole.bytes[i], now = (char)(was ^ 1 << change % 8);

            if (change >= 8)
                now = change == 8 ? 0 : change == 9 ? (char)0xFF : (char)(was + 1);
            if (now == was)
                continue;
            CHECK(pwrite(fd, &now, 1, (off_t)i) == 1);
            verified |= verify_all() == OK;
            named &= strstr(err_msg(), name) != NULL;
            if (change == 0 || change >= 8)
                (void)!use_all(&lied);
        }
    CHECK(pwrite(fd, whole.bytes, whole.len, 0) == (ssize_t)whole.len);
    for (size_t len = whole.len; len-- > 0;) {
        CHECK(ftruncate(fd, (off_t)len) == 0);
        cuts &= use_all(&lied) != OK;
        named &= strstr(err_msg(), name) != NULL;
    }
    CHECK(pwrite(fd, whole.bytes, whole.len, 0) == (ssize_t)whole.len && close(fd) == 0);
    ok(!verified, "%s: every change of %zu bytes is found by verifying", name, whole.len);
    ok(!lied, "%s: none ever changes a sample", name);
    ok(cuts, "%s: cut anywhere, it is refused", name);
    ok(named, "%s: each refusal names it: %s", name, err_msg());
    buf_free(&whole);
}

static void
swap(const char *a, const char *b)
{
    char from[200], to[200], between[200];

    path_of(from, sizeof from, a);
    path_of(to, sizeof to, b);
    path_of(between, sizeof between, "between");
    CHECK(rename(from, between) == 0 && rename(to, from) == 0 && rename(between, to) == 0);
}

int
main(void)
{
    static uint64_t seen[VOCAB];
    bool            lied = false;

    for (int i = 0; i < VOCAB; i++)
        seen[i] = (uint64_t)(i * 7 % 50); /* some alike */
    CHECK(mkdtemp(dir) != NULL && samples_order_make(&order, &head, seen) == OK);
    hash_hex(head.tokens.vocab_hash, tokenizer, sizeof tokenizer - 1);
    hash_hex(head.tokens.notes_hash, notes, sizeof notes - 1);
    put("tokenizer.json", tokenizer, sizeof tokenizer - 1);
    put("notes.tsv", notes, sizeof notes - 1);
    write_manifest("cloze/3 data");
    test_reading();
    test_damage("valid-00000.zst");
    test_damage("train-00001.zst");
    test_damage("manifest.json");
    test_damage("tokenizer.json");
    test_damage("notes.tsv");
    swap("train-00000.zst", "train-00001.zst");
    ok(use_all(&lied) == ERR_MISMATCH, "two shards exchanged are noticed: %s", err_msg());
    swap("train-00000.zst", "train-00001.zst");
    ok(use_all(&lied) == OK && !lied, "and put back they are well");
    write_manifest("cloze/9 data");
    ok(use_all(&lied) == ERR_MISMATCH, "another version is refused: %s", err_msg());
    CHECK(dir_remove(dir) == OK);
    ok(use_all(&lied) == ERR_IO, "and what is not there: %s", err_msg());
    samples_order_free(&order);
    return tap_done();
}
