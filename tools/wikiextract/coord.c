/* coord.c -- coordinates on the globe inside a sentence: {{coord|31|50|N|37|17|W}} reads
 * 31°50′N 37°17′W.  (Documentation of Template:Coord, English Wikipedia.) */
#include "tools/wikiextract/give.h"

static bool
is_number(struct span s)
{
    if (s.len > 0 && (s.at[0] == '-' || s.at[0] == '+'))
        s = (struct span){ s.at + 1, s.len - 1 };
    for (size_t i = 0; i < s.len; i++)
        if (!ascii_digit(s.at[i]) && s.at[i] != '.')
            return false;
    return s.len > 0;
}

static bool
is_side(struct span s)
{
    return s.len == 1 && strchr("NSEWO", s.at[0]) != NULL;
}

/* Latitude and longitude as signed degrees. */
static void
decimal(struct grow *out, struct span degrees, const char *positive, const char *negative)
{
    bool below = degrees.at[0] == '-';
    bool sign = below || degrees.at[0] == '+';

    grow_add(out, degrees.at + sign, degrees.len - sign);
    grow_adds(out, "°");
    grow_adds(out, below ? negative : positive);
}

bool
coord_give(const struct template_row *row, const struct template_call *call, struct grow *out)
{
    static const char *const units[] = { "°", "′", "″" };
    struct span              display = template_named(call, "display"), part;
    size_t                   start = out->buf.len;
    int                      i = 1, sides = 0, count;

    (void)row;
    if (span_begins(display, "title") || span_equals(display, "t"))
        return true; /* it stands above the article */
    if (is_number(template_arg(call, 1)) && is_number(template_arg(call, 2))
        && !is_number(template_arg(call, 3)) && !is_side(template_arg(call, 3))) {
        decimal(out, template_arg(call, 1), "N", "S");
        grow_addc(out, ' ');
        decimal(out, template_arg(call, 2), "E", "W");
        return true;
    }
    for (; sides < 2; sides++, i++) {
        for (count = 0; count < 3 && is_number(part = template_arg(call, i)); count++, i++) {
            grow_span(out, part);
            grow_adds(out, units[count]);
        }
        part = template_arg(call, i);
        if (count == 0 || !is_side(part)) {
            out->buf.len = start;
            return false;
        }
        grow_span(out, part);
        if (sides == 0)
            grow_addc(out, ' ');
    }
    return true;
}
