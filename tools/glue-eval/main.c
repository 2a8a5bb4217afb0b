/* glue-eval -- fine-tune a checkpoint on the tasks of GLUE and score it.
 *
 *     glue-eval --model run/latest --data glue --out scores
 *
 * First every file of every task is read and checked, so that a fault is told before hours are
 * spent.  Then the cells of the grid that DIR/runs.jsonl does not have yet are run, task by task,
 * each from the pre-trained weights, and each is recorded when it is done.  Then the table, and
 * with --predict the answers to the test sets (predict.h).
 * Several processes share the cells (crew.h). */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/halt.h"
#include "lib/tool.h"
#include "tools/glue-eval/crew.h"
#include "tools/glue-eval/options.h"
#include "tools/glue-eval/predict.h"
#include "tools/glue-eval/record.h"
#include "tools/glue-eval/source.h"
#include "tools/glue-eval/trial.h"

/* ---- the grid ---- */

static void
make_grid(struct grid *grid, const struct options *o, const struct source *source)
{
    size_t runs = (size_t)o->tasks * (size_t)o->lrs * (size_t)o->seeds;

    if (runs > GRID_CELLS_MAX)
        die("the grid has %zu runs; at most %d are kept", runs, GRID_CELLS_MAX);
    tool_try(buf_reserve(&grid->memory, runs * sizeof *grid->cells));
    grid->cells = (struct cell *)(void *)grid->memory.bytes;
    for (int t = 0; t < o->tasks; t++)
        for (int i = 0; i < o->lrs; i++)
            for (long long k = 0; k < o->seeds; k++) {
                struct cell *cell = &grid->cells[grid->count++];

                *cell = (struct cell){ .task = o->task[t], .lr = o->lr[i] };
                cell->seed = o->common.seed + k;
                cell->epochs = o->recipe.epochs > 0 ? o->recipe.epochs : cell->task->epochs;
                tool_try(grid_name(cell, &o->recipe, source->hash, source->data_hash[t]));
            }
}

/* Whether cell number `index` is ours to run: of the part each process has every ranks-th. */
static bool
is_ours(const struct options *o, size_t index)
{
    return (long long)(index % (size_t)o->parts) == o->part - 1 &&
           index / (size_t)o->parts % (size_t)o->ranks == (size_t)o->rank;
}

/* What other processes have done since is skipped too. */
static void
refresh(struct grid *grid, const struct options *o)
{
    static bool told;
    size_t      ignored;

    tool_try(grid_read(grid, o->common.output, &ignored));
    if (ignored > 0 && !told)
        tool_say("%s/runs.jsonl: %zu lines are not whole and are left out", o->common.output,
            ignored);
    told = ignored > 0;
}

static size_t
count_done(const struct grid *grid)
{
    size_t done = 0;

    for (size_t i = 0; i < grid->count; i++)
        done += grid->cells[i].done;
    return done;
}

/* A folder that cannot be written to is told now, not when the first run is done. */
static void
open_folder(const char *dir)
{
    int lock;

    tool_try(dir_make(dir));
    tool_try(grid_lock(&lock, dir));
    close(lock);
}

/* ---- runs ---- */

/* Those of our cells of task number `t` that are not done yet. */
static void
run_task(struct grid *grid, const struct options *o, const struct source *source, int t)
{
    struct trial trial;
    bool         open = false;

    for (size_t i = 0; i < grid->count && halt_signal() == 0; i++) {
        if (grid->cells[i].task != o->task[t] || !is_ours(o, i))
            continue;
        refresh(grid, o);
        if (grid->cells[i].done)
            continue;
        if (!open)
            trial_open(&trial, source, t, false);
        open = true;
        trial_record(&trial, &grid->cells[i]);
    }
    if (open)
        trial_close(&trial);
}

/* The test sets of our tasks; then, when all processes have theirs, the archive.  Returns whether
 * it was stopped. */
static bool
predict(const struct grid *grid, const struct options *o, const struct source *source)
{
    for (int t = 0; t < o->tasks && halt_signal() == 0; t++)
        if (t % o->ranks == o->rank)
            predict_task(grid, source, t);
    if (crew_meet(o, halt_signal() != 0))
        return true;
    if (o->rank == 0)
        predict_archive(grid, source);
    return false;
}

static void
report(struct grid *grid, const struct options *o, const struct source *source)
{
    struct buf path = { 0 }, json = { 0 }, table = { 0 };
    struct out out;
    int        lock;

    tool_try(grid_lock(&lock, o->common.output));
    refresh(grid, o);
    tool_try(buf_addf(&path, "%s/scores.json", o->common.output));
    tool_try(record_json(&json, grid, o->pick, source->hash));
    tool_try(file_write_all(path.bytes, json.bytes, json.len));
    tool_try(record_table(&table, grid, o->pick));
    buf_reset(&path);
    tool_try(buf_addf(&path, "%s/table.txt", o->common.output));
    tool_try(file_write_all(path.bytes, table.bytes, table.len));
    close(lock);
    tool_try(out_open(&out, "-"));
    tool_try(out_write(&out, table.bytes, table.len));
    tool_try(out_close(&out));
    buf_free(&path);
    buf_free(&json);
    buf_free(&table);
}

int
main(int argc, char **argv)
{
    struct options o;
    struct source  source = { 0 };
    struct grid    grid = { 0 };
    bool           stopped;

    tool_patient(argv);
    options_parse(&o, argc, argv);
    if (!o.dry_run)
        tool_try(halt_open());
    crew_open(&o);
    source_open(&source, &o);
    if (o.dry_run) {
        if (o.rank == 0)
            source_print(&source);
        source_close(&source);
        team_close();
        return EXIT_DONE;
    }
    o.recipe.len_max = source.rule.len_max; /* what is recorded is what is done */
    open_folder(o.common.output);
    make_grid(&grid, &o, &source);
    for (int t = 0; t < o.tasks && halt_signal() == 0; t++)
        run_task(&grid, &o, &source, t);
    stopped = crew_meet(&o, halt_signal() != 0);
    refresh(&grid, &o);
    if (!stopped && o.rank == 0)
        report(&grid, &o, &source);
    if (!stopped && o.predict)
        stopped = predict(&grid, &o, &source);
    if (stopped)
        tool_say("stopped (%s): %zu of %zu runs are recorded; run me again",
            halt_name() != NULL ? halt_name() : "another process was", count_done(&grid),
            grid.count);
    team_close();
    buf_free(&grid.memory);
    source_close(&source);
    return stopped ? EXIT_AGAIN : EXIT_DONE;
}
