/* tokens.c -- see tokens.h. */
#include "lib/tokens.h"

#include <string.h>

#include "lib/column.h"

static bool
narrow(const struct tokens_head *head)
{
    return head->vocab_size <= TOKENS_NARROW_MAX;
}

/* ---- documents ---- */

/* Room for `bytes` with what is there.  buf_reserve puts a 0 at `len`; so all the memory counts as
 * filled, and callers ask for a byte more than they use. */
static int
grow(struct buf *memory, size_t bytes)
{
    if (memory->max > bytes)
        return OK;
    memory->len = memory->max > 0 ? memory->max - 1 : 0;
    return buf_reserve(memory, bytes - memory->len);
}

int
tokens_doc_reserve(struct tokens_doc *d, size_t sentences, size_t tokens, size_t spans)
{
    int rc = grow(&d->memory[0], sentences * sizeof *d->lengths + 1);

    if (rc == OK)
        rc = grow(&d->memory[1], tokens * sizeof *d->ids + 1);
    if (rc == OK)
        rc = grow(&d->memory[2], tokens + 1);
    if (rc == OK)
        rc = grow(&d->memory[3], spans * sizeof *d->span + 1);
    d->lengths = (uint32_t *)(void *)d->memory[0].bytes;
    d->ids = (uint32_t *)(void *)d->memory[1].bytes;
    d->word = (uint8_t *)d->memory[2].bytes;
    d->span = (struct span *)(void *)d->memory[3].bytes;
    return rc;
}

void
tokens_doc_free(struct tokens_doc *d)
{
    for (int i = 0; i < 4; i++)
        buf_free(&d->memory[i]);
    *d = (struct tokens_doc){ 0 };
}

/* ---- writing ---- */

int
tokens_start(struct strm_writer *w, struct out *out, struct tokens_head *head,
    const struct buf *tokenizer, const struct buf *notes)
{
    struct buf text = { 0 };
    int        rc;

    CHECK(tokenizer->len > 0 && (head->notes == 0 || notes->len > 0));
    hash_hex(head->vocab_hash, tokenizer->bytes, tokenizer->len);
    memcpy(head->notes_hash, "-", 2);
    if (head->notes > 0)
        hash_hex(head->notes_hash, notes->bytes, notes->len);
    rc = buf_addf(&text, "tokens %s vocab=%u vocab-hash=%s notes=%u notes-hash=%s",
        narrow(head) ? "u16" : "u32", head->vocab_size, head->vocab_hash, head->notes,
            head->notes_hash);
    if (rc == OK)
        rc = strm_start(w, out, text.bytes);
    if (rc == OK)
        rc = strm_put(w, tokenizer->bytes, tokenizer->len);
    if (rc == OK && head->notes > 0)
        rc = strm_put(w, notes->bytes, notes->len);
    buf_free(&text);
    return rc;
}

static size_t
padded(size_t bytes)
{
    return (bytes + 3) / 4 * 4;
}

static size_t
ids_bytes(const struct tokens_head *head, const struct tokens_doc *d)
{
    return padded((size_t)d->tokens * (narrow(head) ? 2 : 4));
}

static size_t
word_bytes(const struct tokens_doc *d)
{
    return padded(((size_t)d->tokens + 7) / 8);
}

enum { COUNTS = 4 };

size_t
tokens_encoded_bytes(const struct tokens_head *head, const struct tokens_doc *d)
{
    return COUNTS * sizeof(uint32_t) + d->sentences * sizeof *d->lengths + ids_bytes(head, d)
        + word_bytes(d) + d->spans * sizeof *d->span;
}

/* The payload but for its ids and bits: *bits, all 0, is where these go, and the ids where the
 * result points to; their padding is 0 already. */
static char *
put_frame(char *at, const struct tokens_head *head, const struct tokens_doc *d, char **bits)
{
    const uint32_t counts[COUNTS] = { d->more, d->sentences, d->tokens, d->spans };
    size_t         lengths_bytes = d->sentences * sizeof *d->lengths;
    char          *ids = at + sizeof counts + lengths_bytes;

    memcpy(at, counts, sizeof counts);
    if (lengths_bytes > 0)
        memcpy(at + sizeof counts, d->lengths, lengths_bytes);
    *bits = ids + ids_bytes(head, d);
    if (d->tokens > 0)
        memset(*bits - sizeof counts[0], 0, sizeof counts[0] + word_bytes(d));
    if (d->spans > 0)
        memcpy(*bits + word_bytes(d), d->span, d->spans * sizeof *d->span);
    return ids;
}

static void
put_ids(char *to, const struct tokens_head *head, const uint32_t *ids, size_t count)
{
    if (narrow(head)) {
#pragma omp simd
        for (size_t i = 0; i < count; i++) {
            uint16_t id = (uint16_t)ids[i];

            memcpy(to + 2 * i, &id, sizeof id);
        }
    } else {
#pragma omp simd
        for (size_t i = 0; i < count; i++) {
            uint32_t id = ids[i] & ~TOKENS_BEGIN;

            memcpy(to + 4 * i, &id, sizeof id);
        }
    }
}

void
tokens_encode_at(char *at, const struct tokens_head *head, const struct tokens_doc *d)
{
    char *bits, *ids = put_frame(at, head, d, &bits);

    put_ids(ids, head, d->ids, d->tokens);
    column_put_bits((uint8_t *)bits, 0, d->word, d->tokens);
}

/* Room for the payload of `d` behind what `payload` holds. */
static int
room(struct buf *payload, const struct tokens_head *head, const struct tokens_doc *d, char **at)
{
    size_t len = tokens_encoded_bytes(head, d);
    int    rc = buf_reserve(payload, len);

    if (rc != OK)
        return rc;
    *at = payload->bytes + payload->len;
    payload->len += len;
    payload->bytes[payload->len] = '\0';
    return OK;
}

int
tokens_encode(struct buf *payload, const struct tokens_head *head, const struct tokens_doc *d)
{
    char *at;
    int   rc = room(payload, head, d, &at);

    if (rc == OK)
        tokens_encode_at(at, head, d);
    return rc;
}

int
tokens_encode_marked(struct buf *payload, const struct tokens_head *head,
    const struct tokens_doc *d, const uint32_t *marked)
{
    char  *at, *ids, *bits;
    size_t i = 0;
    int    rc = room(payload, head, d, &at);

    if (rc != OK)
        return rc;
    ids = put_frame(at, head, d, &bits);
    put_ids(ids, head, marked, d->tokens);
    for (; i + 8 <= d->tokens; i += 8) {
        const uint32_t *m = marked + i;

        bits[i / 8] = (char)(m[0] >> 31 | m[1] >> 31 << 1 | m[2] >> 31 << 2 | m[3] >> 31 << 3
            | m[4] >> 31 << 4 | m[5] >> 31 << 5 | m[6] >> 31 << 6 | m[7] >> 31 << 7);
    }
    for (; i < d->tokens; i++)
        bits[i / 8] = (char)((uint8_t)bits[i / 8] | (uint8_t)(marked[i] >> 31 << i % 8));
    return OK;
}

/* ---- reading ---- */

static int
read_embedded(struct strm_reader *r, const char *what, const char *hash, struct buf *text)
{
    const void *payload;
    char        hex[HASH_HEX_BYTES];
    int         len = strm_get(r, &payload);

    if (len < 0)
        return len;
    if (len == 0)
        return err_set(ERR_FORMAT, "%s: the stream ends before its %s", r->in->name, what);
    hash_hex(hex, payload, (size_t)len);
    if (strcmp(hex, hash) != 0)
        return err_set(ERR_MISMATCH, "%s: the header names %s %s, the stream holds %s", r->in->name,
            what, hash, hex);
    return buf_add(text, payload, (size_t)len);
}

int
tokens_open(struct strm_reader *r, struct in *in, struct tokens_head *head, struct buf *tokenizer,
    struct buf *notes)
{
    uint64_t vocab = 0, rows = 0;
    int      rc = strm_open(r, in, "tokens");

    *head = (struct tokens_head){ 0 };
    if (rc == OK)
        rc = strm_key_u64(r, "vocab", &vocab);
    if (rc == OK)
        rc = strm_key_u64(r, "notes", &rows);
    if (rc == OK)
        rc = strm_key(r, "vocab-hash", head->vocab_hash, sizeof head->vocab_hash);
    if (rc == OK)
        rc = strm_key(r, "notes-hash", head->notes_hash, sizeof head->notes_hash);
    if (rc != OK)
        return rc;
    if (vocab == 0 || vocab > INT32_MAX || rows > INT32_MAX)
        return err_set(ERR_FORMAT, "%s: vocab=%llu notes=%llu is out of range", in->name,
            (unsigned long long)vocab, (unsigned long long)rows);
    head->vocab_size = (uint32_t)vocab;
    head->notes = (uint32_t)rows;
    if (strstr(r->head, narrow(head) ? " u16 " : " u32 ") == NULL)
        return err_set(ERR_FORMAT, "%s: the id width does not fit vocab=%u", in->name,
            head->vocab_size);
    rc = read_embedded(r, "tokenizer", head->vocab_hash, tokenizer);
    if (rc == OK && head->notes > 0)
        rc = read_embedded(r, "notes", head->notes_hash, notes);
    return rc;
}

static int
bad(const char *where, const char *what)
{
    return err_set(ERR_FORMAT, "%s: %s", where, what);
}

int
tokens_check(const struct tokens_doc *d, const struct tokens_head *head, const char *where)
{
    uint64_t sum = 0, free_from = 0;

    for (uint32_t i = 0; i < d->sentences; i++)
        sum += d->lengths[i];
    if (sum != d->tokens)
        return bad(where, "the sentences do not add up to the tokens");
    for (uint32_t i = 0; i < d->spans; i++) {
        const struct span *s = &d->span[i];

        if (s->count == 0 || s->first < free_from || (uint64_t)s->first + s->count > d->tokens
            || s->note >= head->notes)
            return bad(where, "a noted word is out of order or out of range");
        free_from = (uint64_t)s->first + s->count;
    }
    return OK;
}

/* Is every id in the vocabulary? */
static bool
ids_fit(const struct tokens_doc *d, const struct tokens_head *head)
{
    const uint32_t *ids = d->ids, last = head->vocab_size - 1;
    uint32_t        beyond = 0;

    /* neither an id nor what it is short of the last has the highest bit, unless it is beyond */
#pragma omp simd reduction(| : beyond)
    for (uint32_t i = 0; i < d->tokens; i++)
        beyond |= ids[i] | (last - ids[i]);
    return beyond >> 31 == 0;
}

static void
get_narrow(uint32_t *ids, const uint8_t *at, uint32_t count)
{
#pragma omp simd
    for (uint32_t i = 0; i < count; i++) {
        uint16_t id;

        memcpy(&id, at + 2 * (size_t)i, sizeof id);
        ids[i] = id;
    }
}

int
tokens_view(struct tokens_view *v, const struct tokens_head *head, const void *payload, size_t len,
    const char *where)
{
    const uint8_t *at = payload;
    uint32_t       counts[4];
    uint64_t       lengths_bytes, ids_bytes, word_bytes;

    if (len < sizeof counts)
        return bad(where, "a document is shorter than its head");
    memcpy(counts, at, sizeof counts);
    lengths_bytes = (uint64_t)counts[1] * 4;
    ids_bytes = padded((size_t)counts[2] * (narrow(head) ? 2 : 4));
    word_bytes = padded(((size_t)counts[2] + 7) / 8);
    if (sizeof counts + lengths_bytes + ids_bytes + word_bytes + (uint64_t)counts[3] * 12 != len
        || counts[0] > 1)
        return bad(where, "a document's head does not fit its length");
    at += sizeof counts;
    *v = (struct tokens_view){ .flags = counts[0],
        .sentences = counts[1],
        .tokens = counts[2],
        .spans = counts[3],
        .lengths = at,
        .ids = at + lengths_bytes,
        .bits = at + lengths_bytes + ids_bytes,
        .span = at + lengths_bytes + ids_bytes + word_bytes };
    return OK;
}

int
tokens_decode(struct tokens_doc *d, const struct tokens_head *head, const void *payload, size_t len,
    const char *where)
{
    struct tokens_view v;
    size_t             used_bytes;
    int                rc = tokens_view(&v, head, payload, len, where);

    if (rc == OK)
        rc = tokens_doc_reserve(d, v.sentences, v.tokens, v.spans);
    if (rc != OK)
        return rc;
    d->more = v.flags & 1;
    d->sentences = v.sentences;
    d->tokens = v.tokens;
    d->spans = v.spans;
    used_bytes = (size_t)d->tokens * (narrow(head) ? 2 : 4);
    memcpy(d->lengths, v.lengths, (size_t)d->sentences * 4);
    if (narrow(head))
        get_narrow(d->ids, v.ids, d->tokens);
    else
        memcpy(d->ids, v.ids, used_bytes);
    for (const uint8_t *at = v.ids + used_bytes; at < v.bits; at++)
        if (*at != 0)
            return bad(where, "a document's padding is not 0");
    column_get_bits(d->word, v.bits, 0, d->tokens);
    for (size_t bit = d->tokens; bit < (size_t)(v.span - v.bits) * 8; bit++)
        if (v.bits[bit / 8] >> bit % 8 & 1)
            return bad(where, "a document's padding is not 0");
    memcpy(d->span, v.span, (size_t)d->spans * sizeof *d->span);
    if (!ids_fit(d, head))
        return bad(where, "a token id is beyond the vocabulary");
    return tokens_check(d, head, where);
}

int
tokens_get(struct strm_reader *r, const struct tokens_head *head, struct tokens_doc *d)
{
    const void *payload;
    char        where[4200];
    int         len = strm_get(r, &payload), rc;

    if (len <= 0)
        return len;
    snprintf(where, sizeof where, "%s: frame %llu", r->in->name, (unsigned long long)r->frames - 1);
    rc = tokens_decode(d, head, payload, (size_t)len, where);
    return rc == OK ? 1 : rc;
}
