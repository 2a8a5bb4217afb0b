/* mkvocab -- learn a subword vocabulary from a table of words.
 *
 *     freqstat -o words.tsv wiki.words
 *     mkvocab --size 32768 words.tsv -o tokenizer.json
 *
 * Byte-pair encoding whose tokens carry "##" inside a word; with --model wordpiece the same tokens
 * are written for longest-match-first, without the merges. */
#include "lib/arena.h"
#include "lib/tool.h"
#include "lib/words.h"
#include "tools/mkvocab/mkjson.h"

enum { SIZE_MIN = SPECIALS + 1, SIZE_LIMIT = 1 << 24, ALPHABET_MIN = 256, ALPHABET_SHARE = 8 };

struct conf {
    struct tool_conf common;
    long long        memory_bytes, size, count_min, alphabet_max;
    int              model;
    bool             lowercase;
};

static void
show_progress(uint64_t done, uint64_t total)
{
    tool_progress("tokens", done, total);
}

/* Of what the written normalizer and pre-tokenizer would never let through, say so. */
static void
warn_of_words(const struct conf *conf, const struct wordmap *words)
{
    size_t capitals = 0;

    for (size_t i = 0; conf->lowercase && i < words->used; i++) {
        const char *text = wordmap_text(&words->slots[i]);
        uint32_t    at = 0;

        while (at < words->slots[i].len && (text[at] < 'A' || text[at] > 'Z'))
            at++;
        capitals += at < words->slots[i].len;
    }
    if (capitals > 0)
        tool_say("%zu words hold capital letters, which the normalizer of this tokenizer.json "
            "makes small: make the table with tokenize --words, or give --no-lowercase", capitals);
}

static void
say_result(const struct conf *conf, const struct alphabet *a, const struct vocab *v,
    const struct merges *merges)
{
    if (a->kept < a->seen)
        tool_say("%lu of %lu characters are in the alphabet; the others, %.4f %% of the text, "
            "become [UNK] (see --alphabet, --min and --size)", (unsigned long)a->kept,
            (unsigned long)a->seen, a->total > 0 ? 100.0 * (double)a->lost / (double)a->total
                : 0.0);
    if (v->count < v->size)
        tool_say("the table gives no more than %lu tokens of the %lu asked for",
            (unsigned long)v->count, (unsigned long)v->size);
    tool_say("%lu tokens: %d special, %lu of characters, %lu learned by %lu merges%s",
        (unsigned long)v->count, SPECIALS, (unsigned long)a->forms,
        (unsigned long)v->count - SPECIALS - a->forms, (unsigned long)merges->count,
        conf->model == MODEL_WORDPIECE ? " (WordPiece: not written)" : "");
}

static void
make_vocab(const struct conf *conf, const char *path)
{
    size_t          eighth = (size_t)conf->memory_bytes / 8, taken;
    uint32_t        kept_max = (uint32_t)conf->alphabet_max;
    struct wordmap  words;
    struct arena    arena;
    struct vocab    v;
    struct alphabet a;
    struct merges   merges;
    struct out      out;
    uint64_t        characters;

    if (kept_max == 0)
        kept_max = (uint32_t)conf->size / ALPHABET_SHARE;
    if (conf->alphabet_max == 0 && kept_max < ALPHABET_MIN)
        kept_max = ALPHABET_MIN;
    tool_try(out_open(&out, conf->common.output));
    tool_try(wordmap_open(&words, 4 * eighth));
    tool_try(alphabet_read(&words, path, &characters));
    taken = 2 * wordmap_bytes(&words); /* with the gaps that it had before it was sorted */
    if (taken > 4 * eighth)
        taken = 4 * eighth;
    tool_try(arena_open(&arena, 7 * eighth - taken));
    tool_try(vocab_open(&v, (uint32_t)conf->size, &arena, eighth));
    tool_try(alphabet_build(&a, &v, &words, (uint64_t)conf->count_min, kept_max));
    tool_try(learn(&merges, &v, &a, &words, characters, (uint64_t)conf->count_min, show_progress));
    tool_progress_end();
    warn_of_words(conf, &words);
    say_result(conf, &a, &v, &merges);
    tool_try(mkjson_write(&out, &v, &merges, (enum model)conf->model, conf->lowercase));
    tool_try(out_close(&out));
    vocab_close(&v);
    arena_close(&arena);
    wordmap_close(&words);
}

int
main(int argc, char **argv)
{
    struct conf      conf = { .common = TOOL_CONF, .memory_bytes = 4LL << 30, .size = 32768,
        .count_min = 1, .model = MODEL_BPE, .lowercase = true };
    const struct opt opts[] = {
        { 0, "model", 0, OPT_CHOICE, &conf.model, 0, 0, "kind of vocabulary", "bpe|wordpiece", 0 },
        { 0, "size", "N", OPT_INT, &conf.size, SIZE_MIN, SIZE_LIMIT, "tokens in all", 0, 0 },
        { 0, "min", "N", OPT_INT, &conf.count_min, 1, 9e15,
            "leave out rarer characters and pairs", 0, 0 },
        { 0, "alphabet", "N", OPT_INT, &conf.alphabet_max, 0, 0x110000,
            "at most so many characters; 0: an eighth of --size", 0, 0 },
        { 0, "lowercase", 0, OPT_FLAG, &conf.lowercase, 0, 0, "what the normalizer says", 0, 0 },
        { 'M', "memory", "SIZE", OPT_SIZE, &conf.memory_bytes, 64 << 20, 0x1p50, "fail beyond it",
            0, 0 },
        TOOL_OPTS(conf.common, "FILE"),
        { 0 },
    };
    const struct tool tool = { "mkvocab", "learn a subword vocabulary from a table of words",
        "[WORDS.tsv]", opts };
    int               first = tool_begin(&tool, &conf.common, argc, argv);

    if (argc - first > 1)
        die_usage("one table is read; freqstat --merge makes one of many");
    make_vocab(&conf, first < argc ? argv[first] : "-");
    return EXIT_DONE;
}
