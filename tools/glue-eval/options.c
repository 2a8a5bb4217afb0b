/* options.c -- see options.h. */
#include "tools/glue-eval/options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Options as they are typed, before lists are taken apart. */
struct typed {
    const char *tasks, *lr, *part;
    int         device, pick;
    bool        quick, lr_given, seeds_given, epochs_given;
};

static void
parse_tasks(struct options *o, const char *text)
{
    bool wanted[TASK_COUNT] = { false };

    if (strcmp(text, "all") == 0)
        memset(wanted, true, sizeof wanted);
    else
        for (const char *at = text;; at++) {
            size_t             len = strcspn(at, ",");
            const struct task *task = task_of(at, len);

            if (task == NULL)
                die_usage("\"%.*s\" is not a value of --tasks (all, or some of CoLA, SST-2, MRPC, "
                    "STS-B, QQP, MNLI, QNLI, RTE, WNLI divided by commas)",
                    (int)(len < 80 ? len : 80), at);
            wanted[task - task_all] = true;
            at += len;
            if (*at == '\0')
                break;
        }
    for (int i = 0; i < TASK_COUNT; i++)
        if (wanted[i])
            o->task[o->tasks++] = &task_all[i];
}

static void
parse_lrs(struct options *o, const char *text)
{
    for (const char *at = text;; at++) {
        char  *end;
        double lr = strtod(at, &end);
        bool   known = false;

        if (end == at || (*at != '.' && (*at < '0' || *at > '9')) || (*end != ',' && *end != '\0')
            || !(lr > 0 && lr <= 1))
            die_usage("\"%s\" is not a value of --lr (numbers above 0, up to 1, divided by commas)",
                text);
        for (int i = 0; i < o->lrs; i++)
            known |= o->lr[i] == lr;
        if (!known && o->lrs == GRID_LRS)
            die_usage("--lr has more than %d values", GRID_LRS);
        if (!known)
            o->lr[o->lrs++] = lr;
        at = end;
        if (*at == '\0')
            break;
    }
}

static void
parse_part(struct options *o, const char *text)
{
    char *slash, *end;

    o->part = strtoll(text, &slash, 10);
    o->parts = *slash == '/' ? strtoll(slash + 1, &end, 10) : 0;
    if (*slash != '/' || *text < '0' || *text > '9' || slash[1] < '0' || slash[1] > '9'
        || *end != '\0' || o->part < 1 || o->part > o->parts || o->parts > GRID_CELLS_MAX)
        die_usage("\"%s\" is not a value of --part (such as 3/8: the third of eight parts)", text);
}

/* --quick is another set of defaults. */
static void
settle(struct options *o, struct typed *typed)
{
    if (typed->quick && !typed->lr_given)
        typed->lr = "5e-5";
    if (typed->quick && !typed->seeds_given)
        o->seeds = 1;
    if (typed->quick && !typed->epochs_given)
        o->recipe.epochs = 2;
    if (o->model == NULL || *o->model == '\0')
        die_usage("--model is missing: the checkpoint to fine-tune");
    if (o->data == NULL || *o->data == '\0')
        die_usage("--data is missing: the folder that has CoLA, MRPC and so on");
    if (o->common.output == NULL && !o->dry_run)
        die_usage("--out is missing: the folder for the results");
    parse_tasks(o, typed->tasks);
    parse_lrs(o, typed->lr);
    parse_part(o, typed->part);
    if (o->predict && o->parts > 1)
        die_usage("--predict answers by the best runs of the whole grid: give it without --part, "
            "when the parts are done");
}

void
options_parse(struct options *o, int argc, char **argv)
{
    static const char *const devices[] = { "auto", "cuda", "cpu", "ref" };
    struct typed             typed = { .tasks = "all", .lr = "2e-5,3e-5,4e-5,5e-5", .part = "1/1" };

    *o = (struct options){ .common = TOOL_CONF, .ranks = 1, .seeds = 5,
        .recipe = { .batch = 32, .len_max = 512, .warmup = 0.06, .dropout = 0.1,
            .weight_decay = 0.01, .clip = 1, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-6 } };
    struct recipe *const r = &o->recipe;
    const struct opt opts[] = {
        { 'm', "model", "DIR", OPT_STR, &o->model, 0, 0, "the checkpoint, or a run: its newest", 0,
          0 },
        { 'd', "data", "DIR", OPT_STR, &o->data, 0, 0, "the folder with CoLA/train.tsv and so on",
          0, 0 },
        { 0, "out", "DIR", OPT_STR, &o->common.output, 0, 0, "the same as --output", 0, 0 },
        { 't', "tasks", "LIST", OPT_STR, &typed.tasks, 0, 0, "such as CoLA,RTE", 0, 0 },
        { 0, "lr", "LIST", OPT_STR, &typed.lr, 0, 0, "learning rates to try", 0, &typed.lr_given },
        { 0, "seeds", "N", OPT_INT, &o->seeds, 1, 10000, "runs a learning rate: from --seed on", 0,
          &typed.seeds_given },
        { 0, "epochs", "N", OPT_INT, &r->epochs, 0, 1000,
          "0: 5 for QQP, MNLI and QNLI, 10 for the others", 0, &typed.epochs_given },
        { 0, "quick", 0, OPT_FLAG, &typed.quick, 0, 0,
          "lr 5e-5, one seed, 2 epochs where not given", 0, 0 },
        { 0, "part", "I/N", OPT_STR, &typed.part, 0, 0,
          "every N-th run of the grid, from the I-th on", 0, 0 },
        { 'b', "batch", "N", OPT_INT, &r->batch, 1, 16384, "examples a step", 0, 0 },
        { 0, "max-len", "N", OPT_INT, &r->len_max, INPUT_LEN_MIN, 65536,
          "tokens an example may have", 0, 0 },
        { 0, "warmup", "SHARE", OPT_REAL, &r->warmup, 0, 1, "of the steps", 0, 0 },
        { 0, "dropout", "P", OPT_REAL, &r->dropout, 0, 0.99, "of the whole model", 0, 0 },
        { 0, "weight-decay", "X", OPT_REAL, &r->weight_decay, 0, 1, "of AdamW", 0, 0 },
        { 0, "clip", "NORM", OPT_REAL, &r->clip, 0, 1e9, "of the gradient; 0: do not", 0, 0 },
        { 0, "beta1", "X", OPT_REAL, &r->beta1, 0, 0.9999999, "of AdamW", 0, 0 },
        { 0, "beta2", "X", OPT_REAL, &r->beta2, 0, 0.9999999, "of AdamW", 0, 0 },
        { 0, "eps", "X", OPT_REAL, &r->eps, 1e-30, 1, "of AdamW", 0, 0 },
        { 0, "evaluation", 0, OPT_CHOICE, &typed.pick, 0, 0, "which epoch's scores count",
          "best|last", 0 },
        { 0, "predict", 0, OPT_FLAG, &o->predict, 0, 0,
          "answer the test sets too: DIR/submission.zip", 0, 0 },
        { 0, "device", 0, OPT_CHOICE, &typed.device, 0, 0, "what computes", "auto|cuda|cpu|ref",
            0 },
        { 0, "precision", 0, OPT_CHOICE, &r->precision, 0, 0,
          "type of activations and of products", "fp32|bf16", 0 },
        { 0, "dry-run", 0, OPT_FLAG, &o->dry_run, 0, 0,
          "read and check everything, and say what is there", 0, 0 },
        { 'o', "output", "DIR", OPT_STR, &o->common.output, 0, 0, "the folder for the results", 0,
          0 },
        { 'j', "jobs", "N", OPT_INT, &o->common.jobs, 0, 1024, "threads; 0: one a processor", 0,
          &o->jobs_given },
        { 's', "seed", "N", OPT_INT, &o->common.seed, 0, 9007199254740991.0,
          "of the first run; the others count on", 0, 0 },
        { 'q', "quiet", 0, OPT_FLAG, &o->common.quiet, 0, 0, "say nothing but errors", 0, 0 },
        { 0 },
    };
    static struct tool tool = { /* lib/tool.h keeps its address */
        "glue-eval", "fine-tune a checkpoint on the tasks of GLUE and score it",
        "--model CKPT --data GLUE --out DIR", NULL
    };
    int                first;

    tool.opts = opts;
    first = tool_begin(&tool, &o->common, argc, argv);
    tool.opts = NULL;

    if (first < argc)
        die_usage("\"%s\" is not an option", argv[first]);
    o->device = devices[typed.device];
    o->pick = typed.pick == 0 ? RECORD_BEST : RECORD_LAST;
    settle(o, &typed);
}
