/* frames.c -- the stack of open constructs; see scan.h. */
#include "tools/wikiextract/scan.h"

struct frame *
frames_push(struct scan *s, enum frame_kind kind)
{
    struct frame *f;

    if (s->depth == FRAMES_MAX) {
        s->too_deep = true;
        return NULL;
    }
    f = &s->frames[s->depth++];
    *f = (struct frame){
        .kind = kind,
        .start = s->out.buf.len,
        .dropped_len = s->dropped.buf.len,
        .sep_start = s->sep_count,
    };
    return f;
}

struct frame *
frames_top(struct scan *s)
{
    for (int i = s->depth - 1; i >= 0; i--)
        if (s->frames[i].kind <= FRAME_LINK || s->frames[i].kind == FRAME_TABLE)
            return &s->frames[i];
    return NULL;
}

void
frames_drop(struct scan *s, char mark)
{
    struct frame *f = &s->frames[--s->depth];

    s->out.buf.len = f->start;
    s->dropped.buf.len = f->dropped_len;
    s->sep_count = f->sep_start;
    if (mark != 0)
        grow_addc(&s->out, mark);
}

void
frames_replace(struct scan *s, struct span text)
{
    struct frame *f = &s->frames[--s->depth];

    if (text.len > 0)
        memmove(s->out.buf.bytes + f->start, text.at, text.len);
    s->out.buf.len = f->start + text.len;
    s->sep_count = f->sep_start;
}

/* The innermost frame has no end: what it holds stays as text. */
static void
give_up(struct scan *s)
{
    struct frame *f = &s->frames[s->depth - 1];

    if (f->kind == FRAME_TABLE)
        frames_drop(s, MARK_HOLE);
    else if (f->kind == FRAME_LINK && f->sep > 0)
        frames_replace(s, grow_from(&s->out, f->sep));
    else
        frames_replace(s, grow_from(&s->out, f->start));
}

void
frames_cut(struct scan *s, int depth)
{
    while (s->depth > depth)
        give_up(s);
}
