/* source.h -- what glue-eval works from: the checkpoint, and the files of the tasks, checked. */
#ifndef TOOLS_GLUE_EVAL_SOURCE_H
#define TOOLS_GLUE_EVAL_SOURCE_H

#include "tools/glue-eval/input.h"
#include "lib/hash.h"
#include "model/config.h"
#include "tools/glue-eval/options.h"

struct source {
    const struct options *options;
    const struct backend *backend;
    struct buf            dir; /* of the checkpoint, links resolved: `latest` may move on */
    struct model_config   config;
    struct tokenizer     *tokenizer;
    struct input_rule     rule;
    char                  hash[HASH_HEX_BYTES]; /* of weights, configuration and tokenizer */
    /* of options->task[i]'s files with labels; of each of its sets, "" where one is absent */
    char                  data_hash[TASK_COUNT][HASH_HEX_BYTES];
    char                  set_hash[TASK_COUNT][TASK_SPLITS][HASH_HEX_BYTES];
};

/* All of them end the program on failure. */

/* source_open -- the checkpoint and the device; reads every file of the chosen tasks once, says
 * what differs from the official ones, and keeps only their hashes.  Test sets only for
 * --predict. */
void source_open(struct source *s, const struct options *o);
void source_close(struct source *s);
/* source_recheck -- the checkpoint is still what it was: what was made of it may be recorded. */
void source_recheck(const struct source *s);
/* source_task -- the sets of options->task[t], tokenised; [TASK_SPLITS], absent ones empty, and
 * test sets unless `tests`. */
void source_task(struct inputs *sets, const struct source *s, int t, bool tests);
/* source_print -- for --dry-run: a table of the sets on standard output. */
void source_print(const struct source *s);

#endif
