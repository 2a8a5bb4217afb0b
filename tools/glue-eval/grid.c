/* grid.c -- see grid.h. */
#define _GNU_SOURCE /* flock */
#include "tools/glue-eval/grid.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/file.h"

static const size_t runs_bytes_max = (size_t)1 << 30;

int
grid_number(struct buf *text, double value)
{
    char shown[40];

    for (int digits = 1; digits <= 17; digits++) {
        snprintf(shown, sizeof shown, "%.*g", digits, value);
        if (strtod(shown, NULL) == value)
            break;
    }
    return buf_adds(text, shown);
}

static int
add_real(struct buf *text, const char *name, double value)
{
    int rc = buf_addf(text, ",\"%s\":", name);

    return rc != OK ? rc : grid_number(text, value);
}

int
grid_settings(struct buf *text, const struct cell *cell, const struct recipe *recipe,
    const char *model_hash, const char *data_hash)
{
    const struct { const char *name; double value; } reals[] = {
        { "lr", cell->lr }, { "warmup", recipe->warmup }, { "dropout", recipe->dropout },
        { "weight_decay", recipe->weight_decay }, { "clip", recipe->clip },
        { "beta1", recipe->beta1 }, { "beta2", recipe->beta2 }, { "eps", recipe->eps },
    };
    int rc = buf_addf(text, "\"task\":\"%s\",\"model\":\"%s\",\"data\":\"%s\",\"seed\":%lld,"
        "\"epochs\":%lld,\"batch\":%lld,\"max_len\":%lld", cell->task->name, model_hash, data_hash,
        cell->seed, cell->epochs, recipe->batch, recipe->len_max);

    for (size_t i = 0; i < sizeof reals / sizeof *reals && rc == OK; i++)
        rc = add_real(text, reals[i].name, reals[i].value);
    if (rc == OK && recipe->precision > 0) /* fp32 goes without saying: its runs keep their names */
        rc = buf_adds(text, ",\"precision\":\"bf16\"");
    return rc;
}

int
grid_name(struct cell *cell, const struct recipe *recipe, const char *model_hash,
    const char *data_hash)
{
    struct buf text = { 0 };
    int        rc = grid_settings(&text, cell, recipe, model_hash, data_hash);

    if (rc == OK)
        hash_hex(cell->name, text.bytes, text.len);
    buf_free(&text);
    return rc;
}

/* ---- runs.jsonl ---- */

static int
take_scores(double *scores, const json_t *run, const char *key, const struct task *task)
{
    const json_t *object = json_object_get(run, key);

    for (int i = 0; i < TASK_SCORES && task->scores[i].name != NULL; i++) {
        const json_t *value = json_object_get(object, task->scores[i].name);

        scores[i] = json_is_number(value) ? json_number_value(value) : (double)NAN;
        if (!json_is_number(value) && !task->splits[task->scores[i].split].optional)
            return ERR_FORMAT;
    }
    return OK;
}

static struct cell *
cell_of(struct grid *grid, const char *name)
{
    for (size_t i = 0; i < grid->count; i++)
        if (strcmp(grid->cells[i].name, name) == 0)
            return &grid->cells[i];
    return NULL;
}

static int
read_line(struct grid *grid, const json_t *run, const char *path, size_t line)
{
    const char  *name = json_string_value(json_object_get(run, "run"));
    struct cell *cell = name == NULL ? NULL : cell_of(grid, name);
    json_int_t   epoch = json_integer_value(json_object_get(run, "best_epoch"));

    if (cell == NULL)
        return OK; /* of another grid */
    if (take_scores(cell->best, run, "best", cell->task) != OK
        || take_scores(cell->last, run, "last", cell->task) != OK)
        return err_set(ERR_FORMAT, "%s:%zu: the run has no scores for %s", path, line,
            cell->task->name);
    if (!(epoch >= 1 && epoch <= cell->epochs))
        return err_set(ERR_FORMAT, "%s:%zu: the run has no best_epoch", path, line);
    cell->best_epoch = (int)epoch;
    cell->broke = json_integer_value(json_object_get(run, "broke_at_step")) > 0;
    cell->done = true;
    return OK;
}

static int
read_lines(struct grid *grid, const struct buf *bytes, const char *path, size_t *ignored)
{
    const char *at = bytes->bytes, *end = bytes->bytes + bytes->len, *next;
    int         rc = OK;

    for (size_t line = 1; at < end && rc == OK; line++, at = next) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        json_t     *run = NULL;

        next = stop == NULL ? end : stop + 1;
        if (stop != NULL)
            run = json_loadb(at, (size_t)(stop - at), JSON_REJECT_DUPLICATES, NULL);
        if (json_is_object(run))
            rc = read_line(grid, run, path, line);
        else
            ++*ignored;
        json_decref(run);
    }
    return rc;
}

static int
path_of(struct buf *path, const char *dir)
{
    return buf_addf(path, "%s/runs.jsonl", dir);
}

int
grid_read(struct grid *grid, const char *dir, size_t *ignored)
{
    struct buf path = { 0 }, bytes = { 0 };
    int        rc = path_of(&path, dir);

    *ignored = 0;
    if (rc == OK && !(access(path.bytes, F_OK) != 0 && errno == ENOENT)) {
        rc = file_read_all(&bytes, path.bytes, runs_bytes_max);
        if (rc == OK)
            rc = read_lines(grid, &bytes, path.bytes, ignored);
    }
    buf_free(&path);
    buf_free(&bytes);
    return rc;
}

/* A line that a dying process left without its end is ended first: it spoils only itself. */
static int
append_locked(int fd, const char *path, const struct buf *line)
{
    off_t   size = lseek(fd, 0, SEEK_END);
    char    last = '\n';
    ssize_t n;

    if (size < 0 || (size > 0 && pread(fd, &last, 1, size - 1) != 1))
        return err_io("%s: cannot read its last byte", path);
    if (last != '\n' && write(fd, "\n", 1) != 1)
        return err_io("%s: cannot write", path);
    n = write(fd, line->bytes, line->len);
    if (n < 0)
        return err_io("%s: cannot write", path);
    if ((size_t)n != line->len)
        return err_set(ERR_IO, "%s: only %zd of %zu bytes were written", path, n, line->len);
    if (fsync(fd) != 0)
        return err_io("%s: cannot sync", path);
    return OK;
}

int
grid_lock(int *lock, const char *dir)
{
    struct buf path = { 0 };
    int        rc = path_of(&path, dir);

    *lock = -1;
    if (rc == OK) {
        *lock = open(path.bytes, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        if (*lock < 0)
            rc = err_io("%s: cannot open", path.bytes);
    }
    while (rc == OK && flock(*lock, LOCK_EX) != 0)
        if (errno != EINTR)
            rc = err_io("%s: cannot lock", path.bytes);
    buf_free(&path);
    return rc;
}

int
grid_append(const char *dir, const struct buf *line)
{
    struct buf path = { 0 };
    int        fd, rc = grid_lock(&fd, dir);

    if (rc == OK && (rc = path_of(&path, dir)) == OK)
        rc = append_locked(fd, path.bytes, line);
    if (fd >= 0 && close(fd) != 0 && rc == OK)
        rc = err_io("%s: cannot close", path.bytes);
    buf_free(&path);
    return rc;
}
