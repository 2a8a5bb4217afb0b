/* report.c -- a report, which is a JSON object, as text that people read: names to the left, values
 * in one column, objects inside it indented under their name. */
#include "tools/show/show.h"

#include <math.h>
#include <string.h>

#include "lib/utf8.h"

/* Something that belonged into a report is not in it, for want of memory. */
static bool lost;

bool
report_is_whole(void)
{
    return !lost;
}

void
report_json(json_t *report, const char *key, json_t *value)
{
    lost |= json_object_set_new(report, key, value) != 0; /* no value is a failure, too */
}

/* The name of a file may be no UTF-8, as JSON must be. */
void
report_string(json_t *report, const char *key, const char *text)
{
    struct buf mended = { 0 };
    uint64_t   bad;

    if (utf8_mend(&mended, &bad, text, strlen(text), "\xEF\xBF\xBD") == OK)
        report_json(report, key, json_stringn(mended.bytes, mended.len));
    else
        lost = true;
    buf_free(&mended);
}

void
report_count(json_t *report, const char *key, uint64_t count)
{
    report_json(report, key,
        count <= INT64_MAX ? json_integer((json_int_t)count) : json_real((double)count));
}

void
report_real(json_t *report, const char *key, double value)
{
    report_json(report, key, json_real(value));
}

/* The widest name and its indent, so that all values start in one column. */
static size_t
widest(const json_t *object, size_t indent)
{
    const char *key;
    json_t     *value;
    size_t      width = 0;

    json_object_foreach ((json_t *)object, key, value) {
        size_t own = json_is_object(value) ? widest(value, indent + 2) : indent + strlen(key);

        width = own > width ? own : width;
    }
    return width;
}

static int
add_value(struct buf *text, const json_t *value)
{
    if (json_is_string(value))
        return buf_adds(text, json_string_value(value));
    if (json_is_integer(value))
        return buf_addf(text, "%lld", (long long)json_integer_value(value));
    if (json_is_real(value))
        return buf_addf(text, "%.6g", json_real_value(value));
    if (json_is_boolean(value))
        return buf_adds(text, json_is_true(value) ? "yes" : "no");
    return buf_adds(text, "-");
}

static int
add_lines(struct buf *text, const json_t *object, size_t indent, size_t width)
{
    const char *key;
    json_t     *value, *item;
    size_t      start, i;
    int         rc = OK;

    json_object_foreach ((json_t *)object, key, value) {
        start = text->len;
        rc = buf_addf(text, "%*s%s", (int)indent, "", key);
        if (rc == OK && json_is_object(value)) {
            rc = buf_addc(text, '\n');
            if (rc == OK)
                rc = add_lines(text, value, indent + 2, width);
        } else if (rc == OK && json_is_array(value)) {
            rc = buf_addc(text, '\n');
            json_array_foreach (value, i, item) {
                if (rc == OK)
                    rc = buf_addf(text, "%*s", (int)indent + 2, "");
                if (rc == OK)
                    rc = add_value(text, item);
                if (rc == OK)
                    rc = buf_addc(text, '\n');
            }
        } else if (rc == OK) {
            rc = buf_addf(text, "%*s", (int)(width + 2 - (text->len - start)), "");
            if (rc == OK)
                rc = add_value(text, value);
            if (rc == OK)
                rc = buf_addc(text, '\n');
        }
        if (rc != OK)
            return rc;
    }
    return OK;
}

int
report_text(struct buf *text, const json_t *report, const char *name)
{
    int rc = buf_addf(text, "%s\n", name);

    return rc == OK ? add_lines(text, report, 2, widest(report, 2)) : rc;
}
