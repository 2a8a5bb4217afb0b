/* tokencode.c -- see tokencode.h. */
#include "lib/tokencode.h"

#include <string.h>

#include "lib/unitab.h"
#include "lib/utf8.h"

enum { WORDS_AHEAD = 16 }; /* so many cache misses overlap */

/* ---- what can be known beforehand ---- */

static bool
is_byte_level(const struct tokjson *json)
{
    const struct pretok_step *step = &json->pretok.steps[0];

    return json->normalizer.count == 0 && step->kind == PRETOK_BYTE_LEVEL && step->split;
}

void
tokencode_plan(struct tokencode_plan *plan, const struct tokjson *json)
{
    bool clean = false, han = false, joins = false, byte_level = is_byte_level(json);
    bool plain = json->pretok.count != 1
        || (json->pretok.steps[0].kind != PRETOK_BERT && !byte_level);

    *plan = (struct tokencode_plan){ .prefix = byte_level && json->pretok.steps[0].prefix };
    for (int i = 0; i < json->normalizer.count; i++) {
        enum normalize_kind kind = json->normalizer.steps[i].kind;

        clean |= kind == NORMALIZE_CLEAN;
        han |= kind == NORMALIZE_HAN;
        plan->lower |= kind == NORMALIZE_LOWER;
        joins |= kind != NORMALIZE_CLEAN && kind != NORMALIZE_HAN && kind != NORMALIZE_BERT_MN
            && kind != NORMALIZE_LOWER;
        plain |= kind == NORMALIZE_REPLACE || kind == NORMALIZE_PREPEND
            || kind == NORMALIZE_STRIP_LEFT || kind == NORMALIZE_STRIP_RIGHT;
        /* U+2122 becomes "TM" and stays so, while "TM" becomes "tm": in the cache, where the plain
         * way has words as they are behind the normalizer, the two would be one */
        plain |= plan->lower && (kind == NORMALIZE_NFKC || kind == NORMALIZE_NFKD);
    }
    plain |= json->normalizer.count > 0
        && strtab_count(&json->added.patterns[ADDED_NORMALIZED]) > 0;
    plan->fast = plain ? TOKENCODE_PLAIN : joins ? TOKENCODE_FAST_ASCII : TOKENCODE_FAST;
    if (byte_level)
        wordcut_byte_level(&plan->cut);
    else
        wordcut_bert(&plan->cut, clean ? UNI_DROP : 0, UNI_PUNCT | (han ? UNI_HAN : 0));
    for (int c = 0; c < 128; c++)
        plan->plain[c] = !clean || (unitab_flag[c] & UNI_DROP) == 0;
}

int
tokencode_open(struct tokenizer_work *w, const struct tokenizer *t, const struct tokjson *json,
    const struct tokencode_plan *plan)
{
    *w = (struct tokenizer_work){ .tokenizer = t, .json = json, .plan = plan };
    return wordcache_open(&w->cache);
}

void
tokencode_close(struct tokenizer_work *w)
{
    struct buf *const all[] = { &w->parts, &w->parts_normalized, &w->model_ids, &w->mapped,
        &w->prefixed, &w->spans, &w->marked, &w->ids, &w->word };

    wordcache_close(&w->cache);
    normalize_work_free(&w->normalize);
    pretok_work_free(&w->pretok);
    bpe_work_free(&w->bpe);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        buf_free(all[i]);
}

/* ---- results ---- */

static int
put_number(struct buf *out, uint32_t number)
{
    char   digits[11];
    size_t n = sizeof digits;

    digits[--n] = ' ';
    do
        digits[--n] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    return buf_add(out, digits + n, sizeof digits - n);
}

static int
put_text(struct buf *out, const char *text, size_t len)
{
    int rc = buf_add(out, text, len);

    return rc == OK ? buf_addc(out, ' ') : rc;
}

static int
put_token(struct tokenizer_work *w, uint32_t id, bool begins)
{
    const char *text;
    size_t      len;
    uint32_t    marked = id | (begins ? TOKENS_BEGIN : 0);

    switch (w->form) {
    case TOKENIZER_TOKENS:
        return buf_add(w->out, &marked, sizeof marked);
    case TOKENIZER_IDS:
        return put_number(w->out, id);
    case TOKENIZER_PIECES:
        text = tokenizer_token(w->tokenizer, id, &len);
        return put_text(w->out, text, len);
    case TOKENIZER_WORDS:
        break;
    }
    return OK;
}

static int
put_span(struct tokenizer_work *w, size_t from, uint32_t note)
{
    size_t      each = sizeof(uint32_t);
    struct span span = { (uint32_t)((from - w->start) / each),
        (uint32_t)((w->out->len - from) / each), note };

    return span.count > 0 ? buf_add(&w->spans, &span, sizeof span) : OK;
}

/* Remember that the key gave what stands in the output from `from` on, and the spans from `span`
 * on. */
static void
remember(struct tokenizer_work *w, const struct wordcache_key *key, size_t from, size_t span)
{
    size_t                  len = w->out->len - from;
    size_t                  spans = (w->spans.len - span) / sizeof(struct span);
    struct span             noted = { .note = WORDCACHE_NO_NOTE };
    struct wordcache_entry *e;

    if (len > WORDCACHE_RESULT_MAX || spans > 1)
        return;
    if (spans == 1)
        memcpy(&noted, w->spans.bytes + span, sizeof noted);
    if (spans == 1 && noted.count * sizeof(uint32_t) != len)
        return; /* the noted word is not all there is */
    e = wordcache_put(&w->cache, key);
    e->result_len = (uint8_t)len;
    e->note = noted.note;
    if (len > 0)
        memcpy(e->result, w->out->bytes + from, len);
}

/* A normalised word, through the model. */
static int
model_word(struct tokenizer_work *w, const char *word, size_t len)
{
    const uint32_t *ids;
    size_t          from = w->out->len, count;
    int64_t         note = NOTES_NONE;
    int             rc;

    if (w->form == TOKENIZER_WORDS)
        return put_text(w->out, word, len);
    buf_reset(&w->model_ids);
    rc = w->json->model == TOKJSON_BPE
        ? bpe_encode(&w->json->bpe, &w->bpe, word, len, &w->model_ids)
        : wordpiece_encode(&w->json->wordpiece, word, len, &w->model_ids);
    ids = (const uint32_t *)(const void *)w->model_ids.bytes;
    count = w->model_ids.len / sizeof *ids;
    for (size_t i = 0; rc == OK && i < count; i++)
        rc = put_token(w, ids[i], i == 0);
    if (rc == OK && w->notes != NULL && w->form == TOKENIZER_TOKENS)
        note = notes_find(w->notes, word, len);
    return rc == OK && note != NOTES_NONE ? put_span(w, from, (uint32_t)note) : rc;
}

static int
put_entry(struct tokenizer_work *w, const struct wordcache_entry *e)
{
    size_t from = w->out->len;
    int    rc = buf_add(w->out, e->result, e->result_len);

    return rc == OK && e->note != WORDCACHE_NO_NOTE ? put_span(w, from, e->note) : rc;
}

/* ---- the plain way ---- */

static int
cached_word(struct tokenizer_work *w, const char *word, size_t len)
{
    const struct wordcache_entry *e;
    struct wordcache_key          key;
    char                          padded[WORDCACHE_KEY_MAX] = { 0 };
    size_t                        from = w->out->len, span = w->spans.len;
    int                           rc;

    if (len > WORDCACHE_KEY_MAX)
        return model_word(w, word, len);
    memcpy(padded, word, len);
    wordcache_key(&key, padded, len);
    e = wordcache_find(&w->cache, &key);
    if (e != NULL)
        return put_entry(w, e);
    rc = model_word(w, word, len);
    if (rc == OK)
        remember(w, &key, from, span);
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
            ? put_token(w, parts[i].id, true)
            : pretokenise(w, w->normalize.text.bytes + parts[i].first, parts[i].len,
                at_start && parts[i].first == 0, true);
    return rc;
}

/* ---- the fast way ---- */

/* A stretch that must be normalised: all that stands between two dividers. */
static int
normalised_word(struct tokenizer_work *w, const char *text, size_t len)
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
    buf_reset(&w->mapped);
    rc = buf_add(&w->mapped, text, len);
    if (rc != OK)
        return rc;
    for (size_t i = 0; i < len; i++)
        if (text[i] >= 'A' && text[i] <= 'Z')
            w->mapped.bytes[i] = (char)(text[i] + ('a' - 'A'));
    return model_word(w, w->mapped.bytes, len);
}

static int
byte_level_word(struct tokenizer_work *w, const char *text, size_t len)
{
    int rc;

    buf_reset(&w->mapped);
    rc = pretok_bytes(&w->mapped, text, len);
    return rc == OK ? model_word(w, w->mapped.bytes, w->mapped.len) : rc;
}

/* A word that the cache does not know; the key's length is 0 if it is too long for it. */
static int
new_word(struct tokenizer_work *w, const struct wordcache_key *key, const char *text, size_t len)
{
    size_t from = w->out->len, span = w->spans.len, i = 0;
    int    rc;

    if (w->plan->cut.kind == WORDCUT_BYTES) {
        rc = byte_level_word(w, text, len);
    } else {
        while (i < len && w->plan->plain[(unsigned char)text[i]])
            i++;
        rc = i == len ? ascii_word(w, text, len) : normalised_word(w, text, len);
    }
    if (rc == OK && key->len > 0)
        remember(w, key, from, span);
    return rc;
}

/* The key of the i-th word that w->cut holds, on its way into the processor's cache; of length 0 if
 * it is too long to be remembered. */
static inline void
look_ahead(struct tokenizer_work *w, struct wordcache_key *key, size_t i)
{
    const struct wordcut *c = &w->cut;
    size_t                len = c->end[i] - c->first[i];

    key->len = 0;
    if (len > WORDCACHE_KEY_MAX)
        return;
    wordcache_key(key, wordcut_bytes(c, c->first[i]), len);
    wordcache_prefetch(&w->cache, key);
}

/* The words that w->cut holds. */
static int
cut_words(struct tokenizer_work *w, const char *text)
{
    const struct wordcut *c = &w->cut;
    struct buf           *out = w->out;
    struct wordcache_key  keys[WORDS_AHEAD];
    int                   rc = OK;

    for (size_t i = 0; i < WORDS_AHEAD && i < c->count; i++)
        look_ahead(w, &keys[i], i);
    for (size_t i = 0; rc == OK && i < c->count; i++) {
        struct wordcache_key         *key = &keys[i % WORDS_AHEAD];
        const struct wordcache_entry *e = key->len > 0 ? wordcache_find(&w->cache, key) : NULL;
        size_t                        from = out->len;

        if (e != NULL) {
            wordcache_copy(out->bytes + from, e);
            out->len += e->result_len;
            if (e->note != WORDCACHE_NO_NOTE)
                rc = put_span(w, from, e->note);
        } else {
            rc = new_word(w, key, text + c->first[i], c->end[i] - c->first[i]);
            if (rc == OK)
                rc = buf_reserve(out, (c->count - i) * WORDCACHE_RESULT_MAX + WORDCACHE_COPY);
        }
        if (i + WORDS_AHEAD < c->count)
            look_ahead(w, key, i + WORDS_AHEAD);
    }
    return rc;
}

static int
fast(struct tokenizer_work *w, const char *text, size_t len)
{
    int rc = OK;

    if (w->plan->prefix && text[0] != ' ') {
        buf_reset(&w->prefixed);
        rc = buf_addc(&w->prefixed, ' ');
        if (rc == OK)
            rc = buf_add(&w->prefixed, text, len);
        text = w->prefixed.bytes;
        len++;
    }
    if (rc != OK)
        return rc;
    wordcut_start(&w->cut, &w->plan->cut, text, len);
    while (rc == OK && wordcut_next(&w->cut)) {
        rc = buf_reserve(w->out, w->cut.count * WORDCACHE_RESULT_MAX + WORDCACHE_COPY);
        if (rc == OK)
            rc = cut_words(w, text);
    }
    if (rc == OK)
        w->out->bytes[w->out->len] = '\0';
    return rc;
}

/* ---- the whole ---- */

/* Text without added tokens of the raw set. */
static int
run_part(struct tokenizer_work *w, const char *text, size_t len, bool at_start)
{
    const struct added_part *parts;
    size_t                   count;
    enum tokencode_fast      way = w->plan->fast;
    int                      rc;

    if (way != TOKENCODE_FAST
        && !(way == TOKENCODE_FAST_ASCII && utf8_ascii(text, len) == len))
        return plain(w, text, len, at_start);
    if (strtab_count(&w->json->added.patterns[ADDED_NORMALIZED]) == 0)
        return fast(w, text, len);
    buf_reset(&w->parts_normalized); /* there is no normalizer: the text is normalised already */
    rc = added_cut(&w->json->added, ADDED_NORMALIZED, text, len, &w->parts_normalized);
    parts = (const struct added_part *)(const void *)w->parts_normalized.bytes;
    count = w->parts_normalized.len / sizeof *parts;
    for (size_t i = 0; rc == OK && i < count; i++)
        rc = parts[i].id != STRTAB_NONE ? put_token(w, parts[i].id, true)
                                        : fast(w, text + parts[i].first, parts[i].len);
    return rc;
}

static void
begin(struct tokenizer_work *w, enum tokenizer_form form, struct buf *out)
{
    if (w->form != form)
        wordcache_clear(&w->cache);
    w->form = form;
    w->out = out;
    w->start = out->len;
    buf_reset(&w->spans);
}

int
tokencode_run(struct tokenizer_work *w, enum tokenizer_form form, const char *text, size_t len,
    struct buf *out)
{
    const struct added_part *parts;
    size_t                   count;
    int                      rc;

    begin(w, form, out);
    if (strtab_count(&w->json->added.patterns[ADDED_RAW]) == 0)
        return len > 0 ? run_part(w, text, len, true) : OK;
    buf_reset(&w->parts);
    rc = added_cut(&w->json->added, ADDED_RAW, text, len, &w->parts);
    parts = (const struct added_part *)(const void *)w->parts.bytes;
    count = w->parts.len / sizeof *parts;
    for (size_t i = 0; rc == OK && i < count; i++)
        rc = parts[i].id != STRTAB_NONE ? put_token(w, parts[i].id, true)
                                        : run_part(w, text + parts[i].first, parts[i].len,
                                            parts[i].first == 0);
    return rc;
}

int
tokencode_put(struct tokenizer_work *w, enum tokenizer_form form, uint32_t id, struct buf *out)
{
    begin(w, form, out);
    return put_token(w, id, true);
}
