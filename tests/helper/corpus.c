/* corpus.c -- makes, from a seed, what the tests and the demo run on; no one's text but its own.
 *
 *     corpus --dump --pages 1500 --seed 1      a MediaWiki dump, on standard output
 *     corpus --glue DIR --seed 1               the folders of the GLUE tasks, in DIR
 *
 * The language is in language.h.  Of the pages, number i (from 0) is a redirect if i % 15 is 7,
 * else it is outside namespace 0 if i % 20 is 11, else it is an article.  The tasks have the names,
 * columns and oddities of the published files: no heading and no final newline in CoLA, a byte
 * order mark in MRPC, quotes that do not quote. */
#include <stdlib.h>

#include "lib/file.h"
#include "lib/opt.h"
#include "tests/helper/language.h"

enum { TEXT_MAX = 2048 };

struct conf {
    bool        dump;
    const char *glue;
    long long   pages, seed, train, dev, test;
};

static struct lexicon lex;

static void
try(int rc)
{
    if (rc == OK)
        return;
    fprintf(stderr, "corpus: %s\n", err_msg());
    exit(1);
}

/* ---- the dump ---- */

/* A sentence in wikitext: some nouns are links, some facts have references. */
static void
add_wikitext(struct buf *text, const struct sentence *s, struct draw *d)
{
    for (int i = 0; i < s->count; i++) {
        const char *w = s->word[i];
        bool        mark = strchr(".,?", w[0]) != NULL && w[1] == '\0';
        char        capital[WORD_BYTES];

        memcpy(capital, w, strlen(w) + 1);
        if (i == 0 && w[0] >= 'a')
            capital[0] = (char)(w[0] - 'a' + 'A');
        if (i > 0 && !mark)
            try(buf_adds(text, below(d, 60) == 0 ? "&nbsp;" : " "));
        if (mark || strlen(w) < 4)
            try(buf_adds(text, capital));
        else if (below(d, 20) == 0)
            try(buf_addf(text, "[[%s]]", capital));
        else if (below(d, 20) == 0)
            try(buf_addf(text, "[[%c%s (%s)|%s]]", w[0] & ~32, w + 1, s->word[0], capital));
        else if (below(d, 60) == 0)
            try(buf_addf(text, "''%s''", capital));
        else
            try(buf_adds(text, capital));
    }
    if (below(d, 8) == 0)
        try(buf_addf(text, "<ref name=\"r%u\">{{cite book |title=%s |year=%u}}</ref>", below(d, 99),
            s->word[0], 1900 + below(d, 120)));
    try(buf_addc(text, ' '));
}

static void
add_paragraph(struct buf *text, struct draw *d, int topic, int subject)
{
    int             count = 3 + (int)below(d, 5);
    bool            judging = below(d, 3) == 0;
    int             praise = (int)below(d, 2);
    struct sentence s;

    for (int i = 0; i < count; i++) {
        if (judging && below(d, 2) == 0)
            make_judgement(&s, &lex, d, topic, praise);
        else
            make_sentence(&s, &lex, d, topic, below(d, 3) == 0 ? subject : -1);
        add_wikitext(text, &s, d);
    }
    text->len--; /* the last space */
    try(buf_adds(text, "\n\n"));
}

static void
add_article(struct buf *text, const char *title, struct draw *d, int topic)
{
    int             subject = zipf(d, NOUNS), sections = (int)below(d, 4);
    struct sentence s;

    if (below(d, 3) == 0)
        try(buf_addf(text,
            "{{Infobox thing\n| name = %s\n| kind = [[%s]]\n| size = {{nowrap|%u m}}\n}}\n",
            title, lex.noun[topic][subject], below(d, 900)));
    if (below(d, 4) == 0)
        try(buf_addf(text, "[[File:%s.jpg|thumb|left|%s [[%s]]]]\n", title, lex.article[0][0],
            lex.noun[topic][0]));
    make_sentence(&s, &lex, d, topic, subject);
    try(buf_addf(text, "'''%s''' %s ", title, lex.is[0]));
    add_wikitext(text, &s, d);
    add_paragraph(text, d, topic, subject);
    for (int i = 0; i < sections; i++) {
        try(buf_addf(text, "== %s ==\n<!-- a comment -->\n", lex.noun[topic][zipf(d, NOUNS)]));
        for (uint32_t more = 1 + below(d, 2); more > 0; more--)
            add_paragraph(text, d, topic, subject);
        if (below(d, 5) == 0)
            try(buf_addf(text, "{| class=\"wikitable\"\n|-\n! %s !! %s\n|-\n| %u || %u\n|}\n\n",
                lex.noun[topic][1], lex.noun[topic][2], below(d, 99), below(d, 99)));
    }
    try(buf_addf(text, "== References ==\n{{reflist}}\n[[Category:%s]]", lex.noun[topic][0]));
}

static void
put_escaped(struct out *out, const struct buf *text)
{
    for (size_t i = 0; i < text->len; i++) {
        char c = text->bytes[i];

        if (c == '<' || c == '>' || c == '&' || c == '"')
            try(out_puts(out, c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;"
                : "&quot;"));
        else
            try(out_write(out, &c, 1));
    }
}

static void
put_page(struct out *out, uint64_t seed, uint32_t number)
{
    struct draw d = { seed, (uint64_t)1 << 32 | number, 0 };
    int         topic = (int)below(&d, TOPICS), ns = 0;
    bool        redirect = number % 15 == 7;
    struct buf  text = { 0 };
    char        title[TEXT_MAX];

    snprintf(title, sizeof title, "%s %s %u", lex.name[below(&d, NAMES)],
        lex.noun[topic][zipf(&d, NOUNS)], number);
    if (!redirect && number % 20 == 11)
        ns = number % 40 == 11 ? 1 : 10;
    add_article(&text, title, &d, topic);
    if (redirect) {
        buf_reset(&text);
        try(buf_addf(&text, "#REDIRECT [[%s]]", lex.noun[topic][0]));
    }
    try(out_printf(out, "  <page>\n    <title>%s%s</title>\n    <ns>%d</ns>\n    <id>%u</id>\n",
        ns == 1 ? "Talk:" : ns == 10 ? "Template:" : "", title, ns, number + 1));
    if (redirect)
        try(out_printf(out, "    <redirect title=\"%s\" />\n", lex.noun[topic][0]));
    try(out_printf(out, "    <revision>\n      <id>%u</id>\n      <timestamp>2020-01-01T00:00:00Z"
        "</timestamp>\n      <model>wikitext</model>\n      <format>text/x-wiki</format>\n"
        "      <text bytes=\"%zu\" xml:space=\"preserve\">", number + 1001, text.len));
    put_escaped(out, &text);
    try(out_puts(out, "</text>\n    </revision>\n  </page>\n"));
    buf_free(&text);
}

static void
put_dump(const struct conf *conf)
{
    struct out out;

    try(out_open(&out, NULL));
    try(out_puts(&out,
        "<mediawiki xmlns=\"http://www.mediawiki.org/xml/export-0.11/\" version=\"0.11\" "
        "xml:lang=\"en\">\n"
        "  <siteinfo>\n    <sitename>Made up</sitename>\n    <dbname>madeup</dbname>\n"
        "    <namespaces>\n"
        "      <namespace key=\"0\" case=\"first-letter\" />\n"
        "      <namespace key=\"1\" case=\"first-letter\">Talk</namespace>\n"
        "      <namespace key=\"6\" case=\"first-letter\">File</namespace>\n"
        "      <namespace key=\"10\" case=\"first-letter\">Template</namespace>\n"
        "      <namespace key=\"14\" case=\"first-letter\">Category</namespace>\n"
        "    </namespaces>\n  </siteinfo>\n"));
    for (long long i = 0; i < conf->pages; i++)
        put_page(&out, (uint64_t)conf->seed, (uint32_t)i);
    try(out_puts(&out, "</mediawiki>\n"));
    try(out_close(&out));
}

/* ---- GLUE ---- */

enum split { TRAIN, DEV, TEST };

/* One row before it is laid out: texts and label; `score` in [0, 5]. */
struct row {
    char     a[TEXT_MAX], b[TEXT_MAX];
    int      label; /* 0 .. labels - 1 */
    double   score;
    uint32_t number;
};

/* A task: how a row comes about, and how it is printed in each split. */
struct task {
    const char *name;
    int         labels;
    void (*make)(struct row *row, struct draw *d);
    const char *head[3]; /* by split; "" is no heading */
    void (*put)(struct out *out, const struct row *row, enum split split);
};

static void
shuffle(struct sentence *s, struct draw *d)
{
    for (int i = s->count - 2; i > 0; i--) { /* the mark at the end stays */
        int  j = (int)below(d, (uint32_t)i + 1);
        char t[WORD_BYTES];

        memcpy(t, s->word[i], WORD_BYTES);
        memcpy(s->word[i], s->word[j], WORD_BYTES);
        memcpy(s->word[j], t, WORD_BYTES);
    }
}

static void
make_cola(struct row *row, struct draw *d)
{
    struct sentence s;

    make_sentence(&s, &lex, d, (int)below(d, TOPICS), -1);
    if (row->label == 0)
        shuffle(&s, d);
    spell(row->a, sizeof row->a, &s, false);
}

static void
make_sst(struct row *row, struct draw *d)
{
    struct sentence s;

    make_judgement(&s, &lex, d, (int)below(d, TOPICS), row->label);
    spell(row->a, sizeof row->a, &s, true);
}

static int
another(int topic, struct draw *d)
{
    return (topic + 1 + (int)below(d, TOPICS - 1)) % TOPICS;
}

/* The second text tells the same (phrase by phrase) or is about another topic; the more words are
 * kept, the higher the score. */
static void
make_alike(struct row *row, struct draw *d)
{
    int             topic = (int)below(d, TOPICS), other = another(topic, d);
    uint32_t        keep = row->label == 1 ? 7 + below(d, 4) : below(d, 4), kept = 0;
    struct sentence s, t;

    make_sentence(&s, &lex, d, topic, -1);
    make_sentence(&t, &lex, d, row->label == 1 ? topic : other, -1);
    spell(row->a, sizeof row->a, &s, true);
    for (int i = 0; i + 1 < s.count && i + 1 < t.count; i++)
        if (below(d, 10) < keep) {
            memcpy(t.word[i], s.word[i], WORD_BYTES);
            kept++;
        }
    spell(row->b, sizeof row->b, &t, true);
    row->score = 5.0 * kept / (s.count > 1 ? s.count - 1 : 1);
    row->score = row->score > 5 ? 5 : row->score;
}

/* label 0: the same topic (entailed); 1: another topic (neutral); 2: the same, denied. */
static void
make_inference(struct row *row, struct draw *d)
{
    int             topic = (int)below(d, TOPICS), other = another(topic, d);
    struct sentence s;

    make_sentence(&s, &lex, d, topic, -1);
    spell(row->a, sizeof row->a, &s, false);
    if (row->label != 1)
        s.count -= s.count > 6 ? 2 : 1; /* a shorter claim of the same */
    else
        make_sentence(&s, &lex, d, other, -1);
    if (row->label != 1)
        say(&s, ".");
    if (row->label == 2) {
        memcpy(s.word[s.count - 1], lex.not, WORD_BYTES);
        say(&s, ".");
    }
    spell(row->b, sizeof row->b, &s, false);
}

static void
make_answer(struct row *row, struct draw *d)
{
    int             topic = (int)below(d, TOPICS), other = another(topic, d);
    struct sentence s;

    make_question(&s, &lex, d, topic);
    spell(row->a, sizeof row->a, &s, false);
    make_sentence(&s, &lex, d, row->label == 0 ? topic : other, -1);
    spell(row->b, sizeof row->b, &s, false);
}

static const char *const inference[] = { "entailment", "neutral", "contradiction" };
static const char *const entailed[] = { "entailment", "not_entailment" };

/* Some fields begin with a quote that has no partner; there is no quoting in these files. */
static const char *
quirk(const struct row *row)
{
    return row->number % 17 == 5 ? "\"" : "";
}

static void
put_cola(struct out *out, const struct row *row, enum split split)
{
    if (split == TEST)
        try(out_printf(out, "%u\t%s\n", row->number, row->a));
    else
        try(out_printf(out, "mu%02u\t%d\t%s\t%s\n", row->number % 20, row->label,
            row->label == 0 ? "*" : "", row->a));
}

static void
put_sst(struct out *out, const struct row *row, enum split split)
{
    if (split == TEST)
        try(out_printf(out, "%u\t%s\n", row->number, row->a));
    else
        try(out_printf(out, "%s \t%d\n", row->a, row->label));
}

static void
put_mrpc(struct out *out, const struct row *row, enum split split)
{
    try(out_printf(out, "%u\t%u\t%u\t%s%s\t%s\n", split == TEST ? row->number
        : (uint32_t)row->label,
        2 * row->number, 2 * row->number + 1, quirk(row), row->a, row->b));
}

static void
put_qqp(struct out *out, const struct row *row, enum split split)
{
    if (split == TEST)
        try(out_printf(out, "%u\t%s%s\t%s\n", row->number, quirk(row), row->a, row->b));
    else
        try(out_printf(out, "%u\t%u\t%u\t%s%s\t%s\t%d\n", row->number, 2 * row->number,
            2 * row->number + 1, quirk(row), row->a, row->b, row->label));
}

static void
put_sts(struct out *out, const struct row *row, enum split split)
{
    try(out_printf(out, "%u\tmain-captions\tmade-up\t2012test\t%04u\tnone\tnone\t%s\t%s",
        row->number,
        row->number, row->a, row->b));
    try(split == TEST ? out_puts(out, "\n") : out_printf(out, "\t%.3f\n", row->score));
}

static void
put_mnli(struct out *out, const struct row *row, enum split split)
{
    const char *gold = inference[row->label];

    try(out_printf(out, "%u\t%u\t%ue\tfiction\t-\t-\t-\t-\t%s%s\t%s", row->number, row->number,
        row->number, quirk(row), row->a, row->b));
    if (split == TRAIN)
        try(out_printf(out, "\t%s\t%s", gold, gold));
    if (split == DEV)
        try(out_printf(out, "\t%s\t%s\t%s\t%s\t%s\t%s", gold, gold, gold, gold,
            inference[row->number % 3],
            gold));
    try(out_puts(out, "\n"));
}

static void
put_entailed(struct out *out, const struct row *row, enum split split)
{
    try(out_printf(out, "%u\t%s\t%s", row->number, row->a, row->b));
    try(split == TEST ? out_puts(out, "\n") : out_printf(out, "\t%s\n", entailed[row->label]));
}

static void
put_wnli(struct out *out, const struct row *row, enum split split)
{
    try(out_printf(out, "%u\t%s\t%s", row->number, row->a, row->b));
    try(split == TEST ? out_puts(out, "\n") : out_printf(out, "\t%d\n", 1 - row->label));
}

#define PAIRS "index\tsentence1\tsentence2"
#define MRPC_COLUMNS "\t#1 ID\t#2 ID\t#1 String\t#2 String"
#define STS_COLUMNS "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\t" \
    "sentence1\tsentence2"
#define MNLI_COLUMNS "index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\t" \
    "sentence2_binary_parse\tsentence1_parse\tsentence2_parse\tsentence1\tsentence2"
#define BOM "\357\273\277"

static const struct task tasks[] = {
    { "CoLA", 2, make_cola, { "", "", "index\tsentence" }, put_cola },
    { "SST-2", 2, make_sst, { "sentence\tlabel", "sentence\tlabel", "index\tsentence" }, put_sst },
    { "MRPC", 2, make_alike, { BOM "Quality" MRPC_COLUMNS, BOM "Quality" MRPC_COLUMNS,
        "index" MRPC_COLUMNS }, put_mrpc },
    { "QQP", 2, make_alike, { "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate",
        "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate", "id\tquestion1\tquestion2" },
            put_qqp },
    { "STS-B", 2, make_alike, { STS_COLUMNS "\tscore", STS_COLUMNS "\tscore", STS_COLUMNS },
        put_sts },
    { "MNLI", 3, make_inference, { MNLI_COLUMNS "\tlabel1\tgold_label", MNLI_COLUMNS
        "\tlabel1\tlabel2\tlabel3\tlabel4\tlabel5\tgold_label", MNLI_COLUMNS }, put_mnli },
    { "QNLI", 2, make_answer, { "index\tquestion\tsentence\tlabel",
        "index\tquestion\tsentence\tlabel",
        "index\tquestion\tsentence" }, put_entailed },
    { "RTE", 2, make_inference, { PAIRS "\tlabel", PAIRS "\tlabel", PAIRS }, put_entailed },
    { "WNLI", 2, make_inference, { PAIRS "\tlabel", PAIRS "\tlabel", PAIRS }, put_wnli },
};

/* `whole`: the last line ends as the others do. */
static void
put_split(const struct conf *conf, const struct task *task, enum split split, const char *name,
    bool whole)
{
    const long long rows[] = { conf->train, conf->dev, conf->test };
    uint32_t        stream = 0;
    char            path[4096];
    struct out      out;
    struct row      row;

    snprintf(path, sizeof path, "%s/%s", conf->glue, task->name);
    try(dir_make(path));
    snprintf(path, sizeof path, "%s/%s/%s.tsv", conf->glue, task->name, name);
    for (const char *c = path + strlen(conf->glue); *c != '\0'; c++)
        stream = stream * 31 + (uint32_t)*c; /* each file has draws of its own */
    try(out_open(&out, path));
    if (task->head[split][0] != '\0')
        try(out_printf(&out, "%s\n", task->head[split]));
    for (long long i = 0; i < rows[split]; i++) {
        struct draw d = { (uint64_t)conf->seed, (uint64_t)(2 + i) << 32 | stream, 0 };

        row = (struct row){ .number = (uint32_t)i };
        row.label = (int)below(&d, (uint32_t)task->labels);
        task->make(&row, &d);
        task->put(&out, &row, split);
    }
    if (!whole)
        out.pending.len--;
    try(out_close(&out));
}

static void
put_diagnostic(const struct conf *conf)
{
    static const struct task ax = { "AX", 3, make_inference, { "", "", PAIRS }, put_entailed };

    put_split(conf, &ax, TEST, "diagnostic", false);
}

static void
put_glue(const struct conf *conf)
{
    for (size_t t = 0; t < sizeof tasks / sizeof *tasks; t++) {
        bool mnli = strcmp(tasks[t].name, "MNLI") == 0, cola = strcmp(tasks[t].name, "CoLA") == 0;

        put_split(conf, &tasks[t], TRAIN, "train", true);
        put_split(conf, &tasks[t], DEV, mnli ? "dev_matched" : "dev", !cola);
        put_split(conf, &tasks[t], TEST, mnli ? "test_matched" : "test", true);
        if (mnli) {
            put_split(conf, &tasks[t], DEV, "dev_mismatched", true);
            put_split(conf, &tasks[t], TEST, "test_mismatched", true);
        }
    }
    put_diagnostic(conf);
}

int
main(int argc, char **argv)
{
    struct conf      conf = { .pages = 1500, .seed = 1, .train = 400, .dev = 100, .test = 60 };
    const struct opt opts[] = {
        { 0, "dump", 0, OPT_FLAG, &conf.dump, 0, 0, "a MediaWiki dump to standard output", 0, 0 },
        { 0, "glue", "DIR", OPT_STR, &conf.glue, 0, 0, "the folders of the GLUE tasks", 0, 0 },
        { 0, "pages", "N", OPT_INT, &conf.pages, 0, 1e8, "of the dump", 0, 0 },
        { 0, "train", "N", OPT_INT, &conf.train, 1, 1e7, "rows of each task", 0, 0 },
        { 0, "dev", "N", OPT_INT, &conf.dev, 1, 1e7, "likewise", 0, 0 },
        { 0, "test", "N", OPT_INT, &conf.test, 1, 1e7, "likewise", 0, 0 },
        { 's', "seed", "N", OPT_INT, &conf.seed, 0, 1e15, "of all that is random", 0, 0 },
        { 0 },
    };
    enum opt_ask ask;
    int          first;

    try(opt_parse(opts, argc, argv, &first, &ask));
    make_lexicon(&lex, (uint64_t)conf.seed);
    if (conf.dump)
        put_dump(&conf);
    if (conf.glue != NULL)
        put_glue(&conf);
    if (!conf.dump && conf.glue == NULL)
        fputs("corpus: --dump or --glue DIR\n", stderr);
    return conf.dump || conf.glue != NULL ? 0 : 2;
}
