/* vocabtxt.c -- see vocabtxt.h. */
#include "lib/vocabtxt.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/jsontext.h"
#include "lib/tokenizer.h"
#include "lib/utf8.h"

/* What is wrong with a line, or NULL. */
static const char *
fault(const char *line, size_t len)
{
    if (len == 0)
        return "is empty";
    if (utf8_bad(line, len) < len)
        return "is not UTF-8";
    if (memchr(line, '\0', len) != NULL)
        return "holds a NUL byte";
    if (line[len - 1] == '\r')
        return "ends with CR LF";
    if (line[len - 1] == ' ' || line[len - 1] == '\t')
        return "has white space at its end"; /* U+2028 is a token of bert-base-chinese */
    return NULL;
}

static int
read_lines(json_t *vocab, const char *bytes, size_t len, const char *name)
{
    json_int_t id = 0;
    int        rc = OK;

    for (size_t at = 0; rc == OK && at < len; id++) {
        const char *end = memchr(bytes + at, '\n', len - at);
        size_t      line_len = end != NULL ? (size_t)(end - (bytes + at)) : len - at;
        const char *wrong = fault(bytes + at, line_len);
        char       *token;
        json_t     *before;

        if (wrong != NULL)
            return err_set(ERR_FORMAT, "%s: line %lld %s", name, (long long)id + 1, wrong);
        if (id >= TOKENIZER_TOKENS_MAX)
            return err_set(ERR_LIMIT, "%s: more than %d tokens", name, TOKENIZER_TOKENS_MAX);
        token = strndup(bytes + at, line_len);
        if (token == NULL)
            return err_set(ERR_MEMORY, "%s: no memory", name);
        before = json_object_get(vocab, token);
        if (before != NULL)
            rc = err_set(ERR_FORMAT,
                "%s: line %lld: the token \"%.100s\" stands on line %lld already", name,
                (long long)id + 1, token, (long long)json_integer_value(before) + 1);
        else if (json_object_set_new_nocheck(vocab, token, json_integer(id)) != 0)
            rc = err_set(ERR_MEMORY, "%s: no memory", name);
        free(token);
        at += line_len + 1;
    }
    return rc;
}

static json_t *
added_tokens(const json_t *vocab)
{
    static const char *const names[] = { "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[NOTA]" };
    json_t                  *list = json_array();

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (json_object_get(vocab, names[i]) != NULL)
            json_array_append_new(list, json_pack("{s:O, s:s, s:b, s:b, s:b, s:b, s:b}", "id",
                json_object_get(vocab, names[i]), "content", names[i], "single_word", 0, "lstrip",
                    0,
                "rstrip", 0, "normalized", 0, "special", 1));
    return list;
}

static json_t *
template(const json_t *vocab)
{
    json_t *cls = json_object_get(vocab, "[CLS]"), *sep = json_object_get(vocab, "[SEP]");

    return json_pack("{s:s, s:[s,O], s:[s,O]}", "type", "BertProcessing", "sep", "[SEP]", sep,
        "cls", "[CLS]", cls);
}

static json_t *
whole(json_t *vocab, bool lowercase)
{
    json_t *normalizer = json_pack("{s:s, s:b, s:b, s:n, s:b}", "type", "BertNormalizer",
        "clean_text",
        1, "handle_chinese_chars", 1, "strip_accents", "lowercase", lowercase);
    json_t *model = json_pack("{s:s, s:s, s:s, s:i, s:O}", "type", "WordPiece", "unk_token",
        "[UNK]",
        "continuing_subword_prefix", "##", "max_input_chars_per_word", 100, "vocab", vocab);

    return json_pack("{s:s, s:n, s:n, s:o, s:o, s:{s:s}, s:o, s:{s:s, s:s, s:b}, s:o}", "version",
        "1.0",
        "truncation", "padding", "added_tokens", added_tokens(vocab), "normalizer", normalizer,
        "pre_tokenizer", "type", "BertPreTokenizer", "post_processor", template(vocab), "decoder",
            "type",
        "WordPiece", "prefix", "##", "cleanup", 1, "model", model);
}

int
vocabtxt_json(struct buf *json, const char *bytes, size_t len, bool lowercase, const char *name)
{
    static const char *const needed[] = { "[UNK]", "[CLS]", "[SEP]" };
    json_t                  *vocab = json_object(), *root;
    int                      rc = read_lines(vocab, bytes, len, name);

    for (size_t i = 0; rc == OK && i < sizeof needed / sizeof needed[0]; i++)
        if (json_object_get(vocab, needed[i]) == NULL)
            rc = err_set(ERR_FORMAT, "%s: the token %s is missing", name, needed[i]);
    if (rc == OK) {
        root = whole(vocab, lowercase);
        rc = root != NULL ? jsontext_dump(json, root) : err_set(ERR_MEMORY, "%s: no memory", name);
        json_decref(root);
    }
    json_decref(vocab);
    return rc;
}
