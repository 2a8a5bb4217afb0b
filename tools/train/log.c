/* log.c -- see log.h. */
#include "tools/train/log.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/file.h"

enum { LOG_MAX_BYTES = 1 << 30 };

/* kept_bytes -- how long the whole lines of steps up to step_max are; notes the last evaluation. */
static size_t
kept_bytes(struct log *l, const struct buf *text, uint64_t step_max)
{
    size_t kept = 0;

    while (kept < text->len) {
        const char *line = text->bytes + kept, *end = memchr(line, '\n', text->len - kept);
        json_t     *object, *step;
        bool        keep;

        if (end == NULL)
            break; /* cut by a crash */
        object = json_loadb(line, (size_t)(end - line), 0, NULL);
        step = json_object_get(object, "step");
        keep = json_is_integer(step) && json_integer_value(step) >= 0
            && (uint64_t)json_integer_value(step) <= step_max;
        if (keep && json_object_get(object, "valid_loss") != NULL)
            l->evaluated = json_integer_value(step);
        json_decref(object);
        if (!keep)
            break;
        kept += (size_t)(end - line) + 1;
    }
    return kept;
}

int
log_open(struct log *l, const char *run, uint64_t step_max)
{
    struct buf text = { 0 };
    size_t     path_bytes = strlen(run) + sizeof "/log.jsonl", kept;
    int        rc = OK;

    *l = (struct log){ .fd = -1, .events.fd = -1, .evaluated = -1 };
    l->path = malloc(path_bytes);
    if (l->path == NULL)
        return err_set(ERR_MEMORY, "no memory: cannot open the log of %s", run);
    snprintf(l->path, path_bytes, "%s/log.jsonl", run);
    l->fd = open(l->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (l->fd < 0)
        rc = err_io("%s: cannot open for writing", l->path);
    if (rc == OK)
        rc = file_read_all(&text, l->path, LOG_MAX_BYTES);
    kept = rc == OK ? kept_bytes(l, &text, step_max) : 0;
    if (rc == OK
        && (ftruncate(l->fd, (off_t)kept) != 0 || lseek(l->fd, 0, SEEK_END) != (off_t)kept))
        rc = err_io("%s: cannot cut to %zu bytes", l->path, kept);
    buf_free(&text);
    if (rc == OK)
        rc = tfevents_open(&l->events, run, step_max);
    if (rc != OK)
        log_close(l);
    return rc;
}

static int
write_line(struct log *l, const struct buf *line)
{
    for (size_t done = 0; done < line->len;) {
        ssize_t n = write(l->fd, line->bytes + done, line->len - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_io("%s: cannot write", l->path);
        done += (size_t)n;
    }
    return OK;
}

int
log_add(struct log *l, uint64_t step, double epoch, uint64_t tokens, int count,
    const struct log_field *fields)
{
    struct tfevents_value values[LOG_FIELDS_MAX];
    struct timeval        now;
    struct buf            line = { 0 };
    int                   rc;

    CHECK(count <= LOG_FIELDS_MAX);
    rc = buf_addf(&line, "{\"step\":%llu,\"epoch\":%.9g,\"tokens\":%llu", (unsigned long long)step,
        epoch, (unsigned long long)tokens);
    for (int i = 0; rc == OK && i < count; i++) {
        rc = buf_addf(&line, ",\"%s\":%.9g", fields[i].name, fields[i].value);
        values[i] = (struct tfevents_value){ fields[i].name, fields[i].value };
    }
    if (rc == OK)
        rc = buf_adds(&line, "}\n");
    if (rc == OK)
        rc = write_line(l, &line);
    buf_free(&line);
    gettimeofday(&now, NULL);
    if (rc == OK)
        rc = tfevents_add(&l->events, (double)now.tv_sec + 1e-6 * (double)now.tv_usec, step, count,
            values);
    return rc;
}

int
log_sync(struct log *l)
{
    if (fsync(l->fd) != 0)
        return err_io("%s: cannot sync", l->path);
    return tfevents_sync(&l->events);
}

void
log_close(struct log *l)
{
    if (l->fd >= 0)
        close(l->fd);
    free(l->path);
    tfevents_close(&l->events);
    *l = (struct log){ .fd = -1, .events.fd = -1 };
}
