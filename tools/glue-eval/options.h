/* options.h -- the command line of glue-eval. */
#ifndef TOOLS_GLUE_EVAL_OPTIONS_H
#define TOOLS_GLUE_EVAL_OPTIONS_H

#include "tools/glue-eval/grid.h"
#include "lib/tool.h"
#include "tools/glue-eval/record.h"

struct options {
    struct tool_conf   common; /* output: the directory of the results */
    bool               jobs_given;
    const char        *model, *data, *device;
    const struct task *task[TASK_COUNT]; /* in the order of task_all, each once */
    int                tasks;
    double             lr[GRID_LRS]; /* each once, in the order given */
    int                lrs;
    long long          seeds;
    long long          part, parts; /* 1 of 1: all */
    int                rank, ranks; /* of the processes that share the part: see crew.h */
    struct recipe      recipe;
    enum record_pick   pick;
    bool               predict, dry_run;
};

/* options_parse -- all of it, or the program ends: with 0 for --help, 2 for a wrong call. */
void options_parse(struct options *o, int argc, char **argv);

#endif
