/* task.h -- the tasks of GLUE: where their files keep what, and how each is scored.
 *
 * A new task is one row in task.c. */
#ifndef TOOLS_GLUE_EVAL_TASK_H
#define TOOLS_GLUE_EVAL_TASK_H

#include <stdbool.h>
#include <stddef.h>

enum { TASK_SPLITS = 7, TASK_CLASSES = 3, TASK_SCORES = 4, TASK_COUNT = 9 };

/* A file of a task: the training set, then the dev sets, then the test sets, whose labels only the
 * benchmark's judges have.  Columns count from 0; -1: there is none. */
struct task_split {
    const char *path; /* below the GLUE folder; NULL: no further split */
    int         fields; /* a row has exactly so many */
    int         a, b, label;
    /* in the header, at column `label`, or at the first if there is none; NULL: no header */
    const char *label_name;
    size_t      rows; /* of the official file */
    bool        skips_bad_rows; /* the official file has some */
    bool        optional;
    const char *answers; /* of a test set: its file in a submission, without ".tsv"; else NULL */
};

enum task_metric { TASK_ACCURACY, TASK_F1, TASK_MATTHEWS, TASK_PEARSON, TASK_SPEARMAN };

/* A number of the result, from the guesses on splits[split]. */
struct task_score {
    const char      *name; /* as runs.jsonl and scores.json call it; NULL: no further score */
    enum task_metric metric;
    int              split;
};

struct task {
    const char       *name; /* of the folder */
    int               classes; /* 1: a number from 0 to label_max is learnt, by square error */
    double            label_max;
    const char       *labels[TASK_CLASSES]; /* by class; found by string, never by order */
    int               epochs; /* Ke et al. 2021, appendix B */
    bool              counted; /* in the averages: all but WNLI */
    struct task_split splits[TASK_SPLITS];
    struct task_score scores[TASK_SCORES]; /* 0 chooses the best epoch and the best lr */
};

extern const struct task task_all[TASK_COUNT];

/* task_of -- by name, upper or lower case, "-" left out or not; NULL if there is none. */
const struct task *task_of(const char *name, size_t len);

#endif
