/* config.c -- see config.h. */
#include "model/config.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"
#include "lib/jsontext.h"

enum { CONFIG_FILE_BYTES_MAX = 1 << 20 };

static const struct {
    const char *name;
    int         layers, hidden;
} sizes[] = {
    { "tiny", 2, 128 },
    { "mini", 4, 256 },
    { "small", 4, 512 },
    { "medium", 8, 512 },
    { "base", 12, 768 },
    { "large", 24, 1024 },
};

static const char *const position_names[POSITIONS] = { "absolute", "relative", "tupe-a",
    "tupe-r" };
static const char *const objective_names[OBJECTIVES] = { "mlm", "electra" };

int
config_named(struct model_config *config, const char *name)
{
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        if (strcmp(sizes[i].name, name) != 0)
            continue;
        *config = (struct model_config){
            .layers = sizes[i].layers,
            .hidden = sizes[i].hidden,
            .heads = sizes[i].hidden / 64,
            .ffn = 4 * sizes[i].hidden,
            .max_len = 512,
            .position = POSITION_ABSOLUTE,
            .objective = OBJECTIVE_MLM,
            .divider = 3,
            .choice_weight = 50,
            .dropout = 0.1f,
            .attention_dropout = 0.1f,
            .initializer = 0.02f,
        };
        config_finish(config);
        return OK;
    }
    return err_set(ERR_MISMATCH,
        "there is no model called '%s': tiny, mini, small, medium, base and large are known", name);
}

void
config_finish(struct model_config *config)
{
    bool absolute = config->position == POSITION_ABSOLUTE;

    config->types = absolute ? 2 : 0;
    config->layer_norm_eps = absolute ? 1e-12f : 1e-5f;
}

struct model_size
config_size(const struct model_config *c)
{
    return (struct model_size){ c->layers, c->hidden, c->heads, c->ffn };
}

struct model_size
config_generator(const struct model_config *c)
{
    int heads = (2 * c->heads + c->divider) / (2 * c->divider);
    int hidden, ffn;

    heads = heads > 0 ? heads : 1;
    hidden = heads * (c->hidden / c->heads);
    ffn = (int)((int64_t)c->ffn * hidden / c->hidden);
    return (struct model_size){ c->layers, hidden, heads, ffn > 0 ? ffn : 1 };
}

static int
in_range(const char *what, int value, int min, int max)
{
    if (value >= min && value <= max)
        return OK;
    return err_set(ERR_MISMATCH, "the model's %s must be %d to %d, not %d", what, min, max, value);
}

static int
is_share(const char *what, float value)
{
    if (value >= 0 && value < 1)
        return OK;
    return err_set(ERR_MISMATCH, "the model's %s must be 0 or more and below 1, not %g", what,
        (double)value);
}

static int
check_notes(const struct notes_config *n)
{
    int rc;

    if (n->words == 0)
        return OK;
    if ((rc = in_range("number of notes", n->words, 1, CONFIG_NOTES_MAX)) != OK ||
        (rc = in_range("window of notes", n->window, 0, CONFIG_LEN_MAX)) != OK)
        return rc;
    if (!(n->weight >= 0 && n->weight <= 1))
        return err_set(ERR_MISMATCH, "the model's weight of notes must be 0 to 1, not %g",
            (double)n->weight);
    if (!(n->decay >= 0 && n->decay <= 1))
        return err_set(ERR_MISMATCH, "the model's decay of notes must be 0 to 1, not %g",
            (double)n->decay);
    return OK;
}

int
config_check(const struct model_config *c)
{
    int rc;

    if ((rc = in_range("number of layers", c->layers, 1, CONFIG_LAYERS_MAX)) != OK ||
        (rc = in_range("hidden size", c->hidden, 1, CONFIG_HIDDEN_MAX)) != OK ||
        (rc = in_range("number of heads", c->heads, 1, c->hidden)) != OK ||
        (rc = in_range("feed-forward size", c->ffn, 1, CONFIG_HIDDEN_MAX)) != OK ||
        (rc = in_range("vocabulary size", c->vocab_size, 1, CONFIG_VOCAB_MAX)) != OK ||
        (rc = in_range("length", c->max_len, 1, CONFIG_LEN_MAX)) != OK ||
        (rc = in_range("number of segment types", c->types, 0, 256)) != OK ||
        (rc = in_range("padding id", c->pad_id, 0, c->vocab_size - 1)) != OK ||
        (rc = in_range("number of classes", c->classes, 0, 1 << 16)) != OK ||
        (rc = in_range("divider", c->divider, 1, CONFIG_HIDDEN_MAX)) != OK ||
        (rc = is_share("dropout", c->dropout)) != OK ||
        (rc = is_share("dropout of attention", c->attention_dropout)) != OK)
        return rc;
    if (c->hidden % c->heads != 0)
        return err_set(ERR_MISMATCH, "a hidden size of %d cannot be split into %d heads", c->hidden,
            c->heads);
    if ((int64_t)c->vocab_size * c->hidden > INT32_MAX)
        return err_set(ERR_MISMATCH,
            "a vocabulary of %d by a hidden size of %d is more than 2^31 - 1 parameters",
            c->vocab_size, c->hidden);
    if ((int64_t)c->heads * c->max_len > INT32_MAX / 2)
        return err_set(ERR_MISMATCH, "%d heads over a length of %d are too many", c->heads,
            c->max_len);
    if (c->position < 0 || c->position >= POSITIONS || c->objective < 0 ||
        c->objective >= OBJECTIVES)
        return err_set(ERR_MISMATCH, "the model's position or objective is not known");
    if (c->position != POSITION_ABSOLUTE && c->types > 0)
        return err_set(ERR_MISMATCH, "a %s model has no segment types",
            position_names[c->position]);
    if (!(c->choice_weight >= 0 && c->choice_weight <= 1e6f))
        return err_set(ERR_MISMATCH, "the weight of the choice must be 0 to 1000000, not %g",
            (double)c->choice_weight);
    if (!(c->layer_norm_eps > 0 && c->layer_norm_eps < 1))
        return err_set(ERR_MISMATCH, "the model's layer_norm_eps must be between 0 and 1, not %g",
            (double)c->layer_norm_eps);
    if (!(c->initializer >= 0 && c->initializer <= 1))
        return err_set(ERR_MISMATCH, "the model's initializer must be between 0 and 1, not %g",
            (double)c->initializer);
    return check_notes(&c->notes);
}

static int
by_name(const char *const *names, int count, const char *name, const char *what)
{
    char   list[128] = "";
    size_t used = 0;

    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0)
            return i;
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", names[i]);
    }
    return err_set(ERR_MISMATCH, "there is no %s called '%s' (known: %s)", what, name, list);
}

int
config_position(enum position *position, const char *name)
{
    int i = by_name(position_names, POSITIONS, name, "position");

    if (i < 0)
        return i;
    *position = (enum position)i;
    return OK;
}

int
config_objective(enum objective *objective, const char *name)
{
    int i = by_name(objective_names, OBJECTIVES, name, "objective");

    if (i < 0)
        return i;
    *objective = (enum objective)i;
    return OK;
}

const char *
config_position_name(enum position position)
{
    return position_names[position];
}

const char *
config_objective_name(enum objective objective)
{
    return objective_names[objective];
}

float
config_scale(const struct model_config *config)
{
    double head = (double)config->hidden / config->heads;

    return (float)(1 / sqrt(position_is_untied(config->position) ? 2 * head : head));
}

/* ---- config.json --------------------------------------------------------------------------- */

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

static void
read_notes(struct reader *r, struct notes_config *n)
{
    const char *scale = text(r, "cloze_notes_scale", "raw");

    n->words = whole(r, "cloze_notes", 0);
    n->window = whole(r, "cloze_notes_window", 16);
    n->weight = number(r, "cloze_notes_weight", 0.5);
    n->decay = number(r, "cloze_notes_decay", 0.1);
    n->match = strcmp(scale, "match") == 0;
    if (r->rc == OK && !n->match && strcmp(scale, "raw") != 0)
        r->rc = err_set(ERR_MISMATCH, "%s: \"cloze_notes_scale\" is \"%s\"; there are raw and match",
            r->path, scale);
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
    if (c->position != POSITION_ABSOLUTE)
        return NULL;
    if (c->objective == OBJECTIVE_MLM)
        return c->classes ? "BertForSequenceClassification" : "BertForMaskedLM";
    return c->objective == OBJECTIVE_ELECTRA && c->classes == 0 ? "ElectraForPreTraining" : NULL;
}

/* What only some models have. */
static int
add_extras(json_t *root, const struct model_config *c)
{
    const struct notes_config *n = &c->notes;
    int                        failed = 0;

    if (c->objective == OBJECTIVE_ELECTRA)
        failed |= json_object_set_new(root, "embedding_size", json_integer(c->hidden));
    if (c->objective != OBJECTIVE_MLM) {
        failed |= json_object_set_new(root, "cloze_divider", json_integer(c->divider));
        failed |= json_object_set_new(root, "cloze_choice_weight",
            json_real(plain(c->choice_weight)));
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
        "cloze_position", position_names[c->position], "cloze_objective",
        objective_names[c->objective], "num_hidden_layers", c->layers, "hidden_size", c->hidden,
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
