/* tokenizer.c -- see tokenizer.h. */
#include "lib/tokenizer.h"

#include <stdlib.h>
#include <string.h>

#include "lib/tokcompat.h"
#include "lib/tokencode.h"
#include "lib/unitab.h"
#include "lib/vocabjson.h"
#include "lib/vocabtxt.h"

struct token {
    const char *text; /* NULL: no token has this id */
    size_t      len;
    bool        added;
};

struct tokenizer {
    struct tokjson        json;
    struct tokencode_plan plan;
    struct buf            by_id; /* struct token [json.size] */
};

/* ---- open ---- */

static void
enter(struct token *by_id, const struct strtab *names, bool added)
{
    for (size_t i = 0; i < strtab_count(names); i++) {
        uint32_t     id;
        struct token token = { .added = added };

        token.text = strtab_get(names, i, &token.len, &id);
        by_id[id] = token;
    }
}

static int
finish(struct tokenizer *t)
{
    struct token *by_id;
    int           rc = unitab_open();

    if (rc == OK)
        rc = buf_reserve(&t->by_id, t->json.size * sizeof *by_id);
    if (rc != OK)
        return rc;
    by_id = (struct token *)(void *)t->by_id.bytes;
    for (uint32_t id = 0; id < t->json.size; id++)
        by_id[id] = (struct token){ 0 };
    enter(by_id, &t->json.vocab, false);
    enter(by_id, &t->json.added_names, true);
    tokencode_plan(&t->plan, &t->json);
    return OK;
}

static int
make(struct tokenizer **t)
{
    *t = calloc(1, sizeof **t);
    return *t != NULL ? OK : err_set(ERR_MEMORY, "no memory for a tokenizer");
}

static int
give(struct tokenizer **t, int rc)
{
    if (rc == OK)
        rc = finish(*t);
    if (rc != OK) {
        tokenizer_close(*t);
        *t = NULL;
    }
    return rc;
}

int
tokenizer_open(struct tokenizer **t, const void *bytes, size_t len, const char *name)
{
    int rc = make(t);

    return rc == OK ? give(t, tokjson_read(&(*t)->json, bytes, len, name)) : rc;
}

static int
add_bert(struct normalizer *n, bool lower)
{
    int rc = normalize_add(n, NORMALIZE_CLEAN);

    if (rc == OK)
        rc = normalize_add(n, NORMALIZE_HAN);
    if (rc == OK && lower)
        rc = normalize_add(n, NORMALIZE_BERT_MN);
    return rc == OK && lower ? normalize_add(n, NORMALIZE_LOWER) : rc;
}

int
tokenizer_open_words(struct tokenizer **t, enum tokenizer_normalizer normalizer,
    enum tokenizer_splitter splitter)
{
    const struct pretok_step step = { .kind = splitter == TOKENIZER_UAX29_WORDS ? PRETOK_UAX29
            : PRETOK_BERT };
    bool                     google = splitter == TOKENIZER_GOOGLE_WORDS;
    bool                     uncased = normalizer == TOKENIZER_BERT_UNCASED;
    struct normalizer       *n;
    int                      rc = make(t);

    if (rc != OK)
        return rc;
    n = &(*t)->json.normalizer;
    rc = pretok_add(&(*t)->json.pretok, &step);
    if (rc == OK && normalizer == TOKENIZER_NFC)
        rc = normalize_add(n, NORMALIZE_NFC);
    if (rc == OK && (uncased || normalizer == TOKENIZER_BERT_CASED))
        rc = google ? normalize_add(n, uncased ? NORMALIZE_GOOGLE_UNCASED : NORMALIZE_GOOGLE_CASED)
                    : add_bert(n, uncased);
    if (rc == OK)
        rc = tokcompat_apply(&(*t)->json, "google");
    return give(t, rc);
}

int
tokenizer_of_google(struct buf *json, const char *name)
{
    return tokcompat_google(json, name);
}

bool
tokenizer_is_google(const struct tokenizer *t)
{
    return tokcompat_is_google(&t->json);
}

int
tokenizer_of_vocab(struct buf *json, const void *bytes, size_t len, bool lowercase,
    const char *name)
{
    return vocabtxt_json(json, bytes, len, lowercase, name);
}

int
tokenizer_of_merges(struct buf *json, const struct buf *vocab, const struct buf *merges,
    const char *vocab_name, const char *merges_name)
{
    return vocabjson_json(json, vocab, merges, vocab_name, merges_name);
}

bool
tokenizer_is_vocab_json(const void *bytes, size_t len)
{
    return vocabjson_is(bytes, len);
}

bool
tokenizer_is_json(const void *bytes, size_t len)
{
    const char *text = bytes;
    size_t      i = 0;

    while (i < len && (text[i] == ' ' || (text[i] >= '\t' && text[i] <= '\r')))
        i++;
    return i < len && text[i] == '{';
}

void
tokenizer_close(struct tokenizer *t)
{
    if (t == NULL)
        return;
    tokjson_free(&t->json);
    buf_free(&t->by_id);
    free(t);
}

/* ---- what it holds ---- */

uint32_t
tokenizer_size(const struct tokenizer *t)
{
    return t->json.size;
}

uint32_t
tokenizer_id(const struct tokenizer *t, const char *token)
{
    uint32_t id = strtab_find(&t->json.added_names, token, strlen(token));

    return id != STRTAB_NONE ? id : strtab_find(&t->json.vocab, token, strlen(token));
}

static const struct token *
token_of(const struct tokenizer *t, uint32_t id)
{
    return id < t->json.size ? (const struct token *)(const void *)t->by_id.bytes + id : NULL;
}

const char *
tokenizer_token(const struct tokenizer *t, uint32_t id, size_t *len)
{
    const struct token *token = token_of(t, id);

    *len = token != NULL ? token->len : 0;
    return token != NULL ? token->text : NULL;
}

bool
tokenizer_is_added(const struct tokenizer *t, uint32_t id)
{
    const struct token *token = token_of(t, id);

    return token != NULL && token->added;
}

size_t
tokenizer_template(const struct tokenizer *t, bool pair, const struct tokenizer_part **parts)
{
    const struct buf *template = &t->json.template[pair];

    *parts = (const struct tokenizer_part *)(const void *)template->bytes;
    return template->len / sizeof **parts;
}

/* ---- encoding ---- */

int
tokenizer_scratch_open(struct tokenizer_scratch **s, const struct tokenizer *t)
{
    int rc;

    *s = calloc(1, sizeof **s);
    if (*s != NULL)
        (*s)->work = calloc(1, sizeof *(*s)->work);
    if (*s == NULL || (*s)->work == NULL) {
        free(*s);
        *s = NULL;
        return err_set(ERR_MEMORY, "no memory for a tokenizer");
    }
    rc = tokencode_open((*s)->work, t, &t->json, &t->plan);
    if (rc != OK) {
        tokenizer_scratch_close(*s);
        *s = NULL;
    }
    return rc;
}

void
tokenizer_scratch_close(struct tokenizer_scratch *s)
{
    if (s == NULL)
        return;
    tokencode_close(s->work);
    free(s->work);
    free(s);
}

void
tokenizer_scratch_notes(struct tokenizer_scratch *s, const struct notes *notes)
{
    s->work->notes = notes;
    wordcache_clear(&s->work->cache); /* entries hold note ids */
}

/* Ids and marks apart. */
static int
unmark(struct tokenizer_scratch *s)
{
    struct tokenizer_work *w = s->work;
    const uint32_t        *marked = (const uint32_t *)(const void *)w->marked.bytes;
    int                    rc;

    s->count = w->marked.len / sizeof *marked;
    w->ids.len = w->word.len = 0;
    rc = buf_reserve(&w->ids, w->marked.len);
    if (rc == OK)
        rc = buf_reserve(&w->word, s->count);
    if (rc != OK)
        return rc;
    s->ids = (uint32_t *)(void *)w->ids.bytes;
    s->word = (uint8_t *)w->word.bytes;
    for (size_t i = 0; i < s->count; i++) {
        s->ids[i] = marked[i] & ~TOKENS_BEGIN;
        s->word[i] = (marked[i] & TOKENS_BEGIN) != 0;
    }
    return OK;
}

int
tokenizer_encode(struct tokenizer_scratch *s, const char *text, size_t len)
{
    int rc;

    buf_reset(&s->work->marked);
    rc = tokenizer_write(s, TOKENIZER_TOKENS, text, len, &s->work->marked);
    return rc == OK ? unmark(s) : rc;
}

int
tokenizer_write(struct tokenizer_scratch *s, enum tokenizer_form form, const char *text, size_t len,
    struct buf *out)
{
    int rc;

    CHECK(form == TOKENIZER_WORDS || s->work->json->model != TOKJSON_NONE);
    rc = tokencode_run(s->work, form, text, len, out);
    s->spans = (struct span *)(void *)s->work->spans.bytes;
    s->span_count = s->work->spans.len / sizeof *s->spans;
    return rc;
}

int
tokenizer_write_id(struct tokenizer_scratch *s, enum tokenizer_form form, uint32_t id,
    struct buf *out)
{
    return tokencode_put(s->work, form, id, out);
}
