/* record.h -- what is written of runs: lines of runs.jsonl, the table, scores.json; see glue(5). */
#ifndef TOOLS_GLUE_EVAL_RECORD_H
#define TOOLS_GLUE_EVAL_RECORD_H

#include "tools/glue-eval/finetune.h"
#include "tools/glue-eval/grid.h"

struct record_facts { /* of a run, beside its settings and its result */
    const char *settings; /* as grid_settings made them */
    const char *device;
    size_t      rows, truncated; /* of the training set */
    double      seconds;
    long long   started; /* seconds since 1970 */
};

/* record_line -- append the line of a finished run.  All but its member "time" is the same whenever
 * and with however many threads the cell is run. */
MUST int record_line(struct buf *line, const struct cell *cell,
    const struct finetune_result *result, const struct record_facts *facts);

/* Which of its evaluations stands for a run. */
enum record_pick { RECORD_BEST, RECORD_LAST };

/* record_table -- append the table of the grid's finished runs as text.
 * record_json -- append scores.json, the same numbers unrounded. */
MUST int record_table(struct buf *text, const struct grid *grid, enum record_pick pick);
MUST int record_json(struct buf *text, const struct grid *grid, enum record_pick pick,
    const char *model_hash);

/* record_best -- of the task's finished runs at its best learning rate, the first with the highest
 * score; NULL: none is finished. */
MUST int record_best(const struct cell **best, const struct grid *grid, const struct task *task,
    enum record_pick pick);

#endif
