/* predict.h -- the answers to the test sets, as the benchmark's judges take them: one zip archive
 * of eleven files.
 *
 * Of each task that run answers which did best on the dev set at the task's best learning rate.  No
 * weights are kept of runs, as a run can be made again: with the same checkpoint, data, seed and
 * device it has the same bits.  So it is made again, up to the epoch that counts, and its scores
 * are compared with those recorded.  What a task's set was answered is kept in DIR/predictions, and
 * is not computed twice. */
#ifndef TOOLS_GLUE_EVAL_PREDICT_H
#define TOOLS_GLUE_EVAL_PREDICT_H

#include "tools/glue-eval/grid.h"
#include "tools/glue-eval/source.h"

/* Both end the program on failure. */

/* predict_task -- the answers for options->task[t], all of whose runs are done. */
void predict_task(const struct grid *grid, const struct source *source, int t);

/* predict_archive -- DIR/submission.zip, from the answers there are.  A set without any is answered
 * with its first class throughout, as the judges want all files, and that is told. */
void predict_archive(const struct grid *grid, const struct source *source);

#endif
