/* wordcut_test.c -- words cut by bit masks, with and without vector instructions, are the words of
 * the pre-tokenizers, which go character by character: on random texts of every length around the
 * blocks, of characters of every class and width. */
#include "lib/wordcut.h"

#include <stdlib.h>
#include <string.h>

#include "lib/philox.h"
#include "lib/pretok.h"
#include "lib/unitab.h"
#include "tests/tap.h"

enum { TEXTS = 6000 };

static const char *const parts[] = { "a", "b", "word", "Z", "1", "23", " ", " ", "  ", "\t", "\n",
    ".", "-", "'", "'s", "'t", "'re", "'ve", "'ll", "'d", "'m", "\xC3\xA9", "\xC2\xA0", "\xC2\xBF",
    "\xD0\x9F", "\xD9\xA3", "\xE4\xB8\xAD", "\xE3\x80\x80", "\xE3\x80\x82", "\xE2\x80\x94",
    "\xCC\x81", "\xF0\x9F\x98\x80", "\xF0\x9D\x9F\x98", "\xF0\x90\x90\x80", "\x01", "\x7F" };

/* Random parts; a run of the same ones now and then, so that words and spaces cross blocks. */
static void
make_text(struct buf *text, uint32_t number)
{
    enum { COUNT = sizeof parts / sizeof parts[0] };

    buf_reset(text);
    for (uint32_t i = 0; text->len < number % 1300; i++) {
        struct philox random = philox(5, 0, number, i, 0);
        uint32_t      times = random.x[1] % 16 == 0 ? random.x[2] % 90 : 1;

        for (uint32_t k = 0; k < times; k++)
            CHECK(buf_adds(text, parts[random.x[0] % COUNT]) == OK);
    }
}

/* Whether the words of `plan` are the pieces that lie in `work`, one behind the other. */
static bool
same(const struct wordcut_plan *plan, const struct pretok_work *work, const struct buf *text)
{
    static struct wordcut c;
    size_t                at = 0;
    bool                  good = true;
    struct buf            mapped = { 0 };
    char                 *exact = malloc(text->len > 0 ? text->len : 1);

    /* a copy without room behind it, so that a sanitizer sees what reads there */
    CHECK(exact != NULL);
    if (text->len > 0)
        memcpy(exact, text->bytes, text->len);
    wordcut_start(&c, plan, exact, text->len);
    while (wordcut_next(&c))
        for (size_t i = 0; i < c.count && good; i++, at++) {
            const struct pretok_piece *piece = pretok_get(work, at < pretok_count(work) ? at : 0);
            const char                *word = exact + c.first[i];
            size_t                     len = c.end[i] - c.first[i];

            good = at < pretok_count(work) && c.end[i] > c.first[i]
                && memcmp(wordcut_bytes(&c, c.first[i]), word,
                    len < WORDCUT_AHEAD ? len : WORDCUT_AHEAD) == 0;
            buf_reset(&mapped);
            CHECK(plan->kind == WORDCUT_BYTES ? pretok_bytes(&mapped, word, len) == OK
                : buf_add(&mapped, word, len) == OK);
            good = good && mapped.len == piece->len
                && memcmp(mapped.bytes, work->text.bytes + piece->first, piece->len) == 0;
        }
    free(exact);
    buf_free(&mapped);
    return good && at == pretok_count(work);
}

static void
test_kind(const char *name, enum wordcut_kind kind)
{
    struct pretok       pretok = { 0 };
    struct pretok_step  step = { .split = true,
        .kind = kind == WORDCUT_BERT ? PRETOK_BERT : PRETOK_BYTE_LEVEL };
    struct pretok_work  work = { 0 };
    struct wordcut_plan plan;
    struct buf          text = { 0 };
    size_t              wrong[2] = { 0, 0 };

    CHECK(pretok_add(&pretok, &step) == OK);
    for (int portable = 0; portable < 2; portable++) {
        if (kind == WORDCUT_BERT)
            wordcut_bert(&plan, 0, UNI_PUNCT);
        else
            wordcut_byte_level(&plan);
        if (portable)
            wordcut_portable(&plan);
        for (uint32_t i = 0; i < TEXTS; i++) {
            make_text(&text, i);
            CHECK(pretok_run(&pretok, &work, text.bytes, text.len, true) == OK);
            wrong[portable] += !same(&plan, &work, &text);
        }
        ok(wrong[portable] == 0, "%s, %s: %zu of %d texts differ from the pre-tokenizer", name,
            portable ? "portable" : "as this machine can", wrong[portable], TEXTS);
    }
    pretok_work_free(&work);
    buf_free(&text);
}

int
main(void)
{
    test_kind("BERT", WORDCUT_BERT);
    test_kind("ByteLevel", WORDCUT_BYTES);
    return tap_done();
}
