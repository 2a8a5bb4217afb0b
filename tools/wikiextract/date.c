/* date.c -- templates that write dates; see give.h.
 *
 * Numbers become "January 2, 1950", with df=y "2 January 1950".  Ages that depend on today are left
 * out: what is written never depends on the clock. */
#include "tools/wikiextract/give.h"

#include <stdio.h>

static const char *const months[] = { "", "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December" };

/* A number of up to 4 digits, 0 if it is none. */
static int
number(struct span s)
{
    int n = 0;

    if (s.len == 0 || s.len > 4)
        return 0;
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_digit(s.at[i]))
            return 0;
        n = 10 * n + s.at[i] - '0';
    }
    return n;
}

/* A month by number, name or the first three letters of its name. */
static int
month(struct span s)
{
    int n = number(s);

    if (n > 0)
        return n <= 12 ? n : 0;
    for (n = 1; n <= 12 && s.len >= 3; n++)
        if (ascii_lower(s.at[0]) == ascii_lower(months[n][0])
            && memcmp(s.at + 1, months[n] + 1, 2) == 0)
            return n;
    return 0;
}

static bool
day_first(const struct template_call *call)
{
    struct span df = template_named(call, "df");

    return df.len > 0 && ascii_lower(df.at[0]) != 'n';
}

/* The date whose year, month and day are arguments first, first + 1, first + 2. */
static bool
add_date(struct grow *out, const struct template_call *call, int first)
{
    struct span year = template_arg(call, first);
    int         m = month(template_arg(call, first + 1)), d = number(template_arg(call, first + 2));
    char        text[48] = "";

    if (year.len == 0)
        return false;
    if (number(year) == 0) { /* a date in words */
        grow_span(out, year);
        return true;
    }
    if (strcmp(call->language, "ja") == 0 || strcmp(call->language, "zh") == 0) {
        grow_span(out, year);
        grow_adds(out, "年");
        if (m > 0)
            snprintf(text, sizeof text, d > 0 ? "%d月%d日" : "%d月", m, d);
        grow_adds(out, text);
        return true;
    }
    if (strcmp(call->language, "en") != 0 && strcmp(call->language, "simple") != 0) {
        grow_span(out, year);
        if (m > 0)
            snprintf(text, sizeof text, d > 0 ? "-%02d-%02d" : "-%02d", m, d);
        grow_adds(out, text);
        return true;
    }
    if (m > 0 && d > 0 && d <= 31 && day_first(call))
        snprintf(text, sizeof text, "%d %s ", d, months[m]);
    else if (m > 0 && d > 0 && d <= 31)
        snprintf(text, sizeof text, "%s %d, ", months[m], d);
    else if (m > 0)
        snprintf(text, sizeof text, "%s ", months[m]);
    grow_adds(out, text);
    grow_span(out, year);
    return true;
}

/* {{birth date|1950|1|2}}, {{start date|..}} and so on; {{dts|..}}, which is for tables, but occurs
 * in text */
bool
date_give(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    (void)row;
    return add_date(out, call, 1);
}

static int
years_between(const struct template_call *call, int from, int to)
{
    int years = number(template_arg(call, to)) - number(template_arg(call, from));
    int m_from = month(template_arg(call, from + 1)), m_to = month(template_arg(call, to + 1));
    int d_from = number(template_arg(call, from + 2)), d_to = number(template_arg(call, to + 2));

    return years - (m_to < m_from || (m_to == m_from && d_to < d_from));
}

/* {{death date and age|1990|5|6|1920|1|2}} */
bool
date_death(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    char text[32];

    (void)row;
    if (!add_date(out, call, 1))
        return false;
    if (number(template_arg(call, 4)) == 0)
        return true;
    snprintf(text, sizeof text, " (aged %d)", years_between(call, 4, 1));
    grow_adds(out, text);
    return true;
}

/* {{age|1950|1|2|2000|1|1}}; with one date it would depend on today */
bool
date_age(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    char text[16];

    (void)row;
    if (number(template_arg(call, 1)) == 0 || number(template_arg(call, 4)) == 0)
        return false;
    snprintf(text, sizeof text, "%d", years_between(call, 1, 4));
    grow_adds(out, text);
    return true;
}

/* {{as of|2010|5|lc=y}} */
bool
date_as_of(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    struct span alt = template_named(call, "alt"), lower = template_named(call, "lc");
    struct span since = template_named(call, "since"), bare = template_named(call, "bare");
    int         d = number(template_arg(call, 3)), m = month(template_arg(call, 2));
    struct span us = template_named(call, "df");
    char        text[48] = "";

    (void)row;
    if (alt.len > 0) {
        grow_span(out, alt);
        return true;
    }
    if (bare.len == 0)
        grow_adds(out, since.len > 0 ? (lower.len > 0 ? "since " : "Since ")
            : lower.len > 0 ? "as of " : "As of ");
    if (m > 0 && d > 0 && d <= 31 && span_equals(us, "us"))
        snprintf(text, sizeof text, "%s %d, ", months[m], d);
    else if (m > 0 && d > 0 && d <= 31)
        snprintf(text, sizeof text, "%d %s ", d, months[m]);
    else if (m > 0)
        snprintf(text, sizeof text, "%s ", months[m]);
    grow_adds(out, text);
    grow_span(out, template_arg(call, 1));
    return true;
}

/* French and other {{date|2|janvier|1950}}: the first three arguments as they are */
bool
date_written(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    bool any = false;

    (void)row;
    for (int i = 1; i <= 3; i++) {
        struct span text = template_arg(call, i);

        if (text.len == 0)
            continue;
        if (any)
            grow_addc(out, ' ');
        grow_span(out, text);
        any = true;
    }
    return true;
}
