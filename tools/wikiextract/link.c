/* link.c -- [[links]] and [http://external links]. */
#include "tools/wikiextract/scan.h"

/* A link's target, and its label if it has one, to what is shown.  False: nothing is. */
static bool
resolve(const struct scan *s, struct span target, bool labelled, struct span *label)
{
    struct span rest;
    int         ns = NS_MAIN;
    bool        colon, prefixed; /* ':' in front; a namespace, `rest` behind it */

    target = span_trim(target);
    colon = target.len > 0 && target.at[0] == ':';
    if (colon) {
        target.at++;
        target.len--;
    }
    prefixed = names_find(s->names, target, &ns, &rest);
    if (!prefixed && names_media(target))
        ns = NS_FILE;
    if (!colon && (ns == NS_FILE || ns == NS_CATEGORY))
        return false;
    if (!colon && !prefixed && target.len > 0) {
        const char *end = memchr(target.at, ':', target.len);

        if (end != NULL && names_language((struct span){ target.at, (size_t)(end - target.at) }))
            return false;
    }
    if (labelled && label->len > 0)
        return true;
    *label = target;
    if (target.len > 1 && target.at[0] == '#') {
        label->at++;
        label->len--;
    }
    if (labelled) { /* the pipe trick: no namespace, nothing in parentheses or behind a comma */
        const char *cut;

        if (prefixed)
            *label = rest;
        cut = label->len > 0 ? memchr(label->at, '(', label->len) : NULL;
        if (cut == NULL && label->len > 0)
            cut = memchr(label->at, ',', label->len);
        if (cut != NULL && cut > label->at)
            *label = span_trim((struct span){ label->at, (size_t)(cut - label->at) });
    }
    return true;
}

/* What goes with a picture at the start of a line is a paragraph by itself. */
static char
hole(const struct scan *s, size_t start)
{
    char before = start > 0 ? s->out.buf.bytes[start - 1] : '\n';

    return before == '\n' || before == MARK_LINE ? '\n' : MARK_HOLE;
}

/* Most links hold neither markup nor a second bar: done at once, without a frame. */
static bool
simple_link(struct scan *s)
{
    const char *start = s->at + 2, *p = start, *bar = NULL;
    struct span target, label = { 0 };

    for (;; p++) {
        while (!scan_special[(unsigned char)*p])
            p++;
        if (*p == '|' && bar == NULL)
            bar = p;
        else if (!(*p == '\'' && p[1] != '\'') && !(*p == '_' && p[1] != '_'))
            break;
    }
    if (p[0] != ']' || p[1] != ']' || p[2] == ']')
        return false;
    target = (struct span){ start, (size_t)((bar != NULL ? bar : p) - start) };
    if (bar != NULL)
        label = (struct span){ bar + 1, (size_t)(p - bar - 1) };
    if (resolve(s, target, bar != NULL, &label))
        grow_span(&s->out, label);
    else
        grow_addc(&s->out, hole(s, s->out.buf.len));
    s->at = p + 2;
    return true;
}

/* The address behind a single bracket: its length, 0 if it is none. */
static size_t
address(const char *at)
{
    static const char *const schemes[] = { "http://", "https://", "//", "ftp://", "mailto:",
        "news:",
        "irc://", "gopher://", "sftp://", "git://", "tel:", "urn:", "geo:" };
    size_t                   len = 0;

    for (size_t i = 0; len == 0 && i < sizeof schemes / sizeof *schemes; i++) {
        size_t n = strlen(schemes[i]), same = 0;

        while (same < n && ascii_lower(at[same]) == schemes[i][same])
            same++;
        if (same == n)
            len = n;
    }
    while (len > 0 && (unsigned char)at[len] > ' ' && at[len] != ']' && at[len] != '['
        && at[len] != '<'
        && at[len] != '|' && at[len] != '{' && at[len] != '}' && at[len] != '\'')
        len++;
    return len;
}

void
link_open(struct scan *s)
{
    struct frame *top;
    size_t        len;

    if (s->at[1] == '[') {
        if (simple_link(s))
            return;
        top = frames_top(s);
        if (top != NULL && top->kind == FRAME_LINK) {
            struct span target = grow_from(&s->out, top->start), rest;
            int         ns = NS_MAIN;

            /* links cannot be nested, but in the captions of pictures */
            if (top->sep > 0)
                target.len = top->sep - top->start;
            target = span_trim(target);
            if (!names_find(s->names, target, &ns, &rest) && names_media(target))
                ns = NS_FILE;
            if (top->sep == 0 || ns != NS_FILE)
                frames_cut(s, (int)(top - s->frames));
        }
        if (frames_push(s, FRAME_LINK) != NULL)
            s->at += 2;
        return;
    }
    len = address(s->at + 1);
    if (len == 0) {
        grow_addc(&s->out, '[');
        s->at++;
    } else if (s->at[1 + len] == ']') {
        grow_addc(&s->out, MARK_HOLE); /* [http://x]: a number */
        s->at += len + 2;
    } else {
        if (s->depth > 0 && s->frames[s->depth - 1].kind == FRAME_EXTERNAL)
            frames_cut(s, s->depth - 1);
        if (frames_push(s, FRAME_EXTERNAL) != NULL)
            s->at += 1 + len;
    }
}

static void
close_link(struct scan *s, struct frame *f)
{
    struct span target, label = { 0 };

    frames_cut(s, (int)(f - s->frames) + 1);
    target = grow_from(&s->out, f->start);
    if (f->sep > 0) {
        label = grow_from(&s->out, f->sep);
        target.len = f->sep - 1 - f->start;
    }
    if (resolve(s, target, f->sep > 0, &label))
        frames_replace(s, label);
    else
        frames_drop(s, hole(s, f->start));
}

void
link_close(struct scan *s)
{
    struct frame *top = frames_top(s);
    int           last = s->depth - 1;

    while (last >= 0 && (s->frames[last].kind == FRAME_RAISED
        || s->frames[last].kind == FRAME_VARIANT))
        last--;
    /* of two brackets the second may be the external link's own, or both the link's around it */
    if (last >= 0 && s->frames[last].kind == FRAME_EXTERNAL
        && (s->at[1] != ']' || s->at[2] == ']' || top == NULL || top->kind != FRAME_LINK)) {
        frames_cut(s, last + 1);
        frames_replace(s, span_trim(grow_from(&s->out, s->frames[last].start)));
        s->at++;
    } else if (s->at[1] != ']') {
        grow_addc(&s->out, ']');
        s->at++;
    } else if (top != NULL && top->kind == FRAME_LINK) {
        struct span inside = grow_from(&s->out, top->start);

        if (s->at[2] == ']' && inside.len > 0 && memchr(inside.at, '[', inside.len) != NULL) {
            grow_addc(&s->out, ']'); /* [[a|[b]]] */
            s->at++;
        }
        close_link(s, top);
        s->at += 2;
    } else {
        s->at += 2;
    }
}

/* A bar divides the arguments of a template, or a link's target from its label. */
void
link_bar(struct scan *s)
{
    struct frame *top = frames_top(s);

    s->at++;
    if (top != NULL && top->kind != FRAME_TABLE)
        frames_cut(s, (int)(top - s->frames) + 1);
    grow_addc(&s->out, '|');
    if (top == NULL || top->kind == FRAME_TABLE)
        return;
    if (top->kind == FRAME_LINK && top->sep == 0)
        top->sep = s->out.buf.len;
    else if (top->kind != FRAME_LINK && s->sep_count < SEPS_MAX)
        s->seps[s->sep_count++] = s->out.buf.len;
}
