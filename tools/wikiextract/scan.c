/* scan.c -- the loop of the scanner; see scan.h. */
#include "tools/wikiextract/scan.h"

#include "tools/wikiextract/entity.h"

const bool scan_special[256] = {
    ['\0'] = true, ['\n'] = true, ['&'] = true, ['\''] = true, ['<'] = true, ['['] = true,
    [']'] = true, ['{'] = true, ['|'] = true, ['}'] = true, ['_'] = true, ['~'] = true,
};

/* Two apostrophes are italic, three bold, five both; what is over is apostrophes.  Which of an
 * unbalanced line is an apostrophe after all is found when the line is known (tidy.c). */
static void
apostrophes(struct scan *s)
{
    size_t len = scan_run(s->at, '\''), marked = len;

    if (len == 4)
        marked = 3;
    else if (len > 5)
        marked = 5;
    for (size_t i = marked == 1 ? 0 : marked; i < len; i++)
        grow_addc(&s->out, '\'');
    if (marked > 1)
        grow_addc(&s->out, marked == 2 ? MARK_ITALIC : marked == 3 ? MARK_BOLD : MARK_BOTH);
    s->at += len;
}

/* __NOTOC__ and the like, in capitals of any script. */
static void
underscores(struct scan *s)
{
    size_t len = 2;

    if (s->at[1] == '_') {
        while (len < 60 && ((s->at[len] >= 'A' && s->at[len] <= 'Z')
            || (unsigned char)s->at[len] >= 0x80))
            len++;
        if (len > 3 && s->at[len] == '_' && s->at[len + 1] == '_') {
            s->at += len + 2;
            return;
        }
    }
    len = scan_run(s->at, '_');
    grow_add(&s->out, s->at, len);
    s->at += len;
}

/* Three to five tildes are a signature. */
static void
tildes(struct scan *s)
{
    size_t len = scan_run(s->at, '~');

    if (len < 3)
        grow_add(&s->out, s->at, len);
    s->at += len;
}

static void
ampersand(struct scan *s)
{
    size_t len = entity_decode(&s->out, s->at, s->end);

    if (len == 0) {
        grow_addc(&s->out, '&');
        len = 1;
    }
    s->at += len;
}

/* Markup at s->at; it always goes on by a byte at least. */
static void
markup(struct scan *s)
{
    switch (*s->at) {
    case '\n':
        layout_end(s);
        s->at++;
        layout_start(s, false);
        break;
    case '&':
        ampersand(s);
        break;
    case '\'':
        apostrophes(s);
        break;
    case '<':
        tags_open(s);
        break;
    case '[':
        link_open(s);
        break;
    case ']':
        link_close(s);
        break;
    case '|':
        link_bar(s);
        break;
    case '{':
        braces_open(s);
        break;
    case '}':
        braces_close(s);
        break;
    case '_':
        underscores(s);
        break;
    case '~':
        tildes(s);
        break;
    default: /* a 0 in the text: XML has none, but nothing is lost by passing over it */
        s->at++;
    }
}

void
scan_page(struct scan *s, struct span text)
{
    buf_reset(&s->out.buf);
    buf_reset(&s->dropped.buf);
    s->begin = s->at = text.at;
    s->end = text.at + text.len;
    s->depth = 0;
    s->sep_count = 0;
    s->too_deep = s->line_block = s->no_comment_end = false;
    memset(s->no_close, 0, sizeof s->no_close);
    s->formulas = 0;
    if (s->out.rc == OK) /* so that frames may point into it */
        s->out.rc = buf_reserve(&s->out.buf, text.len + 64);
    layout_start(s, true);
    while (!s->too_deep && s->out.rc == OK) {
        const char *p = s->at;

        while (!scan_special[(unsigned char)*p])
            p++;
        grow_add(&s->out, s->at, (size_t)(p - s->at));
        s->at = p;
        if (p >= s->end)
            break;
        markup(s);
    }
    layout_end(s);
    frames_cut(s, 0);
    grow_addc(&s->out, '\n');
}

void
scan_free(struct scan *s)
{
    buf_free(&s->out.buf);
    buf_free(&s->dropped.buf);
    buf_free(&s->result.buf);
}
