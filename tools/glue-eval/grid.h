/* grid.h -- the fine-tuning runs that were asked for, and the file that remembers those done.
 *
 * A cell is one run: a task, a learning rate, a seed.  All that its result depends on is written
 * down as text, the settings; their hash is the run's name.  DIR/runs.jsonl has one line a finished
 * run, so a cell whose name stands there need not be run again, and any number of processes may
 * share DIR, each with a part of the grid.  The file's page is glue(5). */
#ifndef TOOLS_GLUE_EVAL_GRID_H
#define TOOLS_GLUE_EVAL_GRID_H

#include <stdint.h>

#include "lib/buf.h"
#include "lib/hash.h"
#include "tools/glue-eval/task.h"

enum { GRID_LRS = 64, GRID_CELLS_MAX = 1 << 20 };

/* What is alike for all runs; the defaults are those of Ke et al. 2021, table 2 and appendix B. */
struct recipe {
    long long epochs; /* 0: as the task's table says */
    long long batch, len_max;
    double    warmup, dropout, weight_decay, clip, beta1, beta2, eps;
    int       precision; /* of activations and products: 0 fp32, 1 bf16 */
};

struct cell {
    const struct task *task;
    double             lr;
    long long          seed, epochs;
    char               name[HASH_HEX_BYTES];
    bool               done, broke;
    int                best_epoch; /* once done; from 1 */
    double             best[TASK_SCORES], last[TASK_SCORES]; /* once done; NaN: not there */
};

struct grid {
    struct buf   memory;
    struct cell *cells; /* in `memory`; by task in the order of task_all, then by lr, by seed */
    size_t       count;
};

/* grid_settings -- append the members of the JSON object that name the run. */
MUST int grid_settings(struct buf *text, const struct cell *cell, const struct recipe *recipe,
    const char *model_hash, const char *data_hash);
/* grid_name -- cell->name, the hash of its settings. */
MUST int grid_name(struct cell *cell, const struct recipe *recipe, const char *model_hash,
    const char *data_hash);

/* grid_number -- append the shortest decimal number that reads back as `value`. */
MUST int grid_number(struct buf *text, double value);

/* grid_read -- mark the cells that DIR/runs.jsonl has and take their scores.  *ignored counts lines
 * that are not whole: a process was killed while it wrote one.  OK if there is no file.
 * Errors: ERR_IO; ERR_FORMAT: a line of one of our runs lacks a score. */
MUST int grid_read(struct grid *grid, const char *dir, size_t *ignored);

/* grid_lock -- *lock held by this process, once no other has it, until it is closed; DIR/runs.jsonl
 * is made if it is not there.  Whoever writes in DIR holds it meanwhile. */
MUST int grid_lock(int *lock, const char *dir);

/* grid_append -- add one line, which must end with a newline, in one write and synced. */
MUST int grid_append(const char *dir, const struct buf *line);

#endif
