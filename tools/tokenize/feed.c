/* feed.c -- see feed.h. */
#define _GNU_SOURCE /* memmem */
#include "tools/tokenize/feed.h"

#include <string.h>
#include <sys/stat.h>

int
feed_open(struct feed *f, char **paths, int count, size_t line_max)
{
    *f = (struct feed){ .paths = paths, .count = count, .line_max = line_max };
    for (int i = 0; i < count; i++) {
        struct stat st;

        if (stat(paths[i], &st) != 0 || !S_ISREG(st.st_mode)) {
            f->total = 0; /* a pipe among them: not known */
            break;
        }
        f->total += (uint64_t)st.st_size;
    }
    return OK;
}

void
feed_close(struct feed *f)
{
    if (f->open)
        in_close(&f->in);
    buf_free(&f->carry);
}

/* Where the batch that begins text ends; 0 if that is not seen yet.  *scanned: no line end behind
 * FEED_MOST before it. */
static size_t
cut_of(const struct buf *text, size_t *scanned)
{
    size_t      least = text->len < FEED_LEAST ? text->len : FEED_LEAST;
    size_t      most = text->len < FEED_MOST ? text->len : FEED_MOST;
    const char *border = memmem(text->bytes + least, most - least, "\n\n", 2), *end;

    if (border != NULL)
        return (size_t)(border - text->bytes) + 2;
    if (*scanned < FEED_MOST)
        *scanned = FEED_MOST;
    if (text->len <= *scanned)
        return 0;
    end = memchr(text->bytes + *scanned, '\n', text->len - *scanned);
    *scanned = text->len;
    return end != NULL ? (size_t)(end - text->bytes) + 1 : 0;
}

static int
too_long(const struct feed *f, uint64_t offset)
{
    return err_set(ERR_LIMIT, "%s: the line at byte %llu is longer than %zu bytes (--max-line)",
        f->in.name, (unsigned long long)offset, f->line_max);
}

/* No line of the batch is too long; its last may go on. */
static int
check_lines(const struct feed *f, const struct buf *text, size_t len)
{
    for (size_t at = 0; len > f->line_max && at < len;) {
        const char *start = text->bytes + at, *end = memchr(start, '\n', len - at);
        size_t      line = end != NULL ? (size_t)(end - start) : len - at;

        if (line > f->line_max)
            return too_long(f, f->offset + at);
        at += line + 1;
    }
    return OK;
}

/* Read on until the batch is whole; *cut is its length. */
static int
fill(struct feed *f, struct buf *text, size_t *cut, bool *file_end)
{
    size_t scanned = 0, got = FEED_READ;

    while ((*cut = cut_of(text, &scanned)) == 0 && got == FEED_READ) {
        int rc = buf_reserve(text, FEED_READ);

        if (rc == OK)
            rc = in_read(&f->in, text->bytes + text->len, FEED_READ, &got);
        if (rc != OK)
            return rc;
        text->len += got;
        f->done += got;
        if (text->len > FEED_MOST + f->line_max && (rc = check_lines(f, text, text->len)) != OK)
            return rc;
    }
    *file_end = *cut == 0;
    if (*file_end)
        *cut = text->len;
    return check_lines(f, text, *cut);
}

int
feed_next(struct feed *f, struct buf *text, const char **name, uint64_t *offset, bool *file_end)
{
    size_t cut;
    int    rc = OK;

    if (!f->open && f->index == f->count)
        return 0;
    if (!f->open) {
        rc = in_open(&f->in, f->paths[f->index++]);
        f->open = rc == OK;
        f->offset = 0;
    }
    buf_reset(text);
    if (rc == OK)
        rc = buf_add(text, f->carry.bytes, f->carry.len);
    buf_reset(&f->carry);
    if (rc == OK)
        rc = fill(f, text, &cut, file_end);
    if (rc == OK)
        rc = buf_add(&f->carry, text->bytes + cut, text->len - cut);
    if (rc != OK)
        return rc;
    text->len = cut;
    *name = f->in.name;
    *offset = f->offset;
    f->offset += cut;
    if (*file_end) {
        in_close(&f->in);
        f->open = false;
    }
    return 1;
}
