/* lines.c -- see lines.h. */
#include "tools/tokenize/lines.h"

#include <stdlib.h>
#include <string.h>

#include "lib/utf8.h"

enum { PART_TOKENS_MAX = 1 << 22 }; /* a document is cut into parts of about so many tokens */

struct lines_worker {
    const struct lines_plan  *plan;
    struct tokenizer_scratch *scratch;
    struct sentence          *sentence;
    struct buf                mended;
    /* the document at hand, for the stream */
    struct tokens_doc doc;       /* but for its tokens, */
    struct buf        marked;    /* which are here: u32 with TOKENS_BEGIN */
    bool              continues; /* it has parts before this one */
};

int
lines_worker_open(struct lines_worker **w, const struct lines_plan *plan)
{
    int rc = OK;

    *w = calloc(1, sizeof **w);
    if (*w == NULL)
        return err_set(ERR_MEMORY, "no memory for a thread's scratch");
    (*w)->plan = plan;
    rc = tokenizer_scratch_open(&(*w)->scratch, plan->tokenizer);
    if (rc == OK && plan->notes != NULL)
        tokenizer_scratch_notes((*w)->scratch, plan->notes);
    if (rc == OK && plan->sentences == LINES_ICU)
        rc = sentence_open(&(*w)->sentence, plan->locale);
    if (rc != OK) {
        lines_worker_close(*w);
        *w = NULL;
    }
    return rc;
}

void
lines_worker_close(struct lines_worker *w)
{
    if (w == NULL)
        return;
    tokenizer_scratch_close(w->scratch);
    sentence_close(w->sentence);
    buf_free(&w->mended);
    buf_free(&w->marked);
    tokens_doc_free(&w->doc);
    free(w);
}

void
lines_free(struct lines *b)
{
    buf_free(&b->text);
    buf_free(&b->out);
    buf_free(&b->frames);
}

/* ---- the stream ---- */

static int
close_part(struct lines_worker *w, struct lines *b, bool more)
{
    struct lines_frame frame = { 0, w->continues, w->doc.sentences, w->doc.tokens };
    size_t             before = b->out.len, bytes = w->doc.tokens * sizeof(uint32_t);
    int                rc;

    if (w->doc.sentences == 0) {
        w->continues &= more;
        return OK;
    }
    rc = tokens_encode_marked(&b->out, &w->plan->head, &w->doc,
        (const uint32_t *)(const void *)w->marked.bytes);
    frame.len = b->out.len - before;
    w->marked.len -= bytes; /* a sentence of the next part may stand there already */
    memmove(w->marked.bytes, w->marked.bytes + bytes, w->marked.len);
    w->doc.sentences = w->doc.tokens = w->doc.spans = 0;
    w->continues = more;
    return rc == OK ? buf_add(&b->frames, &frame, sizeof frame) : rc;
}

static int
add_to_doc(struct lines_worker *w, struct lines *b, const char *text, size_t len)
{
    const struct tokenizer_scratch *s = w->scratch;
    struct tokens_doc              *d = &w->doc;
    size_t                          before = w->marked.len, count;
    int rc = tokenizer_write(w->scratch, TOKENIZER_TOKENS, text, len, &w->marked);

    count = (w->marked.len - before) / sizeof(uint32_t);
    if (rc != OK || count == 0)
        return rc;
    if (count >= UINT32_MAX / 2)
        return err_set(ERR_LIMIT, "%s: a sentence of %zu tokens is too long", b->name, count);
    if (d->tokens > 0 && d->tokens + count > PART_TOKENS_MAX)
        rc = close_part(w, b, true);
    if (rc == OK)
        rc = tokens_doc_reserve(d, (size_t)d->sentences + 1, 0, d->spans + s->span_count);
    if (rc != OK)
        return rc;
    for (size_t i = 0; i < s->span_count; i++) {
        struct span span = s->spans[i];

        span.first += d->tokens;
        d->span[d->spans++] = span;
    }
    d->lengths[d->sentences++] = (uint32_t)count;
    d->tokens += (uint32_t)count;
    b->any = true;
    b->border_last = false;
    return OK;
}

/* ---- text ---- */

/* One unit, with what the template puts around it if it gives anything at all (or must). */
static int
put_unit(struct lines_worker *w, struct lines *b, const char *text, size_t len, bool must)
{
    static const enum tokenizer_form forms[] = { [LINES_IDS] = TOKENIZER_IDS,
        [LINES_PIECES] = TOKENIZER_PIECES, [LINES_WORDS] = TOKENIZER_WORDS };
    const enum tokenizer_form    form = forms[w->plan->format];
    const struct tokenizer_part *parts;
    size_t count = tokenizer_template(w->plan->tokenizer, false, &parts), before = b->out.len;
    size_t                       own = 0; /* bytes of the text itself */
    int                          rc = OK;

    if (w->plan->format == LINES_WORDS)
        return tokenizer_write(w->scratch, form, text, len, &b->out);
    for (size_t p = 0; rc == OK && p < count; p++) {
        size_t start = b->out.len;

        if (parts[p].sequence < 0 && w->plan->special) {
            rc = tokenizer_write_id(w->scratch, form, parts[p].id, &b->out);
        } else if (parts[p].sequence == 0) {
            rc = tokenizer_write(w->scratch, form, text, len, &b->out);
            own += b->out.len - start;
        }
    }
    if (own == 0 && !must)
        b->out.len = before;
    return rc;
}

/* ---- lines ---- */

/* One unit; one that gives nothing leaves no trace, unless every line has its own (none). */
static int
unit(struct lines_worker *w, struct lines *b, const char *text, size_t len)
{
    bool   keep = w->plan->sentences == LINES_NONE;
    size_t before = b->out.len, start;
    int    rc = OK;

    if (w->plan->format == LINES_STREAM)
        return add_to_doc(w, b, text, len);
    if (b->any && b->border_last && !keep)
        rc = buf_addc(&b->out, '\n'); /* between articles */
    start = b->out.len;
    if (rc == OK)
        rc = put_unit(w, b, text, len, keep);
    if (rc != OK)
        return rc;
    if (b->out.len == start && !keep) {
        b->out.len = before; /* the border waits for the next sentence */
        return OK;
    }
    b->any = true;
    b->border_last = false;
    if (b->out.len == start)
        return buf_addc(&b->out, '\n');
    b->out.bytes[b->out.len - 1] = '\n'; /* in place of the last space */
    return OK;
}

static int
border(struct lines_worker *w, struct lines *b)
{
    if (!b->any)
        b->border_first = true;
    b->border_last = true;
    return w->plan->format == LINES_STREAM ? close_part(w, b, false) : OK;
}

static int
line(struct lines_worker *w, struct lines *b, const char *text, size_t len)
{
    const size_t *ends;
    size_t        count, at = 0;
    int           rc;

    if (w->plan->sentences == LINES_NONE) {
        rc = unit(w, b, text, len);
        return rc == OK && len == 0 && w->plan->format == LINES_STREAM ? border(w, b) : rc;
    }
    if (len > 0 && text[len - 1] == '\r')
        len--;
    if (len == 0)
        return border(w, b);
    if (w->plan->sentences == LINES_LINE)
        return unit(w, b, text, len);
    rc = sentence_split(w->sentence, &ends, &count, text, len);
    for (size_t i = 0; rc == OK && i < count; i++) {
        rc = unit(w, b, text + at, ends[i] - at);
        at = ends[i];
    }
    return rc;
}

/* Make the text UTF-8, as --invalid says. */
static int
mend(struct lines_worker *w, struct lines *b)
{
    size_t bad = utf8_bad(b->text.bytes, b->text.len);
    int    rc;

    b->invalid = 0;
    if (bad == b->text.len)
        return OK;
    b->invalid_first = b->offset + bad;
    if (w->plan->invalid == LINES_FAIL)
        return err_set(ERR_FORMAT, "%s: byte %llu is not UTF-8", b->name,
            (unsigned long long)b->invalid_first);
    buf_reset(&w->mended);
    rc = utf8_mend(&w->mended, &b->invalid, b->text.bytes, b->text.len,
        w->plan->invalid == LINES_REPLACE ? "\xEF\xBF\xBD" : "");
    buf_swap(&b->text, &w->mended);
    return rc;
}

int
lines_work(struct lines_worker *w, struct lines *b)
{
    int rc;

    buf_reset(&b->out);
    buf_reset(&b->frames);
    b->border_first = b->border_last = b->any = false;
    w->continues = false;
    w->doc.sentences = w->doc.tokens = w->doc.spans = 0;
    buf_reset(&w->marked);
    rc = b->text.len > 0 ? mend(w, b) : OK;
    for (size_t at = 0; rc == OK && at < b->text.len;) {
        const char *start = b->text.bytes + at, *end = memchr(start, '\n', b->text.len - at);
        size_t      len = end != NULL ? (size_t)(end - start) : b->text.len - at;

        rc = line(w, b, start, len);
        at += len + 1;
    }
    if (rc == OK && w->plan->format == LINES_STREAM)
        rc = close_part(w, b, false);
    if (rc == OK && b->file_end && w->plan->sentences != LINES_NONE)
        rc = border(w, b);
    if (rc == OK && b->file_end && w->plan->format == LINES_STREAM)
        rc = border(w, b);
    return rc;
}
