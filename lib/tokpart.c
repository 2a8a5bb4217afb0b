/* tokpart.c -- see tokpart.h. */
#include "lib/tokpart.h"

#include <string.h>

#include "lib/utf8.h"

enum { NESTED_MAX = 8 }; /* Sequences inside Sequences */

/* ---- values ---- */

const char *
tokpart_type(const json_t *value)
{
    return json_string_value(json_object_get(value, "type"));
}

int
tokpart_bool(bool *value, const json_t *object, const char *key, const char *name)
{
    const json_t *v = json_object_get(object, key);

    if (v != NULL && !json_is_boolean(v))
        return err_set(ERR_FORMAT, "%s: \"%s\" is not true or false", name, key);
    if (v != NULL)
        *value = json_is_true(v);
    return OK;
}

int
tokpart_flag(bool *value, const json_t *object, const char *key, const char *name)
{
    if (json_object_get(object, key) == NULL)
        return err_set(ERR_FORMAT, "%s: \"%s\" is missing", name, key);
    return tokpart_bool(value, object, key, name);
}

int
tokpart_text(const char **text, const json_t *object, const char *key, const char *name)
{
    const json_t *v = json_object_get(object, key);

    *text = json_string_value(v);
    if (*text == NULL && v != NULL && !json_is_null(v))
        return err_set(ERR_FORMAT, "%s: \"%s\" is not a string", name, key);
    return OK;
}

int
tokpart_word(const char **text, const json_t *object, const char *key, const char *name)
{
    if (json_is_null(json_object_get(object, key)))
        return err_set(ERR_FORMAT, "%s: \"%s\" is null", name, key);
    return tokpart_text(text, object, key, name);
}

int
tokpart_id(uint32_t *id, const json_t *value, const char *what, const char *name)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return err_set(ERR_FORMAT, "%s: the id of \"%.100s\" is not a whole number", name, what);
    if (json_integer_value(value) >= TOKENIZER_TOKENS_MAX)
        return err_set(ERR_LIMIT, "%s: the id of \"%.100s\" is not below %d", name, what,
            TOKENIZER_TOKENS_MAX);
    *id = (uint32_t)json_integer_value(value);
    return OK;
}

static int
not_supported(const char *what, const json_t *value, const char *name)
{
    const char *type = tokpart_type(value);

    if (type == NULL)
        return err_set(ERR_FORMAT, "%s: the %s has no \"type\"", name, what);
    return err_set(ERR_FORMAT, "%s: the %s \"%.100s\" is not supported", name, what, type);
}

static bool
is(const json_t *value, const char *type)
{
    const char *has = tokpart_type(value);

    return has != NULL && strcmp(has, type) == 0;
}

/* ---- normalizer ---- */

static int
bert_normalizer(struct normalizer *n, const json_t *value, const char *name)
{
    bool          clean = true, han = true, lower = true, strip;
    const char   *compat = NULL;
    const json_t *accents = json_object_get(value, "strip_accents");
    int           rc = tokpart_flag(&clean, value, "clean_text", name);

    if (rc == OK)
        rc = tokpart_flag(&han, value, "handle_chinese_chars", name);
    if (rc == OK)
        rc = tokpart_flag(&lower, value, "lowercase", name);
    strip = lower; /* what null means */
    if (rc == OK)
        rc = tokpart_text(&compat, value, "compat", name);
    if (rc == OK && accents != NULL && !json_is_null(accents))
        rc = tokpart_bool(&strip, value, "strip_accents", name);
    if (rc == OK && compat != NULL) { /* see lib/tokcompat.h */
        if (strcmp(compat, "google") != 0)
            return err_set(ERR_FORMAT, "%s: the dialect \"%.100s\" is not known", name, compat);
        if (!clean || !han || strip != lower)
            return err_set(ERR_FORMAT, "%s: the dialect \"google\" needs clean_text, "
                "handle_chinese_chars, and strip_accents as lowercase", name);
        return normalize_add(n, lower ? NORMALIZE_GOOGLE_UNCASED : NORMALIZE_GOOGLE_CASED);
    }
    if (rc == OK && clean)
        rc = normalize_add(n, NORMALIZE_CLEAN);
    if (rc == OK && han)
        rc = normalize_add(n, NORMALIZE_HAN);
    if (rc == OK && strip)
        rc = normalize_add(n, NORMALIZE_BERT_MN);
    if (rc == OK && lower)
        rc = normalize_add(n, NORMALIZE_LOWER);
    return rc;
}

static int
replace_normalizer(struct normalizer *n, const json_t *value, const char *name)
{
    const json_t *pattern = json_object_get(value, "pattern");
    const json_t *from = json_object_get(pattern, "String");
    const json_t *to = json_object_get(value, "content");
    int           rc;

    if (json_object_get(pattern, "Regex") != NULL)
        return err_set(ERR_FORMAT, "%s: the normalizer \"Replace\" is not supported with a Regex",
            name);
    if (!json_is_string(from) || !json_is_string(to) || json_string_length(from) == 0)
        return err_set(ERR_FORMAT, "%s: \"Replace\" needs a pattern that is a String and content",
            name);
    rc = normalize_add(n, NORMALIZE_REPLACE);
    if (rc == OK)
        rc = normalize_replace(n, json_string_value(from), json_string_length(from),
            json_string_value(to), json_string_length(to));
    return rc;
}

static int
strip_normalizer(struct normalizer *n, const json_t *value, const char *name)
{
    bool left = true, right = true;
    int  rc = tokpart_flag(&left, value, "strip_left", name);

    if (rc == OK)
        rc = tokpart_flag(&right, value, "strip_right", name);
    if (rc == OK && left)
        rc = normalize_add(n, NORMALIZE_STRIP_LEFT);
    return rc == OK && right ? normalize_add(n, NORMALIZE_STRIP_RIGHT) : rc;
}

static int
prepend_normalizer(struct normalizer *n, const json_t *value, const char *name)
{
    const json_t *text = json_object_get(value, "prepend");
    int           rc;

    if (!json_is_string(text))
        return err_set(ERR_FORMAT, "%s: \"Prepend\" has no string to prepend", name);
    rc = normalize_add(n, NORMALIZE_PREPEND);
    return rc == OK ? normalize_replace(n, "", 0, json_string_value(text), json_string_length(text))
        : rc;
}

static int
normalizer(struct normalizer *n, const json_t *value, const char *name, int nested)
{
    static const struct {
        const char         *type;
        enum normalize_kind kind;
    } plain[] = {
        { "Lowercase", NORMALIZE_LOWER }, { "NFC", NORMALIZE_NFC }, { "NFD", NORMALIZE_NFD },
        { "NFKC", NORMALIZE_NFKC }, { "NFKD", NORMALIZE_NFKD }, { "StripAccents", NORMALIZE_MARKS },
    };
    const json_t *list = json_object_get(value, "normalizers"), *item;
    size_t        i;

    if (value == NULL || json_is_null(value))
        return OK;
    for (i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (is(value, plain[i].type))
            return normalize_add(n, plain[i].kind);
    if (is(value, "BertNormalizer"))
        return bert_normalizer(n, value, name);
    if (is(value, "Strip"))
        return strip_normalizer(n, value, name);
    if (is(value, "Prepend"))
        return prepend_normalizer(n, value, name);
    if (is(value, "Replace"))
        return replace_normalizer(n, value, name);
    if (!is(value, "Sequence") || !json_is_array(list) || nested == NESTED_MAX)
        return not_supported("normalizer", value, name);
    json_array_foreach(list, i, item) {
        int rc = json_is_object(item) ? normalizer(n, item, name, nested + 1)
                                      : not_supported("normalizer", item, name);

        if (rc != OK)
            return rc;
    }
    return OK;
}

int
tokpart_normalizer(struct normalizer *n, const json_t *value, const char *name)
{
    return normalizer(n, value, name, 0);
}

/* ---- pre-tokenizer ---- */

static int
punctuation(struct pretok_step *step, const json_t *value, const char *name)
{
    static const char *const names[] = { "Isolated", "Removed", "MergedWithPrevious",
        "MergedWithNext", "Contiguous" };
    const char              *behaviour;
    int                      rc = tokpart_word(&behaviour, value, "behavior", name);

    if (rc != OK || behaviour == NULL)
        return rc;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(behaviour, names[i]) == 0) {
            step->behaviour = (enum pretok_behaviour)i;
            return OK;
        }
    return err_set(ERR_FORMAT, "%s: \"Punctuation\" has an unknown behavior \"%.100s\"", name,
        behaviour);
}

static int
metaspace(struct pretok_step *step, const json_t *value, const char *name)
{
    const char *scheme, *mark;
    bool        prefix = true, has_prefix = json_object_get(value, "add_prefix_space") != NULL;
    int         rc = tokpart_text(&mark, value, "replacement", name);

    step->split = true;
    if (rc == OK)
        rc = tokpart_word(&scheme, value, "prepend_scheme", name);
    if (rc == OK)
        rc = tokpart_bool(&prefix, value, "add_prefix_space", name);
    if (rc == OK)
        rc = tokpart_bool(&step->split, value, "split", name);
    if (rc != OK)
        return rc;
    if (mark == NULL || *mark == '\0')
        return err_set(ERR_FORMAT, "%s: \"Metaspace\" has no replacement", name);
    step->replacement = utf8_next(&mark);
    if (*mark != '\0')
        return err_set(ERR_FORMAT, "%s: the replacement of \"Metaspace\" is not one character",
            name);
    step->prepend = prefix ? PRETOK_ALWAYS : PRETOK_NEVER; /* the older way to say it */
    if (scheme == NULL)
        return OK;
    if (strcmp(scheme, "always") != 0 && strcmp(scheme, "first") != 0
        && strcmp(scheme, "never") != 0)
        return err_set(ERR_FORMAT, "%s: \"Metaspace\" has an unknown prepend_scheme \"%.100s\"",
            name,
            scheme);
    step->prepend = *scheme == 'a' ? PRETOK_ALWAYS : *scheme == 'f' ? PRETOK_FIRST : PRETOK_NEVER;
    if (has_prefix && !prefix && step->prepend != PRETOK_NEVER)
        return err_set(ERR_FORMAT,
            "%s: \"Metaspace\" has add_prefix_space and a prepend_scheme that "
            "contradict each other", name);
    return OK;
}

static int
byte_level(struct pretok_step *step, const json_t *value, const char *name)
{
    int rc;

    step->prefix = step->split = true;
    rc = tokpart_flag(&step->prefix, value, "add_prefix_space", name);
    return rc == OK ? tokpart_bool(&step->split, value, "use_regex", name) : rc;
}

static int
pretok(struct pretok *p, const json_t *value, const char *name, int nested)
{
    struct pretok_step step = { PRETOK_BERT, PRETOK_ISOLATED, PRETOK_NEVER, 0, false, false };
    const json_t      *list = json_object_get(value, "pretokenizers"), *item;
    size_t             i;
    int                rc = OK;

    if (value == NULL || json_is_null(value))
        return OK;
    if (is(value, "Sequence") && json_is_array(list) && nested < NESTED_MAX) {
        json_array_foreach(list, i, item)
            if (rc == OK)
                rc = json_is_object(item) ? pretok(p, item, name, nested + 1)
                                          : not_supported("pre-tokenizer", item, name);
        return rc;
    }
    if (is(value, "BertPreTokenizer")) {
        step.kind = PRETOK_BERT;
    } else if (is(value, "Whitespace")) {
        step.kind = PRETOK_WHITESPACE;
    } else if (is(value, "WhitespaceSplit")) {
        step.kind = PRETOK_WHITESPACE_SPLIT;
    } else if (is(value, "Punctuation")) {
        step.kind = PRETOK_PUNCTUATION;
        rc = punctuation(&step, value, name);
    } else if (is(value, "ByteLevel")) {
        step.kind = PRETOK_BYTE_LEVEL;
        rc = byte_level(&step, value, name);
    } else if (is(value, "Metaspace")) {
        step.kind = PRETOK_METASPACE;
        rc = metaspace(&step, value, name);
    } else {
        return not_supported("pre-tokenizer", value, name);
    }
    return rc == OK ? pretok_add(p, &step) : rc;
}

int
tokpart_pretok(struct pretok *p, const json_t *value, const char *name)
{
    return pretok(p, value, name, 0);
}

/* ---- post-processor ---- */

static int
put(struct buf *parts, int sequence, uint32_t id, uint32_t type)
{
    struct tokenizer_part part = { sequence, id, type };

    return buf_add(parts, &part, sizeof part);
}

/* {"SpecialToken": {"id": "[CLS]", "type_id": 0}} or {"Sequence": {"id": "A", "type_id": 0}} */
static int
template_item(struct buf *parts, const json_t *item, const json_t *special, const char *name)
{
    const json_t *token = json_object_get(item, "SpecialToken");
    const json_t *sequence = json_object_get(item, "Sequence");
    const json_t *both = token != NULL ? token : sequence;
    const char   *id = json_string_value(json_object_get(both, "id"));
    const json_t *type_id = json_object_get(both, "type_id");
    json_int_t    type = json_is_integer(type_id) ? json_integer_value(type_id) : -1;
    const json_t *ids = json_object_get(json_object_get(special, id != NULL ? id : ""), "ids"),
        *one;
    size_t        i;

    if (id == NULL || type < 0 || type > 255 || json_object_size(item) != 1)
        return err_set(ERR_FORMAT, "%s: the template of the post-processor is malformed", name);
    if (token == NULL) {
        if (strcmp(id, "A") != 0 && strcmp(id, "B") != 0)
            return err_set(ERR_FORMAT, "%s: the template has an unknown sequence \"%.100s\"", name,
                id);
        return put(parts, *id == 'B', TOKENIZER_NONE, (uint32_t)type);
    }
    if (json_array_size(ids) == 0)
        return err_set(ERR_FORMAT, "%s: the template gives no ids for \"%.100s\"", name, id);
    json_array_foreach(ids, i, one) {
        uint32_t number;
        int      rc = tokpart_id(&number, one, id, name);

        if (rc == OK)
            rc = put(parts, -1, number, (uint32_t)type);
        if (rc != OK)
            return rc;
    }
    return OK;
}

static int
template_processing(struct buf template[2], const json_t *value, const char *name)
{
    static const char *const keys[2] = { "single", "pair" };
    const json_t            *special = json_object_get(value, "special_tokens");

    for (int k = 0; k < 2; k++) {
        const json_t *list = json_object_get(value, keys[k]), *item;
        size_t        i;

        if (json_array_size(list) == 0)
            return err_set(ERR_FORMAT, "%s: the template has no \"%s\"", name, keys[k]);
        json_array_foreach(list, i, item) {
            int rc = template_item(&template[k], item, special, name);

            if (rc != OK)
                return rc;
        }
    }
    return OK;
}

/* ["[SEP]", 102] under `key`. */
static int
name_and_id(uint32_t *id, const json_t *value, const char *key, const char *name)
{
    const json_t *pair = json_object_get(value, key);

    if (json_array_size(pair) != 2 || !json_is_string(json_array_get(pair, 0)))
        return err_set(ERR_FORMAT, "%s: \"%s\" of the post-processor is not a token and its id",
            name, key);
    return tokpart_id(id, json_array_get(pair, 1), key, name);
}

/* {"sep": ["[SEP]", 102], "cls": ["[CLS]", 101]}: CLS A SEP, and for a pair B SEP behind it, of
 * type 1; RoBERTa has one more SEP between them, and no types. */
static int
bert_processing(struct buf template[2], const json_t *value, bool roberta, const char *name)
{
    uint32_t sep, cls;
    int      rc = name_and_id(&sep, value, "sep", name);

    if (rc == OK)
        rc = name_and_id(&cls, value, "cls", name);
    for (int k = 0; rc == OK && k < 2; k++) {
        rc = put(&template[k], -1, cls, 0);
        if (rc == OK)
            rc = put(&template[k], 0, TOKENIZER_NONE, 0);
        if (rc == OK)
            rc = put(&template[k], -1, sep, 0);
    }
    if (rc == OK && roberta)
        rc = put(&template[1], -1, sep, 0);
    if (rc == OK)
        rc = put(&template[1], 1, TOKENIZER_NONE, !roberta);
    return rc == OK ? put(&template[1], -1, sep, !roberta) : rc;
}

static int
processor(struct buf template[2], const json_t *value, const char *name, int nested)
{
    const json_t *list = json_object_get(value, "processors"), *item;
    size_t        i;
    int           rc = OK;

    if (value == NULL || json_is_null(value))
        return OK;
    if (is(value, "ByteLevel")) { /* only moves offsets, which nobody asks for here */
        struct pretok_step unused = { 0 };

        return byte_level(&unused, value, name);
    }
    if (is(value, "Sequence") && json_is_array(list) && nested < NESTED_MAX) {
        json_array_foreach(list, i, item)
            if (rc == OK)
                rc = json_is_object(item) ? processor(template, item, name, nested + 1)
                                          : not_supported("post-processor", item, name);
        return rc;
    }
    if (template[0].len > 0)
        return err_set(ERR_FORMAT, "%s: a post-processor \"Sequence\" in which more than one adds "
            "tokens is not supported", name);
    if (is(value, "TemplateProcessing"))
        return template_processing(template, value, name);
    if (is(value, "BertProcessing") || is(value, "RobertaProcessing"))
        return bert_processing(template, value, is(value, "RobertaProcessing"), name);
    return not_supported("post-processor", value, name);
}

int
tokpart_template(struct buf template[2], const json_t *value, const char *name)
{
    int rc = processor(template, value, name, 0);

    if (rc != OK || template[0].len > 0)
        return rc;
    rc = put(&template[0], 0, TOKENIZER_NONE, 0);
    if (rc == OK)
        rc = put(&template[1], 0, TOKENIZER_NONE, 0);
    return rc == OK ? put(&template[1], 1, TOKENIZER_NONE, 1) : rc;
}
