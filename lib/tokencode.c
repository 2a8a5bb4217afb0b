/* tokencode.c -- see tokencode.h. */
#include "lib/tokencode.h"

#include <string.h>

#include "lib/unitab.h"
#include "lib/utf8.h"

/* ---- what can be known beforehand ---- */

void
tokencode_plan(struct tokencode_plan *plan, const struct tokjson *json)
{
    bool clean = false, plain = json->pretok.count != 1
        || json->pretok.steps[0].kind != PRETOK_BERT;
    bool joins = false;

    *plan = (struct tokencode_plan){ 0 };
    for (int i = 0; i < json->normalizer.count; i++) {
        enum normalize_kind kind = json->normalizer.steps[i].kind;

        clean |= kind == NORMALIZE_CLEAN;
        plan->lower |= kind == NORMALIZE_LOWER;
        plain |= kind == NORMALIZE_REPLACE;
        joins |= kind == NORMALIZE_NFC || kind == NORMALIZE_NFKC || kind == NORMALIZE_NFKD
            || kind == NORMALIZE_NFD || kind == NORMALIZE_MARKS;
    }
    plain |= strtab_count(&json->added.patterns[ADDED_NORMALIZED]) > 0;
    plan->fast = plain ? TOKENCODE_PLAIN : joins ? TOKENCODE_FAST_ASCII : TOKENCODE_FAST;
    for (int c = 0; c < 256; c++) {
        unsigned flags = c < 128 ? unitab_flag[c] : 0;

        plan->class[c] = c >= 128 || (clean && (flags & UNI_DROP) != 0) ? TOKENCODE_OTHER
            : (flags & UNI_SPACE) != 0                                   ? TOKENCODE_SPACE
            : (flags & UNI_PUNCT) != 0                                   ? TOKENCODE_PUNCT
                                                                         : TOKENCODE_WORD;
    }
}

int
tokencode_open(struct tokenizer_work *w, const struct tokjson *json,
    const struct tokencode_plan *plan)
{
    *w = (struct tokenizer_work){ .json = json, .plan = plan };
    return wordcache_open(&w->cache);
}

void
tokencode_close(struct tokenizer_work *w)
{
    struct buf *const all[] = { &w->parts, &w->parts_normalized, &w->model_ids, &w->lowered,
        &w->ids,
        &w->word, &w->spans };

    wordcache_close(&w->cache);
    normalize_work_free(&w->normalize);
    pretok_work_free(&w->pretok);
    bpe_work_free(&w->bpe);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        buf_free(all[i]);
}

/* ---- results ---- */

/* One token behind the others; the caller has made room. */
static inline void
put(struct tokenizer_work *w, uint32_t token)
{
    uint32_t id = token & ~WORDCACHE_BEGIN;

    memcpy(w->ids.bytes + w->ids.len, &id, sizeof id);
    w->word.bytes[w->word.len] = (token & WORDCACHE_BEGIN) != 0;
    w->ids.len += sizeof id;
    w->word.len++;
}

static inline int
make_room(struct tokenizer_work *w, size_t tokens)
{
    int rc = OK;

    if (w->word.len + tokens >= w->word.max)
        rc = buf_reserve(&w->word, tokens);
    if (rc == OK && w->ids.len + tokens * sizeof(uint32_t) >= w->ids.max)
        rc = buf_reserve(&w->ids, tokens * sizeof(uint32_t));
    return rc;
}

static int
put_span(struct tokenizer_work *w, size_t first, uint32_t note)
{
    struct span span = { (uint32_t)first, (uint32_t)(w->word.len - first), note };

    if (note == WORDCACHE_NO_NOTE || span.count == 0)
        return OK;
    return buf_add(&w->spans, &span, sizeof span);
}

static int
put_entry(struct tokenizer_work *w, const struct wordcache_entry *e)
{
    size_t first = w->word.len;
    int    rc = make_room(w, WORDCACHE_TOKENS_MAX);

    if (rc != OK)
        return rc;
    for (int i = 0; i < e->count; i++)
        put(w, e->tokens[i]);
    return e->note == WORDCACHE_NO_NOTE ? OK : put_span(w, first, e->note);
}

/* Remember that key gave the tokens from `first` on and the spans from `span` on. */
static void
remember(struct tokenizer_work *w, const char *key, size_t len, uint64_t hash, size_t first,
    size_t span)
{
    const struct span      *spans = (const struct span *)(const void *)w->spans.bytes;
    size_t                  count = w->word.len - first,
        span_count = w->spans.len / sizeof *spans - span;
    struct wordcache_entry *e;

    if (len > WORDCACHE_KEY_MAX || len == 0 || count > WORDCACHE_TOKENS_MAX || span_count > 1)
        return;
    if (span_count == 1 && spans[span].count != count)
        return; /* the noted word is not all there is */
    e = wordcache_put(&w->cache, key, len, hash);
    e->count = (uint8_t)count;
    e->note = span_count == 1 ? spans[span].note : WORDCACHE_NO_NOTE;
    for (size_t i = 0; i < count; i++) {
        memcpy(&e->tokens[i], w->ids.bytes + (first + i) * sizeof(uint32_t), sizeof(uint32_t));
        e->tokens[i] |= w->word.bytes[first + i] ? WORDCACHE_BEGIN : 0;
    }
}

static int
put_word_text(struct buf *words, const char *word, size_t len)
{
    int rc = OK;

    if (words->len > 0 && words->bytes[words->len - 1] != '\n')
        rc = buf_addc(words, ' ');
    return rc == OK ? buf_add(words, word, len) : rc;
}

/* ---- the plain way ---- */

/* A normalised word, through the model. */
static int
model_word(struct tokenizer_work *w, const char *word, size_t len)
{
    const uint32_t *ids;
    size_t          first = w->word.len, count;
    int64_t         note = NOTES_NONE;
    int             rc;

    if (w->words != NULL)
        return put_word_text(w->words, word, len);
    buf_reset(&w->model_ids);
    rc = w->json->model == TOKJSON_BPE
        ? bpe_encode(&w->json->bpe, &w->bpe, word, len, &w->model_ids)
        : wordpiece_encode(&w->json->wordpiece, word, len, &w->model_ids);
    ids = (const uint32_t *)(const void *)w->model_ids.bytes;
    count = w->model_ids.len / sizeof *ids;
    if (rc == OK)
        rc = make_room(w, count);
    if (rc != OK)
        return rc;
    for (size_t i = 0; i < count; i++)
        put(w, ids[i] | (i == 0 ? WORDCACHE_BEGIN : 0));
    if (w->notes != NULL)
        note = notes_find(w->notes, word, len);
    return note == NOTES_NONE ? OK : put_span(w, first, (uint32_t)note);
}

static int
cached_word(struct tokenizer_work *w, const char *word, size_t len)
{
    const struct wordcache_entry *e;
    uint64_t                      hash = STRTAB_SEED;
    size_t                        first = w->word.len, span = w->spans.len / sizeof(struct span);
    int                           rc;

    if (len > WORDCACHE_KEY_MAX || w->words != NULL)
        return model_word(w, word, len);
    for (size_t i = 0; i < len; i++)
        hash = strtab_step(hash, word[i]);
    e = wordcache_find(&w->cache, word, len, hash);
    if (e != NULL)
        return put_entry(w, e);
    rc = model_word(w, word, len);
    if (rc == OK)
        remember(w, word, len, hash, first, span);
    return rc;
}

static int
pretokenise(struct tokenizer_work *w, const char *text, size_t len, bool at_start, bool cached)
{
    int rc = pretok_run(&w->json->pretok, &w->pretok, text, len, at_start);

    for (size_t i = 0; rc == OK && i < pretok_count(&w->pretok); i++) {
        const struct pretok_piece *piece = pretok_get(&w->pretok, i);
        const char                *word = w->pretok.text.bytes + piece->first;

        rc = cached ? cached_word(w, word, piece->len) : model_word(w, word, piece->len);
    }
    return rc;
}

static int
put_added(struct tokenizer_work *w, uint32_t id)
{
    int rc = make_room(w, 1);

    if (rc == OK)
        put(w, id | WORDCACHE_BEGIN);
    return rc;
}

/* Text without added tokens of the raw set. */
static int
plain(struct tokenizer_work *w, const char *text, size_t len, bool at_start)
{
    const struct added_part *parts;
    size_t                   count;
    int                      rc = normalize_run(&w->json->normalizer, &w->normalize, text, len);

    buf_reset(&w->parts_normalized);
    if (rc == OK)
        rc = added_cut(&w->json->added, ADDED_NORMALIZED, w->normalize.text.bytes,
            w->normalize.text.len,
            &w->parts_normalized);
    parts = (const struct added_part *)(const void *)w->parts_normalized.bytes;
    count = w->parts_normalized.len / sizeof *parts;
    for (size_t i = 0; rc == OK && i < count; i++)
        rc = parts[i].id != STRTAB_NONE
            ? put_added(w, parts[i].id)
            : pretokenise(w, w->normalize.text.bytes + parts[i].first, parts[i].len,
                at_start && parts[i].first == 0, true);
    return rc;
}

/* ---- the fast way ---- */

/* A stretch with a character that is not ASCII: all that stands between two dividers. */
static int
normalised_stretch(struct tokenizer_work *w, const char *text, size_t len)
{
    int rc = normalize_run(&w->json->normalizer, &w->normalize, text, len);

    return rc == OK ? pretokenise(w, w->normalize.text.bytes, w->normalize.text.len, false, false)
        : rc;
}

static int
ascii_word(struct tokenizer_work *w, const char *text, size_t len)
{
    int rc;

    if (!w->plan->lower)
        return model_word(w, text, len);
    buf_reset(&w->lowered);
    rc = buf_add(&w->lowered, text, len);
    if (rc != OK)
        return rc;
    for (size_t i = 0; i < len; i++)
        if (text[i] >= 'A' && text[i] <= 'Z')
            w->lowered.bytes[i] = (char)(text[i] + ('a' - 'A'));
    return model_word(w, w->lowered.bytes, len);
}

static int
fast(struct tokenizer_work *w, const char *text, size_t len)
{
    const uint8_t *class = w->plan->class;
    size_t         at = 0;
    int            rc = OK;

    while (rc == OK && at < len) {
        const struct wordcache_entry *e = NULL;
        uint64_t                      hash = STRTAB_SEED;
        size_t                        start = at, first = w->word.len, span;
        unsigned                      seen = class[(unsigned char)text[at]];

        if (seen == TOKENCODE_SPACE) {
            at++;
            continue;
        }
        hash = strtab_step(hash, text[at++]);
        if (seen != TOKENCODE_PUNCT)
            for (unsigned now; at < len; at++) {
                now = class[(unsigned char)text[at]];
                if (now == TOKENCODE_SPACE || now == TOKENCODE_PUNCT)
                    break;
                seen |= now;
                hash = strtab_step(hash, text[at]);
            }
        if (at - start <= WORDCACHE_KEY_MAX && w->words == NULL)
            e = wordcache_find(&w->cache, text + start, at - start, hash);
        if (e != NULL) {
            rc = put_entry(w, e);
            continue;
        }
        span = w->spans.len / sizeof(struct span);
        rc = seen == TOKENCODE_OTHER ? normalised_stretch(w, text + start, at - start)
                                     : ascii_word(w, text + start, at - start);
        if (rc == OK && w->words == NULL)
            remember(w, text + start, at - start, hash, first, span);
    }
    return rc;
}

/* ---- the whole ---- */

static int
run_part(struct tokenizer_work *w, const char *text, size_t len, bool at_start)
{
    enum tokencode_fast way = w->plan->fast;

    if (way == TOKENCODE_FAST || (way == TOKENCODE_FAST_ASCII && utf8_ascii(text, len) == len))
        return fast(w, text, len);
    return plain(w, text, len, at_start);
}

int
tokencode_run(struct tokenizer_work *w, const char *text, size_t len)
{
    const struct added_part *parts;
    size_t                   count;
    int                      rc;

    buf_reset(&w->ids);
    buf_reset(&w->word);
    buf_reset(&w->spans);
    if (strtab_count(&w->json->added.patterns[ADDED_RAW]) == 0)
        return len > 0 ? run_part(w, text, len, true) : OK;
    buf_reset(&w->parts);
    rc = added_cut(&w->json->added, ADDED_RAW, text, len, &w->parts);
    parts = (const struct added_part *)(const void *)w->parts.bytes;
    count = w->parts.len / sizeof *parts;
    for (size_t i = 0; rc == OK && i < count; i++)
        rc = parts[i].id != STRTAB_NONE ? put_added(w, parts[i].id)
                                        : run_part(w, text + parts[i].first, parts[i].len,
                                            parts[i].first == 0);
    return rc;
}
