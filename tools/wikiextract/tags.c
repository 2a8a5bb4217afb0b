/* tags.c -- what looks like HTML: tags that are passed over, tags that divide paragraphs, and
 * elements whose content is not prose.
 *
 * A tag that is not in the table is text ("<john@example.org>"), as it is for MediaWiki. */
#include "tools/wikiextract/scan.h"

#include "tools/wikiextract/entity.h"
#include "tools/wikiextract/give.h"

enum tag_kind {
    TAG_PLAIN,  /* passed over */
    TAG_BLOCK,  /* divides paragraphs */
    TAG_BREAK,  /* <br> */
    TAG_SKIP,   /* goes with its content */
    TAG_NOWIKI, /* its content is text and no markup */
    TAG_MATH,
    TAG_TABLE,
    TAG_RAISED, /* <sup> */
    TAG_QUOTE   /* <q> */
};

enum { TAG_BYTES_MAX = 2000 };

static const struct tag {
    const char   *name;
    enum tag_kind kind;
} tags[] = {
    { "ref", TAG_SKIP }, { "br", TAG_BREAK }, { "small", TAG_PLAIN }, { "sup", TAG_RAISED },
    { "sub", TAG_PLAIN }, { "nowiki", TAG_NOWIKI }, { "math", TAG_MATH }, { "span", TAG_PLAIN },
    { "div", TAG_BLOCK }, { "center", TAG_BLOCK }, { "blockquote", TAG_BLOCK }, { "p", TAG_BLOCK },
    { "i", TAG_PLAIN }, { "b", TAG_PLAIN }, { "em", TAG_PLAIN }, { "strong", TAG_PLAIN },
    { "u", TAG_PLAIN }, { "s", TAG_PLAIN }, { "strike", TAG_PLAIN }, { "del", TAG_PLAIN },
    { "ins", TAG_PLAIN }, { "big", TAG_PLAIN }, { "tt", TAG_PLAIN }, { "code", TAG_PLAIN },
    { "kbd", TAG_PLAIN }, { "samp", TAG_PLAIN }, { "var", TAG_PLAIN }, { "cite", TAG_PLAIN },
    { "abbr", TAG_PLAIN }, { "dfn", TAG_PLAIN }, { "bdi", TAG_PLAIN }, { "bdo", TAG_PLAIN },
    { "font", TAG_PLAIN }, { "mark", TAG_PLAIN }, { "data", TAG_PLAIN }, { "time", TAG_PLAIN },
    { "ruby", TAG_PLAIN }, { "rb", TAG_PLAIN }, { "rt", TAG_PLAIN }, { "rp", TAG_PLAIN },
    { "wbr", TAG_PLAIN }, { "noinclude", TAG_PLAIN }, { "onlyinclude", TAG_PLAIN },
    { "section", TAG_PLAIN }, { "languages", TAG_PLAIN }, { "translate", TAG_PLAIN },
    { "tvar", TAG_PLAIN }, { "q", TAG_QUOTE },
    { "poem", TAG_BLOCK }, { "hr", TAG_BLOCK }, { "ul", TAG_BLOCK }, { "ol", TAG_BLOCK },
    { "li", TAG_BLOCK }, { "dl", TAG_BLOCK }, { "dt", TAG_BLOCK }, { "dd", TAG_BLOCK },
    { "h1", TAG_BLOCK }, { "h2", TAG_BLOCK }, { "h3", TAG_BLOCK }, { "h4", TAG_BLOCK },
    { "h5", TAG_BLOCK }, { "h6", TAG_BLOCK }, { "tr", TAG_BLOCK }, { "td", TAG_BLOCK },
    { "th", TAG_BLOCK }, { "caption", TAG_BLOCK }, { "thead", TAG_BLOCK }, { "tbody", TAG_BLOCK },
    { "tfoot", TAG_BLOCK }, { "table", TAG_TABLE },
    { "references", TAG_SKIP }, { "gallery", TAG_SKIP }, { "timeline", TAG_SKIP },
    { "source", TAG_SKIP }, { "syntaxhighlight", TAG_SKIP }, { "pre", TAG_SKIP },
    { "imagemap", TAG_SKIP }, { "score", TAG_SKIP }, { "hiero", TAG_SKIP }, { "graph", TAG_SKIP },
    { "templatedata", TAG_SKIP }, { "templatestyles", TAG_SKIP }, { "includeonly", TAG_SKIP },
    { "indicator", TAG_SKIP }, { "inputbox", TAG_SKIP }, { "mapframe", TAG_SKIP },
    { "maplink", TAG_SKIP }, { "categorytree", TAG_SKIP }, { "charinsert", TAG_SKIP },
    { "chem", TAG_MATH }, { "ce", TAG_MATH }, { "style", TAG_SKIP }, { "script", TAG_SKIP },
    { "rss", TAG_SKIP }, { "quiz", TAG_SKIP }, { "html", TAG_SKIP }, { "title", TAG_SKIP },
    { "listing", TAG_SKIP }, { "phonos", TAG_SKIP },
};

static int
find_tag(const char *name, size_t len)
{
    struct span s = { name, len };

    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (ascii_lower(name[0]) == tags[i].name[0] && span_equals(s, tags[i].name))
            return (int)i;
    return -1;
}

void
tags_comment(struct scan *s)
{
    const char *end = s->no_comment_end ? NULL : s->at + 4;

    while (end != NULL && !(end[0] == '-' && end[1] == '-' && end[2] == '>')) {
        end = memchr(end + 1, '-', (size_t)(s->end - end));
        if (end != NULL && end >= s->end)
            end = NULL;
    }
    if (end == NULL) { /* to the end of the page */
        s->no_comment_end = true;
        s->at = s->end;
        return;
    }
    s->at = end + 3;
}

/* From s->at on, the next "</name>": *close is where it begins; s->at goes behind it.  False, and
 * s->at as it was, if there is none. */
static bool
skip_to_close(struct scan *s, int row, const char **close)
{
    const char *name = tags[row].name, *p = s->at;
    size_t      len = strlen(name);

    if (s->no_close[row])
        return false;
    while (p < s->end && (p = memchr(p, '<', (size_t)(s->end - p))) != NULL) {
        if (p[1] == '/' && (size_t)(s->end - p) >= len + 3
            && span_equals((struct span){ p + 2, len }, name) && !ascii_letter(p[2 + len])) {
            const char *end = memchr(p, '>', (size_t)(s->end - p));

            *close = p;
            s->at = end != NULL ? end + 1 : s->end;
            return true;
        }
        p++;
    }
    s->no_close[row] = true;
    return false;
}

/* The text between two places, entities decoded, on one line. */
static void
add_raw(struct scan *s, const char *from, const char *to)
{
    while (from < to) {
        size_t len = *from == '&' ? entity_decode(&s->out, from, to) : 0;

        if (len == 0) {
            grow_addc(&s->out, *from == '\n' ? ' ' : *from);
            len = 1;
        }
        from += len;
    }
}

static void
element(struct scan *s, int row)
{
    const char *from = s->at, *to;

    if (!skip_to_close(s, row, &to))
        return; /* no end: the tag alone goes */
    if (tags[row].kind == TAG_NOWIKI) {
        add_raw(s, from, to);
    } else if (tags[row].kind == TAG_MATH && s->tex) {
        struct span tex = span_trim((struct span){ from, (size_t)(to - from) });

        add_raw(s, tex.at, tex.at + tex.len);
    } else {
        s->formulas += tags[row].kind == TAG_MATH;
        grow_addc(&s->out, MARK_HOLE);
    }
}

/* The end of <sup>: digits are raised, so that 10<sup>6</sup> is not 106; all else is as it is. */
static void
close_raised(struct scan *s)
{
    size_t start;
    bool   raised;
    int    depth = s->depth;

    while (depth > 0 && s->frames[depth - 1].kind > FRAME_LINK
        && s->frames[depth - 1].kind != FRAME_RAISED && s->frames[depth - 1].kind != FRAME_TABLE)
        depth--;
    if (depth == 0 || s->frames[depth - 1].kind != FRAME_RAISED)
        return;
    frames_cut(s, depth);
    start = s->frames[depth - 1].start;
    buf_reset(&s->result.buf);
    raised = number_raise(&s->result, span_trim(grow_from(&s->out, start)));
    frames_cut(s, depth - 1);
    if (!raised)
        return;
    s->out.buf.len = start;
    grow_span(&s->out, grow_from(&s->result, 0));
}

static void
close_table(struct scan *s)
{
    struct frame *top = frames_top(s);

    if (top == NULL || top->kind != FRAME_TABLE || !top->html)
        return;
    frames_cut(s, (int)(top - s->frames) + 1);
    frames_drop(s, '\n');
}

static void
open_raised(struct scan *s)
{
    if (s->depth > 0 && s->frames[s->depth - 1].kind == FRAME_RAISED)
        frames_cut(s, s->depth - 1);
    frames_push(s, FRAME_RAISED);
}

static void
take(struct scan *s, int row, bool closing, bool empty)
{
    struct frame *f;

    switch (tags[row].kind) {
    case TAG_PLAIN:
        break;
    case TAG_BLOCK:
        grow_addc(&s->out, '\n');
        break;
    case TAG_BREAK:
        grow_addc(&s->out, MARK_BREAK);
        break;
    case TAG_QUOTE:
        if (!empty)
            grow_addc(&s->out, '"');
        break;
    case TAG_RAISED:
        if (closing)
            close_raised(s);
        else if (!empty)
            open_raised(s);
        break;
    case TAG_TABLE:
        if (closing)
            close_table(s);
        else if (!empty && (f = frames_push(s, FRAME_TABLE)) != NULL)
            f->html = true;
        break;
    default:
        if (!closing && !empty)
            element(s, row);
        else
            grow_addc(&s->out, MARK_HOLE);
    }
}

void
tags_open(struct scan *s)
{
    const char *name = s->at + 1, *p;
    bool        closing = *name == '/';
    size_t      len = 0;
    int         row = -1;

    if (s->end - s->at >= 4 && memcmp(s->at, "<!--", 4) == 0) {
        tags_comment(s);
        return;
    }
    name += closing;
    while (ascii_letter(name[len]) || (len > 0 && ascii_digit(name[len])))
        len++;
    if (len > 0 && len < 20)
        row = find_tag(name, len);
    if (row < 0) {
        grow_addc(&s->out, '<');
        s->at++;
        return;
    }
    p = name + len;
    while (*p != '>' && *p != '<' && p < s->end && p - s->at < TAG_BYTES_MAX)
        p++;
    if (*p != '>' && tags[row].kind != TAG_SKIP) {
        grow_addc(&s->out, '<');
        s->at++;
        return;
    }
    if (*p != '>') {
        s->at = name + len; /* a note's tag that is cut short goes */
        return;
    }
    s->at = p + 1;
    take(s, row, closing, p[-1] == '/');
}
