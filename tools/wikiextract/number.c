/* number.c -- templates that write numbers; see give.h. */
#include "tools/wikiextract/give.h"

#include <stdio.h>
#include <stdlib.h>

/* What divides thousands, and what decimals, in the language of the wiki. */
static void
separators(const char *language, const char **group, char *decimal)
{
    static const char *const points[] = { "de", "es", "it", "pt", "nl", "id", "tr", "da", "el",
        "ro", "sl", "sr", "hr",
        "vi", "ca", "eu", "gl", "is", "az" };
    static const char *const blanks[] = { "fr", "ru", "uk", "pl", "cs", "sk", "sv", "no", "nb",
        "nn", "fi", "hu", "bg",
        "lt", "lv", "ltg", "et", "be", "kk", "hy", "ka", "oc" };

    *group = ",";
    *decimal = '.';
    for (size_t i = 0; i < sizeof points / sizeof *points; i++)
        if (strcmp(points[i], language) == 0)
            *group = ".";
    for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++)
        if (strcmp(blanks[i], language) == 0)
            *group = " ";
    if (**group != ',')
        *decimal = ',';
}

void
number_group(struct grow *out, struct span number, const char *language)
{
    const char *group;
    char        decimal;
    size_t      whole = 0, first = 0;

    separators(language, &group, &decimal);
    while (first < number.len && !ascii_digit(number.at[first]))
        first++;
    grow_add(out, number.at, first);
    while (first + whole < number.len && ascii_digit(number.at[first + whole]))
        whole++;
    if (first + whole < number.len && number.at[first + whole] == ',') {
        grow_add(out, number.at + first, number.len - first); /* it has commas already */
        return;
    }
    for (size_t i = 0; i < whole; i++) {
        if (i > 0 && (whole - i) % 3 == 0 && whole > 3)
            grow_adds(out, group);
        grow_addc(out, number.at[first + i]);
    }
    for (size_t i = first + whole; i < number.len; i++)
        grow_addc(out, number.at[i] == '.' ? decimal : number.at[i]);
}

bool
number_raise(struct grow *out, struct span number)
{
    static const char *const raised[] = { "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹" };
    size_t                   minus = 0;

    if (number.len > 3 && memcmp(number.at, "−", 3) == 0)
        minus = 3;
    else if (number.len > 1 && number.at[0] == '-')
        minus = 1;
    for (size_t i = minus; i < number.len; i++)
        if (!ascii_digit(number.at[i]))
            return false;
    if (minus > 0)
        grow_adds(out, "⁻");
    for (size_t i = minus; i < number.len; i++)
        grow_adds(out, raised[number.at[i] - '0']);
    return true;
}

bool
number_format(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    number_group(out, template_arg(call, row->number), call->language);
    return true;
}

/* {{formatnum:1234567|R}} */
bool
number_colon(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    (void)row;
    if (template_arg(call, 1).len > 0)
        grow_span(out, call->colon);
    else
        number_group(out, call->colon, call->language);
    return true;
}

/* {{frac|2}} 1/2, {{frac|1|2}} 1/2, {{frac|3|1|2}} 3 1/2 */
bool
number_frac(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    struct span a = template_arg(call, 1), b = template_arg(call, 2), c = template_arg(call, 3);

    (void)row;
    if (b.len == 0) {
        grow_adds(out, "1/");
        grow_span(out, a);
        return true;
    }
    if (c.len > 0) {
        grow_span(out, a);
        grow_addc(out, ' ');
        a = b;
        b = c;
    }
    grow_span(out, a);
    grow_addc(out, '/');
    grow_span(out, b);
    return true;
}

static void
add_named(struct grow *out, const struct template_call *call, const char *name, const char *other,
    const char *before)
{
    struct span text = template_named(call, name);

    if (text.len == 0 && other != NULL)
        text = template_named(call, other);
    if (text.len == 0)
        return;
    grow_adds(out, before);
    grow_span(out, text);
}

/* {{val|1234.5|0.3|e=6|u=km|p=~}} */
bool
number_val(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    struct span more = template_arg(call, 2);

    (void)row;
    grow_span(out, template_named(call, "p"));
    number_group(out, template_arg(call, 1), call->language);
    if (more.len > 0) {
        grow_adds(out, " ± ");
        number_group(out, more, call->language);
    }
    add_named(out, call, "e", NULL, " × 10^");
    grow_span(out, template_named(call, "s"));
    add_named(out, call, "u", "ul", " ");
    add_named(out, call, "up", "upl", "/");
    return true;
}

bool
number_ordinal(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    struct span n = template_arg(call, 1);
    char        last = n.len > 0 ? n.at[n.len - 1] : '0';
    bool        teen = n.len > 1 && n.at[n.len - 2] == '1';

    (void)row;
    grow_span(out, n);
    grow_adds(out, teen ? "th" : last == '1' ? "st" : last == '2' ? "nd" : last == '3' ? "rd"
        : "th");
    return true;
}

static double
value(struct span s)
{
    char text[32];

    if (s.len == 0 || s.len >= sizeof text)
        return 0;
    memcpy(text, s.at, s.len);
    text[s.len] = '\0';
    return strtod(text, NULL);
}

/* {{height|ft=5|in=11}}, {{height|m=1.80}}, {{height|cm=180}} */
bool
number_height(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    double ft = value(template_named(call, "ft")), in = value(template_named(call, "in"));
    double m = value(template_named(call, "m")) + value(template_named(call, "cm")) / 100;
    char   text[96];
    int    inches;

    (void)row;
    if (!(m >= 0 && m < 1000 && ft >= 0 && ft < 1000 && in >= 0 && in < 1000))
        return false;
    if (m > 0) {
        inches = (int)(m / 0.0254 + 0.5);
        snprintf(text, sizeof text, "%.2f m (%d ft %d in)", m, inches / 12, inches % 12);
    } else if (ft > 0 || in > 0) {
        snprintf(text, sizeof text, "%g ft %g in (%.2f m)", ft, in, ft * 0.3048 + in * 0.0254);
    } else {
        return false;
    }
    grow_adds(out, text);
    return true;
}
