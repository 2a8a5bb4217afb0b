/* bpe_test.c -- BPE and WordPiece on cases worked by hand. */
#include "lib/bpe.h"
#include "lib/wordpiece.h"

#include <string.h>

#include "tests/tap.h"

static struct strtab vocab;

static void
add(const char *const *tokens)
{
    for (uint32_t i = 0; tokens[i] != NULL; i++) {
        uint32_t id = i;
        bool     added;

        CHECK(strtab_add(&vocab, tokens[i], strlen(tokens[i]), &id, &added) == OK);
    }
}

static bool
same(struct buf *ids, const char *want)
{
    struct buf      text = { 0 };
    const uint32_t *id = (const uint32_t *)(const void *)ids->bytes;
    bool            good;

    for (size_t i = 0; i < ids->len / sizeof *id; i++)
        CHECK(buf_addf(&text, "%s%u", i > 0 ? " " : "", id[i]) == OK);
    good = strcmp(text.len > 0 ? text.bytes : "", want) == 0;
    if (!good)
        printf("# got %s, want %s\n", text.len > 0 ? text.bytes : "nothing", want);
    buf_free(&text);
    buf_reset(ids);
    return good;
}

static bool
bpe(const struct bpe *b, const char *word, const char *want)
{
    struct bpe_work work = { 0 };
    struct buf      ids = { 0 };
    bool            good;

    CHECK(bpe_encode(b, &work, word, strlen(word), &ids) == OK);
    good = same(&ids, want);
    bpe_work_free(&work);
    buf_free(&ids);
    return good;
}

static void
test_bpe(void)
{
    static const char *const tokens[] = { "?", "a", "b", "##a", "##b", "##c", "ab", "##bc", "abc",
        "##bb", "##abb", NULL };
    static const char *const merges[][2] = { { "a", "##b" }, { "##b", "##c" }, { "ab", "##c" },
        { "##b", "##b" }, { "##a", "##bb" } };
    struct bpe               b;

    add(tokens);
    CHECK(bpe_open(&b, &vocab, "##", "") == OK);
    b.unknown = 0;
    for (size_t i = 0; i < sizeof merges / sizeof merges[0]; i++)
        CHECK(bpe_merge_add(&b, merges[i][0], strlen(merges[i][0]), merges[i][1],
            strlen(merges[i][1])) == OK);
    ok(bpe(&b, "abc", "8"), "the better rank goes first: ab, then abc, not a ##bc");
    ok(bpe(&b, "babb", "2 10"), "merges of merges");
    ok(bpe(&b, "bbbb", "2 9 4"), "equal ranks: the leftmost first");
    ok(bpe(&b, "xab", "0 3 4"), "an unknown first character: the rest are continuations");
    ok(bpe(&b, "axyb", "1 0 0 4"), "each unknown character for itself");
    b.fuse_unknown = true;
    ok(bpe(&b, "axyb", "1 0 4"), "or fused");
    b.unknown = STRTAB_NONE;
    ok(bpe(&b, "axyb", "6"), "or, without an unknown token, as if they were not there");
    b.ignore_merges = true;
    ok(bpe(&b, "##bb", "9"), "ignore_merges: a word that is a token");
    ok(bpe_merge_add(&b, "b", 1, "##c", 3) == ERR_FORMAT, "a merge without its result: %s",
        err_msg());
    bpe_close(&b);
    strtab_free(&vocab);
}

static bool
wordpiece(const struct wordpiece *w, const char *word, const char *want)
{
    struct buf ids = { 0 };
    bool       good;

    CHECK(wordpiece_encode(w, word, strlen(word), &ids) == OK);
    good = same(&ids, want);
    buf_free(&ids);
    return good;
}

static void
test_wordpiece(void)
{
    static const char *const tokens[] = { "[UNK]", "un", "##aff", "##able", "una", "##ff",
        "\xC3\xA9", "##x", NULL };
    struct wordpiece         w;

    add(tokens);
    CHECK(wordpiece_open(&w, &vocab, "##", 0, 9) == OK);
    ok(wordpiece(&w, "unaffable", "4 5 3"), "the longest piece first");
    ok(wordpiece(&w, "unafable", "0"), "one part without a piece: the whole word is unknown");
    ok(wordpiece(&w, "unaffablex", "0"), "too many characters");
    ok(wordpiece(&w, "\xC3\xA9xxxxxxxx", "6 7 7 7 7 7 7 7 7"), "characters are counted, not bytes");
    ok(wordpiece(&w, "##x", "7"), "a word that looks like a continuation");
    wordpiece_close(&w);
    strtab_free(&vocab);
}

int
main(void)
{
    test_bpe();
    test_wordpiece();
    return tap_done();
}
