/* layout.c -- what begins a line: lists, headings, tables, rules, preformatted text.
 *
 * Lines that follow each other are one paragraph; an empty line ends it.  List items, headings and
 * lines that begin with a blank are paragraphs by themselves.  A comment that has its line to
 * itself goes with the line. */
#include "tools/wikiextract/scan.h"

static const char *
skip_blanks(const char *p)
{
    while (*p == ' ' || *p == '\t' || *p == '\r')
        p++;
    return p;
}

/* Passes over lines that hold nothing but comments, and over empty ones; true if one was empty. */
static bool
skip_empty(struct scan *s)
{
    bool empty = false;

    for (;;) {
        const char *line = s->at, *p = skip_blanks(line);
        bool        comment = false;

        while (p[0] == '<' && p[1] == '!' && p[2] == '-' && p[3] == '-') {
            s->at = p;
            tags_comment(s);
            p = skip_blanks(s->at);
            comment = true;
        }
        if (*p != '\n') {
            if (!comment)
                s->at = line;
            return empty;
        }
        empty = empty || !comment;
        s->at = p + 1;
    }
}

/* The frames that do not outlive their paragraph. */
static void
cut_paragraph(struct scan *s)
{
    int depth = s->depth;

    while (depth > 0
        && (s->frames[depth - 1].kind == FRAME_LINK || s->frames[depth - 1].kind == FRAME_RAISED))
        depth--;
    frames_cut(s, depth);
}

void
layout_end(struct scan *s)
{
    int           depth = s->depth;
    struct frame *f;

    while (depth > 0
        && (s->frames[depth - 1].kind == FRAME_EXTERNAL
            || s->frames[depth - 1].kind == FRAME_VARIANT))
        depth--;
    frames_cut(s, depth);
    for (int i = s->depth - 1; i >= 0; i--)
        if (s->frames[i].kind == FRAME_LINE)
            frames_cut(s, i + 1);
    if (s->depth == 0 || s->frames[s->depth - 1].kind != FRAME_LINE)
        return;
    f = &s->frames[s->depth - 1];
    if (f->level == 0) {
        frames_drop(s, 0);
    } else {
        struct span text = span_trim(grow_from(&s->out, f->start + 2));
        size_t      level = (size_t)f->level;

        while (level > 0 && text.len > 0 && text.at[text.len - 1] == '=') {
            text.len--;
            level--;
        }
        text.len += (size_t)(text.at - (s->out.buf.bytes + f->start));
        text.at = s->out.buf.bytes + f->start; /* with the mark and the level */
        frames_replace(s, text);
    }
}

/* The level of the heading in this line, 0 if it is none. */
static int
heading_level(const char *line, const char *end)
{
    const char *stop = memchr(line, '\n', (size_t)(end - line));
    int         lead = 0, trail = 0;

    if (stop == NULL)
        stop = end;
    for (;;) { /* blanks and comments may follow */
        while (stop > line && (unsigned char)stop[-1] <= ' ')
            stop--;
        if (stop - line < 7 || memcmp(stop - 3, "-->", 3) != 0)
            break;
        stop -= 3;
        while (stop > line && memcmp(stop, "<!--", 4) != 0)
            stop--;
    }
    while (line + lead < stop && line[lead] == '=')
        lead++;
    while (stop - trail > line + lead && stop[-1 - trail] == '=')
        trail++;
    if (lead < trail)
        trail = lead;
    return trail > 6 ? 6 : trail;
}

static void
heading(struct scan *s, int level)
{
    struct frame *f;
    char          head[2] = { MARK_HEAD, (char)('0' + level) };

    frames_cut(s, 0);
    grow_addc(&s->out, '\n');
    f = frames_push(s, FRAME_LINE);
    f->level = s->headings ? level : 0;
    grow_add(&s->out, head, sizeof head);
    s->at += level;
    s->line_block = true;
}

/* A line that begins with a bar. */
static void
row(struct scan *s, struct frame *top)
{
    if (top == NULL) { /* a row of no table */
        frames_push(s, FRAME_LINE);
        s->line_block = true;
        s->at++;
        return;
    }
    if (top->kind != FRAME_TABLE)
        return; /* it divides arguments */
    if (s->at[1] == '}' && !top->html) {
        bool inside = false;

        for (struct frame *f = s->frames; f < top; f++)
            inside = inside || f->kind == FRAME_TEMPLATE;
        if (s->at[2] == '}' && s->at[3] != '}' && inside)
            return; /* |}} ends a template that the table is in */
        frames_cut(s, (int)(top - s->frames) + 1);
        frames_drop(s, '\n');
        s->at += 2;
        return;
    }
    while (*s->at == '|' || *s->at == '-' || *s->at == '+')
        s->at++;
}

static bool
opens_table(const char *p)
{
    return p[0] == '{' && p[1] == '|' && p[2] != '}';
}

void
layout_start(struct scan *s, bool fresh)
{
    bool          block = s->line_block;
    const char   *p;
    struct frame *top;
    int           level;

    s->line_block = false;
    if (skip_empty(s) || fresh) {
        cut_paragraph(s);
        block = true;
    }
    top = frames_top(s);
    p = skip_blanks(s->at);
    if (*p == '*' || *p == '#' || *p == ':' || *p == ';') {
        if (p == s->at || s->depth > 0) {
            while (*p == '*' || *p == '#' || *p == ':' || *p == ';' || *p == ' ' || *p == '\t')
                p++;
            s->at = p;
            s->line_block = block = true;
        }
    } else if (p > s->at && s->depth == 0 && !opens_table(p)) {
        s->line_block = block = true;
    }
    s->at = p;
    grow_addc(&s->out, block ? '\n' : MARK_LINE);
    if (opens_table(p)) {
        if (frames_push(s, FRAME_TABLE) != NULL)
            s->at = p + 2;
    } else if (*p == '|') {
        row(s, top);
    } else if (*p == '=' && (top == NULL || top->kind == FRAME_TABLE)) {
        for (struct frame *f = s->frames; top != NULL && f < top; f++)
            if (f->kind == FRAME_TEMPLATE)
                return;
        level = heading_level(p, s->end);
        if (level > 0)
            heading(s, level);
    } else if (p[0] == '-' && p[1] == '-' && p[2] == '-' && p[3] == '-') {
        while (*s->at == '-')
            s->at++;
        grow_addc(&s->out, '\n');
    }
}
