/* log.c -- see log.h. */
#include "tools/train/log.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/tool.h"

enum { LOG_MAX_BYTES = 1 << 30 };

/* A line as it stands to the step that the run goes on from. */
enum standing { UP_TO_IT, BEYOND_IT, UNREADABLE };

static enum standing
standing_of(struct log *l, const char *line, size_t len, uint64_t step_max)
{
    json_t       *object = json_loadb(line, len, 0, NULL);
    json_t       *number = json_object_get(object, "step");
    json_int_t    step = json_is_integer(number) ? json_integer_value(number) : -1;
    enum standing standing = step < 0 ? UNREADABLE
        : (uint64_t)step > step_max ? BEYOND_IT : UP_TO_IT;

    if (standing == UP_TO_IT && json_object_get(object, "valid_loss") != NULL)
        l->evaluated = step;
    json_decref(object);
    return standing;
}

/* kept_bytes -- how long the file is up to its last line of a step up to step_max; notes the last
 * evaluation.  A line that cannot be read, or whose step is above that of lines behind it, costs no
 * line but itself: it stays, and is told.  One without its end is what a crash leaves of it. */
static size_t
kept_bytes(struct log *l, const struct buf *text, uint64_t step_max)
{
    size_t kept = 0, lines = 0, odd = 0, odd_kept = 0, first_odd = 0;
    bool   cutting = false;

    for (size_t at = 0, next; at < text->len; at = next) {
        const char   *line = text->bytes + at, *end = memchr(line, '\n', text->len - at);
        size_t        len = end != NULL ? (size_t)(end - line) : text->len - at;
        enum standing standing = standing_of(l, line, len, step_max);

        lines++;
        next = at + len + (end != NULL);
        if (end == NULL && standing == UNREADABLE) {
            tool_say("warning: %s:%zu: the line has no end: cut off", l->path, lines);
            break;
        }
        cutting = standing == BEYOND_IT || (cutting && standing == UNREADABLE);
        if (standing != UP_TO_IT && odd++ == 0)
            first_odd = lines;
        if (!cutting) {
            kept = next;
            odd_kept = odd;
        }
    }
    if (odd_kept > 0)
        tool_say("warning: %s:%zu: cannot be read, or is of a later step than lines behind it%s; "
            "left as it is", l->path, first_odd, odd_kept > 1 ? ", and so are others" : "");
    if (step_max == 0 && lines > 0)
        tool_say("warning: %s: begun anew: there is no checkpoint of the steps that its %zu lines "
            "tell of", l->path, lines);
    return kept;
}

/* end_line -- of a last line that lacks nothing but that. */
static int
end_line(struct log *l, const struct buf *text, size_t kept)
{
    if (kept == 0 || text->bytes[kept - 1] == '\n' || write(l->fd, "\n", 1) == 1)
        return OK;
    return err_io("%s: cannot write", l->path);
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
    if (rc == OK)
        rc = end_line(l, &text, kept);
    buf_free(&text);
    if (rc == OK)
        rc = tfevents_open(&l->events, run, step_max);
    if (rc == OK && l->events.damaged_at >= 0)
        tool_say("warning: %s: damaged at byte %lld, and cut off there; %s has those numbers",
            l->events.path, (long long)l->events.damaged_at, l->path);
    if (rc != OK)
        log_close(l);
    return rc;
}

/* An editor saves a file by putting another in its place; and a run may be removed while it goes
 * on.  What is written belongs where the name is. */
static int
follow_name(struct log *l)
{
    struct stat mine, named;

    if (fstat(l->fd, &mine) == 0 && stat(l->path, &named) == 0 && mine.st_dev == named.st_dev
        && mine.st_ino == named.st_ino)
        return OK;
    close(l->fd);
    l->fd = open(l->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (l->fd < 0)
        return err_io("%s: cannot open for writing", l->path);
    tool_say("warning: %s: another file has taken its place, and is written from now on", l->path);
    return OK;
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
        rc = follow_name(l);
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
