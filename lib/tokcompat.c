/* tokcompat.c -- see tokcompat.h. */
#include "lib/tokcompat.h"

#include <jansson.h>
#include <string.h>

#include "lib/jsontext.h"
#include "lib/tokpart.h"

enum { CHARS_MAX = 200 }; /* WordpieceTokenizer of tokenization.py */

int
tokcompat_google(struct buf *json, const char *name)
{
    json_error_t error;
    json_t      *root = json_loadb(json->bytes, json->len, JSON_REJECT_DUPLICATES, &error);
    json_t      *normalizer = json_object_get(root, "normalizer");
    const char  *type = tokpart_type(normalizer);
    int          rc = OK;

    if (root == NULL)
        return err_set(ERR_FORMAT, "%s: line %d, column %d: %s", name, error.line, error.column,
            error.text);
    if (type == NULL || strcmp(type, "BertNormalizer") != 0) {
        rc = err_set(ERR_FORMAT, "%s: the dialect \"google\" needs a BertNormalizer, "
            "not \"%.100s\"", name, type != NULL ? type : "null");
    } else if (json_object_set_new(normalizer, "compat", json_string("google")) != 0
        || json_object_set_new(json_object_get(root, "model"), "max_input_chars_per_word",
            json_integer(CHARS_MAX)) != 0) {
        rc = err_set(ERR_FORMAT, "%s: there is no model", name);
    } else {
        buf_reset(json);
        rc = jsontext_dump(json, root);
    }
    json_decref(root);
    return rc;
}

bool
tokcompat_is_google(const struct tokjson *t)
{
    for (int i = 0; i < t->normalizer.count; i++)
        if (t->normalizer.steps[i].kind == NORMALIZE_GOOGLE_CASED
            || t->normalizer.steps[i].kind == NORMALIZE_GOOGLE_UNCASED)
            return true;
    return false;
}

int
tokcompat_apply(struct tokjson *t, const char *name)
{
    const char *other = NULL;

    if (!tokcompat_is_google(t))
        return OK;
    if (t->normalizer.count != 1)
        other = "no other normalizer";
    else if (t->pretok.count != 1 || t->pretok.steps[0].kind != PRETOK_BERT)
        other = "the pre-tokenizer BertPreTokenizer alone";
    else if (t->model == TOKJSON_BPE)
        other = "the model WordPiece, not BPE";
    else if (t->model == TOKJSON_WORDPIECE && strcmp(t->prefix.bytes, "##") != 0)
        other = "the continuing_subword_prefix ##";
    if (other != NULL)
        return err_set(ERR_FORMAT, "%s: the dialect \"google\" needs %s", name, other);
    t->pretok.steps[0].kind = PRETOK_WHITESPACE_SPLIT;
    return OK;
}
