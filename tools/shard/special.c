/* special.c -- see special.h.  The forms of post_processor are those of Hugging Face tokenizers. */
#include "tools/shard/special.h"

#include <string.h>

#include "lib/jsontext.h"

/* {"sep":["[SEP]",102],"cls":["[CLS]",101]} */
static const json_t *
of_pair(const json_t *processor, const char *key)
{
    return json_array_get(json_object_get(processor, key), 1);
}

/* "single":[{"SpecialToken":{"id":"[CLS]",..}},{"Sequence":..},{"SpecialToken":{"id":"[SEP]",..}}],
 * "special_tokens":{"[CLS]":{"ids":[101],..},..} */
static const json_t *
of_template(const json_t *processor, size_t piece)
{
    const json_t *single = json_object_get(processor, "single");
    const json_t *token = json_object_get(json_array_get(single, piece), "SpecialToken");
    const char   *name = json_string_value(json_object_get(token, "id"));
    const json_t *entry, *ids;

    if (name == NULL)
        return NULL;
    entry = json_object_get(json_object_get(processor, "special_tokens"), name);
    ids = json_object_get(entry, "ids");
    return json_array_size(ids) == 1 ? json_array_get(ids, 0) : NULL;
}

static const json_t *
of_name(const json_t *root, const char *name)
{
    const json_t *added = json_object_get(root, "added_tokens"), *token;
    const json_t *vocab = json_object_get(json_object_get(root, "model"), "vocab");
    size_t        i;

    json_array_foreach (added, i, token) {
        const char *content = json_string_value(json_object_get(token, "content"));

        if (content != NULL && strcmp(content, name) == 0)
            return json_object_get(token, "id");
    }
    return json_object_get(vocab, name);
}

/* Where the value of "model" at the top of the text begins and ends, if that is an object.  It is
 * nearly all of the text, and to make a tree of it takes as long as to pack some 10 MB of ids. */
static bool
find_model(const struct buf *text, size_t *begin, size_t *end)
{
    static const char name[] = "\"model\"";
    const char       *at = text->bytes;
    size_t            len = text->len, key = 0, depth = 0;

    *begin = 0;
    for (size_t i = 0; i < len; i++) {
        if (at[i] == '"') {
            key = i;
            for (i++; i < len && at[i] != '"'; i++)
                i += at[i] == '\\';
        } else if (at[i] == ':' && depth == 1 && strncmp(at + key, name, sizeof name - 1) == 0) {
            *begin = i + 1 + strspn(at + i + 1, " \t\r\n");
            if (at[*begin] != '{')
                return false;
        } else if (at[i] == '{' || at[i] == '[') {
            depth++;
        } else if ((at[i] == '}' || at[i] == ']') && --depth == 1 && *begin > 0) {
            *end = i + 1;
            return true;
        }
    }
    return false;
}

static bool
take(uint32_t *id, const json_t *value, uint32_t vocab_size)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0
        || json_integer_value(value) >= vocab_size)
        return false;
    *id = (uint32_t)json_integer_value(value);
    return true;
}

/* Of a Sequence the one that adds tokens: the other is ByteLevel, which adds none. */
static const json_t *
adding(const json_t *processor)
{
    const json_t *list = json_object_get(processor, "processors"), *item;
    size_t        i;

    json_array_foreach (list, i, item) {
        const char *type = json_string_value(json_object_get(item, "type"));

        if (type != NULL && strcmp(type, "ByteLevel") != 0)
            return adding(item);
    }
    return processor;
}

/* False: nothing there says it. */
static bool
find(uint32_t *cls, uint32_t *sep, const json_t *root, uint32_t vocab_size)
{
    const json_t *processor = adding(json_object_get(root, "post_processor"));
    const json_t *first = NULL, *last = NULL;
    const char   *type = json_string_value(json_object_get(processor, "type"));

    if (type != NULL
        && (strcmp(type, "BertProcessing") == 0 || strcmp(type, "RobertaProcessing") == 0)) {
        first = of_pair(processor, "cls");
        last = of_pair(processor, "sep");
    } else if (type != NULL && strcmp(type, "TemplateProcessing") == 0) {
        size_t pieces = json_array_size(json_object_get(processor, "single"));

        first = of_template(processor, 0);
        last = pieces > 0 ? of_template(processor, pieces - 1) : NULL;
    }
    if (first == NULL || last == NULL) {
        first = of_name(root, "[CLS]");
        last = of_name(root, "[SEP]");
    }
    return take(cls, first, vocab_size) && take(sep, last, vocab_size);
}

int
special_find(uint32_t *cls, uint32_t *sep, const struct buf *tokenizer, uint32_t vocab_size,
    const char *where)
{
    struct buf  rest = { 0 };
    const char *text = tokenizer->bytes;
    json_t     *root = NULL;
    size_t      begin, end;
    bool        found = false;
    int         rc = OK;

    if (find_model(tokenizer, &begin, &end)) {
        rc = buf_add(&rest, text, begin);
        if (rc == OK)
            rc = buf_adds(&rest, "{}");
        if (rc == OK)
            rc = buf_add(&rest, text + end, tokenizer->len - end);
        found = rc == OK && jsontext_parse(&root, rest.bytes, rest.len, "") == OK
            && find(cls, sep, root, vocab_size);
        json_decref(root);
        buf_free(&rest);
    }
    if (rc != OK || found)
        return rc;
    rc = jsontext_parse(&root, text, tokenizer->len, "its tokenizer.json");
    if (rc != OK)
        return err_set(rc, "%s: %s", where, err_msg());
    if (!find(cls, sep, root, vocab_size))
        rc = err_set(ERR_FORMAT,
            "%s: its tokenizer.json names no [CLS] and [SEP], neither in its "
            "post_processor nor among its tokens",
            where);
    json_decref(root);
    return rc;
}
