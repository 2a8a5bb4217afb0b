/* tokjson.c -- see tokjson.h. */
#include "lib/tokjson.h"

#include <stdio.h>
#include <string.h>

#include "lib/tokcompat.h"
#include "lib/tokpart.h"

static void
id_seen(struct tokjson *t, uint32_t id)
{
    if (id >= t->size)
        t->size = id + 1;
}

/* ---- model ---- */

static int
read_vocab(struct tokjson *t, json_t *model, const char *name)
{
    json_t     *vocab = json_object_get(model, "vocab"), *value;
    const char *token;

    if (!json_is_object(vocab) || json_object_size(vocab) == 0)
        return err_set(ERR_FORMAT, "%s: the model has no vocabulary", name);
    json_object_foreach(vocab, token, value) {
        uint32_t id = 0;
        bool     added;
        int      rc = tokpart_id(&id, value, token, name);

        if (rc == OK)
            rc = strtab_add(&t->vocab, token, strlen(token), &id, &added);
        if (rc != OK)
            return rc;
        id_seen(t, id);
    }
    return OK;
}

/* The unknown token is needed unless the model has null there (BPE only). */
static int
read_unknown(struct tokjson *t, const json_t *model, const char *name)
{
    const char *token;
    int         rc = tokpart_text(&token, model, "unk_token", name);

    t->unknown = TOKENIZER_NONE;
    if (rc != OK || token == NULL)
        return rc;
    t->unknown = strtab_find(&t->vocab, token, strlen(token));
    if (t->unknown == STRTAB_NONE)
        return err_set(ERR_FORMAT, "%s: the unknown token \"%.100s\" is not in the vocabulary",
            name, token);
    return OK;
}

static int
read_wordpiece(struct tokjson *t, const json_t *model, const char *name)
{
    const json_t *chars = json_object_get(model, "max_input_chars_per_word");

    if (t->unknown == TOKENIZER_NONE)
        return err_set(ERR_FORMAT, "%s: the WordPiece model has no unk_token", name);
    if (!json_is_integer(chars) || json_integer_value(chars) < 0)
        return err_set(ERR_FORMAT, "%s: the WordPiece model has no max_input_chars_per_word", name);
    t->model = TOKJSON_WORDPIECE;
    return wordpiece_open(&t->wordpiece, &t->vocab, t->prefix.bytes, t->unknown,
        (size_t)json_integer_value(chars));
}

/* A merge is ["a", "b"], or "a b" as older files have it. */
static int
read_merge(struct bpe *b, const json_t *merge, const char *name)
{
    const json_t *left = json_array_get(merge, 0), *right = json_array_get(merge, 1);
    const char   *text = json_string_value(merge), *space = text != NULL ? strchr(text, ' ') : NULL;

    if (json_array_size(merge) == 2 && json_is_string(left) && json_is_string(right))
        return bpe_merge_add(b, json_string_value(left), json_string_length(left),
            json_string_value(right), json_string_length(right));
    if (space == NULL || strchr(space + 1, ' ') != NULL)
        return err_set(ERR_FORMAT, "%s: merge %zu is not a pair of tokens", name, b->merge_count);
    return bpe_merge_add(b, text, (size_t)(space - text), space + 1, strlen(space + 1));
}

static int
read_bpe(struct tokjson *t, const json_t *model, const char *name)
{
    const json_t *merges = json_object_get(model, "merges"), *merge;
    const json_t *dropout = json_object_get(model, "dropout");
    const char   *suffix;
    size_t        i;
    int           rc = tokpart_text(&suffix, model, "end_of_word_suffix", name);

    if (rc == OK && dropout != NULL && !json_is_null(dropout)
        && !(json_is_number(dropout) && json_number_value(dropout) == 0))
        rc = err_set(ERR_FORMAT, "%s: a BPE model with dropout is not supported", name);
    if (rc == OK && (!json_is_array(merges) || json_array_size(merges) > TOKENIZER_TOKENS_MAX))
        rc = err_set(ERR_FORMAT, "%s: the BPE model has no list of merges", name);
    if (rc == OK) {
        t->model = TOKJSON_BPE;
        rc = bpe_open(&t->bpe, &t->vocab, t->prefix.bytes, suffix != NULL ? suffix : "");
    }
    t->bpe.unknown = t->unknown;
    if (rc == OK)
        rc = tokpart_bool(&t->bpe.fuse_unknown, model, "fuse_unk", name);
    if (rc == OK)
        rc = tokpart_bool(&t->bpe.byte_fallback, model, "byte_fallback", name);
    if (rc == OK)
        rc = tokpart_bool(&t->bpe.ignore_merges, model, "ignore_merges", name);
    json_array_foreach(merges, i, merge) {
        if (rc == OK)
            rc = read_merge(&t->bpe, merge, name);
    }
    return rc;
}

static int
read_model(struct tokjson *t, json_t *model, const char *name)
{
    const char *type = tokpart_type(model), *prefix = NULL;
    bool        bpe = type != NULL ? strcmp(type, "BPE") == 0
        : json_object_get(model, "merges") != NULL;
    int         rc;

    if (type == NULL && json_object_get(model, "type") != NULL)
        return err_set(ERR_FORMAT, "%s: the \"type\" of the model is not a string", name);
    if (type != NULL && !bpe && strcmp(type, "WordPiece") != 0)
        return err_set(ERR_FORMAT, "%s: the model \"%.100s\" is not supported", name, type);
    rc = read_vocab(t, model, name);
    if (rc == OK)
        rc = read_unknown(t, model, name);
    if (rc == OK)
        rc = tokpart_text(&prefix, model, "continuing_subword_prefix", name);
    if (rc == OK && prefix == NULL && !bpe)
        rc = err_set(ERR_FORMAT, "%s: the WordPiece model has no continuing_subword_prefix", name);
    if (rc == OK)
        rc = buf_adds(&t->prefix, prefix != NULL ? prefix : "");
    if (rc != OK)
        return rc;
    return bpe ? read_bpe(t, model, name) : read_wordpiece(t, model, name);
}

/* ---- added tokens ---- */

/* The id that the library would give: the model's, or the next free one.  A file that says
 * otherwise was edited by hand, and is refused. */
static uint32_t
id_due(const struct tokjson *t, const char *content, size_t len)
{
    uint32_t id = strtab_find(&t->added_names, content, len);
    size_t   count = strtab_count(&t->vocab);

    if (id == STRTAB_NONE)
        id = strtab_find(&t->vocab, content, len);
    if (id != STRTAB_NONE)
        return id;
    return strtab_count(&t->added_names) > 0 && t->added_most >= count ? t->added_most + 1
        : (uint32_t)count;
}

static int
name_added(struct tokjson *t, const json_t *item, const char *name)
{
    const json_t *content = json_object_get(item, "content");
    const char   *text = json_string_value(content);
    uint32_t      id = 0;
    bool          added;
    int           rc;

    if (text == NULL || *text == '\0')
        return err_set(ERR_FORMAT, "%s: an added token has no content", name);
    rc = tokpart_id(&id, json_object_get(item, "id"), text, name);
    if (rc == OK && id != id_due(t, text, strlen(text)))
        rc = err_set(ERR_FORMAT,
            "%s: the added token \"%.100s\" has id %u; by the vocabulary it is %u",
            name, text, id, id_due(t, text, strlen(text)));
    if (rc == OK)
        rc = strtab_add(&t->added_names, text, strlen(text), &id, &added);
    if (rc == OK && !added)
        rc = err_set(ERR_FORMAT, "%s: the added token \"%.100s\" stands there twice", name, text);
    id_seen(t, id);
    if (id > t->added_most)
        t->added_most = id;
    return rc;
}

static int
find_added(struct tokjson *t, const json_t *item, struct normalize_work *work, const char *name)
{
    const char        *text = json_string_value(json_object_get(item, "content"));
    struct added_token token = { .id = strtab_find(&t->added_names, text, strlen(text)) };
    bool               normalized = true, special; /* which changes no ids */
    int                rc = tokpart_flag(&token.single_word, item, "single_word", name);

    if (rc == OK)
        rc = tokpart_flag(&token.lstrip, item, "lstrip", name);
    if (rc == OK)
        rc = tokpart_flag(&token.rstrip, item, "rstrip", name);
    if (rc == OK)
        rc = tokpart_flag(&normalized, item, "normalized", name);
    if (rc == OK)
        rc = tokpart_flag(&special, item, "special", name);
    if (rc == OK && normalized)
        rc = normalize_run(&t->normalizer, work, text, strlen(text));
    if (rc != OK)
        return rc;
    if (normalized && work->text.len == 0)
        return err_set(ERR_FORMAT,
            "%s: the normalizer leaves nothing of the added token \"%.100s\"",
            name, text);
    return normalized ? added_add(&t->added, ADDED_NORMALIZED, &token, work->text.bytes,
        work->text.len)
                      : added_add(&t->added, ADDED_RAW, &token, text, strlen(text));
}

static int
read_added(struct tokjson *t, const json_t *list, const char *name)
{
    struct normalize_work work = { 0 };
    const json_t         *item;
    size_t                i;
    int                   rc = OK;

    if (list != NULL && !json_is_array(list))
        return err_set(ERR_FORMAT, "%s: \"added_tokens\" is not a list", name);
    json_array_foreach(list, i, item)
        if (rc == OK)
            rc = name_added(t, item, name);
    json_array_foreach(list, i, item)
        if (rc == OK && !tokcompat_is_google(t))
            rc = find_added(t, item, &work, name);
    normalize_work_free(&work);
    return rc;
}

/* ---- the whole ---- */

/* Whether what the step leaves may begin behind what the text began with. */
static bool
may_move_begin(const struct normalize_step *step)
{
    switch (step->kind) {
    case NORMALIZE_CLEAN:
    case NORMALIZE_BERT_MN:
    case NORMALIZE_MARKS:
    case NORMALIZE_STRIP_LEFT:
        return true;
    case NORMALIZE_REPLACE:
        return step->from.len > sizeof(uint32_t) || step->to.len == 0;
    default:
        return false;
    }
}

/* Metaspace "first" asks where in the original text a piece begins.  That is known here while
 * nothing has changed the number of characters, or nothing has cut the text: the library takes a
 * whole text, or what lies behind an added token, to begin where its first character began before,
 * if that one is still there. */
static int
check_first(const struct tokjson *t, const char *name)
{
    bool moved = t->normalizer.count > 0, gone = false;
    bool cut = strtab_count(&t->added.patterns[ADDED_NORMALIZED]) > 0;

    for (int i = 0; i < t->normalizer.count; i++)
        gone |= may_move_begin(&t->normalizer.steps[i]);
    for (int i = 0; i < t->pretok.count; i++) {
        const struct pretok_step *step = &t->pretok.steps[i];

        if (step->kind == PRETOK_METASPACE && step->prepend == PRETOK_FIRST
            && (gone || (moved && cut)))
            return err_set(ERR_FORMAT,
                "%s: \"Metaspace\" with prepend_scheme \"first\" is not supported behind a "
                "normalizer %s", name, gone ? "that may take the first character away"
                : "with added tokens, or behind another pre-tokenizer");
        moved |= step->kind == PRETOK_BYTE_LEVEL;
        cut = true;
    }
    return OK;
}

static int
check_template(const struct tokjson *t, const char *name)
{
    for (int k = 0; k < 2; k++) {
        const void                  *bytes = t->template[k].bytes;
        const struct tokenizer_part *part = bytes;

        for (size_t i = 0; i < t->template[k].len / sizeof *part; i++)
            if (part[i].sequence < 0 && part[i].id >= t->size)
                return err_set(ERR_FORMAT,
                    "%s: the template has the id %u, the vocabulary ends at %u",
                    name, part[i].id, t->size - 1);
    }
    return OK;
}

/* A key that the library does not know either may change what the others mean. */
static int
check_keys(json_t *root, const char *name)
{
    static const char *const known[] = { "version", "truncation", "padding", "added_tokens",
        "normalizer", "pre_tokenizer", "model", "post_processor", "decoder" };
    const char              *key;
    json_t                  *value;

    json_object_foreach (root, key, value) {
        size_t i = 0;

        while (i < sizeof known / sizeof known[0] && strcmp(key, known[i]) != 0)
            i++;
        if (i == sizeof known / sizeof known[0])
            return err_set(ERR_FORMAT, "%s: \"%.100s\" is not supported", name, key);
    }
    return OK;
}

static int
read_root(struct tokjson *t, json_t *root, const char *name)
{
    static const char *const unsupported[] = { "truncation", "padding" };
    const char              *version;
    int                      rc;

    if (!json_is_object(root))
        return err_set(ERR_FORMAT, "%s: not a tokenizer.json: not an object", name);
    if (!json_is_object(json_object_get(root, "model")))
        return err_set(ERR_FORMAT, "%s: not a tokenizer.json: there is no model", name);
    rc = check_keys(root, name);
    if (rc == OK)
        rc = tokpart_word(&version, root, "version", name);
    if (rc != OK)
        return rc;
    if (version != NULL && strcmp(version, "1.0") != 0)
        return err_set(ERR_FORMAT, "%s: version \"%.100s\" is not supported, only 1.0", name,
            version);
    for (size_t i = 0; i < sizeof unsupported / sizeof unsupported[0]; i++) {
        const json_t *value = json_object_get(root, unsupported[i]);

        if (value != NULL && !json_is_null(value))
            return err_set(ERR_FORMAT, "%s: \"%s\" is not supported", name, unsupported[i]);
    }
    rc = tokpart_normalizer(&t->normalizer, json_object_get(root, "normalizer"), name);
    if (rc == OK)
        rc = tokpart_pretok(&t->pretok, json_object_get(root, "pre_tokenizer"), name);
    if (rc == OK)
        rc = read_model(t, json_object_get(root, "model"), name);
    if (rc == OK)
        rc = tokcompat_apply(t, name);
    if (rc == OK)
        rc = read_added(t, json_object_get(root, "added_tokens"), name);
    if (rc == OK)
        rc = check_first(t, name);
    if (rc == OK)
        rc = tokpart_template(t->template, json_object_get(root, "post_processor"), name);
    return rc == OK ? check_template(t, name) : rc;
}

int
tokjson_read(struct tokjson *t, const void *bytes, size_t len, const char *name)
{
    json_error_t error;
    json_t      *root;
    char         cause[512];
    int          rc;

    if (len > TOKENIZER_BYTES_MAX)
        return err_set(ERR_LIMIT, "%s: larger than %d MiB", name, TOKENIZER_BYTES_MAX >> 20);
    root = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL)
        return err_set(ERR_FORMAT, "%s: line %d, column %d: %s", name, error.line, error.column,
            error.text);
    rc = read_root(t, root, name);
    json_decref(root);
    if (rc != OK && strncmp(err_msg(), name, strlen(name)) != 0) {
        snprintf(cause, sizeof cause, "%s", err_msg()); /* from a module that knows no file */
        return err_set(rc, "%s: %s", name, cause);
    }
    return rc;
}

void
tokjson_free(struct tokjson *t)
{
    normalize_free(&t->normalizer);
    strtab_free(&t->vocab);
    strtab_free(&t->added_names);
    added_free(&t->added);
    wordpiece_close(&t->wordpiece);
    bpe_close(&t->bpe);
    buf_free(&t->prefix);
    buf_free(&t->template[0]);
    buf_free(&t->template[1]);
}
