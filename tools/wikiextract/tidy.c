/* tidy.c -- see tidy.h.
 *
 * Runs of plain text are copied.  Each mark becomes what it stands for, and around a hole what only
 * made sense with what was there goes: an empty "( )", the comma of "(, 1950)" or "a, , b", a blank
 * before a full stop. Parentheses that the page itself left empty, as in "main()", hold no hole and
 * stay.
 *
 * What is made takes the place of what it is made of: of a large page there is no second copy, and
 * of a small one what is written is in the cache.  For nothing here gives more bytes than it
 * took. */
#include "tools/wikiextract/tidy.h"

#include "tools/wikiextract/mark.h"
#include "tools/wikiextract/tidyrun.h"

enum { PARENS_MAX = 16, LOST_MAX = 64, LEVELS = 7 };

/* One paragraph being made. */
struct work {
    struct buf  *out;
    size_t       start;   /* of the paragraph in out */
    bool         blank;   /* a blank is due before the next character */
    bool         hole;    /* something is missing since the last character */
    size_t       hole_at; /* where in out the last hole was */
    bool         any_hole;
    size_t       parens[PARENS_MAX]; /* where each open one stands */
    int          depth;
    size_t       lost[LOST_MAX]; /* where in out the text of a template is missing */
    int          lost_count;
};

/* ---- apostrophes ---- */

/* In a line where both the italic and the bold marks are odd in number one "'''" is an apostrophe
 * and an italic mark: MediaWiki's choice is the one behind a word of one letter, else behind a
 * longer one, else behind a blank. */
static void
balance_line(char *from, char *to)
{
    int   italic = 0, bold = 0;
    char *single = NULL, *multi = NULL, *blank = NULL;
    char  last = ' ', last_but_one = ' '; /* characters, marks not counted */

    for (char *p = from; p < to; p++) {
        italic += *p == MARK_ITALIC || *p == MARK_BOTH;
        bold += *p == MARK_BOLD || *p == MARK_BOTH;
        if ((unsigned char)*p >= ' ') {
            last_but_one = last;
            last = *p;
        } else if (*p == MARK_BOLD && last == ' ') {
            blank = blank == NULL ? p : blank;
        } else if (*p == MARK_BOLD && last_but_one == ' ') {
            single = single == NULL ? p : single;
        } else if (*p == MARK_BOLD) {
            multi = multi == NULL ? p : multi;
        }
    }
    if (italic % 2 == 0 || bold % 2 == 0)
        return;
    if (single == NULL)
        single = multi != NULL ? multi : blank;
    if (single != NULL)
        *single = '\'';
}

static void
balance(char *from, char *to)
{
    if (memchr(from, MARK_BOLD, (size_t)(to - from)) == NULL)
        return;
    while (from < to) {
        char *end = from;

        while (end < to && *end != MARK_LINE && *end != MARK_BREAK)
            end++;
        balance_line(from, end);
        from = end + 1;
    }
}

/* ---- characters ---- */

static bool
closes_phrase(unsigned char c)
{
    return c == '.' || c == ',' || c == ';' || c == ':' || c == '!' || c == '?';
}

static struct span
from_on(const struct buf *b, size_t start)
{
    return (struct span){ b->bytes + start, b->len - start };
}

static char
last(const struct work *w)
{
    return w->out->len > w->start ? w->out->bytes[w->out->len - 1] : '\0';
}

static void
trim_blanks(struct work *w)
{
    while (last(w) == ' ')
        w->out->len--;
}

/* Takes away commas and the like that stand before the hole at the end. */
static void
trim_commas(struct work *w)
{
    trim_blanks(w);
    while (last(w) == ',' || last(w) == ';' || last(w) == ':') {
        w->out->len--;
        trim_blanks(w);
    }
}

static void
put(struct work *w, const char *bytes, size_t len)
{
    char *to = w->out->bytes + w->out->len;

    if (w->blank && w->out->len > w->start)
        *to++ = ' ';
    w->blank = w->hole = false;
    memmove(to, bytes, len);
    w->out->len = (size_t)(to - w->out->bytes) + len;
}

static void
open_paren(struct work *w, const char *bytes, size_t len)
{
    put(w, bytes, len);
    if (w->depth < PARENS_MAX)
        w->parens[w->depth] = w->out->len;
    w->depth++;
}

/* What stands in the parenthesis is not worth one: nothing, or a word that only joined holes. */
static bool
hollow(struct span s)
{
    static const char *const words[] = { "or", "and", "also", "pronounced", "from", "lit.", "IPA:",
        "abbreviated",
        "in", "now", "born", "died" };

    s = span_trim(s);
    while (s.len > 0 && strchr(" ,;:/-.=", s.at[s.len - 1]) != NULL)
        s.len--;
    while (s.len > 0 && strchr(" ,;:/-.=", s.at[0]) != NULL) {
        s.at++;
        s.len--;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (span_is(s, words[i]))
            return true;
    return s.len == 0 || span_is(s, "–") || span_is(s, "—");
}

static void
close_paren(struct work *w, const char *bytes, size_t len)
{
    size_t      from;
    struct span inside;

    w->depth -= w->depth > 0;
    if (w->depth >= PARENS_MAX || w->parens[w->depth] == 0
        || w->parens[w->depth] > w->out->len) {
        put(w, bytes, len);
        return;
    }
    from = w->parens[w->depth];
    w->parens[w->depth] = 0;
    inside = from_on(w->out, from);
    if (w->any_hole && w->hole_at >= from && hollow(inside)) {
        w->out->len = from - (w->out->bytes[from - 1] == '(' ? 1 : strlen("（"));
        w->blank = w->blank || last(w) == ' ';
        trim_blanks(w);
        w->hole = w->any_hole = true;
        w->hole_at = w->out->len;
        return;
    }
    if (w->hole)
        trim_commas(w);
    w->blank = w->blank && !w->hole;
    put(w, bytes, len);
}

/* Punctuation behind a hole. */
static void
put_closer(struct work *w, char c)
{
    char b;

    if (!w->hole || c == ':' || c == '!' || c == '?') {
        if (w->hole)
            w->blank = false;
        put(w, &c, 1);
        return;
    }
    trim_blanks(w);
    b = last(w);
    if (b == '\0' || b == '(' || (closes_phrase((unsigned char)b) && c != '.')) {
        w->blank = true; /* this one goes */
        return;
    }
    if (c == '.' && (b == ',' || b == ';' || b == ':'))
        w->out->len--;
    else if (c == '.' && b == '.')
        return;
    w->blank = false;
    put(w, &c, 1);
}

static void
mark(struct work *w, char c)
{
    if (c == MARK_HOLE || c == MARK_LOST) {
        w->hole = w->any_hole = true;
        w->hole_at = w->out->len;
        if (c == MARK_LOST && w->lost_count < LOST_MAX)
            w->lost[w->lost_count++] = w->out->len;
    } else if (c == MARK_BREAK || c == MARK_LINE) {
        w->blank = true;
    }
}

static void
character(struct work *w, const char *p, size_t len)
{
    char c = *p;

    if (len == 3 && memcmp(p, "（", 3) == 0)
        open_paren(w, p, len);
    else if (len == 3 && memcmp(p, "）", 3) == 0)
        close_paren(w, p, len);
    else if (len == 3 && w->hole && (memcmp(p, "、", 3) == 0 || memcmp(p, "，", 3) == 0)
        && (w->out->len == w->start || last(w) == '(' || (w->out->len >= w->start + 3
        && (memcmp(w->out->bytes + w->out->len - 3, "（", 3) == 0
        || memcmp(w->out->bytes + w->out->len - 3, p, 3) == 0))))
        return;
    else if (len > 1 || ascii_letter(c) || ascii_digit(c))
        put(w, p, len);
    else if (c == '(')
        open_paren(w, p, len);
    else if (c == ')')
        close_paren(w, p, len);
    else if (closes_phrase((unsigned char)c))
        put_closer(w, c);
    else
        put(w, p, len);
}

static size_t
utf8_len(unsigned char c)
{
    return c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

static void
rework(struct work *w, char *from, char *to)
{
    balance(from, to);
    for (char *p = from; p < to;) {
        unsigned char c = (unsigned char)*p;
        size_t        len = utf8_len(c);

        if (!w->hole && !tidyrun_stops[c]) {
            len = tidyrun_len(p, to);
            put(w, p, len);
            p += len;
            continue;
        }
        if (len > (size_t)(to - p))
            len = (size_t)(to - p);
        if (c <= ' ' || (c == 0xc2 && len == 2 && (unsigned char)p[1] == 0xa0)) {
            if (c > ' ' || c == ' ' || c == '\t')
                w->blank = true;
            else
                mark(w, *p);
        } else if (!(c == 0xc2 && len == 2 && (unsigned char)p[1] == 0xad)) { /* no soft hyphens */
            if (w->blank && w->hole && last(w) == '(')
                w->blank = false;
            character(w, p, len);
        }
        p += len;
    }
}

/* ---- paragraphs ---- */

static bool
worth(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (ascii_letter(s.at[i]) || ascii_digit(s.at[i]) || (unsigned char)s.at[i] >= 0x80)
            return true;
    return false;
}

static bool
ends_sentence(const char *bytes, size_t i, size_t start, size_t len)
{
    if (bytes[i] == '.' || bytes[i] == '!' || bytes[i] == '?')
        return i + 1 == len || bytes[i + 1] == ' ';
    return i >= start + 2 && memcmp(bytes + i - 2, "。", 3) == 0;
}

/* Bytes that begin a character, eight at a time: all but those of the form 10xxxxxx. */
static uint64_t
characters_in(const char *p, size_t len)
{
    uint64_t n = len;

    for (; len >= 8; p += 8, len -= 8) {
        uint64_t x;

        memcpy(&x, p, 8);
        n -= (x >> 7 & ~(x >> 6) & 0x0101010101010101u) * 0x0101010101010101u >> 56;
    }
    for (; len > 0; p++, len--)
        n -= ((unsigned char)*p & 0xc0) == 0x80;
    return n;
}

/* A sentence ends at [.!?] before a blank, or at an ideographic full stop: near enough to say what
 * share of them is hurt. */
static void
count(const struct work *w, struct tidy *tidy)
{
    static const bool ends[256] = { ['.'] = true, ['!'] = true, ['?'] = true, [0x82] = true };
    const char       *bytes = w->out->bytes;
    size_t            len = w->out->len;
    int               lost = 0, before_lost = 0;

    for (size_t i = w->start; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];

        if (!ends[c] || !ends_sentence(bytes, i, w->start, len))
            continue;
        while (lost < w->lost_count && (w->lost[lost] <= i || i + 1 == len))
            lost++;
        tidy->sentences++;
        tidy->sentences_lost += lost > before_lost;
        before_lost = lost;
    }
    if (!ends_sentence(bytes, len - 1, w->start, len)) {
        tidy->sentences++;
        tidy->sentences_lost += w->lost_count > lost;
    }
    tidy->characters += characters_in(bytes + w->start, len - w->start);
    tidy->paragraphs++;
}

/* Lines at the edges that hold only holes are no part of the paragraph: a box above its text. */
static void
trim_lines(char **from, char **to, struct span text)
{
    char *end = *to;

    for (char *p = *from; p < text.at; p++)
        if (*p == MARK_LINE)
            *from = p + 1;
    while (end > text.at + text.len)
        if (*--end == MARK_LINE)
            *to = end;
}

/* True if a paragraph came out of it. */
static bool
paragraph(struct buf *out, char *from, char *to, struct tidy *tidy)
{
    size_t      start = out->len;
    struct work w = { .out = out, .start = start };
    struct span all = span_trim((struct span){ from, (size_t)(to - from) });

    if (all.len == 0)
        return false;
    trim_lines(&from, &to, all);
    rework(&w, from, to);
    if (!worth(from_on(out, start))) {
        out->len = start;
        return false;
    }
    if (w.hole)
        trim_blanks(&w);
    if (tidy != NULL)
        count(&w, tidy);
    out->bytes[out->len++] = '\n';
    return true;
}

/* Two <br> with nothing between them end the paragraph. */
static void
split_breaks(char *from, char *to)
{
    char *open = NULL;

    for (char *p = from; p < to; p++) {
        if (*p == MARK_BREAK) {
            if (open != NULL)
                *open = *p = '\n';
            open = p;
        } else if ((unsigned char)*p > ' ') {
            open = NULL;
        }
    }
}

void
tidy_page(struct buf *text, struct tidy *tidy)
{
    char  *at = text->bytes, *end = text->bytes + text->len;
    size_t pending[LEVELS]; /* where the headings stand that no text has followed yet, by level */
    int    level, deepest = 0;

    *tidy = (struct tidy){ 0 };
    memset(pending, 0, sizeof pending);
    if (at == end)
        return;
    CHECK(end[-1] == '\n');
    text->len = 0;
    if (memchr(at, MARK_BREAK, (size_t)(end - at)) != NULL)
        split_breaks(at, end);
    while (at < end) {
        char *stop = memchr(at, '\n', (size_t)(end - at));

        if (*at == MARK_HEAD && stop - at >= 2) {
            level = at[1] - '0';
            if (deepest >= level) { /* no text came: the headings from this level on go */
                for (int i = level; i <= deepest; i++)
                    if (pending[i] > 0) {
                        text->len = pending[i] - 1;
                        break;
                    }
                for (int i = level; i < LEVELS; i++)
                    pending[i] = 0;
            }
            pending[level] = text->len + 1;
            deepest = level;
            paragraph(text, at + 2, stop, NULL);
        } else if (paragraph(text, at, stop, tidy)) {
            memset(pending, 0, sizeof pending);
            deepest = 0;
        }
        at = stop + 1;
    }
    for (int i = 1; i < LEVELS; i++)
        if (pending[i] > 0) {
            text->len = pending[i] - 1;
            break;
        }
    text->bytes[text->len] = '\0';
}
