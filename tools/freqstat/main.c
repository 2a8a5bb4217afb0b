/* freqstat -- count how often each word of a text occurs; work on such tables.
 *
 *     tokenize --words wiki.txt | freqstat -o words.tsv
 *     freqstat --merge a.tsv b.tsv > words.tsv
 *     freqstat --rare 100:500 words.tsv > notes.tsv
 *
 * A fast `sort | uniq -c | sort -nr` whose memory has a lid; the table is words(5). */
#include <stdlib.h>
#include <string.h>

#include "lib/tool.h"
#include "lib/words.h"
#include "tools/freqstat/count.h"
#include "tools/freqstat/summary.h"

struct conf {
    struct tool_conf common;
    long long        memory_bytes, count_min, rows_max;
    bool             merge, summary;
    const char      *rare;
};

/* Where rows go. */
struct rows {
    struct out *out;
    uint64_t    written, max; /* max 0: all */
};

static int
put_row(struct rows *rows, const char *word, size_t len, uint64_t count)
{
    char   tail[24];
    size_t at = sizeof tail;
    int    rc;

    if (rows->max > 0 && rows->written == rows->max)
        return 1;
    tail[--at] = '\n';
    do
        tail[--at] = (char)('0' + count % 10);
    while ((count /= 10) > 0);
    tail[--at] = '\t';
    rc = out_write(rows->out, word, len);
    if (rc == OK)
        rc = out_write(rows->out, tail + at, sizeof tail - at);
    rows->written++;
    return rc;
}

static int
take_row(void *context, const struct wordmap_entry *e)
{
    return put_row(context, wordmap_text(e), e->len, e->count);
}

static void
show_progress(uint64_t done, uint64_t total)
{
    tool_progress("read", done, total);
}

static void
count_words(const struct conf *conf, struct rows *rows, const char *const *paths, int count)
{
    struct counter c;

    tool_try(counter_open(&c, conf->merge ? 1 : (int)conf->common.jobs,
        (size_t)conf->memory_bytes));
    c.count_min = (uint64_t)conf->count_min;
    c.progress = show_progress;
    if (!conf->merge)
        tool_try(counter_texts(&c, paths, count));
    for (int i = 0; conf->merge && i < count; i++)
        tool_try(counter_table(&c, paths[i]));
    tool_progress_end();
    tool_try(counter_rows(&c, take_row, rows));
    counter_close(&c);
}

static uint64_t
parse_bound(const char *text, char end, const char **next)
{
    uint64_t value = 0;

    for (*next = text; **next >= '0' && **next <= '9'; ++*next)
        if (__builtin_mul_overflow(value, (uint64_t)10, &value)
            || __builtin_add_overflow(value, (uint64_t)(**next - '0'), &value))
            die_usage("\"%s\" in --rare passes 2^64 - 1", text);
    if (*next == text || **next != end)
        die_usage("\"%s\" is not a value of --rare (LO:HI, such as 100:500)", text);
    ++*next;
    return value;
}

static void
parse_range(const char *text, uint64_t *low, uint64_t *high)
{
    const char *next, *end;

    *low = parse_bound(text, ':', &next);
    *high = parse_bound(next, '\0', &end);
    if (*low > *high || *low == 0)
        die_usage("\"%s\" is not a value of --rare (1 <= LO <= HI)", text);
}

static void
print_range(struct rows *rows, const char *path, uint64_t low, uint64_t high)
{
    struct words        table;
    struct wordmap_word word;
    uint64_t            count;
    int                 rc;

    tool_try(words_open(&table, path, true));
    while ((rc = words_get(&table, &word, &count)) == 1)
        if (count >= low && count <= high && (rc = put_row(rows, word.bytes, word.len, count)) < 0)
            break;
    tool_try(rc);
    words_close(&table);
}

static void
check_usage(const struct conf *conf, int operands)
{
    if (conf->merge && (conf->rare != NULL || conf->summary))
        die_usage("--merge goes with neither --rare nor --summary: give them its result");
    if ((conf->rare != NULL || conf->summary) && operands > 1)
        die_usage("--rare and --summary read one table; --merge makes one of many");
    if ((conf->rare != NULL || conf->summary) && conf->count_min > 1)
        die_usage("--min goes with neither --rare nor --summary");
    if (conf->summary && conf->rows_max > 0)
        die_usage("--top does not go with --summary");
}

int
main(int argc, char **argv)
{
    static const char *const standard_input[] = { "-" };
    struct conf      conf = { .common = TOOL_CONF, .memory_bytes = 2LL << 30, .count_min = 1 };
    const struct opt opts[] = {
        { 0, "min", "N", OPT_INT, &conf.count_min, 1, 9e15, "leave out rarer words", 0, 0 },
        { 0, "top", "N", OPT_INT, &conf.rows_max, 0, 9e15, "at most so many rows; 0: all", 0, 0 },
        { 0, "merge", 0, OPT_FLAG, &conf.merge, 0, 0, "operands are tables: add them up", 0, 0 },
        { 0, "rare", "LO:HI", OPT_STR, &conf.rare, 0, 0,
            "print the rows of a table that occur LO to HI times; usual 100:500", 0, 0 },
        { 0, "summary", 0, OPT_FLAG, &conf.summary, 0, 0, "JSON about a table, rare as --rare", 0,
            0 },
        { 'M', "memory", "SIZE", OPT_SIZE, &conf.memory_bytes, 16 << 20, 0x1p50,
            "beyond it, sorted runs go to $TMPDIR", 0, 0 },
        TOOL_OPTS(conf.common, "FILE"),
        { 0 },
    };
    const struct tool tool = { "freqstat", "count the words of a text", "[FILE...]", opts };
    int               first = tool_begin(&tool, &conf.common, argc, argv);
    const char *const *paths = first < argc ? (const char *const *)argv + first : standard_input;
    int               count = first < argc ? argc - first : 1;
    uint64_t          low, high;
    struct out        out;
    struct rows       rows = { &out, 0, (uint64_t)conf.rows_max };

    check_usage(&conf, count);
    parse_range(conf.rare != NULL ? conf.rare : "100:500", &low, &high);
    tool_try(out_open(&out, conf.common.output));
    if (conf.summary)
        tool_try(summary_print(&out, paths[0], low, high));
    else if (conf.rare != NULL)
        print_range(&rows, paths[0], low, high);
    else
        count_words(&conf, &rows, paths, count);
    tool_try(out_close(&out));
    return EXIT_DONE;
}
