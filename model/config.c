/* config.c -- see config.h; config.json is in configfile.c. */
#include "model/config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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
static const char *const objective_names[OBJECTIVES] = { "mlm", "electra", "mc" };

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
            .candidates = 10,
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
    if (c->objective == OBJECTIVE_MC &&
        ((rc = in_range("number of candidates", c->candidates, 2, CONFIG_CANDIDATES_MAX)) != OK ||
            (rc = in_range("reject option", c->reject_id, 0, c->vocab_size - 1)) != OK))
        return rc;
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
