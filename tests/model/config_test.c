/* config_test.c -- named sizes, what is refused and how it is told, config.json there and back, and
 * a config.json as transformers writes it. */
#include "model/config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "tests/tap.h"

static char path[] = "/tmp/cloze-config-XXXXXX";

static void
write_text(const char *text)
{
    if (file_write_all(path, text, strlen(text)) != OK) {
        printf("# %s\n", err_msg());
        exit(1);
    }
}

static void
test_sizes(void)
{
    static const struct {
        const char *name;
        int         layers, hidden, heads, ffn;
    } sizes[] = { { "tiny", 2, 128, 2, 512 }, { "mini", 4, 256, 4, 1024 },
        { "small", 4, 512, 8, 2048 }, { "medium", 8, 512, 8, 2048 }, { "base", 12, 768, 12, 3072 },
        { "large", 24, 1024, 16, 4096 } };
    struct model_config c;

    for (int i = 0; i < 6; i++) {
        bool found = config_named(&c, sizes[i].name) == OK;

        c.vocab_size = 100;
        ok(found && c.layers == sizes[i].layers && c.hidden == sizes[i].hidden &&
            c.heads == sizes[i].heads && c.ffn == sizes[i].ffn && config_check(&c) == OK,
            "%s: %d layers of %d, %d heads, %d within", sizes[i].name, c.layers, c.hidden, c.heads,
            c.ffn);
    }
    ok(config_named(&c, "huge") == ERR_MISMATCH && strstr(err_msg(), "medium"), "%s", err_msg());
}

static struct model_config
good(void)
{
    struct model_config c;

    if (config_named(&c, "tiny") != OK)
        exit(1);
    c.vocab_size = 1000;
    return c;
}

static void
refused(struct model_config c, const char *what)
{
    int rc = config_check(&c);

    ok(rc == ERR_MISMATCH && strstr(err_msg(), what) != NULL, "refused: %s", err_msg());
}

static void
test_check(void)
{
    struct model_config c = good();

    ok(config_check(&c) == OK, "a good one passes");
    c = good();
    c.layers = 0;
    refused(c, "layers");
    c = good();
    c.hidden = 130;
    c.heads = 4;
    refused(c, "130 cannot be split into 4 heads");
    c = good();
    c.vocab_size = 0;
    refused(c, "vocabulary");
    c = good();
    c.max_len = -1;
    refused(c, "length");
    c = good();
    c.dropout = 1;
    refused(c, "dropout");
    c = good();
    c.attention_dropout = -0.1f;
    refused(c, "attention");
    c = good();
    c.vocab_size = CONFIG_VOCAB_MAX;
    c.hidden = 1024;
    refused(c, "2^31");
    c = good();
    c.layer_norm_eps = 0;
    refused(c, "layer_norm_eps");
    c = good();
    c.position = POSITION_TUPE_A;
    refused(c, "no segment types");
    c = good();
    c.pad_id = 1000;
    refused(c, "padding id");
}

static bool
same_notes(const struct notes_config *a, const struct notes_config *b)
{
    if (a->words == 0 && b->words == 0)
        return true; /* the rest means nothing */
    return a->words == b->words && a->window == b->window && a->weight == b->weight &&
        a->decay == b->decay && a->match == b->match;
}

static bool
same(const struct model_config *a, const struct model_config *b)
{
    return a->layers == b->layers && a->hidden == b->hidden && a->heads == b->heads &&
        a->ffn == b->ffn && a->vocab_size == b->vocab_size && a->max_len == b->max_len &&
        a->types == b->types && a->pad_id == b->pad_id && a->position == b->position &&
        a->objective == b->objective && a->classes == b->classes && a->segments == b->segments &&
        a->dropout == b->dropout && a->attention_dropout == b->attention_dropout &&
        a->layer_norm_eps == b->layer_norm_eps && a->initializer == b->initializer &&
        a->divider == b->divider && a->choice_weight == b->choice_weight &&
        a->candidates == b->candidates && a->distinct == b->distinct &&
        a->reject_id == b->reject_id && same_notes(&a->notes, &b->notes);
}

static void
test_round_trip(void)
{
    static const char *const names[] = { "absolute", "relative", "tupe-a", "tupe-r" };

    for (int i = 0; i < POSITIONS; i++) {
        struct model_config c = good(), back;

        c.dropout = 0.1f / 3;
        c.initializer = 0.3f;
        c.classes = i;
        ok(config_position(&c.position, names[i]) == OK &&
            strcmp(config_position_name(c.position), names[i]) == 0, "%s by its name", names[i]);
        config_finish(&c);
        ok(config_write(&c, path) == OK && config_read(&back, path) == OK && same(&c, &back),
            "written and read it is the same, to the last bit of each number");
    }
}

/* What only some models have: each in another value than the one that an absent key means. */
static void
test_extras(void)
{
    struct model_config c = good(), back;

    c.notes = (struct notes_config){ .words = 12345, .window = 7, .weight = 0.3f,
        .decay = 1.0f / 7, .match = true };
    ok(config_write(&c, path) == OK && config_read(&back, path) == OK &&
        back.notes.words == 12345 && same_notes(&c.notes, &back.notes),
        "notes are written and read");
    c = good();
    ok(config_write(&c, path) == OK && config_read(&back, path) == OK && back.notes.words == 0 &&
        !back.pre_norm, "a model without has none, and is Post-LN");
    c.pre_norm = true;
    ok(config_write(&c, path) == OK && config_read(&back, path) == OK && back.pre_norm,
        "Pre-LN is written and read");
    c = good();
    c.objective = OBJECTIVE_ELECTRA;
    c.divider = 4;
    c.choice_weight = 1.0f / 3;
    back = good();
    ok(config_write(&c, path) == OK && config_read(&back, path) == OK && back.divider == 4 &&
        back.choice_weight == c.choice_weight && back.objective == OBJECTIVE_ELECTRA,
        "the generator of electra is written and read");
    for (int position = 0; position < POSITIONS; position++) {
        c = good();
        c.position = (enum position)position;
        c.objective = OBJECTIVE_MC;
        c.divider = 2;
        c.choice_weight = 7.7f;
        c.candidates = 23;
        c.distinct = position % 2 == 0;
        c.reject_id = 999;
        c.notes = (struct notes_config){ .words = 1, .window = 0, .weight = 1, .decay = 0 };
        config_finish(&c);
        back = good();
        c.segments = back.segments;
        ok(config_write(&c, path) == OK && config_read(&back, path) == OK && same(&c, &back),
            "mc, %s: all of it is written and read", config_position_name(c.position));
    }
    c.candidates = 1;
    refused(c, "number of candidates must be 2 to 1024, not 1");
    c.candidates = 2;
    c.reject_id = 1000;
    refused(c, "reject option must be 0 to 999, not 1000");
    c.objective = OBJECTIVE_MLM;
    ok(config_check(&c) == OK, "which means nothing to the others");
}

static void
test_names(void)
{
    static const char *const names[] = { "mlm", "electra", "mc" };
    enum position            position;
    enum objective           objective;

    for (int i = 0; i < OBJECTIVES; i++)
        ok(config_objective(&objective, names[i]) == OK && (int)objective == i &&
            strcmp(config_objective_name(objective), names[i]) == 0, "%s by its name", names[i]);
    ok(config_position(&position, "tupe") == ERR_MISMATCH && strstr(err_msg(), "tupe-r"), "%s",
        err_msg());
    ok(config_objective(&objective, "clm") == ERR_MISMATCH && strstr(err_msg(), "mc"), "%s",
        err_msg());
}

static void
refused_file(int code, const char *text, const char *what)
{
    struct model_config c;
    int                 rc;

    write_text(text);
    rc = config_read(&c, path);
    ok(rc == code && strstr(err_msg(), what) != NULL && strstr(err_msg(), path) != NULL,
        "refused: %s", err_msg());
}

#define SIZES                                                                                     \
    "\"hidden_size\": 768, \"intermediate_size\": 3072, \"num_attention_heads\": 12, "            \
    "\"num_hidden_layers\": 12, \"vocab_size\": 30522, "

static void
test_files(void)
{
    struct model_config c;
    const char         *google = "{" SIZES "\"architectures\": [\"BertForMaskedLM\"], "
        "\"attention_probs_dropout_prob\": 0.1, \"gradient_checkpointing\": false, "
        "\"hidden_act\": \"gelu\", \"hidden_dropout_prob\": 0.1, \"initializer_range\": 0.02, "
        "\"layer_norm_eps\": 1e-12, \"max_position_embeddings\": 512, \"model_type\": \"bert\", "
        "\"pad_token_id\": 0, \"position_embedding_type\": \"absolute\", \"type_vocab_size\": 2, "
        "\"use_cache\": true, \"id2label\": {\"0\": \"A\"}}";

    write_text(google);
    ok(config_read(&c, path) == OK && c.position == POSITION_ABSOLUTE && c.types == 2 &&
        c.segments && c.hidden == 768 && c.max_len == 512 && c.layer_norm_eps == 1e-12f,
        "a config.json of transformers is a model with two segments");
    refused_file(ERR_FORMAT, "", "not JSON");
    refused_file(ERR_FORMAT, "[]", "not a JSON object");
    refused_file(ERR_FORMAT, "{" SIZES "\"max_position_embeddings\": \"512\"}",
        "max_position_embeddings");
    refused_file(ERR_FORMAT, "{" SIZES "\"model_type\": \"bert\"}", "max_position_embeddings");
    refused_file(ERR_MISMATCH, "{" SIZES "\"model_type\": \"roberta\"}", "\"roberta\"");
    refused_file(ERR_MISMATCH,
        "{" SIZES "\"max_position_embeddings\": 9, \"hidden_act\": \"relu\"}", "\"relu\"");
    refused_file(ERR_MISMATCH,
        "{" SIZES "\"max_position_embeddings\": 9, \"cloze_position\": \"xl\"}",
        "no position called 'xl'");
    refused_file(ERR_MISMATCH, "{" SIZES "\"max_position_embeddings\": 99999999}", "length");
    refused_file(ERR_FORMAT, "{" SIZES "\"max_position_embeddings\": -5}", "whole number");
    refused_file(ERR_FORMAT,
        "{" SIZES "\"max_position_embeddings\": 9, \"layer_norm_eps\": \"small\"}", "a number");
    refused_file(ERR_FORMAT,
        "{" SIZES "\"max_position_embeddings\": 9, \"cloze_objective\": \"mc\"}",
        "\"cloze_reject_id\" must be a whole number");
    refused_file(ERR_FORMAT, "{" SIZES "\"max_position_embeddings\": 9, "
        "\"cloze_candidates_distinct\": 1}", "true or false");
    refused_file(ERR_MISMATCH, "{" SIZES "\"max_position_embeddings\": 9, \"cloze_notes\": 3, "
        "\"cloze_notes_scale\": \"long\"}", "raw and match");
    refused_file(ERR_MISMATCH, "{" SIZES "\"max_position_embeddings\": 9, \"cloze_notes\": 3, "
        "\"cloze_notes_weight\": 1.5}", "weight of notes");
    unlink(path);
    ok(config_read(&c, path) == ERR_IO && strstr(err_msg(), path) != NULL, "not there: %s",
        err_msg());
}

int
main(void)
{
    int fd = mkstemp(path);

    if (fd < 0)
        return 1;
    close(fd);
    test_sizes();
    test_check();
    test_round_trip();
    test_extras();
    test_names();
    test_files();
    return tap_done();
}
