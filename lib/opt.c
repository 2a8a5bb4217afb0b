/* opt.c -- see opt.h. */
#include "lib/opt.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"

enum { CONFIG_MAX_BYTES = 1 << 20 };

static const struct opt *
by_name(const struct opt *opts, const char *name, size_t len)
{
    for (const struct opt *o = opts; o->name != NULL; o++)
        if (strlen(o->name) == len && memcmp(o->name, name, len) == 0)
            return o;
    return NULL;
}

static const struct opt *
by_letter(const struct opt *opts, char letter)
{
    for (const struct opt *o = opts; o->name != NULL; o++)
        if (o->letter == letter)
            return o;
    return NULL;
}

/* ---- values ---- */

static int
add_measure(struct buf *text, enum opt_kind kind, long long v)
{
    static const char      size_units[] = "KMGT";
    static const char      time_units[] = "dhm";
    static const long long time_values[] = { 86400, 3600, 60 };
    int                    power = 0;

    if (kind == OPT_TIME) {
        for (int i = 0; i < 3; i++)
            if (v != 0 && v % time_values[i] == 0)
                return buf_addf(text, "%lld%c", v / time_values[i], time_units[i]);
        return buf_addf(text, "%llds", v);
    }
    while (power < 4 && v != 0 && v % 1024 == 0) {
        v /= 1024;
        power++;
    }
    return power == 0 ? buf_addf(text, "%lld", v)
        : buf_addf(text, "%lld%c", v, size_units[power - 1]);
}

/* As the user would write them: "from 16M to 1024T", with what else such a value looks like. */
static int
measure_out_of_range(const struct opt *o, const char *text, const char *where)
{
    struct buf range = { 0 };
    int        rc = buf_adds(&range, "from ");

    if (rc == OK)
        rc = add_measure(&range, o->kind, (long long)o->min);
    if (rc == OK)
        rc = buf_adds(&range, " to ");
    if (rc == OK)
        rc = add_measure(&range, o->kind, (long long)o->max);
    if (rc == OK)
        rc = err_set(ERR_FORMAT, "%s\"%s\" is not a value of --%s (%s, as in %s)", where, text,
            o->name, range.bytes, o->kind == OPT_SIZE ? "512K, 64M, 8G" : "90s, 15m, 3h50m");
    buf_free(&range);
    return rc;
}

static int
out_of_range(const struct opt *o, const char *text, const char *where)
{
    if (o->kind == OPT_SIZE || o->kind == OPT_TIME)
        return measure_out_of_range(o, text, where);
    if (o->kind != OPT_REAL) /* in whole numbers, not 9e+15 */
        return err_set(ERR_FORMAT, "%s\"%s\" is not a value of --%s (from %.0f to %.0f)", where,
            text, o->name, o->min, o->max);
    return err_set(ERR_FORMAT, "%s\"%s\" is not a value of --%s (from %.15g to %.15g)", where, text,
        o->name, o->min, o->max);
}

static int
set_choice(const struct opt *o, const char *text, const char *where)
{
    const char *word = o->choices;
    size_t      len = strlen(text);

    for (int i = 0;; i++) {
        size_t word_len = strcspn(word, "|");

        if (word_len == len && memcmp(word, text, len) == 0) {
            *(int *)o->value = i;
            return OK;
        }
        if (word[word_len] == '\0')
            break;
        word += word_len + 1;
    }
    return err_set(ERR_FORMAT, "%s\"%s\" is not a value of --%s (one of %s)", where, text, o->name,
        o->choices);
}

static double
unit_of(enum opt_kind kind, char c)
{
    static const char   size_units[] = "KMGT", time_units[] = "smhd";
    static const double time_values[] = { 1, 60, 3600, 86400 };
    const char         *at;

    if (kind == OPT_SIZE && (at = strchr(size_units, toupper((unsigned char)c))) != NULL && *at)
        return ldexp(1, 10 * (int)(at - size_units + 1));
    if (kind == OPT_TIME && (at = strchr(time_units, c)) != NULL && *at)
        return time_values[at - time_units];
    return 0;
}

/* Sizes and times: one or more digits-and-unit parts; a bare number is bytes or seconds. */
static int
set_measure(const struct opt *o, const char *text, const char *where)
{
    double      total = 0;
    const char *at = text;

    do {
        char  *end;
        double part, unit;

        if (!isdigit((unsigned char)*at))
            return out_of_range(o, text, where);
        part = strtod(at, &end);
        unit = *end == '\0' ? 1 : unit_of(o->kind, *end);
        if (unit == 0 || (size_t)(end - at) != strspn(at, "0123456789.")) /* 0x10 and 1e3 are not */
            return out_of_range(o, text, where);
        total += part * unit;
        at = *end == '\0' ? end : end + 1;
    } while (*at != '\0' && o->kind == OPT_TIME);
    if (*at != '\0' || !(total >= o->min && total <= o->max))
        return out_of_range(o, text, where);
    *(long long *)o->value = (long long)total;
    return OK;
}

static int
set_number(const struct opt *o, const char *text, const char *where)
{
    char *end;

    errno = 0;
    if (text[0] == '\0' || isspace((unsigned char)text[0]))
        return out_of_range(o, text, where);
    if (o->kind == OPT_INT) {
        long long v = strtoll(text, &end, 10);

        if (*end != '\0' || errno != 0 || (double)v < o->min || (double)v > o->max)
            return out_of_range(o, text, where);
        *(long long *)o->value = v;
    } else {
        double v = strtod(text, &end);

        if (*end != '\0' || !isfinite(v) || !(v >= o->min && v <= o->max))
            return out_of_range(o, text, where);
        *(double *)o->value = v;
    }
    return OK;
}

static int
set_flag(const struct opt *o, const char *text, const char *where)
{
    bool yes = strcmp(text, "yes") == 0 || strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
    bool no = strcmp(text, "no") == 0 || strcmp(text, "false") == 0 || strcmp(text, "0") == 0;

    if (!yes && !no)
        return err_set(ERR_FORMAT, "%s\"%s\" is not a value of --%s (yes or no)", where, text,
            o->name);
    *(bool *)o->value = yes;
    return OK;
}

static int
set_value(const struct opt *o, const char *text, const char *where)
{
    int rc;

    switch (o->kind) {
    case OPT_FLAG:
        rc = set_flag(o, text, where);
        break;
    case OPT_INT:
    case OPT_REAL:
        rc = set_number(o, text, where);
        break;
    case OPT_CHOICE:
        rc = set_choice(o, text, where);
        break;
    case OPT_SIZE:
    case OPT_TIME:
        rc = set_measure(o, text, where);
        break;
    default:
        *(const char **)o->value = text;
        rc = OK;
    }
    if (rc == OK && o->given != NULL)
        *o->given = true;
    return rc;
}

int
opt_set(const struct opt *opts, const char *name, const char *text, const char *where)
{
    const struct opt *o = by_name(opts, name, strlen(name));

    if (o == NULL)
        return err_set(ERR_FORMAT, "%sunknown option \"%s\"", where, name);
    if (o->kind == OPT_CONFIG)
        return err_set(ERR_FORMAT, "%s\"%s\" cannot stand in a configuration", where, name);
    return set_value(o, text, where);
}

/* ---- the configuration file ---- */

static char *
trim(char *text)
{
    size_t len;

    while (isspace((unsigned char)*text))
        text++;
    len = strlen(text);
    while (len > 0 && isspace((unsigned char)text[len - 1]))
        text[--len] = '\0';
    return text;
}

/* The text is kept for the life of the program: string options point into it. */
static struct kept {
    struct kept *before;
    struct buf   text;
} *all_kept;

static int
read_config(const struct opt *opts, const char *path)
{
    struct kept *kept = calloc(1, sizeof *kept);
    char        *line, *next;
    long         number = 1;
    int          rc;

    if (kept == NULL)
        return err_set(ERR_MEMORY, "no memory");
    kept->before = all_kept;
    all_kept = kept;
    rc = file_read_all(&kept->text, path, CONFIG_MAX_BYTES);
    if (rc == OK && kept->text.len > 0 && memchr(kept->text.bytes, '\0', kept->text.len) != NULL)
        return err_set(ERR_FORMAT, "%s: holds a NUL byte", path);
    line = kept->text.bytes;
    if (rc == OK && kept->text.len >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0)
        line += 3; /* a byte order mark, which some editors write */
    for (; rc == OK && line != NULL && *line != '\0'; line = next, number++) {
        char  where[4200];
        char *equals, *name;

        next = line + strcspn(line, "\n");
        if (*next == '\n')
            *next++ = '\0';
        name = trim(line);
        if (*name == '\0' || *name == '#')
            continue;
        snprintf(where, sizeof where, "%s:%ld: ", path, number);
        equals = strchr(name, '=');
        if (equals == NULL)
            return err_set(ERR_FORMAT, "%sno \"=\" in \"%s\"", where, name);
        *equals = '\0';
        rc = opt_set(opts, trim(name), trim(equals + 1), where);
    }
    return rc;
}

/* ---- the command line ---- */

static int
take_long(const struct opt *opts, int argc, char **argv, int *i)
{
    const char       *name = argv[*i] + 2;
    size_t            len = strcspn(name, "=");
    const char       *text = name[len] == '=' ? name + len + 1 : NULL;
    const struct opt *o = by_name(opts, name, len);

    if (o == NULL && len > 3 && memcmp(name, "no-", 3) == 0) {
        o = by_name(opts, name + 3, len - 3);
        if (o != NULL && o->kind == OPT_FLAG && text == NULL)
            return set_value(o, "no", "");
        o = NULL;
    }
    if (o == NULL)
        return err_set(ERR_FORMAT, "unknown option --%.*s", (int)len, name);
    if (o->kind == OPT_FLAG && text != NULL)
        return err_set(ERR_FORMAT, "--%s takes no value", o->name);
    if (o->kind == OPT_FLAG)
        return set_value(o, "yes", "");
    if (text == NULL && *i + 1 >= argc)
        return err_set(ERR_FORMAT, "--%s needs a value", o->name);
    return set_value(o, text != NULL ? text : argv[++*i], "");
}

static int
take_letters(const struct opt *opts, int argc, char **argv, int *i, enum opt_ask *ask)
{
    for (const char *c = argv[*i] + 1; *c != '\0'; c++) {
        const struct opt *o = by_letter(opts, *c);
        int               rc;

        if (o == NULL && *c == 'h') {
            *ask = OPT_HELP;
            continue;
        }
        if (o == NULL)
            return err_set(ERR_FORMAT, "unknown option -%c", *c);
        if (o->kind != OPT_FLAG) {
            if (c[1] == '\0' && *i + 1 >= argc)
                return err_set(ERR_FORMAT, "-%c needs a value", *c);
            return set_value(o, c[1] != '\0' ? c + 1 : argv[++*i], "");
        }
        rc = set_value(o, "yes", "");
        if (rc != OK)
            return rc;
    }
    return OK;
}

/* One pass over the command line: values are set, and what is no option goes to `operands`.  Ends
 * at once where it asks for help or the version. */
static int
parse_once(const struct opt *opts, int argc, char **argv, char **operands, int *count,
    enum opt_ask *ask)
{
    int rc = OK;

    *count = 0;
    for (int i = 1; i < argc && rc == OK; i++) {
        if (strcmp(argv[i], "--") == 0) {
            while (++i < argc)
                operands[(*count)++] = argv[i];
        } else if (strcmp(argv[i], "--help") == 0) {
            *ask = OPT_HELP;
        } else if (strcmp(argv[i], "--version") == 0) {
            *ask = OPT_VERSION;
        } else if (argv[i][0] == '-' && argv[i][1] == '-') {
            rc = take_long(opts, argc, argv, &i);
        } else if (argv[i][0] == '-' && argv[i][1] != '\0') {
            rc = take_letters(opts, argc, argv, &i, ask);
        } else {
            operands[(*count)++] = argv[i];
        }
        if (*ask != OPT_RUN)
            return OK;
    }
    return rc;
}

int
opt_parse(const struct opt *opts, int argc, char **argv, int *first, enum opt_ask *ask)
{
    char **operands = calloc((size_t)argc + 1, sizeof *operands);
    int    count, rc;

    if (operands == NULL)
        return err_set(ERR_MEMORY, "no memory");
    *ask = OPT_RUN;
    rc = parse_once(opts, argc, argv, operands, &count, ask);
    for (const struct opt *o = opts; rc == OK && *ask == OPT_RUN && o->name != NULL; o++) {
        if (o->kind != OPT_CONFIG || *(const char **)o->value == NULL)
            continue;
        rc = read_config(opts, *(const char **)o->value);
        if (rc == OK) /* once more, so that flags win over the file */
            rc = parse_once(opts, argc, argv, operands, &count, ask);
        break;
    }
    *first = argc - count;
    for (int i = 0; rc == OK && *ask == OPT_RUN && i < count; i++)
        argv[*first + i] = operands[i];
    free(operands);
    return rc;
}

/* ---- printing ---- */

static int
add_value(struct buf *text, const struct opt *o)
{
    switch (o->kind) {
    case OPT_FLAG:
        return buf_adds(text, *(bool *)o->value ? "yes" : "no");
    case OPT_INT:
        return buf_addf(text, "%lld", *(long long *)o->value);
    case OPT_REAL:
        return buf_addf(text, "%.15g", *(double *)o->value);
    case OPT_SIZE:
    case OPT_TIME:
        return add_measure(text, o->kind, *(long long *)o->value);
    case OPT_CHOICE: {
        const char *word = o->choices;

        for (int i = 0; i < *(int *)o->value; i++)
            word += strcspn(word, "|") + 1;
        return buf_addf(text, "%.*s", (int)strcspn(word, "|"), word);
    }
    default:
        return buf_adds(text, *(const char **)o->value != NULL ? *(const char **)o->value : "");
    }
}

static bool
has_default(const struct opt *o)
{
    if (o->kind == OPT_FLAG)
        return *(bool *)o->value;
    if (o->kind == OPT_STR || o->kind == OPT_CONFIG)
        return *(const char **)o->value != NULL;
    return true;
}

int
opt_help(const struct opt *opts, struct buf *text)
{
    enum { HELP_COLUMN = 30 };
    int rc = OK;

    for (const struct opt *o = opts; rc == OK && o->name != NULL; o++) {
        size_t      start = text->len, width;
        const char *arg = o->kind == OPT_CHOICE ? o->choices : o->arg;
        bool        value = o->kind != OPT_FLAG;
        char        letter[8] = "    ";

        if (o->letter != 0)
            snprintf(letter, sizeof letter, "-%c, ", o->letter);
        rc = buf_addf(text, "  %s--%s%s%s", letter, o->name, value ? " " : "", value ? arg : "");
        width = text->len - start;
        if (rc == OK)
            rc = width < HELP_COLUMN ? buf_addf(text, "%*s", (int)(HELP_COLUMN - width), "")
                                     : buf_addf(text, "\n%*s", HELP_COLUMN, "");
        if (rc == OK)
            rc = buf_adds(text, o->help);
        if (rc == OK && has_default(o)) {
            rc = buf_adds(text, " (");
            if (rc == OK)
                rc = add_value(text, o);
            if (rc == OK)
                rc = buf_addc(text, ')');
        }
        if (rc == OK)
            rc = buf_addc(text, '\n');
    }
    return rc;
}

int
opt_dump(const struct opt *opts, struct buf *text)
{
    int rc = OK;

    for (const struct opt *o = opts; rc == OK && o->name != NULL; o++) {
        const char *word = o->kind == OPT_STR ? *(const char **)o->value : NULL;

        if (o->kind == OPT_CONFIG || (o->kind == OPT_STR && word == NULL))
            continue;
        if (word != NULL && strchr(word, '\n') != NULL)
            return err_set(ERR_FORMAT, "--%s: a value with a line end in it cannot be kept in a "
                "configuration", o->name);
        rc = buf_addf(text, "%s = ", o->name);
        if (rc == OK)
            rc = add_value(text, o);
        if (rc == OK)
            rc = buf_addc(text, '\n');
    }
    return rc;
}
