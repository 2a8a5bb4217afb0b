/* convert.c -- {{convert|10|km|mi}}: "10 kilometres (6.2 mi)".
 *
 * Names and roundings follow the module "Convert" of the English Wikipedia: the output is rounded
 * to a precision like the input's, seen through the factor between the units, and has at least two
 * significant figures; temperatures are rounded by their kelvins.  Units not in unit.c, and options
 * that change more than names, give the input alone. */
#include "tools/wikiextract/give.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/wikiextract/unit.h"

enum { VALUES_MAX = 4, OUTPUTS_MAX = 3 };

/* What was asked for. */
struct request {
    struct span        text[VALUES_MAX]; /* the values as written */
    double             value[VALUES_MAX];
    struct span        between[VALUES_MAX]; /* "to", "-", "by" behind value i */
    int                values;
    const struct unit *from;
    struct span        from_code, to;
    int                precision; /* decimals of the output, or NO_PRECISION */
    const char        *language;
    bool               american, adjective, abbreviated, spelled, input_only, output_only, swap;
};

enum { NO_PRECISION = -100 };

/* Reads "1,234.5", "-3", "1/2", "2+1/2"; false if it is none of these. */
static bool
read_number(struct span text, double *value)
{
    char   digits[64], *end;
    size_t len = 0;
    double whole = 0, part;

    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == ',')
            continue;
        if (len + 1 >= sizeof digits)
            return false;
        if (text.len - i >= 3 && memcmp(text.at + i, "−", 3) == 0) {
            digits[len++] = '-';
            i += 2;
        } else {
            digits[len++] = text.at[i];
        }
    }
    digits[len] = '\0';
    if (len == 0 || !(ascii_digit(digits[0]) || digits[0] == '-' || digits[0] == '.'
        || digits[0] == '+')
        || strpbrk(digits, "xXnN") != NULL)
        return false;
    part = strtod(digits, &end);
    if (end == digits)
        return false;
    if (*end == '+') {
        whole = part;
        part = strtod(end + 1, &end);
    }
    if (*end == '/') {
        double below = strtod(end + 1, &end);

        if (below == 0)
            return false;
        part /= below;
    }
    *value = whole + part;
    return *end == '\0' && isfinite(*value) && fabs(*value) < 1e30;
}

static bool
is_range(struct span s)
{
    static const char *const words[] = { "to", "-", "–", "and", "by", "x", "or", "×", "to(-)",
        "+/-", "±", "to about", "and(-)", "or(-)" };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (span_equals(s, words[i]))
            return true;
    return false;
}

static bool
named_is(const struct template_call *call, const char *name, const char *value)
{
    return span_equals(template_named(call, name), value);
}

/* The arguments into `r`; false when the first value or unit is not understood. */
static bool
read_request(struct request *r, const struct template_row *row, const struct template_call *call)
{
    int i = 1;

    *r = (struct request){ .precision = NO_PRECISION, .language = call->language };
    while (r->values < VALUES_MAX) {
        r->text[r->values] = template_arg(call, i++);
        if (!read_number(r->text[r->values], &r->value[r->values]))
            return false;
        r->between[r->values++] = template_arg(call, i);
        if (!is_range(template_arg(call, i)))
            break;
        i++;
    }
    r->between[r->values - 1].len = 0;
    r->from_code = template_arg(call, i++);
    r->from = unit_find(r->from_code);
    for (double p; template_arg(call, i).len > 0; i++) {
        if (read_number(template_arg(call, i), &p) && p == floor(p) && fabs(p) < 20)
            r->precision = (int)p;
        else if (r->to.len == 0)
            r->to = template_arg(call, i);
    }
    r->american = named_is(call, "sp", "us");
    r->adjective = named_is(call, "adj", "on") || named_is(call, "adj", "mid");
    r->abbreviated = row->number == 1 || named_is(call, "abbr", "on")
        || named_is(call, "abbr", "in")
        || named_is(call, "abbr", "values");
    r->spelled = named_is(call, "abbr", "off") || named_is(call, "abbr", "none");
    if (r->spelled || named_is(call, "abbr", "out"))
        r->abbreviated = false;
    if (strcmp(call->language, "en") != 0 && strcmp(call->language, "simple") != 0)
        r->abbreviated = true; /* the names are English */
    r->input_only = named_is(call, "disp", "unit") || named_is(call, "disp", "unit2");
    r->output_only = named_is(call, "disp", "out") || named_is(call, "disp", "output only")
        || named_is(call, "disp", "number");
    r->swap = named_is(call, "order", "flip") || named_is(call, "disp", "flip");
    return r->from != NULL || r->from_code.len > 0;
}

static double
change(const struct unit *from, const struct unit *to, double value)
{
    return (value * from->scale + from->offset - to->offset) / to->scale;
}

/* Decimals of what was written, negative for zeros at the end of a whole number. */
static int
written_precision(struct span text)
{
    const char *dot = memchr(text.at, '.', text.len);
    int         zeros = 0;

    if (memchr(text.at, '/', text.len) != NULL)
        return 1;
    if (dot != NULL)
        return (int)(text.len - (size_t)(dot + 1 - text.at));
    while (zeros < (int)text.len && (text.at[text.len - 1 - (size_t)zeros] == '0'))
        zeros++;
    return zeros == (int)text.len ? 0 : -zeros;
}

static int
precision_of(const struct request *r, int i, const struct unit *to, double result)
{
    double in = r->value[i], kelvin, adjust;
    int    least, precision = written_precision(r->text[i]);

    if (r->precision != NO_PRECISION)
        return r->precision;
    if (to->kind == 't') {
        kelvin = fabs(in * r->from->scale + r->from->offset);
        adjust = 0;
        least = kelvin < 1e-8 ? 2 : 2 - (int)floor(log10(kelvin) + 1e-14);
    } else {
        if (in == 0 || result == 0)
            return 0;
        adjust = log10(fabs(in / result)) + log10(2);
        least = 1 - (int)floor(log10(fabs(result)) + 1e-14);
    }
    precision = (int)floor(precision + adjust);
    return precision > least ? precision : least;
}

static void
add_value(struct grow *out, double value, int precision, const char *language)
{
    char   text[128];
    double step = pow(10, -precision);

    if (precision > 15)
        precision = 15;
    if (precision < 0) {
        value = floor(fabs(value) / step + 0.5) * step * (value < 0 ? -1 : 1);
        precision = 0;
    } else { /* halves are rounded away from zero, as by hand */
        value += (value < 0 ? -1 : 1) * step * 1e-9;
    }
    snprintf(text, sizeof text, "%.*f", precision, fabs(value));
    if (value < 0 && strspn(text, "0.") != strlen(text))
        grow_adds(out, "−");
    number_group(out, (struct span){ text, strlen(text) }, language);
}

/* A unit's name; American spelling ends in -er what is -re here. */
static void
add_name(struct grow *out, const struct request *r, const char *name)
{
    for (const char *p = name; *p != '\0'; p++) {
        if (r->american && (strncmp(p, "metre", 5) == 0 || strncmp(p, "litre", 5) == 0)) {
            grow_add(out, p, 3);
            grow_adds(out, "er");
            p += 4;
        } else {
            grow_addc(out, *p);
        }
    }
}

static void
add_unit(struct grow *out, const struct request *r, const struct unit *unit, bool symbol,
    double value)
{
    if (symbol && (unit->symbol[0] == '/' || strncmp(unit->symbol, "×", 2) == 0)) {
        grow_adds(out, unit->symbol);
    } else {
        grow_adds(out, r->adjective && !symbol ? "-" : " ");
        if (symbol)
            grow_adds(out, unit->symbol);
        else
            add_name(out, r, fabs(value) == 1 || r->adjective ? unit->one : unit->many);
    }
}

/* "to(-)" is the word before names, and a dash before symbols. */
static void
add_between(struct grow *out, struct span word, bool symbol)
{
    bool either = word.len > 3 && memcmp(word.at + word.len - 3, "(-)", 3) == 0;

    if (span_is(word, "-") || span_is(word, "–") || (either && symbol)) {
        grow_adds(out, "–");
        return;
    }
    grow_addc(out, ' ');
    if (span_is(word, "x"))
        grow_adds(out, "×");
    else if (either)
        grow_span(out, (struct span){ word.at, word.len - 3 });
    else if (span_is(word, "+/-"))
        grow_adds(out, "±");
    else
        grow_span(out, word);
    grow_addc(out, ' ');
}

static void
add_input(struct grow *out, const struct request *r, bool symbol)
{
    for (int i = 0; i < r->values; i++) {
        if (*r->text[i].at == '-') {
            grow_adds(out, "−");
            number_group(out, (struct span){ r->text[i].at + 1, r->text[i].len - 1 }, r->language);
        } else {
            number_group(out, r->text[i], r->language);
        }
        if (i + 1 < r->values)
            add_between(out, r->between[i], symbol);
    }
    if (r->from != NULL) {
        add_unit(out, r, r->from, symbol, r->value[r->values - 1]);
    } else {
        grow_addc(out, ' ');
        grow_span(out, r->from_code);
    }
}

static void
add_output(struct grow *out, const struct request *r, const struct unit *to, bool symbol)
{
    double result = 0;

    for (int i = 0; i < r->values; i++) {
        result = change(r->from, to, r->value[i]);
        add_value(out, result, precision_of(r, i, to, result), r->language);
        if (i + 1 < r->values)
            add_between(out, r->between[i], symbol);
    }
    add_unit(out, r, to, symbol, result);
}

/* {{convert|5|ft|11|in|m}}: feet and inches, stones and pounds; false if it is no such call. */
static bool
compound(const struct template_call *call, struct grow *out)
{
    struct request     r = { .precision = NO_PRECISION, .values = 1, .language = call->language };
    const struct unit *small = unit_find(template_arg(call, 4)), *to;
    double             more, p;

    r.from = unit_find(template_arg(call, 2));
    if (r.from == NULL || small == NULL || small->kind != r.from->kind
        || !(small->scale < r.from->scale)
        || !read_number(template_arg(call, 1), &r.value[0])
            || !read_number(template_arg(call, 3), &more))
        return false;
    to = unit_find(template_arg(call, 5));
    if (to == NULL || to->kind != small->kind)
        to = unit_find(small->kind == 'l' ? (struct span){ "m", 1 } : (struct span){ "kg", 2 });
    if (to == NULL || to->kind != small->kind)
        return false;
    grow_span(out, template_arg(call, 1));
    add_unit(out, &r, r.from, !named_is(call, "abbr", "off"), r.value[0]);
    grow_addc(out, ' ');
    grow_span(out, template_arg(call, 3));
    add_unit(out, &r, small, !named_is(call, "abbr", "off"), more);
    r.value[0] = r.value[0] * r.from->scale / small->scale + more;
    r.from = small;
    r.text[0] = (struct span){ "1", 1 };
    if (read_number(template_arg(call, 6), &p) && fabs(p) < 20)
        r.precision = (int)p;
    else if (to->scale == 1 && to->kind == 'l')
        r.precision = 2;
    grow_adds(out, " (");
    add_output(out, &r, to, true);
    grow_addc(out, ')');
    return true;
}

/* Metres as feet and inches: what people's heights are given in, and metres below 3 by default. */
static bool
feet_and_inches(const struct request *r, struct grow *out)
{
    bool   asked = span_is(r->to, "ftin") || span_is(r->to, "ft in") || span_is(r->to, "ft+in");
    bool   usual = r->to.len == 0 && r->values == 1 && r->value[0] > 0 && r->value[0] < 3
        && span_is(r->from_code, "m") && r->precision == NO_PRECISION;
    char   text[64];
    double inches;

    if (!(asked || usual) || r->from == NULL || r->from->kind != 'l' || r->values != 1
        || r->input_only || r->swap)
        return false;
    inches = floor(fabs(r->value[0]) * r->from->scale / 0.0254 + 0.5);
    if (inches > 1e7)
        return false;
    if (!r->output_only) {
        add_input(out, r, r->abbreviated);
        grow_adds(out, " (");
    }
    snprintf(text, sizeof text, "%.0f ft %.0f in", floor(inches / 12), fmod(inches, 12));
    grow_adds(out, text);
    if (!r->output_only)
        grow_addc(out, ')');
    return true;
}

bool
convert_give(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    struct request     r;
    const struct unit *to[OUTPUTS_MAX];
    int                outputs = 0;
    const char        *names; /* of units */
    size_t             len;
    char               divider;

    if (compound(call, out))
        return true;
    if (!read_request(&r, row, call))
        return false;
    if (feet_and_inches(&r, out))
        return true;
    names = r.to.len > 0 ? r.to.at : r.from != NULL ? r.from->to : "";
    len = r.to.len > 0 ? r.to.len : strlen(names);
    /* units are divided by ';' if there is one, else by blanks, and by '+' */
    divider = memchr(names, ';', len) != NULL ? ';' : ' ';
    for (size_t i = 0; i < len && outputs < OUTPUTS_MAX; i++) {
        size_t start = i;

        while (i < len && names[i] != divider && names[i] != '+')
            i++;
        to[outputs] = unit_find((struct span){ names + start, i - start });
        if (to[outputs] != NULL && r.from != NULL && to[outputs]->kind == r.from->kind
            && to[outputs] != r.from)
            outputs++;
    }
    if (outputs == 0 || r.input_only) {
        add_input(out, &r, r.abbreviated);
        return true;
    }
    if (r.swap) {
        add_output(out, &r, to[0], r.abbreviated);
        grow_adds(out, " (");
        r.adjective = false;
        add_input(out, &r, !r.spelled);
        grow_addc(out, ')');
        return true;
    }
    if (!r.output_only) {
        add_input(out, &r, r.abbreviated);
        grow_adds(out, " (");
        r.adjective = false;
    }
    for (int i = 0; i < outputs; i++) {
        if (i > 0)
            grow_adds(out, "; ");
        add_output(out, &r, to[i], !r.spelled);
    }
    if (!r.output_only)
        grow_addc(out, ')');
    return true;
}
