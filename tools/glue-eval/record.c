/* record.c -- see record.h.
 *
 * Of each task the learning rate is taken whose median over the seeds is the highest (Ke et al.
 * 2021, appendix B).  Two averages are in use and cannot be compared: Ke et al. count MNLI-m and
 * -mm apart, nine numbers, of medians; Wu et al. (TNF) count eight, with MNLI once, of means. */
#include "tools/glue-eval/record.h"

#include <math.h>
#include <time.h>

#include "model/metric.h"

/* ---- a line of runs.jsonl ---- */

static int
add_scores(struct buf *line, const struct cell *cell, const struct finetune_epoch *epoch)
{
    int rc = OK;

    for (int i = 0; i < TASK_SCORES && cell->task->scores[i].name != NULL && rc == OK; i++) {
        if (isnan(epoch->scores[i]))
            continue;
        rc = buf_addf(line, "%s\"%s\":", i > 0 ? "," : "", cell->task->scores[i].name);
        if (rc == OK)
            rc = grid_number(line, epoch->scores[i]);
    }
    return rc;
}

static int
add_epochs(struct buf *line, const struct cell *cell, const struct finetune_result *result)
{
    int rc = buf_adds(line, ",\"evaluations\":[");

    for (int i = 0; i < result->count && rc == OK; i++) {
        if ((rc = buf_addf(line, "%s{\"epoch\":%d,\"loss\":", i > 0 ? "," : "", i + 1)) != OK
            || (rc = grid_number(line, result->epochs[i].loss)) != OK
            || (rc = buf_addc(line, ',')) != OK
            || (rc = add_scores(line, cell, &result->epochs[i])) != OK
            || (rc = buf_addc(line, '}')) != OK)
            return rc;
    }
    return rc != OK ? rc : buf_addc(line, ']');
}

int
record_line(struct buf *line, const struct cell *cell, const struct finetune_result *result,
    const struct record_facts *facts)
{
    const struct finetune_epoch *best = &result->epochs[result->best];
    const struct finetune_epoch *last = &result->epochs[result->count - 1];
    time_t                       started = (time_t)facts->started;
    struct tm                    utc;
    char                         stamp[32] = "";
    int                          rc;

    if (gmtime_r(&started, &utc) != NULL)
        strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &utc);
    if ((rc = buf_addf(line, "{\"run\":\"%s\",%s,\"rows\":%zu,\"truncated\":%zu,\"steps\":%u",
             cell->name, facts->settings, facts->rows, facts->truncated, result->steps)) != OK
        || (rc = add_epochs(line, cell, result)) != OK
        || (rc = buf_addf(line, ",\"best_epoch\":%d,\"best\":{", result->best + 1)) != OK
        || (rc = add_scores(line, cell, best)) != OK || (rc = buf_adds(line, "},\"last\":{")) != OK
        || (rc = add_scores(line, cell, last)) != OK
        || (rc = buf_addf(line, "},\"undefined\":%s,\"broke_at_step\":%u,\"device\":\"%s\"",
                best->undefined || last->undefined ? "true" : "false", result->broke,
                facts->device)) != OK)
        return rc;
    return buf_addf(line, ",\"time\":{\"started\":\"%s\",\"seconds\":%.3f}}\n", stamp,
        facts->seconds);
}

/* ---- the table ---- */

struct spread {
    double median, mean, min, max;
};

struct summary { /* of a task */
    size_t        runs, asked; /* at the chosen lr */
    double        lr;
    struct spread scores[TASK_SCORES];
};

static const double *
scores_of(const struct cell *cell, enum record_pick pick)
{
    return pick == RECORD_BEST ? cell->best : cell->last;
}

/* The spread of one score over the runs done at one lr; `values` has room for all cells. */
static struct spread
spread_of(double *values, const struct grid *grid, const struct task *task, double lr, int score,
    enum record_pick pick, size_t *runs)
{
    struct spread s = { 0 };
    size_t        count = 0;

    for (size_t i = 0; i < grid->count; i++)
        if (grid->cells[i].task == task && grid->cells[i].lr == lr && grid->cells[i].done)
            values[count++] = scores_of(&grid->cells[i], pick)[score];
    *runs = count;
    if (count == 0)
        return s;
    s.median = metric_median(values, count); /* and now they are sorted */
    s.min = values[0];
    s.max = values[count - 1];
    for (size_t i = 0; i < count; i++)
        s.mean += values[i] / (double)count;
    return s;
}

/* runs 0: no run of the task is done. */
static struct summary
summarise(double *values, const struct grid *grid, const struct task *task, enum record_pick pick)
{
    struct summary best = { 0 };

    for (size_t i = 0; i < grid->count; i++) {
        const struct cell *cell = &grid->cells[i];
        size_t             runs;
        struct spread      s;

        if (cell->task != task || (best.runs > 0 && cell->lr == best.lr))
            continue;
        s = spread_of(values, grid, task, cell->lr, 0, pick, &runs);
        if (runs > 0 && (best.runs == 0 || s.median > best.scores[0].median)) {
            best.lr = cell->lr;
            best.runs = runs;
            best.scores[0] = s;
        }
    }
    for (int k = 1; k < TASK_SCORES && best.runs > 0; k++)
        best.scores[k] = spread_of(values, grid, task, best.lr, k, pick, &best.runs);
    for (size_t i = 0; i < grid->count && best.runs > 0; i++)
        best.asked += grid->cells[i].task == task && grid->cells[i].lr == best.lr;
    return best;
}

int
record_best(const struct cell **best, const struct grid *grid, const struct task *task,
    enum record_pick pick)
{
    struct buf     memory = { 0 };
    struct summary summary;
    int            rc = buf_reserve(&memory, grid->count * sizeof(double));

    *best = NULL;
    if (rc != OK)
        return rc;
    summary = summarise((double *)(void *)memory.bytes, grid, task, pick);
    for (size_t i = 0; i < grid->count; i++) {
        const struct cell *cell = &grid->cells[i];

        if (cell->task == task && cell->done && cell->lr == summary.lr
            && (*best == NULL || scores_of(cell, pick)[0] > scores_of(*best, pick)[0]))
            *best = cell;
    }
    buf_free(&memory);
    return OK;
}

/* An average over tasks: `parts` of `of` numbers were there. */
struct average {
    double sum;
    int    parts, of;
};

static void
add_part(struct average *average, const struct summary *s, double value)
{
    average->of++;
    if (s->runs == 0)
        return;
    average->parts++;
    average->sum += value;
}

static void
add_averages(struct average *tupe, struct average *tnf, const struct task *task,
    const struct summary *s)
{
    if (!task->counted)
        return;
    add_part(tnf, s, s->scores[0].mean);
    /* a further score of the same metric is that of a second dev set */
    for (int i = 0; i < TASK_SCORES && task->scores[i].name != NULL; i++)
        if (task->scores[i].metric == task->scores[0].metric)
            add_part(tupe, s, s->scores[i].median);
}

/* The diagnostic set has a score only where its labels are. */
static bool
has_score(const struct summary *s, const struct task *task, int score)
{
    return !task->splits[task->scores[score].split].optional
        || (s->runs > 0 && !isnan(s->scores[score].mean));
}

static int
table_rows(struct buf *text, const struct task *task, const struct summary *s)
{
    int rc = OK;

    for (int i = 0; i < TASK_SCORES && task->scores[i].name != NULL && rc == OK; i++) {
        const struct task_score *score = &task->scores[i];

        if (!has_score(s, task, i))
            continue;
        rc = buf_addf(text, "%-6s %-12s", i == 0 ? task->name : "", score->name);
        if (rc == OK && s->runs == 0)
            rc = buf_addf(text, " %7s %7s %7s  %7s  %s\n", "-", "-", "-", "-", "0");
        else if (rc == OK)
            rc = buf_addf(text, " %7.2f %7.2f %7.2f  %7g  %zu of %zu\n", 100 * s->scores[i].median,
                100 * s->scores[i].min, 100 * s->scores[i].max, s->lr, s->runs, s->asked);
    }
    return rc;
}

static int
table_average(struct buf *text, const char *name, const struct average *a)
{
    int rc = buf_addf(text, "%-19s", name);

    if (rc == OK && a->parts == 0)
        rc = buf_addf(text, " %7s", "-");
    else if (rc == OK)
        rc = buf_addf(text, " %7.2f", 100 * a->sum / a->parts);
    return rc != OK ? rc : buf_addf(text, "  over %d of %d numbers\n", a->parts, a->of);
}

int
record_table(struct buf *text, const struct grid *grid, enum record_pick pick)
{
    struct average tupe = { 0 }, tnf = { 0 };
    struct buf     memory = { 0 };
    double        *values;
    int            rc;

    if ((rc = buf_reserve(&memory, grid->count * sizeof *values)) != OK)
        return rc;
    values = (double *)(void *)memory.bytes;
    rc = buf_addf(text, "%-6s %-12s %7s %7s %7s  %7s  %s\n", "task", "score", "median", "lowest",
        "highest", "lr", "runs");
    for (int i = 0; i < TASK_COUNT && rc == OK; i++) {
        struct summary s = summarise(values, grid, &task_all[i], pick);

        rc = table_rows(text, &task_all[i], &s);
        add_averages(&tupe, &tnf, &task_all[i], &s);
    }
    buf_free(&memory);
    if (rc == OK)
        rc = table_average(text, "GLUE, as TUPE", &tupe);
    return rc != OK ? rc : table_average(text, "GLUE, as TNF", &tnf);
}

/* ---- scores.json ---- */

static int
json_spread(struct buf *text, const char *name, const struct spread *s)
{
    const struct { const char *name; double value; } parts[] = {
        { "median", s->median }, { "mean", s->mean }, { "lowest", s->min }, { "highest", s->max },
    };
    int rc = buf_addf(text, ",\"%s\":{", name);

    for (size_t i = 0; i < 4 && rc == OK; i++)
        if ((rc = buf_addf(text, "%s\"%s\":", i > 0 ? "," : "", parts[i].name)) == OK)
            rc = grid_number(text, parts[i].value);
    return rc != OK ? rc : buf_addc(text, '}');
}

static int
json_task(struct buf *text, const struct task *task, const struct summary *s, bool first)
{
    int rc = buf_addf(text, "%s\n\"%s\":{\"runs\":%zu,\"asked\":%zu,\"lr\":", first ? "" : ",",
        task->name, s->runs, s->asked);

    if (rc == OK)
        rc = grid_number(text, s->lr);
    for (int i = 0; i < TASK_SCORES && task->scores[i].name != NULL && rc == OK; i++)
        if (has_score(s, task, i))
            rc = json_spread(text, task->scores[i].name, &s->scores[i]);
    return rc != OK ? rc : buf_addc(text, '}');
}

static int
json_average(struct buf *text, const char *name, const struct average *a)
{
    int rc = buf_addf(text, ",\n\"%s\":{\"mean\":", name);

    if (rc == OK)
        rc = a->parts == 0 ? buf_adds(text, "null") : grid_number(text, a->sum / a->parts);
    return rc != OK ? rc : buf_addf(text, ",\"numbers\":%d,\"of\":%d}", a->parts, a->of);
}

int
record_json(struct buf *text, const struct grid *grid, enum record_pick pick,
    const char *model_hash)
{
    struct average tupe = { 0 }, tnf = { 0 };
    struct buf     memory = { 0 };
    double        *values;
    bool           first = true;
    int            rc;

    if ((rc = buf_reserve(&memory, grid->count * sizeof *values)) != OK)
        return rc;
    values = (double *)(void *)memory.bytes;
    rc = buf_addf(text, "{\"model\":\"%s\",\n\"evaluation\":\"%s\",\n\"tasks\":{", model_hash,
        pick == RECORD_BEST ? "best" : "last");
    for (int i = 0; i < TASK_COUNT && rc == OK; i++) {
        struct summary s = summarise(values, grid, &task_all[i], pick);

        add_averages(&tupe, &tnf, &task_all[i], &s);
        if (s.runs == 0)
            continue;
        rc = json_task(text, &task_all[i], &s, first);
        first = false;
    }
    buf_free(&memory);
    if (rc == OK && (rc = buf_addc(text, '}')) == OK
        && (rc = json_average(text, "glue_tupe", &tupe)) == OK
        && (rc = json_average(text, "glue_tnf", &tnf)) == OK)
        rc = buf_adds(text, "}\n");
    return rc;
}
