/* wikiextract -- the text of the articles of a MediaWiki dump.
 *
 *     wikiextract enwiki-pages-articles.xml.bz2 > text
 *
 * One thread at a time reads: it decompresses and parses XML into batches of whole pages (dump.c);
 * blocks of bzip2 are decompressed ahead of it by threads of their own (lib/bunzip.h).
 * All threads turn wikitext into text (scan.c, tidy.c), a batch each.  Batches are written in the
 * order they were read (lib/pmap.h), so the bytes do not depend on the number of threads.
 *
 * Memory: batches of half a megabyte or little more, IN_FLIGHT_BYTES of them in all, and their
 * text.  A page larger than that is the last of its batch; its wikitext is freed when it has been
 * scanned, and no other page is read until it has been written.  What grew for it is given back. */
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "lib/pmap.h"
#include "lib/quote.h"
#include "lib/tool.h"
#include "tools/wikiextract/dump.h"
#include "tools/wikiextract/scan.h"
#include "tools/wikiextract/tally.h"
#include "tools/wikiextract/tidy.h"

enum format { FORMAT_TEXT, FORMAT_JSONL };

enum {
    NAMESPACES_MAX = 64,
    JOBS_MAX = 8, /* expat, one thread's work, takes an eighth of the time of bzip2 and text */
    ITEMS_PER_JOB = 3,
    IN_FLIGHT_BYTES = 8 << 20,
    KEPT_BYTES = 2 << 20 /* a buffer that grew beyond this is given back */
};

struct conf {
    struct tool_conf tool;
    int              format, math;
    bool             titles, headings, keep_going, lax;
    const char      *namespaces, *report;
    long long        chars_min, page_max_bytes;
    int              wanted[NAMESPACES_MAX];
    int              wanted_count;
};

/* A batch of pages, and what became of it. */
struct item {
    const struct conf *conf;
    struct batch       batch;
    struct grow        text;      /* as it will be written */
    struct grow        dropped;   /* templates, as tally_templates takes them */
    struct tally       tally;     /* without templates */
};

struct worker {
    struct scan scan;
};

struct run {
    const struct conf *conf;
    struct dump        dump;
    struct names       names;
    struct out         out;
    struct tally       tally;
    bool               any; /* an article has been written */
    bool               cut; /* a write has failed, perhaps within an article */
    uint64_t           input_total;
};

/* ---- a page ---- */

static enum cause
page_refused(const struct conf *conf, const struct page *page, struct span text)
{
    bool wanted = false;

    for (int i = 0; i < conf->wanted_count; i++)
        wanted = wanted || conf->wanted[i] == page->ns;
    if (!wanted)
        return CAUSE_NAMESPACE;
    if (page->redirect || span_begins(text, "#redirect"))
        return CAUSE_REDIRECT;
    if (page->too_large)
        return CAUSE_TOO_LARGE;
    if (page->foreign)
        return CAUSE_NOT_WIKITEXT;
    if (page->deleted)
        return CAUSE_DELETED;
    return text.len == 0 ? CAUSE_NO_TEXT : KEPT;
}

static void
add_quoted(struct item *item, struct span text)
{
    if (item->text.rc == OK)
        item->text.rc = quote_inside(&item->text.buf, text.at, text.len);
}

/* What comes before the text of a page.  (In FORMAT_TEXT the very first empty line is not
 * written.) */
static void
add_title(struct item *item, const struct page *page)
{
    struct grow *to = &item->text;
    struct span  title = { item->batch.bytes.bytes + page->title_at, page->title_len };

    if (item->conf->format == FORMAT_TEXT) {
        grow_addc(to, '\n');
        if (item->conf->titles) {
            grow_span(to, title);
            grow_addc(to, '\n');
        }
        return;
    }
    if (to->rc == OK)
        to->rc = buf_addf(&to->buf, "{\"id\": %llu, \"title\": \"", (unsigned long long)page->id);
    add_quoted(item, title);
    grow_adds(to, "\", \"text\": \"");
    if (item->conf->titles) {
        add_quoted(item, title);
        grow_adds(to, "\\n");
    }
}

static void
add_text(struct item *item, struct span text)
{
    if (item->conf->format == FORMAT_TEXT) {
        grow_span(&item->text, text);
        return;
    }
    text.len -= text.len > 0; /* the last line end */
    add_quoted(item, text);
    grow_adds(&item->text, "\"}\n");
}

/* Empties it for the next page or batch. */
static void
give_back(struct buf *b)
{
    if (b->max > KEPT_BYTES)
        buf_free(b);
    else
        buf_reset(b);
}

static enum cause
make_page(struct worker *worker, struct item *item, const struct page *page)
{
    const struct conf *conf = item->conf;
    struct scan       *scan = &worker->scan;
    char              *begin = item->batch.bytes.bytes + page->text_at;
    struct span        text = span_trim((struct span){ begin, page->text_len });
    enum cause         cause = page_refused(conf, page, text);
    size_t             start = item->text.buf.len;
    struct tidy        tidy;

    if (cause != KEPT)
        return cause;
    add_title(item, page);
    scan->names = &item->batch.names;
    /* blanks at the end go; those at the beginning stay, as they decide what its first line is */
    text = (struct span){ begin, (size_t)(text.at + text.len - begin) };
    begin[text.len] = '\0';
    scan_page(scan, text);
    if (page == item->batch.pages + item->batch.count - 1)
        give_back(&item->batch.bytes);
    if (scan->out.rc != OK || scan->too_deep) {
        item->text.buf.len = start;
        return CAUSE_TOO_DEEP;
    }
    tidy_page(&scan->out.buf, &tidy);
    if (tidy.characters < (uint64_t)conf->chars_min
        || (tidy.paragraphs == 0 && conf->chars_min > 0)) {
        item->text.buf.len = start;
        return CAUSE_SHORT;
    }
    grow_span(&item->dropped, grow_from(&scan->dropped, 0));
    item->tally.formulas += scan->formulas;
    item->tally.paragraphs += tidy.paragraphs;
    item->tally.sentences += tidy.sentences;
    item->tally.sentences_lost += tidy.sentences_lost;
    item->tally.characters += tidy.characters;
    add_text(item, grow_from(&scan->out, 0));
    return KEPT;
}

/* ---- the three parts of the map ---- */

static int
read_batch(void *context, void *slot)
{
    struct run  *run = context;
    struct item *item = slot;

    item->conf = run->conf;
    return dump_next(&run->dump, &item->batch);
}

static size_t
weigh_batch(const void *slot)
{
    const struct item *item = slot;

    return item->batch.bytes.len;
}

static int
make_batch(void *context, void *slot_worker, void *slot)
{
    struct item   *item = slot;
    struct worker *worker = slot_worker;

    (void)context;
    buf_reset(&item->text.buf);
    buf_reset(&item->dropped.buf);
    item->tally = (struct tally){ 0 };
    for (size_t i = 0; i < item->batch.count; i++) {
        item->tally.pages[make_page(worker, item, &item->batch.pages[i])]++;
        give_back(&worker->scan.out.buf);
        give_back(&worker->scan.result.buf);
        give_back(&worker->scan.dropped.buf);
    }
    if (worker->scan.out.rc != OK || worker->scan.result.rc != OK || worker->scan.dropped.rc != OK
        || item->text.rc != OK || item->dropped.rc != OK)
        return err_set(ERR_MEMORY, "no memory for the text of a page: lower --max-page or --jobs");
    return OK;
}

static int
write_batch(void *context, void *slot)
{
    struct run         *run = context;
    struct item        *item = slot;
    const struct tally *tally = &item->tally;
    struct span         text = grow_from(&item->text, 0);
    int                 rc;

    if (text.len > 0 && !run->any && run->conf->format == FORMAT_TEXT) {
        text.at++;
        text.len--;
    }
    run->any = run->any || item->text.buf.len > 0;
    for (int i = 0; i < CAUSES; i++)
        run->tally.pages[i] += tally->pages[i];
    run->tally.formulas += tally->formulas;
    run->tally.paragraphs += tally->paragraphs;
    run->tally.sentences += tally->sentences;
    run->tally.sentences_lost += tally->sentences_lost;
    run->tally.characters += tally->characters;
    rc = text.len > 0 ? out_write(&run->out, text.at, text.len) : OK;
    run->cut = rc != OK;
    if (rc == OK && run->conf->report != NULL)
        rc = tally_templates(&run->tally, grow_from(&item->dropped, 0));
    give_back(&item->text.buf);
    give_back(&item->dropped.buf);
    give_back(&item->batch.bytes);
    return rc;
}

/* ---- the run ---- */

static void
parse_namespaces(struct conf *conf)
{
    const char *p = conf->namespaces;

    for (;;) {
        char *end;
        long  ns = strtol(p, &end, 10);

        if (end == p || ns < -2 || ns > 1000000 || (*end != ',' && *end != '\0') || *p == ' ')
            die_usage("\"%s\" is not a value of --namespaces (numbers divided by commas)",
                conf->namespaces);
        if (conf->wanted_count == NAMESPACES_MAX)
            die_usage("--namespaces takes at most %d numbers", NAMESPACES_MAX);
        conf->wanted[conf->wanted_count++] = (int)ns;
        if (*end == '\0')
            return;
        p = end + 1;
    }
}

static int
read_dump(struct run *run, struct pmap *map, const char *path)
{
    struct in in;
    int       rc = in_open(&in, path);

    if (rc != OK)
        return rc;
    rc = dump_open(&run->dump, &in, &run->names, (size_t)run->conf->page_max_bytes,
        run->conf->tool.jobs);
    run->dump.keep_going = run->conf->keep_going;
    run->dump.lax = run->conf->lax;
    if (rc == OK)
        rc = pmap_run(map);
    run->tally.damages += run->dump.damages;
    if (run->dump.damages > 0)
        tool_say("%s; passed over%s", run->dump.damage != NULL ? run->dump.damage : path,
            run->dump.damages > 1 ? ", as were more places" : "");
    run->tally.bytes_in += in.offset;
    dump_close(&run->dump);
    in_close(&in);
    return rc;
}

static void
write_report(struct run *run, struct out *report, const char *failure)
{
    struct buf json = { 0 };

    tool_try(tally_json(&run->tally, &json, failure));
    tool_try(out_write(report, json.bytes, json.len));
    tool_try(out_close(report));
    buf_free(&json);
}

static void *
take(size_t count, size_t bytes)
{
    void *p = calloc(count, bytes);

    if (p == NULL)
        die("no memory for %zu x %zu bytes", count, bytes);
    return p;
}

static void
make_slots(struct pmap *map, const struct conf *conf)
{
    size_t         jobs = (size_t)conf->tool.jobs, items = ITEMS_PER_JOB * jobs;
    struct item   *item = take(items, sizeof *item);
    struct worker *worker = take(jobs, sizeof *worker);

    map->jobs = (int)jobs;
    map->item_count = (int)items;
    map->items = take(items, sizeof *map->items);
    map->workers = take(jobs, sizeof *map->workers);
    for (size_t i = 0; i < items; i++)
        map->items[i] = &item[i];
    for (size_t i = 0; i < jobs; i++) {
        worker[i].scan.headings = conf->headings;
        worker[i].scan.tex = conf->math == 1;
        map->workers[i] = &worker[i];
    }
}

static void
free_slots(struct pmap *map)
{
    for (int i = 0; i < map->item_count; i++) {
        struct item *item = map->items[i];

        pages_free(&item->batch);
        buf_free(&item->text.buf);
        buf_free(&item->dropped.buf);
    }
    for (int i = 0; i < map->jobs; i++) {
        struct worker *worker = map->workers[i];

        scan_free(&worker->scan);
    }
    free(map->items[0]);
    free(map->workers[0]);
    free(map->items);
    free(map->workers);
}

static char *
keep_message(void)
{
    char *message = strdup(err_msg());

    if (message == NULL)
        die_err();
    return message;
}

/* What is given back shall leave the process.  Left to itself, glibc learns from the first large
 * buffer that is freed to keep the next ones, in a heap for each thread. */
static void
return_memory(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, KEPT_BYTES / 2);
#endif
}

static void
run_all(struct conf *conf, char **paths)
{
    struct run  run = { .conf = conf };
    struct pmap map = {
        .context = &run,
        .source = read_batch,
        .work = make_batch,
        .sink = write_batch,
        .weight = weigh_batch,
        .weight_max = IN_FLIGHT_BYTES,
    };
    struct out  report;
    char       *failure = NULL;
    int         rc = OK;

    return_memory();
    make_slots(&map, conf);
    template_start();
    tool_try(out_open(&run.out, conf->tool.output));
    if (conf->report != NULL) /* what cannot be written is told before hours of work, not behind */
        tool_try(out_open(&report, conf->report));
    for (size_t i = 0; rc == OK && paths[i] != NULL; i++) {
        tool_try(names_start(&run.names));
        rc = read_dump(&run, &map, paths[i]);
        names_free(&run.names);
    }
    if (rc != OK)
        failure = keep_message();
    tool_progress_end();
    run.tally.bytes_out = run.out.offset;
    /* what was whole before the damage of a dump is written, and to its name, though the run
     * fails */
    if (run.cut || rc == ERR_MEMORY || (rc != OK && run.out.offset == 0))
        out_abort(&run.out);
    else if (out_close(&run.out) != OK && failure == NULL)
        failure = keep_message();
    if (conf->report != NULL)
        write_report(&run, &report, failure);
    tally_free(&run.tally);
    free_slots(&map);
    if (failure != NULL)
        die("%s", failure);
}

int
main(int argc, char **argv)
{
    struct conf conf = { .tool = TOOL_CONF, .namespaces = "0", .chars_min = 1,
        .page_max_bytes = 16 << 20 };
    const struct opt opts[] = {
        { 0, "format", 0, OPT_CHOICE, &conf.format, 0, 0,
            "paragraphs a line each, or an object a line",
            "text|jsonl", 0 },
        { 0, "titles", 0, OPT_FLAG, &conf.titles, 0, 0, "the title is the first paragraph", 0, 0 },
        { 0, "headings", 0, OPT_FLAG, &conf.headings, 0, 0, "section headings are paragraphs", 0,
            0 },
        { 0, "math", 0, OPT_CHOICE, &conf.math, 0, 0, "formulas give nothing, or their TeX",
            "drop|tex", 0 },
        { 0, "namespaces", "N,...", OPT_STR, &conf.namespaces, 0, 0, "take the pages of these", 0,
            0 },
        { 0, "min-chars", "N", OPT_INT, &conf.chars_min, 0, 1e12, "drop articles with less text",
            0, 0 },
        { 0, "keep-going", 0, OPT_FLAG, &conf.keep_going, 0, 0, "pass over what is damaged", 0, 0 },
        { 0, "lax", 0, OPT_FLAG, &conf.lax, 0, 0, "what follows the dump may be anything", 0, 0 },
        { 0, "max-page", "SIZE", OPT_SIZE, &conf.page_max_bytes, 1024, 1 << 30,
            "drop pages with more wikitext", 0, 0 },
        { 0, "report", "FILE", OPT_STR, &conf.report, 0, 0,
            "write there what was kept and dropped", 0, 0 },
        TOOL_OPTS(conf.tool, "FILE"),
        { 0 },
    };
    const struct tool tool = { "wikiextract", "the text of the articles of a MediaWiki dump",
        "[DUMP...]", opts };
    int               first = tool_begin(&tool, &conf.tool, argc, argv);
    char             *standard_input[] = { "-", NULL };

    parse_namespaces(&conf);
    if (conf.tool.jobs > JOBS_MAX)
        conf.tool.jobs = JOBS_MAX;
    if (conf.report != NULL
        && strcmp(conf.report, conf.tool.output != NULL ? conf.tool.output : "-") == 0)
        die_usage("--report and the text cannot both go to %s", conf.tool.output != NULL
            ? conf.tool.output : "standard output");
    run_all(&conf, first < argc ? argv + first : standard_input);
    return EXIT_DONE;
}
