/* tokenize -- text to tokens.
 *
 *     tokenize -m tokenizer.json --notes notes.tsv <articles.txt | shard -o data/
 *     tokenize --words <articles.txt | freqstat >words.tsv
 *
 * Batches of lines go through an ordered parallel map: feed.c cuts them, lines.c works on them in
 * any thread, and here they are joined in order, so the bytes do not depend on the threads. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/pmap.h"
#include "lib/tool.h"
#include "tools/tokenize/lines.h"
#include "tools/tokenize/feed.h"

enum { COMPAT_HF, COMPAT_GOOGLE };
enum { SPLIT_BERT, SPLIT_UAX29 };
enum { ITEMS_PER_JOB = 3 };

struct conf {
    struct tool_conf common;
    const char      *tokenizer, *notes, *locale;
    int              sentences, format, normalizer, invalid, compat, splitter;
    long long        line_max;
    bool             special, words, format_given, normalizer_given, locale_given,
        compat_given, splitter_given;
};

struct run {
    struct lines_plan  plan;
    struct feed        feed;
    struct out         out;
    struct strm_writer writer;
    struct buf         pending; /* the last frame: whether its document goes on is not known yet */
    bool               open;    /* the last document may go on */
    bool               any;     /* something was written */
    uint64_t           counts[STRM_COUNTS];
    uint64_t           invalid, invalid_first;
    const char        *invalid_name;
};

/* ---- joining ---- */

static int
write_pending(struct run *r, bool more)
{
    int rc = OK;

    if (r->pending.len == 0)
        return OK;
    r->pending.bytes[0] = more; /* bit 0 of the flags, see lib/tokens.h */
    rc = strm_put(&r->writer, r->pending.bytes, r->pending.len);
    r->counts[0] += !more;
    buf_reset(&r->pending);
    return rc;
}

static int
join_frames(struct run *r, const struct lines *b)
{
    const struct lines_frame *frames = (const struct lines_frame *)(const void *)b->frames.bytes;
    size_t                    at = 0;
    int                       rc = OK;

    for (size_t i = 0; rc == OK && i < b->frames.len / sizeof *frames; i++) {
        bool goes_on = i > 0 ? frames[i].continues : r->open && !b->border_first;

        rc = write_pending(r, goes_on);
        if (rc == OK)
            rc = buf_add(&r->pending, b->out.bytes + at, frames[i].len);
        r->counts[1] += frames[i].sentences;
        r->counts[2] += frames[i].tokens;
        at += frames[i].len;
    }
    return rc;
}

static int
join_text(struct run *r, const struct lines *b)
{
    int rc = OK;

    if (r->plan.sentences != LINES_NONE && b->any && r->any && (!r->open || b->border_first))
        rc = out_write(&r->out, "\n", 1);
    r->any |= b->any;
    return rc == OK ? out_write(&r->out, b->out.bytes, b->out.len) : rc;
}

static int
sink(void *context, void *item)
{
    struct run         *r = context;
    const struct lines *b = item;
    int                 rc = r->plan.format == LINES_STREAM ? join_frames(r, b) : join_text(r, b);

    if (b->invalid > 0 && r->invalid == 0) {
        r->invalid_name = b->name;
        r->invalid_first = b->invalid_first;
    }
    r->invalid += b->invalid;
    if (b->any || b->border_first || b->border_last)
        r->open = !b->border_last;
    tool_progress("tokenize", b->offset + b->text.len, r->feed.count == 1 ? r->feed.total : 0);
    return rc;
}

static int
source(void *context, void *item)
{
    struct run   *r = context;
    struct lines *b = item;

    return feed_next(&r->feed, &b->text, &b->name, &b->offset, &b->file_end);
}

/* A thread's scratch is some 8 MB: on a large machine most threads never need one for a small
 * text. */
static int
work(void *context, void *slot, void *item)
{
    struct run           *r = context;
    struct lines_worker **worker = slot;
    int                   rc = *worker == NULL ? lines_worker_open(worker, &r->plan) : OK;

    return rc == OK ? lines_work(*worker, item) : rc;
}

static int
run_map(struct run *r, int jobs)
{
    int                   items = jobs == 1 ? 1 : ITEMS_PER_JOB * jobs;
    struct pmap           map = { .context = r, .source = source, .work = work, .sink = sink,
                  .items = calloc((size_t)items, sizeof *map.items), .item_count = items,
                  .workers = calloc((size_t)jobs, sizeof *map.workers), .jobs = jobs };
    struct lines         *batches = calloc((size_t)items, sizeof *batches);
    struct lines_worker **workers = calloc((size_t)jobs, sizeof *workers);
    int                   rc;

    if (map.items == NULL || map.workers == NULL || batches == NULL || workers == NULL)
        return err_set(ERR_MEMORY, "no memory for %d threads", jobs);
    for (int i = 0; i < items; i++)
        map.items[i] = &batches[i];
    for (int i = 0; i < jobs; i++)
        map.workers[i] = &workers[i];
    rc = lines_worker_open(&workers[0], &r->plan); /* an unknown locale is told for no text too */
    if (rc == OK)
        rc = pmap_run(&map);
    for (int i = 0; i < jobs; i++)
        lines_worker_close(workers[i]);
    for (int i = 0; i < items; i++)
        lines_free(&batches[i]);
    free(workers);
    free(batches);
    free(map.items);
    free(map.workers);
    return rc;
}

/* ---- setting up ---- */

static void
check_options(const struct conf *conf)
{
    if (conf->words == (conf->tokenizer != NULL))
        die_usage("give either -m FILE or --words");
    if (conf->words && (conf->format_given || conf->special || conf->notes != NULL))
        die_usage("--format, --special and --notes need -m FILE");
    if (conf->special && conf->format == LINES_STREAM)
        die_usage("--special goes with --format ids or pieces; shard puts them into what it reads");
    if (conf->notes != NULL && conf->format != LINES_STREAM)
        die_usage("--notes goes with --format stream");
    if (conf->words && conf->compat == COMPAT_GOOGLE && conf->normalizer > TOKENIZER_BERT_CASED)
        die_usage("--compat google goes with --normalizer bert-uncased or bert-cased");
    if (conf->splitter_given && !conf->words)
        die_usage("--splitter goes with --words");
    if (conf->splitter == SPLIT_UAX29 && conf->compat == COMPAT_GOOGLE)
        die_usage("--compat google has words of its own: leave --splitter out");
    if (conf->locale_given && conf->sentences != LINES_ICU)
        die_usage("--locale goes with --sentences icu");
}

/* What reads standard input first leaves nothing to the others. */
static void
check_input(const struct conf *conf, char **paths)
{
    int readers = (conf->tokenizer != NULL && strcmp(conf->tokenizer, "-") == 0)
        + (conf->notes != NULL && strcmp(conf->notes, "-") == 0);
    bool text = paths[0] == NULL;

    for (; *paths != NULL; paths++)
        text |= strcmp(*paths, "-") == 0;
    if (readers + text > 1)
        die_usage("standard input cannot be more than one of model, notes and text");
}

/* GPT-2 is published as two files: the second one lies beside the first. */
static void
read_merges(struct buf *json, const struct buf *vocab, const char *path)
{
    struct buf  merges = { 0 };
    char        name[PATH_BYTES];
    const char *slash = strrchr(path, '/');
    int         len = slash != NULL ? (int)(slash + 1 - path) : 0;

    if (snprintf(name, sizeof name, "%.*smerges.txt", len, path) >= (int)sizeof name)
        die_usage("%s: the path is too long", path);
    tool_try(file_read_all(&merges, name, TOKENIZER_BYTES_MAX));
    tool_try(tokenizer_of_merges(json, vocab, &merges, path, name));
    buf_free(&merges);
}

/* The bytes of the tokenizer.json, also where it was published in another form. */
static void
read_model(struct buf *json, const struct conf *conf)
{
    struct buf file = { 0 };

    tool_try(file_read_all(&file, conf->tokenizer, TOKENIZER_BYTES_MAX));
    if (tokenizer_is_json(file.bytes, file.len)) {
        if (conf->normalizer_given)
            die_usage("%s says itself which normalizer it wants: leave --normalizer out",
                conf->tokenizer);
        if (!tokenizer_is_vocab_json(file.bytes, file.len)) {
            *json = file;
            return;
        }
        read_merges(json, &file, conf->tokenizer);
    } else {
        if (conf->normalizer > TOKENIZER_BERT_CASED)
            die_usage("a vocab.txt goes with --normalizer bert-uncased or bert-cased");
        tool_try(tokenizer_of_vocab(json, file.bytes, file.len,
            conf->normalizer == TOKENIZER_BERT_UNCASED, conf->tokenizer));
    }
    buf_free(&file);
}

static struct tokenizer *
load_tokenizer(const struct conf *conf, struct buf *json)
{
    struct tokenizer *t;

    if (conf->words) {
        tool_try(tokenizer_open_words(&t, (enum tokenizer_normalizer)conf->normalizer,
            conf->splitter == SPLIT_UAX29 ? TOKENIZER_UAX29_WORDS
            : conf->compat == COMPAT_GOOGLE ? TOKENIZER_GOOGLE_WORDS : TOKENIZER_BERT_WORDS));
        return t;
    }
    read_model(json, conf);
    if (conf->compat == COMPAT_GOOGLE)
        tool_try(tokenizer_of_google(json, conf->tokenizer));
    tool_try(tokenizer_open(&t, json->bytes, json->len, conf->tokenizer));
    if (tokenizer_is_google(t) && conf->compat_given && conf->compat == COMPAT_HF)
        die_usage("%s is of the dialect google: leave --compat out", conf->tokenizer);
    return t;
}

static void
start(struct run *r, const struct conf *conf, struct notes *notes)
{
    struct buf json = { 0 }, table = { 0 };

    r->plan = (struct lines_plan){ .locale = conf->locale,
        .sentences = (enum lines_sentences)conf->sentences,
        .format = conf->words ? LINES_WORDS : (enum lines_format)conf->format,
        .invalid = (enum lines_invalid)conf->invalid, .special = conf->special };
    r->plan.tokenizer = load_tokenizer(conf, &json);
    r->plan.head.vocab_size = tokenizer_size(r->plan.tokenizer);
    if (conf->notes != NULL) {
        tool_try(file_read_all(&table, conf->notes, NOTES_BYTES_MAX));
        tool_try(notes_open(notes, table.bytes, table.len, conf->notes));
        r->plan.notes = notes;
        r->plan.head.notes = notes_count(notes);
    }
    tool_try(out_open(&r->out, conf->common.output));
    if (r->plan.format == LINES_STREAM) {
        tool_binary(&r->out);
        tool_try(tokens_start(&r->writer, &r->out, &r->plan.head, &json, &table));
    }
    buf_free(&json);
    buf_free(&table);
}

static void
end(struct run *r)
{
    if (r->plan.format == LINES_STREAM) {
        tool_try(write_pending(r, false));
        tool_try(strm_end(&r->writer, r->counts));
    }
    tool_try(out_close(&r->out));
    tool_progress_end();
    if (r->invalid > 0)
        tool_say("%llu invalid UTF-8 sequence%s %s; the first is at byte %llu of %s",
            (unsigned long long)r->invalid, r->invalid == 1 ? " was" : "s were",
            r->plan.invalid == LINES_SKIP ? "skipped" : "replaced",
            (unsigned long long)r->invalid_first, r->invalid_name);
    feed_close(&r->feed);
    buf_free(&r->pending);
    tokenizer_close((struct tokenizer *)r->plan.tokenizer);
}

int
main(int argc, char **argv)
{
    static char *stdin_only[] = { "-" };
    struct conf  conf = { .common = TOOL_CONF, .locale = "en", .line_max = 64 << 20 };
    const struct opt opts[] = {
        { 'm', "model", "FILE", OPT_STR, &conf.tokenizer, 0, 0,
            "tokenizer.json, vocab.txt, or vocab.json",
            0, 0 },
        { 0, "sentences", 0, OPT_CHOICE, &conf.sentences, 0, 0, "where sentences end",
            "icu|line|none", 0 },
        { 0, "locale", "NAME", OPT_STR, &conf.locale, 0, 0,
            "whose rules and abbreviations icu uses", 0,
            &conf.locale_given },
        { 0, "format", 0, OPT_CHOICE, &conf.format, 0, 0, "what to write", "stream|ids|pieces",
            &conf.format_given },
        { 0, "special", 0, OPT_FLAG, &conf.special, 0, 0, "add what the post-processor adds", 0,
            0 },
        { 0, "words", 0, OPT_FLAG, &conf.words, 0, 0, "normalised words, without a vocabulary", 0,
            0 },
        { 0, "normalizer", 0, OPT_CHOICE, &conf.normalizer, 0, 0, "for --words or a vocab.txt",
            "bert-uncased|bert-cased|nfc|none", &conf.normalizer_given },
        { 0, "compat", 0, OPT_CHOICE, &conf.compat, 0, 0, "whose ids: tokenizers', or BERT's own",
            "hf|google", &conf.compat_given },
        { 0, "splitter", 0, OPT_CHOICE, &conf.splitter, 0, 0, "what --words takes for a word",
            "bert|uax29", &conf.splitter_given },
        { 0, "notes", "FILE", OPT_STR, &conf.notes, 0, 0, "mark the words of this table", 0, 0 },
        { 0, "invalid", 0, OPT_CHOICE, &conf.invalid, 0, 0,
            "what to do with bytes that are not UTF-8",
            "replace|skip|fail", 0 },
        { 0, "max-line", "SIZE", OPT_SIZE, &conf.line_max, 1, 2147483647,
            "a longer line is an error", 0, 0 },
        TOOL_OPTS(conf.common, "FILE"),
        { 0 },
    };
    const struct tool tool = { "tokenize", "turn text into tokens", "[FILE...]", opts };
    struct run        run = { 0 };
    struct notes      notes = { 0 };
    int               first = tool_begin(&tool, &conf.common, argc, argv);

    check_options(&conf);
    check_input(&conf, argv + first);
    start(&run, &conf, &notes);
    tool_try(first < argc ? feed_open(&run.feed, argv + first, argc - first,
        (size_t)conf.line_max) : feed_open(&run.feed, stdin_only, 1, (size_t)conf.line_max));
    tool_try(run_map(&run, (int)conf.common.jobs));
    end(&run);
    notes_close(&notes);
    return EXIT_DONE;
}
