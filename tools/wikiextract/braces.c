/* braces.c -- {{templates}}, {{{parameters}}} and -{variants}-. */
#include "tools/wikiextract/scan.h"

#include "tools/wikiextract/template.h"

void
braces_open(struct scan *s)
{
    size_t len = scan_run(s->at, '{');

    if (len == 1) {
        if (s->at > s->begin && s->at[-1] == '-' && s->out.buf.len > 0
            && s->out.buf.bytes[s->out.buf.len - 1] == '-' && (s->depth == 0
            || s->frames[s->depth - 1].kind != FRAME_VARIANT)) {
            s->out.buf.len--;
            if (frames_push(s, FRAME_VARIANT) == NULL)
                return;
        } else {
            grow_addc(&s->out, '{');
        }
        s->at++;
        return;
    }
    while (len > 1 && !s->too_deep) {
        size_t take = len == 3 || len > 4 ? 3 : 2;

        frames_push(s, take == 3 ? FRAME_PARAM : FRAME_TEMPLATE);
        s->at += take;
        len -= take;
    }
}

/* A Chinese or Serbian text in several scripts, "-{zh-hans:A;zh-hant:B}-": the first is taken. */
static void
close_variant(struct scan *s)
{
    struct span text = span_trim(grow_from(&s->out, s->frames[s->depth - 1].start));
    const char *stop, *colon;

    if (text.len > 0 && memchr(text.at, '|', text.len) != NULL) { /* flags stand before a bar */
        const char *bar = memchr(text.at, '|', text.len);

        text.len -= (size_t)(bar + 1 - text.at);
        text.at = bar + 1;
    }
    stop = text.len > 0 ? memchr(text.at, ';', text.len) : NULL;
    colon = text.len > 0 ? memchr(text.at, ':', text.len) : NULL;
    if (colon != NULL && (stop == NULL || colon < stop)) {
        if (stop != NULL)
            text.len = (size_t)(stop - text.at);
        text.len -= (size_t)(colon + 1 - text.at);
        text.at = colon + 1;
    }
    frames_replace(s, span_trim(text));
}

/* {{{name|default}}} outside a template is its default. */
static void
close_param(struct scan *s, struct frame *f)
{
    if (s->sep_count > f->sep_start)
        frames_replace(s, grow_from(&s->out, s->seps[f->sep_start]));
    else
        frames_drop(s, MARK_HOLE);
}

static void
close_template(struct scan *s, struct frame *f)
{
    enum template_effect effect;
    struct template_call *call = &s->call;

    template_parse(call, s->names, grow_from(&s->out, f->start), s->seps + f->sep_start,
        s->sep_count - f->sep_start, f->start);
    buf_reset(&s->result.buf);
    effect = template_expand(call, &s->result);
    if (effect == TEMPLATE_TEXT) {
        size_t start = f->start;

        s->sep_count = f->sep_start;
        s->depth--;
        s->out.buf.len = start;
        if (s->result.buf.len == 0)
            grow_addc(&s->out, MARK_HOLE);
        grow_span(&s->out, grow_from(&s->result, 0));
        return;
    }
    if (s->result.rc == OK) {
        buf_reset(&s->result.buf);
        grow_addc(&s->result, effect == TEMPLATE_KNOWN ? 'd' : 'l');
        grow_span(&s->result, call->name);
        grow_addc(&s->result, '\n');
    }
    frames_drop(s, effect == TEMPLATE_KNOWN ? MARK_HOLE : MARK_LOST);
    grow_span(&s->dropped, grow_from(&s->result, 0));
}

void
braces_close(struct scan *s)
{
    size_t len = scan_run(s->at, '}');

    if (len == 1) {
        if (s->at[1] == '-' && s->depth > 0 && s->frames[s->depth - 1].kind == FRAME_VARIANT) {
            close_variant(s);
            s->at++;
        } else {
            grow_addc(&s->out, '}');
        }
        s->at++;
        return;
    }
    while (len > 1) {
        int           i = s->depth - 1;
        struct frame *f;

        while (i >= 0 && s->frames[i].kind > FRAME_PARAM)
            i--;
        if (i < 0)
            break;
        frames_cut(s, i + 1);
        f = &s->frames[i];
        if (f->kind == FRAME_PARAM && len > 2) {
            close_param(s, f);
            s->at += 3;
            len -= 3;
        } else {
            close_template(s, f);
            s->at += 2;
            len -= 2;
        }
    }
    if (len == 1)
        grow_addc(&s->out, '}');
    s->at += len; /* closings of nothing go */
}
