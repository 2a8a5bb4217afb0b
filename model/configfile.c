/* configfile.c -- config_read and config_write of config.h. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"
#include "lib/jsontext.h"
#include "model/config.h"

enum { CONFIG_FILE_BYTES_MAX = 1 << 20 };

/* A reader of keys that keeps its first failure, so that a list of keys reads as one. */
struct reader {
    const char   *path;
    const json_t *root;
    int           rc;
};

static int
whole(struct reader *r, const char *key, int absent)
{
    const json_t *value = json_object_get(r->root, key);

    if (r->rc != OK || (value == NULL && absent >= 0))
        return absent;
    if (json_is_integer(value) && json_integer_value(value) >= 0 &&
        json_integer_value(value) <= INT32_MAX)
        return (int)json_integer_value(value);
    r->rc = err_set(ERR_FORMAT, "%s: \"%s\" must be a whole number, 0 or more", r->path, key);
    return 0;
}

static float
number(struct reader *r, const char *key, double absent)
{
    const json_t *value = json_object_get(r->root, key);

    if (r->rc != OK || value == NULL)
        return (float)absent;
    if (json_is_number(value))
        return (float)json_number_value(value);
    r->rc = err_set(ERR_FORMAT, "%s: \"%s\" must be a number", r->path, key);
    return 0;
}

static const char *
text(struct reader *r, const char *key, const char *absent)
{
    const json_t *value = json_object_get(r->root, key);

    if (r->rc != OK || value == NULL || json_is_null(value))
        return absent;
    if (json_is_string(value))
        return json_string_value(value);
    r->rc = err_set(ERR_FORMAT, "%s: \"%s\" must be a string", r->path, key);
    return absent;
}

static bool
truth(struct reader *r, const char *key)
{
    const json_t *value = json_object_get(r->root, key);

    if (r->rc == OK && value != NULL && !json_is_boolean(value))
        r->rc = err_set(ERR_FORMAT, "%s: \"%s\" must be true or false", r->path, key);
    return json_is_true(value);
}

/* A key whose other values mean another model. */
static void
only(struct reader *r, const char *key, const char *wanted)
{
    const char *value = text(r, key, wanted);

    if (r->rc == OK && strcmp(value, wanted) != 0)
        r->rc = err_set(ERR_MISMATCH, "%s: \"%s\" is \"%s\"; only \"%s\" is supported", r->path,
            key, value, wanted);
}

static void
methods(struct reader *r, struct model_config *c)
{
    const char *type = text(r, "model_type", "bert");
    const char *position = text(r, "cloze_position", "absolute");
    bool        electra = strcmp(type, "electra") == 0;
    const char *objective = text(r, "cloze_objective", electra ? "electra" : "mlm");

    if (r->rc != OK)
        return;
    if (!electra && strcmp(type, "bert") != 0 && strcmp(type, "cloze") != 0) {
        r->rc = err_set(ERR_MISMATCH, "%s: \"model_type\" is \"%s\"; \"bert\", \"electra\" and "
            "\"cloze\" are supported", r->path, type);
        return;
    }
    if ((r->rc = config_position(&c->position, position)) != OK ||
        (r->rc = config_objective(&c->objective, objective)) != OK)
        err_set(r->rc, "%s: %s", r->path, err_msg());
    c->segments = json_object_get(r->root, "cloze_position") == NULL;
    only(r, "hidden_act", "gelu"); /* the erf form */
    if (c->position == POSITION_ABSOLUTE)
        only(r, "position_embedding_type", "absolute");
}

/* A key with one of two values, the first being that of files without it: has it the second? */
static bool
second(struct reader *r, const char *key, const char *first_value, const char *second_value)
{
    const char *value = text(r, key, first_value);
    bool        is_second = strcmp(value, second_value) == 0;

    if (r->rc == OK && !is_second && strcmp(value, first_value) != 0)
        r->rc = err_set(ERR_MISMATCH, "%s: \"%s\" is \"%s\"; there are %s and %s", r->path, key,
            value, first_value, second_value);
    return is_second;
}

static void
read_notes(struct reader *r, struct notes_config *n)
{
    n->words = whole(r, "cloze_notes", 0);
    n->window = whole(r, "cloze_notes_window", 16);
    n->weight = number(r, "cloze_notes_weight", 0.5);
    n->decay = number(r, "cloze_notes_decay", 0.1);
    n->match = second(r, "cloze_notes_scale", "raw", "match");
}

static int
read_root(struct model_config *c, const json_t *root, const char *path)
{
    struct reader r = { path, root, OK };
    int           rc;

    memset(c, 0, sizeof *c);
    methods(&r, c);
    c->layers = whole(&r, "num_hidden_layers", -1);
    c->hidden = whole(&r, "hidden_size", -1);
    c->heads = whole(&r, "num_attention_heads", -1);
    c->ffn = whole(&r, "intermediate_size", -1);
    c->vocab_size = whole(&r, "vocab_size", -1);
    c->max_len = whole(&r, "max_position_embeddings", -1);
    c->types = whole(&r, "type_vocab_size", c->position == POSITION_ABSOLUTE ? 2 : 0);
    c->pad_id = whole(&r, "pad_token_id", 0);
    c->classes = whole(&r, "cloze_classes", 0);
    c->divider = whole(&r, "cloze_divider", 3);
    c->choice_weight = number(&r, "cloze_choice_weight", 50);
    c->candidates = whole(&r, "cloze_candidates", 10);
    c->reject_id = whole(&r, "cloze_reject_id", c->objective == OBJECTIVE_MC ? -1 : 0);
    c->distinct = truth(&r, "cloze_candidates_distinct");
    c->pre_norm = second(&r, "cloze_layer_norm", "post", "pre");
    read_notes(&r, &c->notes);
    c->dropout = number(&r, "hidden_dropout_prob", 0.1);
    c->attention_dropout = number(&r, "attention_probs_dropout_prob", 0.1);
    c->layer_norm_eps = number(&r, "layer_norm_eps", 1e-12);
    c->initializer = number(&r, "initializer_range", 0.02);
    if (r.rc == OK && whole(&r, "embedding_size", c->hidden) != c->hidden && r.rc == OK)
        r.rc = err_set(ERR_MISMATCH, "%s: \"embedding_size\" must be \"hidden_size\", %d", path,
            c->hidden);
    if (r.rc != OK)
        return r.rc;
    rc = config_check(c);
    return rc == OK ? OK : err_set(rc, "%s: %s", path, err_msg());
}

int
config_read(struct model_config *config, const char *path)
{
    struct buf bytes = { 0 };
    json_t    *root;
    int        rc = file_read_all(&bytes, path, CONFIG_FILE_BYTES_MAX);

    if (rc == OK)
        rc = jsontext_parse(&root, bytes.bytes, bytes.len, path);
    buf_free(&bytes);
    if (rc != OK)
        return rc;
    rc = read_root(config, root, path);
    json_decref(root);
    return rc;
}

/* A float as the shortest decimal that reads back as the same float: 0.1 rather than the double
 * nearest to the float nearest to 0.1. */
static double
plain(float value)
{
    char text_of[32];

    for (int digits = 1; digits < 9; digits++) {
        snprintf(text_of, sizeof text_of, "%.*e", digits - 1, (double)value);
        if (strtof(text_of, NULL) == value)
            break;
    }
    return strtod(text_of, NULL);
}

/* The class of transformers that loads the model; NULL: none does. */
static const char *
class_of(const struct model_config *c)
{
    if (c->position != POSITION_ABSOLUTE || c->pre_norm)
        return NULL;
    if (c->objective == OBJECTIVE_ELECTRA)
        return c->classes == 0 ? "ElectraForPreTraining" : NULL;
    if (c->classes > 0)
        return "BertForSequenceClassification";
    return c->objective == OBJECTIVE_MLM ? "BertForMaskedLM" : "BertModel";
}

/* What only some models have. */
static int
add_extras(json_t *root, const struct model_config *c)
{
    const struct notes_config *n = &c->notes;
    int                        failed = 0;

    if (c->pre_norm)
        failed |= json_object_set_new(root, "cloze_layer_norm", json_string("pre"));
    if (c->objective == OBJECTIVE_ELECTRA)
        failed |= json_object_set_new(root, "embedding_size", json_integer(c->hidden));
    if (c->objective != OBJECTIVE_MLM) {
        failed |= json_object_set_new(root, "cloze_divider", json_integer(c->divider));
        failed |= json_object_set_new(root, "cloze_choice_weight",
            json_real(plain(c->choice_weight)));
    }
    if (c->objective == OBJECTIVE_MC) {
        failed |= json_object_set_new(root, "cloze_candidates", json_integer(c->candidates));
        failed |= json_object_set_new(root, "cloze_candidates_distinct", json_boolean(c->distinct));
        failed |= json_object_set_new(root, "cloze_reject_id", json_integer(c->reject_id));
    }
    if (c->classes > 0) {
        failed |= json_object_set_new(root, "cloze_classes", json_integer(c->classes));
        failed |= json_object_set_new(root, "num_labels", json_integer(c->classes));
    }
    if (n->words > 0) {
        failed |= json_object_set_new(root, "cloze_notes", json_integer(n->words));
        failed |= json_object_set_new(root, "cloze_notes_window", json_integer(n->window));
        failed |= json_object_set_new(root, "cloze_notes_weight", json_real(plain(n->weight)));
        failed |= json_object_set_new(root, "cloze_notes_decay", json_real(plain(n->decay)));
        failed |= json_object_set_new(root, "cloze_notes_scale",
            json_string(n->match ? "match" : "raw"));
    }
    return failed;
}

int
config_write(const struct model_config *c, const char *path)
{
    const char *class = class_of(c);
    const char *type = class == NULL ? "cloze"
        : c->objective == OBJECTIVE_ELECTRA ? "electra" : "bert";
    struct buf  out = { 0 };
    json_t     *root;
    char       *bytes = NULL;
    int         rc;

    root = json_pack(
        "{s:[s], s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:s, s:f, s:f, s:f, s:f}",
        "architectures", class ? class : "Cloze", "model_type", type,
        "cloze_position", config_position_name(c->position),
        "cloze_objective", config_objective_name(c->objective),
        "num_hidden_layers", c->layers, "hidden_size", c->hidden,
        "num_attention_heads", c->heads, "intermediate_size", c->ffn, "vocab_size", c->vocab_size,
        "max_position_embeddings", c->max_len, "type_vocab_size", c->types, "pad_token_id",
        c->pad_id, "hidden_act", "gelu", "hidden_dropout_prob", plain(c->dropout),
        "attention_probs_dropout_prob", plain(c->attention_dropout), "layer_norm_eps",
        plain(c->layer_norm_eps), "initializer_range", plain(c->initializer));
    if (root != NULL && add_extras(root, c) == 0)
        bytes = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    json_decref(root);
    if (bytes == NULL)
        return err_set(ERR_MEMORY, "%s: no memory to write it", path);
    rc = buf_adds(&out, bytes);
    if (rc == OK)
        rc = buf_addc(&out, '\n');
    if (rc == OK)
        rc = file_write_all(path, out.bytes, out.len);
    buf_free(&out);
    free(bytes);
    return rc;
}
