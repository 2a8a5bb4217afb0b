/* conf.c -- see conf.h.  Defaults are those of the papers (methods of Ke et al. 2021, table 2): a
 * base model, a million steps of 256 sequences. */
#include "tools/train/conf.h"

#include <stdio.h>
#include <string.h>

static struct conf conf = {
    .tool = TOOL_CONF,
    .resume = "auto",
    .model = 4,
    .mask = 0.15,
    .dropout = 0.1,
    .notes_weight = 0.5,
    .notes_decay = 0.1,
    .notes_window = 16,
    .choice_weight = 50,
    .candidates = 10,
    .controller_divider = 3,
    .lr = 1e-4,
    .clip = 1,
    .beta1 = 0.9,
    .beta2 = 0.999,
    .eps = 1e-6,
    .weight_decay = 0.01,
    .decay_exclude = "none",
    .warmup = 10000,
    .steps = 1000000,
    .batch = 256,
    .memory_bytes = 1LL << 30,
    .keep = 3,
    .comm_timeout_s = 600,
    .bucket_bytes = 25 << 20,
};

static const char models[] = "tiny|mini|small|medium|base|large";
static const char positions[] = "absolute|relative|tupe-a|tupe-r";
static const char objectives[] = "mlm|electra|mc";
static const char devices[] = "auto|cuda|cpu|ref";
static const char precisions[] = "fp32|bf16";
static bool       is_named; /* the size is that of --model */

#define ROW(name, arg, kind, field, min, max, help) \
    { 0, name, arg, kind, &conf.field, min, max, help, NULL, NULL }
#define CHOICE(name, field, choices, help) \
    { 0, name, NULL, OPT_CHOICE, &conf.field, 0, 0, help, choices, NULL }

static const struct opt opts[] = {
    ROW("data", "DIR", OPT_STR, data, 0, 0, "data directory, as shard wrote it"),
    ROW("out", "RUN", OPT_STR, tool.output, 0, 0, "run directory: checkpoints and logs"),
    { 'o', "output", "RUN", OPT_STR, &conf.tool.output, 0, 0, "the same as --out", NULL, NULL },

    CHOICE("model", model, models, "layers and width by name"),
    ROW("layers", "N", OPT_INT, layers, 0, 1024, "number of layers; 0: as --model says"),
    ROW("hidden", "N", OPT_INT, hidden, 0, 65536, "width; 0: as --model says"),
    ROW("heads", "N", OPT_INT, heads, 0, 1024, "attention heads; 0: one for each 64 of width"),
    ROW("ffn", "N", OPT_INT, ffn, 0, 65536, "inner width; 0: four times the width"),
    ROW("positions", "N", OPT_INT, positions, 0, CONFIG_LEN_MAX,
        "that the model has; 0: as the longest sequence of the data"),
    CHOICE("position", position, positions, "how the model knows positions"),
    CHOICE("layer-norm", layer_norm, "post|pre",
        "norms behind attention and feed-forward layers, or before them"),
    CHOICE("objective", objective, objectives, "what is learned"),
    ROW("choice-weight", "X", OPT_REAL, choice_weight, 0, 1e6,
        "electra, mc: weight of the main network's loss beside the generator's"),
    ROW("candidates", "N", OPT_INT, candidates, 2, 1024, "mc: among how many is chosen"),
    ROW("candidates-distinct", NULL, OPT_FLAG, candidates_distinct, 0, 0,
        "mc: what stood there is a candidate only where it is right, and once"),
    ROW("controller-divider", "N", OPT_INT, controller_divider, 1, 65536,
        "mc: width of the model by that of its meta controller"),
    ROW("mask", "P", OPT_REAL, mask, 0.001, 0.9, "share of the tokens to predict"),
    ROW("mask-whole-words", NULL, OPT_FLAG, mask_whole_words, 0, 0, "all tokens of a word or none"),
    ROW("notes", NULL, OPT_FLAG, notes, 0, 0, "rare words have notes, as the data marks them"),
    ROW("notes-weight", "X", OPT_REAL, notes_weight, 0, 1, "share of the note in an embedding"),
    ROW("notes-decay", "X", OPT_REAL, notes_decay, 0, 1, "share of the step in a note"),
    ROW("notes-window", "N", OPT_INT, notes_window, 0, 65536,
        "tokens on each side that make a note"),
    CHOICE("notes-scale", notes_scale, "raw|match", "notes as they are, or long as embeddings"),
    ROW("dropout", "P", OPT_REAL, dropout, 0, 0.9, "share of activations dropped"),

    CHOICE("optimizer", optimizer, "adamw|lamb", "how weights are updated"),
    ROW("lr", "RATE", OPT_REAL, lr, 0, 10, "highest learning rate"),
    ROW("warmup", "N", OPT_INT, warmup, 0, INT32_MAX, "steps to reach it; then linearly down to 0"),
    ROW("steps", "N", OPT_INT, steps, 1, INT32_MAX, "steps of the whole run"),
    ROW("batch", "N", OPT_INT, batch, 1, 1 << 24, "sequences a step"),
    { 0, "micro-batch", "N", OPT_INT, &conf.micro_batch, 0, 1 << 24,
        "sequences at a time; 0: as many as --memory holds", NULL, &conf.micro_batch_given },
    { 'M', "memory", "SIZE", OPT_SIZE, &conf.memory_bytes, 1 << 20, 0x1p50,
        "what activations may take, for --micro-batch 0", NULL, NULL },
    ROW("clip", "NORM", OPT_REAL, clip, 0, 1e9, "largest norm of the gradient; 0: any"),
    ROW("beta1", "X", OPT_REAL, beta1, 0, 0.999999, "decay of the mean of gradients"),
    ROW("beta2", "X", OPT_REAL, beta2, 0, 0.9999999, "decay of the mean of their squares"),
    ROW("eps", "X", OPT_REAL, eps, 1e-15, 1, "added to the root of the latter"),
    ROW("weight-decay", "X", OPT_REAL, weight_decay, 0, 10, "pull of the weights to zero"),
    ROW("decay-exclude", "LIST", OPT_STR, decay_exclude, 0, 0,
        "but not of these: none, norm, bias"),

    CHOICE("device", device, devices, "what computes"),
    CHOICE("precision", precision, precisions, "type of activations and of products"),

    ROW("save-every", "N", OPT_INT, save_every, 0, 1e12,
        "steps between checkpoints; 0: a hundredth of --steps, at least 100"),
    ROW("keep", "N", OPT_INT, keep, 2, 1e9, "checkpoints kept"),
    ROW("eval-every", "N", OPT_INT, eval_every, 0, 1e12,
        "steps between evaluations; 0: a hundredth of --steps, at least 100"),
    ROW("log-every", "N", OPT_INT, log_every, 0, 1e12,
        "steps between lines of the log; 0: a ten-thousandth of --steps, at least 10"),
    ROW("time-limit", "TIME", OPT_TIME, time_limit_s, 0, 1e10, "save and exit before; 0: no limit"),
    ROW("stop-at", "STEP", OPT_INT, stop_at, 0, INT32_MAX, "save and exit there; 0: nowhere"),
    ROW("check-every", "N", OPT_INT, check_every, 0, 1e12,
        "steps between comparisons of all processes; 0: with each checkpoint"),
    ROW("comm-timeout", "TIME", OPT_TIME, comm_timeout_s, 1, 1e6,
        "how long a process waits for another before it ends all"),
    ROW("bucket", "SIZE", OPT_SIZE, bucket_bytes, 0, 0x1p40,
        "of the gradient that is summed at a time beside the rest of the step; 0: all, behind it"),
    ROW("resume", "auto|no|PATH", OPT_STR, resume, 0, 0, "checkpoint to continue from"),
    ROW("init", "CKPT", OPT_STR, init, 0, 0, "checkpoint to begin with the weights of"),
    ROW("config", "FILE", OPT_CONFIG, config, 0, 0, "read options from lines `name = value`"),
    ROW("dry-run", NULL, OPT_FLAG, dry_run, 0, 0, "print the plan and touch nothing"),

    { 'j', "jobs", "N", OPT_INT, &conf.tool.jobs, 0, 1024, "threads; 0: one a processor", 0,
        &conf.jobs_given },
    { 's', "seed", "N", OPT_INT, &conf.tool.seed, 0, 9007199254740991.0, "of all that is random", 0,
        0 },
    { 'q', "quiet", NULL, OPT_FLAG, &conf.tool.quiet, 0, 0, "say nothing but errors", 0, 0 },
    { 0 },
};

const char *const conf_fixed[] = { "layers", "hidden", "heads", "ffn", "position", "layer-norm",
    "objective", "choice-weight", "candidates", "candidates-distinct", "controller-divider", "mask",
    "mask-whole-words", "notes", "notes-weight", "notes-decay", "notes-window", "notes-scale",
    "dropout", "optimizer", "lr", "warmup", "steps", "batch", "clip", "beta1", "beta2", "eps",
    "weight-decay", "decay-exclude", "precision", "seed", NULL };

/* ---- what follows from what was given ---- */

/* choice_word -- word `index` of words divided by |. */
static const char *
choice_word(const char *words, int index)
{
    static char word[32];

    for (; index > 0; index--)
        words += strcspn(words, "|") + 1;
    snprintf(word, sizeof word, "%.*s", (int)strcspn(words, "|"), words);
    return word;
}

static void
resolve_model(void)
{
    struct model_config named;

    tool_try(config_named(&named, choice_word(models, conf.model)));
    if (conf.layers == 0)
        conf.layers = named.layers;
    if (conf.hidden == 0)
        conf.hidden = named.hidden;
    if (conf.heads == 0 && conf.hidden % 64 != 0)
        die_usage("--hidden %lld is no multiple of 64: say how many --heads", conf.hidden);
    if (conf.heads == 0)
        conf.heads = conf.hidden / 64;
    if (conf.ffn == 0)
        conf.ffn = 4 * conf.hidden;
    if (conf.hidden % conf.heads != 0)
        die_usage("--hidden %lld is no multiple of --heads %lld", conf.hidden, conf.heads);
    is_named = conf.layers == named.layers && conf.hidden == named.hidden
        && conf.heads == named.heads && conf.ffn == named.ffn;
}

/* The same groups in one spelling, whatever their order: a run is continued with the same. */
static void
resolve_groups(void)
{
    static const char *const spelled[] = { "none", "bias", "norm", "norm,bias" };

    if (params_groups(&conf.decay_groups, conf.decay_exclude) != OK)
        die_usage("--decay-exclude: %s", err_msg());
    conf.decay_exclude = spelled[conf.decay_groups];
}

static void
refuse(bool given, const char *option, const char *wanted)
{
    if (given)
        die_usage("%s goes with %s", option, wanted);
}

/* Options that would change nothing are refused rather than ignored. */
static void
check_methods(void)
{
    const char *objective = choice_word(objectives, conf.objective);
    char        mc[64];

    snprintf(mc, sizeof mc, "--objective mc, not with %s", objective);
    if (strcmp(objective, "mc") != 0) {
        refuse(conf.candidates != 10, "--candidates", mc);
        refuse(conf.candidates_distinct, "--candidates-distinct", mc);
        refuse(conf.controller_divider != 3, "--controller-divider", mc);
    }
    if (strcmp(objective, "mlm") == 0)
        refuse(conf.choice_weight != 50, "--choice-weight",
            "--objective electra or mc, not with mlm");
    if (!conf.notes) {
        refuse(conf.notes_weight != 0.5, "--notes-weight", "--notes");
        refuse(conf.notes_decay != 0.1, "--notes-decay", "--notes");
        refuse(conf.notes_window != 16, "--notes-window", "--notes");
        refuse(conf.notes_scale != 0, "--notes-scale", "--notes");
    }
}

static long long
part_of_steps(long long divisor, long long min)
{
    return conf.steps / divisor > min ? conf.steps / divisor : min;
}

struct conf *
conf_read(int argc, char **argv)
{
    static const struct tool self = { "train",
        "pre-train an encoder on a data directory", "--data DIR --out RUN", opts };

    if (tool_begin(&self, &conf.tool, argc, argv) != argc)
        die_usage("\"%s\": there are no operands; the data is named by --data", argv[argc - 1]);
    if (conf.data == NULL)
        die_usage("--data DIR is missing");
    if (conf.tool.output == NULL && !conf.dry_run)
        die_usage("--out RUN is missing");
    if (conf.warmup > conf.steps)
        die_usage("--warmup %lld is more than --steps %lld", conf.warmup, conf.steps);
    if (conf.micro_batch > conf.batch)
        die_usage("--micro-batch %lld is more than --batch %lld", conf.micro_batch, conf.batch);
    check_methods();
    resolve_model();
    resolve_groups();
    if (conf.save_every == 0)
        conf.save_every = part_of_steps(100, 100);
    if (conf.eval_every == 0)
        conf.eval_every = part_of_steps(100, 100);
    if (conf.log_every == 0)
        conf.log_every = part_of_steps(10000, 10);
    return &conf;
}

const char *
conf_position(const struct conf *c)
{
    return choice_word(positions, c->position);
}

const char *
conf_objective(const struct conf *c)
{
    return choice_word(objectives, c->objective);
}

const char *
conf_device(const struct conf *c)
{
    return choice_word(devices, c->device);
}

const char *
conf_precision(const struct conf *c)
{
    return choice_word(precisions, c->precision);
}

enum dtype
conf_real(const struct conf *c)
{
    static const enum dtype types[] = { F32, BF16 };

    return types[c->precision];
}

/* ---- as text ---- */

/* value_of -- the text behind `name = ` if that is how the line begins, else NULL. */
static const char *
value_of(const char *line, const char *name)
{
    size_t len = strlen(name);
    bool   is_it = strncmp(line, name, len) == 0 && strncmp(line + len, " = ", 3) == 0;

    return is_it ? line + len + 3 : NULL;
}

/* Lines that would say a thing twice: the two names of the run directory; the size in numbers,
 * which would win over another --model beside --config; its name where the numbers are not its. */
static bool
is_double(const char *line)
{
    if (value_of(line, "model") != NULL)
        return !is_named;
    if (value_of(line, "layers") != NULL || value_of(line, "hidden") != NULL
        || value_of(line, "heads") != NULL || value_of(line, "ffn") != NULL)
        return is_named;
    return value_of(line, "output") != NULL;
}

int
conf_dump(struct buf *text)
{
    struct buf all = { 0 };
    int        rc = opt_dump(opts, &all);

    for (const char *line = all.bytes; rc == OK && *line != '\0';) {
        size_t len = strcspn(line, "\n") + 1;

        if (!is_double(line))
            rc = buf_add(text, line, len);
        line += len;
    }
    buf_free(&all);
    return rc;
}

int
conf_value(struct buf *text, const char *name)
{
    struct buf all = { 0 };
    int        rc = opt_dump(opts, &all);

    buf_reset(text);
    for (const char *line = all.bytes; rc == OK && *line != '\0'; line += strcspn(line, "\n") + 1) {
        const char *value = value_of(line, name);

        if (value != NULL)
            rc = buf_add(text, value, strcspn(value, "\n"));
    }
    buf_free(&all);
    return rc;
}
