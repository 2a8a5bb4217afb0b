/* weights.c -- checkpoints and other model directories, runs, and single safetensors files. */
#define _GNU_SOURCE /* strdup */
#include "tools/show/show.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/hash.h"
#include "lib/jsontext.h"
#include "lib/safetensors.h"

enum { JSON_MAX_BYTES = 1 << 28 };

static int
read_json(json_t **root, const char *path)
{
    struct buf text = { 0 };
    int        rc = file_read_all(&text, path, JSON_MAX_BYTES);

    *root = NULL;
    if (rc == OK)
        rc = jsontext_parse(root, text.bytes, text.len, path);
    buf_free(&text);
    return rc;
}

/* ---- safetensors ---- */

static void
add_tensors(json_t *report, const struct safetensors *s, struct ask *ask)
{
    uint64_t values = 0;
    json_t  *list = json_object();
    char     text[256];

    for (size_t i = 0; i < s->tensors; i++) {
        const struct safetensors_tensor *t = &s->tensor[i];
        size_t                           len;

        values += t->bytes / safetensors_dtype_bytes(t->dtype);
        if (ask->limit > 0 && i >= (size_t)ask->limit)
            continue;
        len = (size_t)snprintf(text, sizeof text, "%s", safetensors_dtype_name(t->dtype));
        for (int k = 0; k < t->dims; k++)
            len += (size_t)snprintf(
                text + len, sizeof text - len, "%s%" PRIu64, k > 0 ? " x " : " ", t->shape[k]);
        report_string(list, t->name, text);
    }
    report_count(report, "tensors", s->tensors);
    report_count(report, "values", values);
    report_count(report, "bytes", s->file_bytes);
    report_json(report, "tensor", list);
}

int
tensors_show(json_t *report, const char *path, struct ask *ask)
{
    struct safetensors s;
    int                rc = safetensors_open(&s, path);

    if (rc != OK)
        return rc;
    report_string(report, "kind", "safetensors");
    for (size_t i = 0; i < s.notes; i++)
        report_string(report, s.note[i].key, s.note[i].text);
    add_tensors(report, &s, ask);
    if (ask->verify)
        report_string(report, "verified", "the header and the length; the format has no checksum");
    safetensors_close(&s);
    return OK;
}

/* ---- model directories ---- */

static int
verify_file(const char *dir, const char *name, const json_t *entry)
{
    char          path[PATH_BYTES], hex[HASH_HEX_BYTES];
    const char   *want = "";
    uint64_t      want_bytes = 0;
    XXH3_state_t *state;
    struct buf    part = { 0 };
    struct in     in;
    size_t        got = 0;
    int           rc;

    if (strchr(name, '/') != NULL)
        return err_set(ERR_FORMAT, "%s/trainer.json: it names the file \"%s\"", dir, name);
    rc = path_join(path, dir, name);
    if (rc == OK)
        rc = jsontext_u64(entry, "bytes", INT64_MAX, &want_bytes, path);
    if (rc == OK)
        rc = jsontext_string(entry, "xxh3_128", &want, path);
    if (rc == OK)
        rc = buf_reserve(&part, 1 << 18);
    if (rc == OK)
        rc = in_open(&in, path);
    if (rc != OK) {
        buf_free(&part);
        return rc;
    }
    state = XXH3_createState();
    if (state == NULL)
        rc = err_set(ERR_MEMORY, "no memory: cannot verify %s", path);
    else
        XXH3_128bits_reset(state);
    while (rc == OK && (rc = in_read(&in, part.bytes, 1 << 18, &got)) == OK && got > 0)
        XXH3_128bits_update(state, part.bytes, got);
    if (rc == OK) {
        hash_text(hex, XXH3_128bits_digest(state));
        if (in.offset != want_bytes || strcmp(hex, want) != 0)
            rc = err_set(ERR_FORMAT,
                "%s: damaged: %" PRIu64 " bytes with hash %s; trainer.json names %" PRIu64
                " with %s",
                path, in.offset, hex, want_bytes, want);
    }
    XXH3_freeState(state);
    buf_free(&part);
    in_close(&in);
    return rc;
}

static int
verify_files(json_t *report, const char *dir, const json_t *trainer, const char *where)
{
    const json_t *files = NULL;
    const char   *name;
    json_t       *entry;
    uint64_t      count = 0;
    char          text[64];
    int           rc = jsontext_object(trainer, "files", &files, where);

    if (rc != OK)
        return rc;
    json_object_foreach ((json_t *)files, name, entry) {
        rc = verify_file(dir, name, entry);
        if (rc != OK)
            return rc;
        count++;
    }
    snprintf(text, sizeof text, "%" PRIu64 " files by size and hash", count);
    report_string(report, "verified", text);
    return OK;
}

/* trainer.json ends with a hash of itself: of its object without that, compact and in order of
 * keys. */
static int
verify_trainer(json_t *trainer, const char *path)
{
    const char *want = "";
    char        hex[HASH_HEX_BYTES], *text;
    int         rc = jsontext_string(trainer, "xxh3_128", &want, path);
    json_t     *bare;

    if (rc != OK)
        return rc;
    bare = json_copy(trainer);
    if (bare == NULL || json_object_del(bare, "xxh3_128") != 0)
        return err_set(ERR_MEMORY, "no memory: cannot verify %s", path);
    text = json_dumps(bare, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(bare);
    if (text == NULL)
        return err_set(ERR_MEMORY, "no memory: cannot verify %s", path);
    hash_hex(hex, text, strlen(text));
    free(text);
    if (strcmp(hex, want) != 0)
        return err_set(ERR_FORMAT, "%s: damaged: its hash is %s, it says %s", path, hex, want);
    return OK;
}

/* The plain values of an object: numbers, strings, truths. */
static void
copy_plain(json_t *report, const json_t *from)
{
    const char *key;
    json_t     *value;

    json_object_foreach ((json_t *)from, key, value)
        if (!json_is_object(value) && !json_is_array(value))
            json_object_set(report, key, value);
}

static int
add_trainer(json_t *report, const char *dir, struct ask *ask)
{
    char    path[PATH_BYTES];
    json_t *trainer = NULL, *state = json_object();
    int     rc = path_join(path, dir, "trainer.json");

    if (rc == OK && access(path, F_OK) != 0) {
        json_decref(state);
        report_string(report, "kind", "model directory");
        if (ask->verify)
            report_string(
                report, "verified", "the weights' header; there is no trainer.json with hashes");
        return OK;
    }
    if (rc == OK)
        rc = read_json(&trainer, path);
    if (rc == OK && ask->verify)
        rc = verify_trainer(trainer, path);
    if (rc == OK && ask->verify)
        rc = verify_files(report, dir, trainer, path);
    if (rc == OK) {
        copy_plain(state, trainer);
        json_object_set(report, "training", state);
    }
    json_decref(state);
    json_decref(trainer);
    return rc;
}

int
model_show(json_t *report, const char *path, struct ask *ask)
{
    struct safetensors s;
    char               file[PATH_BYTES];
    json_t            *config = NULL, *plain = json_object(), *weights = json_object();
    int                rc = path_join(file, path, "config.json");

    report_string(report, "kind", "checkpoint");
    if (rc == OK)
        rc = read_json(&config, file);
    if (rc == OK) {
        copy_plain(plain, config);
        json_object_set(report, "config", plain);
        rc = path_join(file, path, "model.safetensors");
    }
    if (rc == OK)
        rc = safetensors_open(&s, file);
    if (rc == OK) {
        add_tensors(weights, &s, ask);
        json_object_set(report, "weights", weights);
        safetensors_close(&s);
        rc = add_trainer(report, path, ask);
    }
    json_decref(config);
    json_decref(plain);
    json_decref(weights);
    return rc;
}

/* ---- runs ---- */

/* The last whole line of log.jsonl, and the last that has `key`. */
static int
last_lines(json_t *report, const char *path)
{
    struct buf text = { 0 };
    json_t    *line, *last = NULL, *valid = NULL;
    char      *at, *end;
    uint64_t   lines = 0;
    int        rc = file_read_all(&text, path, 1 << 30);

    for (at = text.bytes; rc == OK && at != NULL && (end = strchr(at, '\n')) != NULL;
         at = end + 1) {
        lines++;
        rc = jsontext_parse(&line, at, (size_t)(end - at), path);
        if (rc != OK) {
            rc = err_set(rc, "%s, line %" PRIu64 " of the file", err_msg(), lines);
            break;
        }
        if (json_object_get(line, "valid_loss") != NULL) {
            json_decref(valid);
            valid = json_incref(line);
        }
        json_decref(last);
        last = line;
    }
    if (rc == OK) {
        report_count(report, "log_lines", lines);
        if (last != NULL)
            json_object_set(report, "last", last);
        if (valid != NULL)
            json_object_set(report, "last_evaluation", valid);
    }
    json_decref(last);
    json_decref(valid);
    buf_free(&text);
    return rc;
}

int
run_show(json_t *report, const char *path, struct ask *ask)
{
    char    file[PATH_BYTES], link[PATH_BYTES];
    json_t *latest;
    ssize_t len;
    int     rc = path_join(file, path, "log.jsonl");

    report_string(report, "kind", "run");
    if (rc == OK && access(file, F_OK) == 0)
        rc = last_lines(report, file);
    if (rc == OK)
        rc = path_join(file, path, "latest");
    if (rc != OK)
        return rc;
    len = readlink(file, link, sizeof link - 1);
    if (len < 0) {
        report_string(report, "latest", "none");
        return errno == ENOENT || errno == EINVAL ? OK : err_io("%s: cannot read the link", file);
    }
    link[len] = '\0';
    report_string(report, "latest", link);
    latest = json_object();
    rc = model_show(latest, file, ask);
    if (rc == OK)
        json_object_set(report, "checkpoint", latest);
    json_decref(latest);
    return rc;
}
