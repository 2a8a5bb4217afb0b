/* example.c -- see example.h. */
#include "tools/glue-eval/example.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"

enum { FIELDS_MAX = 17 }; /* one more than the widest file has, to see that there are too many */
static const size_t file_bytes_max = (size_t)4 << 30;

struct field {
    const char *bytes;
    size_t      len;
};

/* The lines of a file, one after the other, cut into fields. */
struct rows {
    const char  *name, *at, *end;
    size_t       line; /* of the row last read, from 1 */
    int          fields;
    int          wanted; /* fields of every row */
    struct field field[FIELDS_MAX];
};

static bool
rows_next(struct rows *r)
{
    const char *end, *next;

    if (r->at == r->end)
        return false;
    end = memchr(r->at, '\n', (size_t)(r->end - r->at));
    next = end == NULL ? r->end : end + 1;
    if (end == NULL)
        end = r->end;
    if (end > r->at && end[-1] == '\r')
        end--;
    r->line++;
    r->fields = 0;
    for (const char *at = r->at;; at++) {
        const char *tab = memchr(at, '\t', (size_t)(end - at));

        if (tab == NULL)
            tab = end;
        if (r->fields < FIELDS_MAX)
            r->field[r->fields++] = (struct field){ at, (size_t)(tab - at) };
        if (tab == end)
            break;
        at = tab;
    }
    r->at = next;
    return true;
}

static bool
is_text(struct field f, const char *text)
{
    return strlen(text) == f.len && memcmp(f.bytes, text, f.len) == 0;
}

static int
bad_label(const struct rows *r, struct field f, const struct task *task)
{
    char shown[41];

    snprintf(shown, sizeof shown, "%.*s", (int)(f.len < 40 ? f.len : 40), f.bytes);
    if (task->classes == 1)
        return err_set(ERR_FORMAT, "%s:%zu: the label \"%s\" is not a number from 0 to %g", r->name,
            r->line, shown, task->label_max);
    return err_set(ERR_FORMAT, "%s:%zu: the label \"%s\" is none of %s, %s%s%s", r->name, r->line,
        shown, task->labels[0], task->labels[1], task->classes == 3 ? ", " : "",
        task->classes == 3 ? task->labels[2] : "");
}

static int
read_label(float *label, const struct rows *r, struct field f, const struct task *task)
{
    if (task->classes == 1) {
        char   text[32], *end;
        double value;

        if (f.len == 0 || f.len >= sizeof text || f.bytes[0] < '0' || f.bytes[0] > '9')
            return bad_label(r, f, task);
        memcpy(text, f.bytes, f.len);
        text[f.len] = '\0';
        value = strtod(text, &end);
        if (end != text + f.len || !(value >= 0 && value <= task->label_max))
            return bad_label(r, f, task);
        *label = (float)(value / task->label_max);
        return OK;
    }
    for (int k = 0; k < task->classes; k++)
        if (is_text(f, task->labels[k])) {
            *label = (float)k;
            return OK;
        }
    return bad_label(r, f, task);
}

/* Behind the columns of a set without labels one more is passed over if it is called "label": the
 * diagnostic set with its labels, or a test set with one that says nothing. */
static int
read_header(struct rows *r, const struct task_split *split)
{
    int column = split->label >= 0 ? split->label : 0;

    r->wanted = split->fields;
    if (split->label_name == NULL)
        return OK;
    if (!rows_next(r))
        return err_set(ERR_TRUNCATED, "%s: the file is empty", r->name);
    if (split->label < 0 && r->fields == split->fields + 1
        && is_text(r->field[split->fields], "label"))
        r->wanted++;
    if (r->fields != r->wanted)
        return err_set(ERR_FORMAT, "%s:1: the header has %s%d columns, not %d", r->name,
            r->fields == FIELDS_MAX ? "at least " : "", r->fields, split->fields);
    if (!is_text(r->field[column], split->label_name))
        return err_set(ERR_FORMAT, "%s:1: column %d of the header is not \"%s\"", r->name,
            column + 1, split->label_name);
    return OK;
}

static int
add_row(struct examples *e, const struct rows *r, const struct task *task,
    const struct task_split *split)
{
    struct field   a = r->field[split->a], b = { NULL, 0 };
    struct example item;
    int            rc;

    if (split->b >= 0)
        b = r->field[split->b];
    if (a.len > UINT32_MAX || b.len > UINT32_MAX)
        return err_set(ERR_LIMIT, "%s:%zu: a text of more than 4 GiB", r->name, r->line);
    item = (struct example){ a.bytes, b.bytes, (uint32_t)a.len, (uint32_t)b.len, 0 };
    if (split->label >= 0 && (rc = read_label(&item.label, r, r->field[split->label], task)) != OK)
        return rc;
    e->count++;
    return buf_add(&e->rows, &item, sizeof item);
}

static int
read_rows(struct examples *e, struct rows *r, const struct task *task,
    const struct task_split *split)
{
    int rc;

    while (rows_next(r)) {
        if (r->fields == r->wanted) {
            if ((rc = add_row(e, r, task, split)) != OK)
                return rc;
            continue;
        }
        if (!split->skips_bad_rows)
            return err_set(ERR_FORMAT, "%s:%zu: the row has %s%d fields, not %d", r->name, r->line,
                r->fields == FIELDS_MAX ? "at least " : "", r->fields, r->wanted);
        if (e->skipped++ == 0)
            e->skipped_line = r->line;
    }
    if (e->count == 0)
        return err_set(ERR_TRUNCATED, "%s: no rows", r->name);
    e->items = (struct example *)(void *)e->rows.bytes;
    return OK;
}

int
examples_read(struct examples *e, const char *glue, const struct task *task, int split_index)
{
    const struct task_split *split = &task->splits[split_index];
    struct rows              r = { 0 };
    const char              *nul;
    int                      rc;

    *e = (struct examples){ 0 };
    if ((rc = buf_addf(&e->path, "%s/%s", glue, split->path)) != OK)
        return rc;
    if (split->optional && access(e->path.bytes, F_OK) != 0 && errno == ENOENT) {
        e->absent = true;
        return OK;
    }
    if ((rc = file_read_all(&e->bytes, e->path.bytes, file_bytes_max)) != OK)
        return rc;
    hash_hex(e->hash, e->bytes.bytes, e->bytes.len);
    if (e->bytes.len == 0)
        return err_set(ERR_TRUNCATED, "%s: the file is empty", e->path.bytes);
    r.name = e->path.bytes;
    r.at = e->bytes.bytes;
    r.end = r.at + e->bytes.len;
    if ((nul = memchr(r.at, '\0', e->bytes.len)) != NULL)
        return err_set(ERR_FORMAT, "%s: byte %zu is NUL: not text, or damaged", r.name,
            (size_t)(nul - r.at));
    if (e->bytes.len >= 3 && memcmp(r.at, "\xef\xbb\xbf", 3) == 0)
        r.at += 3;
    while (r.end > r.at && (r.end[-1] == '\n' || r.end[-1] == '\r')) /* empty lines at the end */
        r.end--;
    if (split->optional && split->label >= 0) {
        struct rows head = r;

        if (!rows_next(&head) || head.fields < split->fields) {
            e->absent = true;
            return OK;
        }
    }
    if ((rc = read_header(&r, split)) != OK)
        return rc;
    return read_rows(e, &r, task, split);
}

void
examples_free(struct examples *e)
{
    buf_free(&e->path);
    buf_free(&e->bytes);
    buf_free(&e->rows);
    *e = (struct examples){ 0 };
}
