/* show -- what is in it, and is it whole?
 *
 *     show data/
 *     show --verify run/latest
 *     show --cat --limit 3 data/
 *
 * For everything binary that the suite writes, and some of the text. */
#include "tools/show/show.h"

#include <stdlib.h>

#include "lib/tool.h"

static struct tool_conf conf = TOOL_CONF;
static struct ask       ask;
static bool             as_json;

static const struct opt opts[] = {
    { 0, "json", 0, OPT_FLAG, &as_json, 0, 0, "print one JSON object for each operand", 0, 0 },
    { 0, "verify", 0, OPT_FLAG, &ask.verify, 0, 0,
        "check every checksum; the first bad one is an error", 0, 0 },
    { 0, "cat", 0, OPT_FLAG, &ask.cat, 0, 0, "print the tokens as text", 0, 0 },
    { 0, "neighbours", "WORD", OPT_STR, &ask.neighbours, 0, 0,
        "the words of a checkpoint with the nearest notes, by cosine", 0, 0 },
    { 0, "limit", "N", OPT_INT, &ask.limit, 0, 1e15,
        "at most N samples, sentences, tensors or words; 0: no limit", 0, 0 },
    TOOL_OPTS(conf, "FILE"),
    { 0 },
};

static int (*const shows[])(json_t *report, const char *path, struct ask *ask) = {
    [KIND_STREAM] = stream_show,
    [KIND_SHARD] = shard_show,
    [KIND_DATA] = data_show,
    [KIND_MODEL] = model_show,
    [KIND_RUN] = run_show,
    [KIND_TENSORS] = tensors_show,
    [KIND_TOKENIZER] = tokenizer_show,
    [KIND_WORDS] = words_show,
};

static void
print_report(json_t *report, const char *path)
{
    struct buf text = { 0 };
    char      *json;

    if (!report_is_whole())
        die("%s: no memory for the report", path);
    if (as_json) {
        json = json_dumps(report, JSON_COMPACT | JSON_REAL_PRECISION(12));
        if (json == NULL)
            die("%s: no memory for the report", path);
        tool_try(out_puts(&ask.out, json));
        tool_try(out_write(&ask.out, "\n", 1));
        free(json);
    } else {
        tool_try(report_text(&text, report, path));
        tool_try(out_write(&ask.out, text.bytes, text.len));
        buf_free(&text);
    }
}

static void
show_one(const char *path)
{
    json_t   *report = json_object();
    enum kind kind;
    int       rc, flushed;

    if (report == NULL)
        die("%s: no memory for the report", path);
    tool_try(kind_of(&kind, path));
    if (ask.cat && kind != KIND_STREAM && kind != KIND_SHARD && kind != KIND_DATA)
        die("%s: holds no tokens: --cat is for token streams, shards and data directories", path);
    if (as_json)
        report_string(report, "path", path);
    rc = ask.neighbours != NULL ? neighbours_show(report, path, kind, &ask)
        : shows[kind](report, path, &ask);
    if (rc == OK && !ask.cat)
        print_report(report, path);
    flushed = out_flush(&ask.out); /* what stands before damage, too */
    tool_try(rc);
    tool_try(flushed);
    json_decref(report);
}

int
main(int argc, char **argv)
{
    const struct tool tool = { "show", "print and verify what the other programs write",
        "[FILE|DIR...]", opts };
    int               first = tool_begin(&tool, &conf, argc, argv);

    if (ask.cat && as_json)
        die_usage("--cat prints text, --json an object: one of them");
    if (ask.neighbours != NULL && (ask.cat || ask.verify))
        die_usage("--neighbours goes with neither --cat nor --verify");
    tool_try(out_open(&ask.out, conf.output));
    if (first == argc)
        show_one("-");
    for (int i = first; i < argc; i++)
        show_one(argv[i]);
    tool_try(out_close(&ask.out));
    return EXIT_DONE;
}
