/* golden_test.c -- the whole model against PyTorch in float64: logits, loss, every gradient.
 *
 * The numbers are in tests/golden/model-*.safetensors, made by tests/golden/model.py: for absolute
 * positions by transformers' BERT itself, for the rest by modules written apart from this code.
 * `golden_test write DIR` saves the checkpoints that "reverse" is about: transformers opened them
 * and wrote what it got. */
#include "model/checkpoint.h"
#include "model/classify.h"
#include "model/electra.h"
#include "model/mc.h"
#include "model/mlm.h"
#include "model/notebook.h"
#include "tests/model/toy.h"

#include "lib/file.h"
#include "lib/safetensors.h"

enum { REVERSE_SEED = 7, NOTES = 5 };

static void *
column(const struct safetensors *file, const char *name, int *count)
{
    const struct safetensors_tensor *t = safetensors_find(file, name);
    void                            *bytes;

    if (t == NULL) {
        printf("# %s has no %s\n", file->path, name);
        exit(1);
    }
    bytes = malloc(t->bytes + 1);
    if (safetensors_read(file, t, bytes, 0, t->bytes) != OK) {
        printf("# %s\n", err_msg());
        exit(1);
    }
    *count = (int)(t->bytes / safetensors_dtype_bytes(t->dtype));
    return bytes;
}

/* A config with the notes of the file, if it has any. */
static void
noted(struct model_config *c, const struct safetensors *file)
{
    if (safetensors_find(file, "notes") != NULL)
        c->notes = (struct notes_config){ .words = NOTES, .window = 2, .weight = 0.25f,
            .decay = 0.5f };
}

static struct model_limits
limits_of(const struct model_config *c)
{
    struct model_limits limits = toy_limits();

    limits.words = c->notes.words;
    limits.batch.words = c->notes.words > 0 ? limits.batch.rows : 0;
    return limits;
}

static struct model
open_model(const struct model_config *c, const struct backend *be, struct arena *arena)
{
    struct model m;

    if (model_open(&m, c, limits_of(c), F64, be, arena) == OK)
        return m;
    printf("# %s\n", err_msg());
    exit(1);
}

/* The words with a note in rows first .. end - 1, which are the sequence last added. */
static void
add_words(struct batch *b, const struct safetensors *file, int first, int end)
{
    struct span span[16];
    int         count, spans = 0;
    int32_t    *word = column(file, "word", &count);

    for (int i = 0; i < count; i += 3)
        if (word[i + 1] >= first && word[i + 1] < end)
            span[spans++] = (struct span){ .first = (uint32_t)(word[i + 1] - first),
                .count = (uint32_t)word[i + 2], .note = (uint32_t)word[i] };
    batch_note(b, span, (uint32_t)spans);
    free(word);
}

static struct batch
batch_of(const struct safetensors *file, const struct model_config *c, struct arena *arena)
{
    int          sequences, rows, chosen, values, next = 0;
    int32_t     *start = column(file, "start", &sequences);
    int32_t     *id = column(file, "id", &rows), *type = column(file, "type", &rows);
    int32_t     *row = column(file, "row", &chosen), *target = column(file, "target", &chosen);
    double      *value = column(file, "value", &values);
    struct batch b;

    if (batch_open(&b, limits_of(c).batch, c->max_len, arena) != OK)
        exit(1);
    for (int s = 0; s + 1 < sequences; s++) {
        int first = start[s], len = start[s + 1] - first, second = 0;

        while (second < len && type[first + second] == 0)
            second++;
        batch_add(&b, (uint32_t *)id + first, len, second < len ? second : 0, s);
        for (; next < chosen && row[next] < start[s + 1]; next++) {
            if (c->classes == 1)
                batch_value(&b, value[next]);
            else
                batch_choose(&b, row[next] - first, target[next]);
        }
        if (c->notes.words > 0)
            add_words(&b, file, first, start[s + 1]);
    }
    free(start);
    free(id);
    free(type);
    free(row);
    free(target);
    free(value);
    return b;
}

static double
worst_difference(const double *a, const double *b, int count)
{
    double worst = 0;

    for (int i = 0; i < count; i++) {
        double error = fabs(a[i] - b[i]);

        worst = error > worst || isnan(error) ? error : worst;
    }
    return worst;
}

/* Weights from the file; false if one is missing or too many are there. */
static bool
set_weights(struct model *m, const struct safetensors *file)
{
    size_t named = 0;

    for (int i = 0; i < m->params.params; i++) {
        int     count;
        double *values = column(file, m->params.param[i].name, &count);

        if ((size_t)count != toy_count(m, i))
            return false;
        model_set(m, MODEL_WEIGHT, i, values);
        free(values);
    }
    for (size_t i = 0; i < file->tensors; i++)
        named += strncmp(file->tensor[i].name, "grad.", 5) == 0;
    return named == (size_t)m->params.params;
}

static double
gradients_differ(struct model *m, const struct safetensors *file, const char **where)
{
    double worst = 0;

    for (int i = 0; i < m->params.params; i++) {
        char    name[PARAM_NAME_BYTES + 8];
        int     count;
        double *want, *got, error;

        snprintf(name, sizeof name, "grad.%s", m->params.param[i].name);
        want = column(file, name, &count);
        got = malloc((size_t)count * sizeof *got);
        model_get(m, MODEL_GRADIENT, i, got);
        error = worst_difference(got, want, count);
        if (!(error <= worst)) {
            worst = error;
            *where = m->params.param[i].name;
        }
        free(want);
        free(got);
    }
    return worst;
}

/* The first rows of v, from the file's tensor `name`. */
static double
differ(const struct model *m, struct view v, const struct safetensors *file, const char *name,
    int rows)
{
    int     count;
    double *want = column(file, name, &count), *got = malloc((size_t)count * sizeof *got);
    double  worst = INFINITY;

    if (count == rows * v.cols) {
        op_download(m->backend, got, view_rows(v, 0, rows));
        worst = worst_difference(got, want, count);
    }
    free(want);
    free(got);
    return worst;
}

static double
logits_differ(const struct model *m, const struct safetensors *file, int chosen)
{
    return differ(m, m->config.classes ? m->classify->logits : m->mlm->logits, file, "logits",
        chosen);
}

/* One step with notes, none without. */
static void
begin_notes(struct model *m, const struct safetensors *file, const struct batch *b)
{
    int     count;
    double *notes;

    if (m->notebook == NULL)
        return;
    notes = column(file, "notes", &count);
    notebook_set(m, 0, (size_t)count, notes);
    ok(notebook_begin(m, b, 1) == OK && b->words == NOTES, "%d words have a note", b->words);
    free(notes);
}

static void
end_notes(struct model *m, const struct safetensors *file, const char *name)
{
    int     count;
    double *want, got[NOTES * 8], error;

    if (m->notebook == NULL)
        return;
    want = column(file, "notes_after", &count);
    if (notebook_end(m) != OK)
        printf("# %s\n", err_msg());
    notebook_get(m, 0, (size_t)count, got);
    error = worst_difference(got, want, count);
    ok(error < 1e-12, "%s: the notes after the step: %.1e", name, error);
    free(want);
}

static void
open_golden(struct safetensors *file, const char *name)
{
    char path[128];

    snprintf(path, sizeof path, "tests/golden/model-%s.safetensors", name);
    if (safetensors_open(file, path) != OK) {
        printf("# %s\n", err_msg());
        exit(1);
    }
}

/* -inf where a candidate is none. */
static double
scores_differ(const struct model *m, const struct safetensors *file, int rows)
{
    struct view v = m->config.objective == OBJECTIVE_MC ? m->mc->score : m->electra->score;
    int         count;
    double     *want = column(file, "scores", &count), *got = malloc((size_t)count * sizeof *got);
    double      worst = INFINITY;

    if (count == rows * v.cols) {
        op_download(m->backend, got, view_rows(v, 0, rows));
        for (int i = 0; i < count; i++)
            if (isinf(want[i]) && want[i] == got[i])
                want[i] = got[i] = 0;
        worst = worst_difference(got, want, count);
    }
    free(want);
    free(got);
    return worst;
}

/* Make it draw what the file says. */
static bool
hold_draws(struct model *m, const struct safetensors *file, const struct batch *b)
{
    bool     is_mc = m->config.objective == OBJECTIVE_MC;
    int      count;
    int32_t *draw = column(file, "draw", &count);
    bool     good = count == (is_mc ? b->rows * m->config.candidates : b->chosen);

    if (good)
        op_upload(m->backend, view_rows(is_mc ? m->mc->draw : m->mlm->draw, 0,
            is_mc ? b->rows : b->chosen), draw);
    m->mlm->hold = true;
    free(draw);
    return good;
}

/* A model with a generator. */
static void
test_two(const struct backend *be, const char *name, enum position position,
    enum objective objective, bool distinct)
{
    struct safetensors  file;
    struct arena        arena = toy_arena();
    struct model_config config = toy_config(position, 0);
    struct model        m;
    struct batch        b;
    struct model_loss   loss = { 0 };
    struct model_pass   pass = { .normaliser = 8, .tokens = 24 };
    double             *want, *proposed, error;
    const char         *where = "";
    int                 count;

    config.objective = objective;
    config.distinct = distinct;
    open_golden(&file, name);
    noted(&config, &file);
    m = open_model(&config, be, &arena);
    b = batch_of(&file, &config, &arena);
    ok(set_weights(&m, &file), "%s: the file's parameters are the model's", name);
    begin_notes(&m, &file, &b);
    ok(hold_draws(&m, &file, &b) && model_eval(&m, &b, &loss, NULL) == OK, "%s: evaluates", name);
    error = differ(&m, m.mlm->logits, &file, "logits", b.chosen);
    ok(error < 1e-12, "%s: the generator's logits: %.1e", name, error);
    error = scores_differ(&m, &file, b.rows);
    ok(error < 1e-12, "%s: the main network's scores: %.1e", name, error);
    want = column(&file, "loss", &count);
    proposed = column(&file, "proposed", &count);
    ok(fabs(loss.sum - *want) < 1e-12 * *want &&
        fabs(loss.proposed.sum - *proposed) < 1e-12 * *proposed, "%s: losses %.15g and %.15g", name,
        loss.proposed.sum, loss.sum);
    model_forget(&m);
    ok(toy_learn(&m, &b, pass, &loss) == OK, "%s: learns", name);
    error = gradients_differ(&m, &file, &where);
    ok(error < 1e-12, "%s: gradients of PyTorch: %.1e, at %s", name, error, where);
    end_notes(&m, &file, name);
    free(want);
    free(proposed);
    safetensors_close(&file);
    model_close(&m);
    arena_close(&arena);
}

static void
test_case(const struct backend *be, const char *name, enum position position, int classes)
{
    struct safetensors  file;
    struct arena        arena = toy_arena();
    struct model_config config = toy_config(position, classes);
    struct model        m;
    struct batch        b;
    struct model_loss   evaluated = { 0 }, learned = { 0 };
    struct model_pass   pass = { .normaliser = 8 };
    double             *loss, error;
    const char         *where = "";
    int                 count;

    open_golden(&file, name);
    noted(&config, &file);
    m = open_model(&config, be, &arena);
    b = batch_of(&file, &config, &arena);
    ok(set_weights(&m, &file), "%s: the file's parameters are the model's", name);
    begin_notes(&m, &file, &b);
    ok(model_eval(&m, &b, &evaluated, NULL) == OK, "%s: evaluates", name);
    error = logits_differ(&m, &file, b.chosen);
    ok(error < 1e-12, "%s: logits of PyTorch: %.1e", name, error);
    loss = column(&file, "loss", &count);
    ok(fabs(evaluated.sum - *loss) < 1e-12 * *loss, "%s: loss %.15g", name, evaluated.sum);
    model_forget(&m);
    ok(toy_learn(&m, &b, pass, &learned) == OK && learned.sum == evaluated.sum &&
        learned.count == b.chosen, "%s: learns, without dropout from the same loss", name);
    error = gradients_differ(&m, &file, &where);
    ok(error < 1e-12, "%s: gradients of PyTorch: %.1e, at %s", name, error, where);
    end_notes(&m, &file, name);
    free(loss);
    safetensors_close(&file);
    model_close(&m);
    arena_close(&arena);
}

static struct model_config
reverse_config(enum objective objective)
{
    struct model_config config = toy_config(POSITION_ABSOLUTE, 0);

    config.objective = objective;
    config.initializer = 0.3f;
    return config;
}

static void
test_reverse(const struct backend *be, const char *name, enum objective objective)
{
    struct safetensors  file;
    struct arena        arena = toy_arena();
    struct model_config config = reverse_config(objective);
    struct model        m = toy_model(&config, F64, be, &arena);
    struct model_loss   loss = { 0 };
    struct batch        b;
    int32_t             draw[40]; /* toy_limits */
    double              error = NAN;

    open_golden(&file, name);
    b = batch_of(&file, &config, &arena);
    model_start(&m, REVERSE_SEED);
    /* the discriminator shall see the words of the file */
    for (int i = 0; i < b.chosen; i++)
        draw[i] = b.id[b.row[i]];
    if (m.generator != NULL)
        op_upload(be, view_rows(m.mlm->draw, 0, b.chosen), draw);
    m.mlm->hold = true;
    if (model_eval(&m, &b, &loss, NULL) == OK)
        error = objective == OBJECTIVE_MLM ? logits_differ(&m, &file, b.chosen)
                                           : differ(&m, m.electra->score, &file, "scores", b.rows);
    ok(error < 1e-12, "%s: transformers got these numbers from our checkpoint: %.1e", name, error);
    safetensors_close(&file);
    model_close(&m);
    arena_close(&arena);
}

static int
write_reverse(const struct backend *be, const char *dir, enum objective objective)
{
    struct arena        arena = toy_arena();
    struct model_config config = reverse_config(objective);
    struct model        m = toy_model(&config, F64, be, &arena);
    struct buf          tokenizer = { .bytes = (char[]){ "{}" }, .len = 2 };
    json_t             *trainer = json_object();
    char                run[4096];

    snprintf(run, sizeof run, "%s/%s", dir, config_objective_name(objective));
    model_start(&m, REVERSE_SEED);
    if (dir_make(run) != OK || checkpoint_save(&m, run, 1, &tokenizer, trainer, 1) != OK) {
        printf("# %s\n", err_msg());
        return 1;
    }
    json_decref(trainer);
    model_close(&m);
    arena_close(&arena);
    return 0;
}

int
main(int argc, char **argv)
{
    const struct backend *be = toy_backend("ref");

    if (argc == 3 && strcmp(argv[1], "write") == 0)
        return write_reverse(be, argv[2], OBJECTIVE_MLM) ||
            write_reverse(be, argv[2], OBJECTIVE_ELECTRA);
    test_case(be, "absolute-mlm", POSITION_ABSOLUTE, 0);
    test_case(be, "absolute-classes", POSITION_ABSOLUTE, 3);
    test_case(be, "relative-mlm", POSITION_RELATIVE, 0);
    test_case(be, "tupe-a-mlm", POSITION_TUPE_A, 0);
    test_case(be, "tupe-r-mlm", POSITION_TUPE_R, 0);
    test_case(be, "tupe-r-classes", POSITION_TUPE_R, 3);
    test_case(be, "tupe-r-number", POSITION_TUPE_R, 1);
    test_case(be, "tupe-r-mlm-notes", POSITION_TUPE_R, 0);
    test_two(be, "absolute-electra", POSITION_ABSOLUTE, OBJECTIVE_ELECTRA, false);
    test_two(be, "relative-electra", POSITION_RELATIVE, OBJECTIVE_ELECTRA, false);
    test_two(be, "tupe-a-electra", POSITION_TUPE_A, OBJECTIVE_ELECTRA, false);
    test_two(be, "tupe-r-electra", POSITION_TUPE_R, OBJECTIVE_ELECTRA, false);
    test_two(be, "absolute-mc", POSITION_ABSOLUTE, OBJECTIVE_MC, false);
    test_two(be, "relative-mc", POSITION_RELATIVE, OBJECTIVE_MC, true);
    test_two(be, "tupe-a-mc", POSITION_TUPE_A, OBJECTIVE_MC, true);
    test_two(be, "tupe-r-mc", POSITION_TUPE_R, OBJECTIVE_MC, false);
    test_two(be, "tupe-r-mc-notes", POSITION_TUPE_R, OBJECTIVE_MC, false);
    toy_pre_norm = true;
    test_case(be, "pre-absolute-mlm", POSITION_ABSOLUTE, 0);
    test_two(be, "pre-relative-electra", POSITION_RELATIVE, OBJECTIVE_ELECTRA, false);
    test_two(be, "pre-tupe-r-mc-notes", POSITION_TUPE_R, OBJECTIVE_MC, false);
    toy_pre_norm = false;
    test_reverse(be, "reverse", OBJECTIVE_MLM);
    test_reverse(be, "reverse-electra", OBJECTIVE_ELECTRA);
    return tap_done();
}
