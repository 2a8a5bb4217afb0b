/* checkpoint.c -- see checkpoint.h. */
#define _GNU_SOURCE /* renameat2 */
#include "model/checkpoint.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/file.h"
#include "model/notefile.h"
#include "model/seal.h"
#include "model/tensors.h"

enum { TOKENIZER_BYTES_MAX = 256 << 20 };

enum { FILES_ALWAYS = 4 };

static const char *const file_names[] = { "config.json", "model.safetensors", "tokenizer.json",
    "optimizer.safetensors", "generator.safetensors", "notes.tsv", "notes.safetensors" };

enum { FILES = sizeof file_names / sizeof *file_names };

/* Has a model's checkpoint file i of these? */
static bool
has_file(const struct model *m, size_t i)
{
    if (i < FILES_ALWAYS)
        return true;
    return i == FILES_ALWAYS ? m->generator != NULL : m->notebook != NULL;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* The files but trainer.json; what they are goes to `files`. */
static int
write_files(struct model *m, const char *dir, const struct buf *tokenizer, json_t *files)
{
    for (size_t i = 0; i < FILES; i++) {
        char     path[PATH_BYTES], hex[HASH_HEX_BYTES] = "";
        uint64_t bytes = 0;
        int      rc = path_join(path, dir, file_names[i]);

        if (!has_file(m, i))
            continue;
        if (rc != OK)
            return rc;
        switch (i) {
        case 0:
            rc = config_write(&m->config, path);
            break;
        case 1:
            rc = tensors_save_weights(m, path, hex, &bytes);
            break;
        case 2:
            rc = file_write_all(path, tokenizer->bytes, tokenizer->len);
            break;
        case 3:
            rc = tensors_save_moments(m, path, hex, &bytes);
            break;
        case 4:
            rc = tensors_save_generator(m, path, hex, &bytes);
            break;
        case 5:
            rc = file_write_all(path, m->notebook->words->bytes, m->notebook->words->len);
            break;
        default:
            rc = notefile_save(m, path, hex, &bytes);
        }
        if (rc == OK)
            rc = seal_add(files, dir, file_names[i], hex[0] ? hex : NULL, bytes);
        if (rc != OK)
            return rc;
    }
    return OK;
}

/* Everything of a checkpoint in `dir`, synced. */
static int
write_all(struct model *m, const char *dir, const struct buf *tokenizer, const json_t *trainer)
{
    json_t *files = json_object();
    int     rc;

    if (files == NULL)
        return err_set(ERR_MEMORY, "%s: no memory for trainer.json", dir);
    if ((rc = dir_make(dir)) == OK && (rc = write_files(m, dir, tokenizer, files)) == OK &&
        (rc = seal_write(dir, trainer, files)) == OK)
        rc = dir_sync(dir);
    json_decref(files);
    return rc;
}

/* Give `tmp` the name `path`.  A directory of that name is exchanged in one step where the file
 * system can, else moved aside first; in that case a crash between the two leaves it as path.old,
 * where checkpoint_find looks too. */
static int
put_in_place(const char *tmp, const char *path)
{
    char old[PATH_BYTES];
    bool exchanged;

    if (rename(tmp, path) == 0)
        return OK;
    if (errno != ENOTEMPTY && errno != EEXIST)
        return err_io("%s: cannot rename it to %s", tmp, path);
    exchanged = renameat2(AT_FDCWD, tmp, AT_FDCWD, path, RENAME_EXCHANGE) == 0;
    if (exchanged)
        return dir_remove(tmp);
    if (snprintf(old, sizeof old, "%s.old", path) >= (int)sizeof old)
        return err_set(ERR_LIMIT, "%s: the path is too long", path);
    if (rename(path, old) != 0)
        return err_io("%s: cannot rename it to %s", path, old);
    if (rename(tmp, path) != 0)
        return err_io("%s: cannot rename it to %s", tmp, path);
    return dir_remove(old);
}

static int
point_latest(const char *run, const char *name)
{
    char link[PATH_BYTES], tmp[PATH_BYTES];
    int  rc;

    if ((rc = path_join(link, run, "latest")) != OK
        || (rc = path_join(tmp, run, "latest.tmp")) != OK)
        return rc;
    if (unlink(tmp) != 0 && errno != ENOENT)
        return err_io("%s: cannot remove", tmp);
    if (symlink(name, tmp) != 0)
        return err_io("%s: cannot make the link", tmp);
    if (rename(tmp, link) != 0)
        return err_io("%s: cannot rename it to latest", tmp);
    return dir_sync(run);
}

int
checkpoint_point(const char *run, const char *name)
{
    char    link[PATH_BYTES], now[64];
    ssize_t len;
    int     rc = path_join(link, run, "latest");

    if (rc != OK)
        return rc;
    len = readlink(link, now, sizeof now);
    if (len == (ssize_t)strlen(name) && memcmp(now, name, (size_t)len) == 0)
        return OK;
    return point_latest(run, name);
}

/* ---- what is there --------------------------------------------------------------------------- */

/* Is `name` that of a checkpoint: step-NNNNNNNN, or step-NNNNNNNN.old? */
static bool
is_step(const char *name, uint32_t *step)
{
    char  spelled[32];
    char *end;

    if (strncmp(name, "step-", 5) != 0 || name[5] < '0' || name[5] > '9')
        return false;
    *step = (uint32_t)strtoul(name + 5, &end, 10);
    snprintf(spelled, sizeof spelled, "step-%08" PRIu32 "%s", *step, *end ? ".old" : "");
    return strcmp(name, spelled) == 0;
}

static int
newest_first(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x < y) - (x > y);
}

/* The steps that RUN has checkpoints of, newest first, as u32 in `steps`. */
static int
list_steps(struct buf *steps, const char *run)
{
    struct dirent *entry;
    DIR           *dir = opendir(run);
    int            rc = OK;

    if (dir == NULL)
        return errno == ENOENT ? OK : err_io("%s: cannot read the directory", run);
    while (rc == OK && (errno = 0, entry = readdir(dir)) != NULL) {
        uint32_t step;

        if (is_step(entry->d_name, &step))
            rc = buf_add(steps, &step, sizeof step);
    }
    if (rc == OK && errno != 0)
        rc = err_io("%s: cannot read the directory", run);
    closedir(dir);
    if (steps->len > 0)
        qsort(steps->bytes, steps->len / sizeof(uint32_t), sizeof(uint32_t), newest_first);
    return rc;
}

/* Remove what a crash left half written. */
static int
sweep(const char *run)
{
    struct dirent *entry;
    DIR           *dir = opendir(run);
    int            rc = OK;

    if (dir == NULL)
        return err_io("%s: cannot read the directory", run);
    while (rc == OK && (entry = readdir(dir)) != NULL) {
        size_t len = strlen(entry->d_name);
        char   path[PATH_BYTES];

        if (strncmp(entry->d_name, "step-", 5) != 0 || len < 9 ||
            strcmp(entry->d_name + len - 4, ".tmp") != 0)
            continue;
        if ((rc = path_join(path, run, entry->d_name)) == OK)
            rc = dir_remove(path);
    }
    closedir(dir);
    return rc;
}

/* Remove what was moved aside, and all but the newest `keep` of the steps up to `step`. */
static int
prune(const char *run, uint32_t step, int keep)
{
    struct buf      steps = { 0 };
    const uint32_t *at;
    int             rc = list_steps(&steps, run), kept = 0;

    at = (const void *)steps.bytes;
    for (size_t i = 0; rc == OK && i < steps.len / sizeof *at; i++) {
        char path[PATH_BYTES];

        if (at[i] > step || (i > 0 && at[i] == at[i - 1]))
            continue;
        if (keep > 0 && ++kept > keep) {
            snprintf(path, sizeof path, "%s/step-%08" PRIu32, run, at[i]);
            rc = dir_remove(path);
        }
        snprintf(path, sizeof path, "%s/step-%08" PRIu32 ".old", run, at[i]);
        if (rc == OK)
            rc = dir_remove(path);
    }
    buf_free(&steps);
    return rc == OK ? sweep(run) : rc;
}

int
checkpoint_save(struct model *m, const char *run, uint32_t step, const struct buf *tokenizer,
    const json_t *trainer, int keep)
{
    char name[32], path[PATH_BYTES], tmp[PATH_BYTES];
    int  rc;

    snprintf(name, sizeof name, "step-%08" PRIu32, step);
    if ((rc = path_join(path, run, name)) != OK)
        return rc;
    if (snprintf(tmp, sizeof tmp, "%s.tmp", path) >= (int)sizeof tmp)
        return err_set(ERR_LIMIT, "%s: the path is too long", run);
    if ((rc = dir_make(run)) != OK || (rc = dir_remove(tmp)) != OK)
        return rc;
    rc = write_all(m, tmp, tokenizer, trainer);
    if (rc == OK)
        rc = put_in_place(tmp, path);
    if (rc == OK)
        rc = dir_sync(run);
    if (rc != OK) {
        char why[1024];

        snprintf(why, sizeof why, "%s", err_msg());
        if (dir_remove(tmp) != OK)
            return rc; /* then both are told by the one sentence there is */
        return err_set(rc, "%s", why);
    }
    if ((rc = point_latest(run, name)) != OK)
        return rc;
    return prune(run, step, keep);
}

/* ---- reading --------------------------------------------------------------------------------- */

int
checkpoint_verify(const char *dir)
{
    json_t *root;
    int     rc = seal_verify(&root, dir, file_names, FILES_ALWAYS);

    if (rc == OK)
        json_decref(root);
    return rc;
}

/* The step that RUN/latest points to; UINT32_MAX if there is no such link. */
static uint32_t
latest_step(const char *run)
{
    char     path[PATH_BYTES], name[64];
    uint32_t step;
    ssize_t  len;

    if (path_join(path, run, "latest") != OK)
        return UINT32_MAX;
    len = readlink(path, name, sizeof name - 1);
    if (len < 0)
        return UINT32_MAX;
    name[len] = '\0';
    return is_step(name, &step) ? step : UINT32_MAX;
}

/* Try one step under both its names.  OK and *path set, or the failure. */
static int
try_step(struct buf *path, const char *run, uint32_t step)
{
    static const char *const ends[] = { "", ".old" };
    int                      rc = OK;

    for (int i = 0; i < 2; i++) {
        char dir[PATH_BYTES];

        if (snprintf(dir, sizeof dir, "%s/step-%08" PRIu32 "%s", run, step, ends[i]) >=
            (int)sizeof dir)
            return err_set(ERR_LIMIT, "%s: the path is too long", run);
        if (access(dir, F_OK) != 0)
            continue;
        rc = checkpoint_verify(dir);
        if (rc == OK)
            return buf_adds(path, dir);
    }
    return rc;
}

/* From the one that `latest` names downwards; those above it belong to a run that was taken up
 * again further back, or were not finished, and come last. */
int
checkpoint_find(struct buf *path, struct buf *told, const char *run)
{
    struct buf      steps = { 0 };
    const uint32_t *at;
    uint32_t        latest = latest_step(run);
    int             rc = list_steps(&steps, run);
    size_t          count = steps.len / sizeof *at;

    at = (const void *)steps.bytes;
    buf_reset(path);
    for (int above = 0; above < 2 && rc == OK && path->len == 0; above++) {
        for (size_t i = 0; i < count && rc == OK && path->len == 0; i++) {
            if ((at[i] > latest) != above || (i > 0 && at[i] == at[i - 1]))
                continue;
            if (try_step(path, run, at[i]) != OK)
                rc = buf_addf(told, "%s\n", err_msg());
        }
    }
    if (rc == OK && path->len == 0 && count > 0)
        rc = err_set(ERR_FORMAT, "%s: no checkpoint is whole: %s", run, err_msg());
    buf_free(&steps);
    return rc == OK ? buf_adds(path, "") : rc;
}

int
checkpoint_config(struct model_config *config, const char *dir)
{
    char path[PATH_BYTES];
    int  rc = path_join(path, dir, "config.json");

    return rc == OK ? config_read(config, path) : rc;
}

int
checkpoint_tokenizer(struct buf *tokenizer, const char *dir)
{
    char path[PATH_BYTES];
    int  rc = path_join(path, dir, "tokenizer.json");

    return rc == OK ? file_read_all(tokenizer, path, TOKENIZER_BYTES_MAX) : rc;
}

int
checkpoint_load(struct model *m, json_t **trainer, const char *dir)
{
    char weights[PATH_BYTES], moments[PATH_BYTES], generator[PATH_BYTES], notes[PATH_BYTES];
    int  rc;

    if ((rc = path_join(weights, dir, "model.safetensors")) != OK ||
        (rc = path_join(moments, dir, "optimizer.safetensors")) != OK ||
        (rc = path_join(generator, dir, "generator.safetensors")) != OK ||
        (rc = path_join(notes, dir, "notes.safetensors")) != OK ||
        (rc = tensors_load_all(m, weights, generator, moments)) != OK ||
        (m->notebook != NULL && (rc = notefile_load(m, notes)) != OK))
        return rc;
    if ((rc = seal_read(trainer, dir)) == OK)
        json_object_del(*trainer, "files");
    return rc;
}

/* What a model has beside its main network; new where the checkpoint lacks it. */
static int
load_generator(struct model *m, struct buf *told, const char *dir, uint64_t seed)
{
    char path[PATH_BYTES];
    int  rc = path_join(path, dir, "generator.safetensors");

    if (rc != OK)
        return rc;
    if (access(path, F_OK) == 0)
        return tensors_load_generator(m, told, path, seed);
    tensors_start_generator(m, seed);
    return buf_addf(told, "%s has no generator: new\n", dir);
}

static int
load_notes(struct model *m, struct buf *told, const char *dir, uint64_t seed)
{
    char path[PATH_BYTES];
    int  rc = path_join(path, dir, "notes.safetensors");

    if (rc != OK)
        return rc;
    if (access(path, F_OK) == 0)
        return notefile_load(m, path);
    notebook_start(m, seed);
    return buf_addf(told, "%s has no notes: new\n", dir);
}

int
checkpoint_weights(struct model *m, struct buf *told, const char *dir, uint64_t seed)
{
    char path[PATH_BYTES];
    int  rc;

    if ((rc = path_join(path, dir, "model.safetensors")) == OK &&
        (rc = tensors_load_weights(m, told, path, seed)) == OK && m->generator != NULL)
        rc = load_generator(m, told, dir, seed);
    if (rc == OK && m->notebook != NULL)
        rc = load_notes(m, told, dir, seed);
    return rc;
}
