/* pack.c -- see pack.h. */
#include "tools/shard/pack.h"

#include <string.h>

void
pack_init(struct pack *p, uint32_t seq_len, uint32_t cls, uint32_t sep,
    int (*emit)(void *context, const struct tokens_doc *sample), void *context)
{
    *p = (struct pack){
        .seq_len = seq_len, .cls = cls, .sep = sep, .emit = emit, .context = context
    };
}

void
pack_free(struct pack *p)
{
    tokens_doc_free(&p->sample);
}

int
pack_flush(struct pack *p)
{
    struct tokens_doc *s = &p->sample;
    int                rc = OK;

    if (s->tokens > 0)
        rc = p->emit(p->context, s);
    s->sentences = s->tokens = s->spans = 0;
    return rc;
}

static void
put_special(struct tokens_doc *s, uint32_t id)
{
    s->ids[s->tokens] = id;
    s->word[s->tokens] = 0;
    s->tokens++;
}

/* Tokens begin .. end - 1 of `doc` as one sentence; they fit.  `span`: the first that may touch
 * it. */
static int
add_part(struct pack *p, const struct tokens_doc *doc, uint32_t begin, uint32_t end, uint32_t span)
{
    struct tokens_doc *s = &p->sample;
    uint32_t           len = end - begin, spans = 0, shift;
    int                rc;

    while (span + spans < doc->spans && doc->span[span + spans].first < end)
        spans++;
    if (s->ids == NULL) { /* no sample has more of anything than tokens */
        rc = tokens_doc_reserve(s, p->seq_len, p->seq_len, p->seq_len);
        if (rc != OK)
            return rc;
    }
    s->lengths[s->sentences++] = len + 1 + (s->tokens == 0);
    if (s->tokens == 0)
        put_special(s, p->cls);
    shift = s->tokens;
    memcpy(s->ids + s->tokens, doc->ids + begin, len * sizeof *s->ids);
    memcpy(s->word + s->tokens, doc->word + begin, len);
    s->tokens += len;
    put_special(s, p->sep);
    for (uint32_t i = span; i < span + spans; i++) {
        const struct span *from = &doc->span[i];
        uint32_t           first = from->first > begin ? from->first : begin;
        uint32_t           last = from->first + from->count < end ? from->first + from->count : end;

        s->span[s->spans++] = (struct span){ first - begin + shift, last - first, from->note };
    }
    return OK;
}

/* Where a sentence that ends at `end` is cut: as late as fits, in front of a word if one begins
 * there. */
static uint32_t
part_end(const struct pack *p, const struct tokens_doc *doc, uint32_t begin, uint32_t end)
{
    uint32_t latest = begin + p->seq_len - 2;

    if (end <= latest)
        return end;
    for (uint32_t i = latest; i > begin; i--)
        if (doc->word[i])
            return i;
    return latest;
}

int
pack_doc(struct pack *p, const struct tokens_doc *doc)
{
    uint32_t begin = 0, span = 0, end, next;
    int      rc;

    for (uint32_t i = 0; i < doc->sentences; i++) {
        for (end = begin + doc->lengths[i]; begin < end; begin = next) {
            next = part_end(p, doc, begin, end);
            if (p->sample.tokens > 0 && p->sample.tokens + (next - begin) + 1 > p->seq_len) {
                rc = pack_flush(p);
                if (rc != OK)
                    return rc;
            }
            while (span < doc->spans && doc->span[span].first + doc->span[span].count <= begin)
                span++;
            rc = add_part(p, doc, begin, next, span);
            if (rc != OK)
                return rc;
        }
    }
    return OK;
}
