/* task.c -- see task.h.
 *
 * Columns and labels are those of the official distribution (Wang et al. 2019; the reading notes of
 * google-research/electra, finetune/classification).  A class is found by the string of its label:
 * other programs number them in other orders. */
#include "tools/glue-eval/task.h"

#include <string.h>

#define TRAIN(name, fields, a, b, label, label_name, rows) \
    { name "/train.tsv", fields, a, b, label, label_name, rows, false, false, NULL }
#define DEV(name, fields, a, b, label, label_name, rows) \
    { name "/dev.tsv", fields, a, b, label, label_name, rows, false, false, NULL }
#define TEST(path, fields, a, b, first, rows, answers) \
    { path, fields, a, b, -1, first, rows, false, false, answers }

const struct task task_all[TASK_COUNT] = {
    { .name = "CoLA", .classes = 2, .labels = { "0", "1" }, .epochs = 10, .counted = true,
      .splits = { TRAIN("CoLA", 4, 3, -1, 1, NULL, 8551), DEV("CoLA", 4, 3, -1, 1, NULL, 1043),
                  TEST("CoLA/test.tsv", 2, 1, -1, "index", 1063, "CoLA") },
      .scores = { { "matthews", TASK_MATTHEWS, 1 } } },
    { .name = "SST-2", .classes = 2, .labels = { "0", "1" }, .epochs = 10, .counted = true,
      .splits = { TRAIN("SST-2", 2, 0, -1, 1, "label", 67349),
                  DEV("SST-2", 2, 0, -1, 1, "label", 872),
                  TEST("SST-2/test.tsv", 2, 1, -1, "index", 1821, "SST-2") },
      .scores = { { "accuracy", TASK_ACCURACY, 1 } } },
    { .name = "MRPC", .classes = 2, .labels = { "0", "1" }, .epochs = 10, .counted = true,
      .splits = { TRAIN("MRPC", 5, 3, 4, 0, "Quality", 3668),
                  DEV("MRPC", 5, 3, 4, 0, "Quality", 408),
                  TEST("MRPC/test.tsv", 5, 3, 4, "index", 1725, "MRPC") },
      .scores = { { "accuracy", TASK_ACCURACY, 1 }, { "f1", TASK_F1, 1 } } },
    { .name = "STS-B", .classes = 1, .label_max = 5, .epochs = 10, .counted = true,
      .splits = { TRAIN("STS-B", 10, 7, 8, 9, "score", 5749),
                  DEV("STS-B", 10, 7, 8, 9, "score", 1500),
                  TEST("STS-B/test.tsv", 9, 7, 8, "index", 1379, "STS-B") },
      .scores = { { "pearson", TASK_PEARSON, 1 }, { "spearman", TASK_SPEARMAN, 1 } } },
    { .name = "QQP", .classes = 2, .labels = { "0", "1" }, .epochs = 5, .counted = true,
      /* a few rows of the official training file lack fields */
      .splits = { { "QQP/train.tsv", 6, 3, 4, 5, "is_duplicate", 363846, true, false,
                    NULL },
                  DEV("QQP", 6, 3, 4, 5, "is_duplicate", 40430),
                  TEST("QQP/test.tsv", 3, 1, 2, "id", 390965, "QQP") },
      .scores = { { "accuracy", TASK_ACCURACY, 1 }, { "f1", TASK_F1, 1 } } },
    { .name = "MNLI", .classes = 3, .labels = { "contradiction", "entailment", "neutral" },
      .epochs = 5, .counted = true,
      .splits = { TRAIN("MNLI", 12, 8, 9, 11, "gold_label", 392702),
                  { "MNLI/dev_matched.tsv", 16, 8, 9, 15, "gold_label", 9815, false, false, NULL },
                  { "MNLI/dev_mismatched.tsv", 16, 8, 9, 15, "gold_label", 9832, false, false,
                    NULL },
                  /* the diagnostic set, for a model of MNLI; its labels are not public, and a
                   * file that has them has one column more */
                  { "AX/diagnostic.tsv", 4, 1, 2, 3, "label", 1104, false, true, NULL },
                  TEST("MNLI/test_matched.tsv", 10, 8, 9, "index", 9796, "MNLI-m"),
                  TEST("MNLI/test_mismatched.tsv", 10, 8, 9, "index", 9847, "MNLI-mm"),
                  { "AX/diagnostic.tsv", 3, 1, 2, -1, "index", 1104, false, true, "AX" } },
      .scores = { { "accuracy_m", TASK_ACCURACY, 1 }, { "accuracy_mm", TASK_ACCURACY, 2 },
                  { "matthews_ax", TASK_MATTHEWS, 3 } } },
    { .name = "QNLI", .classes = 2, .labels = { "entailment", "not_entailment" }, .epochs = 5,
      .counted = true,
      .splits = { TRAIN("QNLI", 4, 1, 2, 3, "label", 104743),
                  DEV("QNLI", 4, 1, 2, 3, "label", 5463),
                  TEST("QNLI/test.tsv", 3, 1, 2, "index", 5463, "QNLI") },
      .scores = { { "accuracy", TASK_ACCURACY, 1 } } },
    { .name = "RTE", .classes = 2, .labels = { "entailment", "not_entailment" }, .epochs = 10,
      .counted = true,
      .splits = { TRAIN("RTE", 4, 1, 2, 3, "label", 2490), DEV("RTE", 4, 1, 2, 3, "label", 277),
                  TEST("RTE/test.tsv", 3, 1, 2, "index", 3000, "RTE") },
      .scores = { { "accuracy", TASK_ACCURACY, 1 } } },
    { .name = "WNLI", .classes = 2, .labels = { "0", "1" }, .epochs = 10, .counted = false,
      .splits = { TRAIN("WNLI", 4, 1, 2, 3, "label", 635), DEV("WNLI", 4, 1, 2, 3, "label", 71),
                  TEST("WNLI/test.tsv", 3, 1, 2, "index", 146, "WNLI") },
      .scores = { { "accuracy", TASK_ACCURACY, 1 } } },
};

static bool
same_name(const char *name, const char *asked, size_t len)
{
    size_t i = 0;

    for (; *name != '\0'; name++) {
        if (*name == '-' && (i == len || asked[i] != '-'))
            continue;
        if (i == len || (*name | 32) != (asked[i] | 32)) /* the names are ASCII */
            return false;
        i++;
    }
    return i == len;
}

const struct task *
task_of(const char *name, size_t len)
{
    for (int i = 0; i < TASK_COUNT; i++)
        if (same_name(task_all[i].name, name, len))
            return &task_all[i];
    return NULL;
}
