/* tokenizer_test.c -- what a tokenizer.json gives, and that no bytes at all can hurt. */
#include "lib/tokenizer.h"

#include <stdlib.h>
#include <string.h>

#include "lib/notes.h"
#include "lib/tokens.h"
#include "tests/tap.h"

static const char good[] =
    "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\"added_tokens\":[{\"id\":1,"
    "\"content\":\"[CLS]\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,"
    "\"normalized\":false,\"special\":true},"
    "{\"id\":7,\"content\":\"[NEW]\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,"
    "\"normalized\":false,\"special\":false}],"
    "\"normalizer\":{\"type\":\"BertNormalizer\",\"clean_text\":true,\"handle_chinese_chars\":true,"
    "\"strip_accents\":null,\"lowercase\":true},\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},"
    "\"post_processor\":{\"type\":\"BertProcessing\",\"sep\":[\"[SEP]\",2],\"cls\":[\"[CLS]\",1]},"
    "\"decoder\":null,\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\","
    "\"continuing_subword_prefix\":\"##\",\"max_input_chars_per_word\":100,\"vocab\":{\"[UNK]\":0,"
    "\"[CLS]\":1,\"[SEP]\":2,\"cafe\":3,\"##s\":4,\"!\":5,\"a\":6}}}";

static bool
encodes(struct tokenizer_scratch *s, const char *text, const char *want)
{
    struct buf got = { 0 };
    bool       same;

    CHECK(tokenizer_encode(s, text, strlen(text)) == OK && buf_reserve(&got, 1) == OK);
    for (size_t i = 0; i < s->count; i++)
        CHECK(buf_addf(&got, "%u%s ", s->ids[i], s->word[i] ? "" : "+") == OK);
    same = strcmp(got.bytes, want) == 0;
    if (!same)
        printf("# got %s\n", got.bytes);
    buf_free(&got);
    return same;
}

static void
test_good(void)
{
    struct tokenizer            *t;
    struct tokenizer_scratch    *s;
    const struct tokenizer_part *parts;
    struct notes                 notes;
    size_t                       len;

    CHECK(tokenizer_open(&t, good, sizeof good - 1, "good") == OK
        && tokenizer_scratch_open(&s, t) == OK);
    ok(tokenizer_size(t) == 8, "an added token enlarges the vocabulary");
    ok(tokenizer_id(t, "[NEW]") == 7 && tokenizer_id(t, "cafe") == 3
        && tokenizer_id(t, "x") == TOKENIZER_NONE, "ids by name");
    ok(strcmp(tokenizer_token(t, 4, &len), "##s") == 0 && len == 3
        && tokenizer_token(t, 8, &len) == NULL, "names by id");
    ok(tokenizer_is_added(t, 1) && !tokenizer_is_added(t, 2), "which tokens are added ones");
    ok(tokenizer_template(t, false, &parts) == 3 && parts[0].id == 1
        && parts[1].sequence == 0 && parts[2].id == 2, "the template of one text");
    ok(tokenizer_template(t, true, &parts) == 5 && parts[3].sequence == 1
        && parts[4].type == 1, "and of a pair");
    ok(encodes(s, "Caf\xC3\xA9s! zz", "3 4+ 5 0 "), "normalised, divided, known and unknown");
    ok(encodes(s, "a[CLS]a [NEW]s", "6 1 6 7 0 "), "added tokens inside a text");
    ok(encodes(s, "", "") && encodes(s, " \t ", ""), "nothing gives nothing");
    CHECK(notes_open(&notes, "zz\t5\ncafes\t3\n", 13, "notes") == OK);
    tokenizer_scratch_notes(s, &notes);
    for (int again = 0; again < 2; again++) /* the second time from the cache */
        ok(encodes(s, "a CAFES zz", "6 3 4+ 0 ") && s->span_count == 2 && s->spans[0].first == 1
            && s->spans[0].count == 2 && s->spans[0].note == 1 && s->spans[1].first == 3
            && s->spans[1].note == 0, "noted words become spans");
    tokenizer_scratch_close(s);
    tokenizer_close(t);
    notes_close(&notes);
}

/* Every prefix and every changed byte gives a tokenizer or an error, and what it is not is
 * named. */
static void
test_bad(void)
{
    struct tokenizer *t;
    struct notes      notes;
    char             *copy = malloc(sizeof good);
    bool              prefixes = true;
    int               refused = 0;

    CHECK(copy != NULL);
    for (size_t len = 0; len < sizeof good - 1; len++) {
        memcpy(copy, good, len);
        prefixes &= tokenizer_open(&t, copy, len, "cut") < 0 && strncmp(err_msg(), "cut: ", 5) == 0;
    }
    ok(prefixes, "every prefix is refused, with the name");
    for (size_t i = 0; i < sizeof good - 1; i++)
        for (int bit = 0; bit < 8; bit++) {
            memcpy(copy, good, sizeof good - 1);
            copy[i] = (char)(copy[i] ^ 1 << bit);
            if (tokenizer_open(&t, copy, sizeof good - 1, "flipped") == OK)
                tokenizer_close(t);
            else
                refused++;
        }
    ok(refused > 1000, "flipped bits do no harm; %d are refused", refused);
    free(copy);
    /* what was taken for the rows before the bad one is given back (the leak checker sees it) */
    ok(notes_open(&notes, "zz\t5\nbad\n", 9, "notes") == ERR_FORMAT
        && strcmp(err_msg(), "notes:2: no tab between word and count") == 0,
        "bad notes are refused: %s", err_msg());
}

static void
refuses(const char *from, const char *to, const char *says)
{
    struct buf        text = { 0 };
    struct tokenizer *t;
    const char       *at = strstr(good, from);
    int               rc;

    CHECK(at != NULL && buf_add(&text, good, (size_t)(at - good)) == OK && buf_adds(&text, to) == OK
        && buf_adds(&text, at + strlen(from)) == OK);
    rc = tokenizer_open(&t, text.bytes, text.len, "t.json");
    ok(rc < 0 && strstr(err_msg(), says) != NULL, "refused: %s", rc < 0 ? err_msg() : "not at all");
    buf_free(&text);
}

int
main(void)
{
    test_good();
    test_bad();
    refuses("BertNormalizer", "Precompiled", "normalizer \"Precompiled\" is not supported");
    refuses("BertPreTokenizer", "Digits", "pre-tokenizer \"Digits\" is not supported");
    refuses("BertProcessing", "PairProcessing",
        "post-processor \"PairProcessing\" is not supported");
    refuses("\"WordPiece\"", "\"Unigram\"", "model \"Unigram\" is not supported");
    refuses("\"truncation\":null", "\"truncation\":{}", "\"truncation\" is not supported");
    refuses("1.0", "2.0", "version \"2.0\"");
    refuses("\"unk_token\":\"[UNK]\"", "\"unk_token\":\"zz\"",
        "unknown token \"zz\" is not in the vocabulary");
    refuses("\"id\":7", "\"id\":9", "has id 9; by the vocabulary it is 7");
    refuses("\"a\":6", "\"a\":16777216", "is not below 16777216");
    refuses("\"a\":6", "\"a\":-1", "is not a whole number");
    refuses("\"a\":6", "\"a\":6,\"a\":7", "duplicate");
    refuses("[\"[SEP]\",2]", "[\"[SEP]\",99]", "the id 99");
    /* what the library does not load either */
    refuses("\"special\":true", "\"special\":null", "\"special\" is not true or false");
    refuses("\"version\":\"1.0\"", "\"version\":null", "\"version\" is null");
    refuses("\"lstrip\":false,", "", "\"lstrip\" is missing");
    refuses("\"clean_text\":true,", "", "\"clean_text\" is missing");
    refuses("[\"[SEP]\",2]", "[\"[SEP]\",2,3]", "\"sep\" of the post-processor is not a token");
    refuses("\"type\":\"WordPiece\"", "\"type\":1", "\"type\" of the model is not a string");
    refuses("\"BertProcessing\"", "\"TemplateProcessing\",\"single\":[],\"pair\":[]",
        "the template has no \"single\"");
    /* where the library looks for the beginning of the text in vain */
    refuses("{\"type\":\"BertPreTokenizer\"}",
        "{\"type\":\"Metaspace\",\"replacement\":\"_\",\"prepend_scheme\":\"first\"}",
        "\"first\" is not supported behind a normalizer that may take the first character away");
    return tap_done();
}
