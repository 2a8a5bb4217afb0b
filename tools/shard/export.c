/* export.c -- see export.h.  What the formats share, and the directory, which appears as a whole:
 * it is made as OUT.tmp and renamed.  A mark in OUT.tmp tells what a killed run has left, and may
 * be taken away, from what somebody else has put there; a lock tells it from a run that goes on. */
#include "tools/shard/export.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/tool.h"

int
export_sample(
    struct export *e, enum dataset_split_id split, uint64_t index, struct dataset_sample *sample)
{
    const struct dataset_split *s = &e->dataset->split[split];

    if (index % 1024 == 0)
        tool_status("%s: %" PRIu64 " of %" PRIu64 " samples", s->name, index, s->samples);
    return dataset_get(&e->reader, split, index, sample);
}

int
export_path(
    char path[PATH_BYTES], const struct export *e, enum dataset_split_id split, const char *ending)
{
    char name[64];

    snprintf(name, sizeof name, "%s%s", e->dataset->split[split].name, ending);
    return path_join(path, e->dir, name);
}

int
export_ids(struct buf *b, const uint32_t *ids, uint32_t count, bool wide)
{
    int rc;

    if (wide)
        return buf_add(b, ids, count * sizeof *ids);
    rc = buf_reserve(b, count * sizeof(uint16_t));
    for (uint32_t i = 0; i < count && rc == OK; i++) {
        uint16_t id = (uint16_t)ids[i];

        rc = buf_add(b, &id, sizeof id);
    }
    return rc;
}

int
export_number(struct buf *b, uint32_t number)
{
    char  text[10];
    char *digit = text + sizeof text;

    do {
        *--digit = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return buf_add(b, digit, (size_t)(text + sizeof text - digit));
}

int
export_notes(struct buf *b, const struct dataset_sample *sample)
{
    int rc = buf_addc(b, '[');

    for (uint32_t i = 0; i < sample->spans && rc == OK; i++)
        rc = buf_addf(b, "%s[%" PRIu32 ", %" PRIu32 ", %" PRIu32 "]", i > 0 ? ", " : "",
            sample->span[i].first, sample->span[i].count, sample->span[i].note);
    return rc == OK ? buf_addc(b, ']') : rc;
}

/* ---- the directory ---- */

static const char mark_name[] = "unfinished-export";

/* Refuse anything but an empty directory or, if `marked_too`, one that bears our mark. */
static int
check_free(const char *path, bool marked_too)
{
    char           mark[PATH_BYTES];
    struct dirent *entry;
    struct stat    st;
    bool           empty = true;
    DIR           *list;
    int            rc = path_join(mark, path, mark_name);

    if (rc != OK || (lstat(path, &st) != 0 && errno == ENOENT))
        return rc;
    list = S_ISDIR(st.st_mode) ? opendir(path) : NULL;
    if (list == NULL)
        return err_set(ERR_IO, "%s: is there already, and is not a directory to be read", path);
    while (empty && (entry = readdir(list)) != NULL)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(list);
    if (!empty && !(marked_too && access(mark, F_OK) == 0))
        return err_set(
            ERR_IO, "%s: is there already and not empty: remove it, or choose another", path);
    return OK;
}

/* OUT without slashes at its end, and OUT.tmp. */
static int
name_dirs(char out[PATH_BYTES], char tmp[PATH_BYTES], const char *to)
{
    size_t len = strlen(to);

    while (len > 0 && to[len - 1] == '/')
        len--;
    if (len == 0)
        return err_set(ERR_IO, "\"%s\": not a directory to be made", to);
    if (snprintf(out, PATH_BYTES, "%.*s", (int)len, to) >= PATH_BYTES
        || snprintf(tmp, PATH_BYTES, "%s.tmp", out) >= PATH_BYTES)
        return err_set(ERR_LIMIT, "%s: the path is too long", to);
    return OK;
}

/* OUT.tmp, empty but for its lock, which is held. */
static int
claim_dir(const char *tmp, int *lock)
{
    char lock_path[PATH_BYTES];
    int  rc = path_join(lock_path, tmp, "lock");

    if (rc == OK)
        rc = check_free(tmp, true);
    if (rc == OK)
        rc = dir_make(tmp);
    if (rc == OK)
        rc = lock_open(lock, tmp);
    if (rc == OK) {
        /* what a killed run has left; its lock goes too, so a new one is taken */
        rc = dir_remove(tmp);
        if (rc != OK)
            unlink(lock_path);
        lock_close(*lock);
        *lock = -1;
        if (rc == OK)
            rc = dir_make(tmp);
        if (rc == OK)
            rc = lock_open(lock, tmp);
    }
    if (rc != OK)
        rmdir(tmp); /* for which another's is too full */
    return rc;
}

static int
put_mark(const char *tmp)
{
    char mark[PATH_BYTES];
    int  rc = path_join(mark, tmp, mark_name);

    return rc == OK ? file_write_all(mark, "", 0) : rc;
}

static int
take_away(const char *dir, const char *name)
{
    char path[PATH_BYTES];
    int  rc = path_join(path, dir, name);

    return rc == OK && unlink(path) != 0 ? err_io("%s: cannot remove", path) : rc;
}

/* The rename, made durable. */
static int
end_dir(const char *out, const char *tmp)
{
    int rc = take_away(tmp, "lock");

    if (rc == OK)
        rc = take_away(tmp, mark_name);
    if (rc == OK)
        rc = dir_sync(tmp);
    if (rc == OK && rename(tmp, out) != 0)
        rc = err_io("%s: cannot rename to %s", tmp, out);
    return rc == OK ? dir_sync_parent(out) : rc;
}

/* ---- */

static int
write_text(const struct export *e, const char *name, const struct buf *text)
{
    char path[PATH_BYTES];
    int  rc = path_join(path, e->dir, name);

    return rc == OK ? file_write_all(path, text->bytes, text->len) : rc;
}

static int
write_all(struct export *e, enum export_format format)
{
    static int (*const write_split[])(struct export *e, enum dataset_split_id split) = {
        [EXPORT_JSONL] = jsonl_export,
        [EXPORT_MEGATRON] = megatron_export,
        [EXPORT_MDS] = mds_export,
    };
    int rc = write_text(e, "tokenizer.json", &e->dataset->tokenizer);

    /* .bin has no room for notes, so the table would be about nothing */
    if (rc == OK && e->dataset->head.tokens.notes > 0 && format != EXPORT_MEGATRON)
        rc = write_text(e, "notes.tsv", &e->dataset->notes);
    for (int i = 0; i < DATASET_SPLITS && rc == OK; i++)
        if (e->dataset->split[i].samples > 0)
            rc = write_split[format](e, (enum dataset_split_id)i);
    tool_progress_end();
    return rc;
}

/* Away with what was made; the sentence on why stays. */
static int
drop_dir(const char *tmp, int rc)
{
    char why[4096];

    snprintf(why, sizeof why, "%s", err_msg());
    return dir_remove(tmp) == OK ? err_set(rc, "%s", why)
                                 : err_set(rc, "%s; and %s was left", why, tmp);
}

int
export_main(const char *to, const char *from, enum export_format format, uint64_t shard_bytes)
{
    char           out[PATH_BYTES], tmp[PATH_BYTES];
    struct dataset dataset;
    struct export  e = { .dataset = &dataset, .dir = tmp, .shard_bytes = shard_bytes };
    int            lock = -1, rc = name_dirs(out, tmp, to);

    if (rc == OK)
        rc = check_free(out, false);
    if (rc == OK)
        rc = dataset_open(&dataset, from);
    if (rc != OK)
        return rc;
    rc = dataset_reader_open(&e.reader, &dataset);
    if (rc == OK) {
        rc = claim_dir(tmp, &lock);
        if (rc == OK) {
            rc = put_mark(tmp);
            if (rc == OK)
                rc = write_all(&e, format);
            if (rc == OK)
                rc = end_dir(out, tmp);
            if (rc != OK)
                rc = drop_dir(tmp, rc);
        }
        lock_close(lock);
        dataset_reader_close(&e.reader);
    }
    if (rc == OK)
        tool_say("%s: %" PRIu64 " samples for training, %" PRIu64 " for validation", out,
            dataset.split[DATASET_TRAIN].samples, dataset.split[DATASET_VALID].samples);
    dataset_close(&dataset);
    return rc;
}
