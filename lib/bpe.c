/* bpe.c -- see bpe.h.
 *
 * A word of a few symbols is an array, which is looked through for the best pair after each merge:
 * quadratic, and the fastest there.  A longer one is a linked list; a heap holds the pairs that may
 * be merged, by rank and then by place, so a word of n characters takes n log n.  A pair in the
 * heap may be stale: it is merged only if what stands there now makes the same token. */
#include "lib/bpe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/utf8.h"

#define NOWHERE UINT32_MAX

enum { FEW = 32 };

struct symbol {
    uint32_t id, before, behind;
    bool     gone;
};

struct candidate {
    uint64_t order; /* rank << 32 | place of the left symbol */
    uint32_t made;
};

/* ---- merges ---- */

int
bpe_open(struct bpe *b, const struct strtab *vocab, const char *prefix, const char *suffix)
{
    *b = (struct bpe){ .vocab = vocab, .prefix = strdup(prefix), .suffix = strdup(suffix),
        .unknown = STRTAB_NONE };
    if (b->prefix == NULL || b->suffix == NULL)
        return err_set(ERR_MEMORY, "no memory for a BPE model");
    for (unsigned i = 0; i < 256; i++) {
        char name[8];

        snprintf(name, sizeof name, "<0x%02X>", i);
        b->bytes[i] = strtab_find(vocab, name, 6);
    }
    b->plain = *prefix == '\0' && *suffix == '\0';
    for (uint32_t c = 0; c < BPE_SINGLES; c++) {
        char character[4];

        b->singles[c] = strtab_find(vocab, character, utf8_put(character, c));
    }
    return OK;
}

void
bpe_close(struct bpe *b)
{
    free(b->prefix);
    free(b->suffix);
    buf_free(&b->merges);
}

void
bpe_work_free(struct bpe_work *work)
{
    buf_free(&work->symbols);
    buf_free(&work->heap);
    buf_free(&work->key);
}

static struct bpe_merge *
slot_of(const struct bpe *b, uint64_t pair)
{
    struct bpe_merge *slots = (struct bpe_merge *)(void *)b->merges.bytes;
    uint64_t          hash = pair * 0x9E3779B97F4A7C15u;
    size_t            i = (size_t)(hash ^ hash >> 32) & b->merge_mask;

    while (slots[i].pair != BPE_NO_PAIR && slots[i].pair != pair)
        i = (i + 1) & b->merge_mask;
    return &slots[i];
}

/* The merge of two tokens, or NULL. */
static const struct bpe_merge *
merge_of(const struct bpe *b, uint32_t left, uint32_t right)
{
    const struct bpe_merge *m;

    if (b->merge_mask == 0)
        return NULL;
    m = slot_of(b, (uint64_t)left << 32 | right);
    return m->pair != BPE_NO_PAIR ? m : NULL;
}

static int
grow(struct bpe *b)
{
    struct bpe was = *b;
    size_t     slots = b->merge_mask == 0 ? 64 : (b->merge_mask + 1) * 2;
    int        rc;

    if (b->merge_mask != 0 && b->merge_count < (b->merge_mask + 1) / 2)
        return OK;
    b->merges = (struct buf){ 0 };
    rc = buf_reserve(&b->merges, slots * sizeof(struct bpe_merge));
    if (rc != OK) {
        *b = was;
        return rc;
    }
    b->merge_mask = slots - 1;
    for (size_t i = 0; i < slots; i++)
        ((struct bpe_merge *)(void *)b->merges.bytes)[i].pair = BPE_NO_PAIR;
    for (size_t i = 0; was.merge_mask != 0 && i <= was.merge_mask; i++) {
        const struct bpe_merge *m = (const struct bpe_merge *)(const void *)was.merges.bytes + i;

        if (m->pair != BPE_NO_PAIR)
            *slot_of(b, m->pair) = *m;
    }
    buf_free(&was.merges);
    return OK;
}

static int
known(const struct bpe *b, uint32_t *id, const char *token, size_t len)
{
    *id = strtab_find(b->vocab, token, len);
    if (*id == STRTAB_NONE)
        return err_set(ERR_FORMAT, "merge %zu: the token \"%.*s\" is not in the vocabulary",
            b->merge_count, (int)(len < 100 ? len : 100), token);
    return OK;
}

int
bpe_merge_add(struct bpe *b, const char *left, size_t left_len, const char *right, size_t right_len)
{
    struct bpe_merge merge = { .rank = (uint32_t)b->merge_count };
    struct buf       both = { 0 };
    size_t           skip = strlen(b->prefix);
    uint32_t         left_id = 0, right_id = 0;
    int              rc = grow(b);

    if (rc == OK)
        rc = known(b, &left_id, left, left_len);
    if (rc == OK)
        rc = known(b, &right_id, right, right_len);
    if (rc == OK && right_len < skip)
        rc = err_set(ERR_FORMAT, "merge %zu: \"%s\" is shorter than the continuing prefix",
            b->merge_count, right);
    if (rc == OK)
        rc = buf_add(&both, left, left_len);
    if (rc == OK)
        rc = buf_add(&both, right + skip, right_len - skip);
    if (rc == OK)
        rc = known(b, &merge.made, both.bytes, both.len);
    buf_free(&both);
    if (rc != OK)
        return rc;
    merge.pair = (uint64_t)left_id << 32 | right_id;
    *slot_of(b, merge.pair) = merge; /* of two equal pairs the later counts */
    b->merge_count++;
    return OK;
}

/* ---- the heap ---- */

static int
heap_push(struct buf *heap, struct candidate c)
{
    int               rc = buf_add(heap, &c, sizeof c);
    struct candidate *h = (struct candidate *)(void *)heap->bytes;
    size_t            i = heap->len / sizeof c - 1;

    if (rc != OK)
        return rc;
    for (; i > 0 && h[(i - 1) / 2].order > c.order; i = (i - 1) / 2)
        h[i] = h[(i - 1) / 2];
    h[i] = c;
    return OK;
}

static struct candidate
heap_pop(struct buf *heap)
{
    struct candidate *h = (struct candidate *)(void *)heap->bytes;
    struct candidate  top = h[0], last;
    size_t            count, i = 0;

    heap->len -= sizeof top;
    count = heap->len / sizeof top;
    last = h[count];
    for (;;) {
        size_t child = 2 * i + 1;

        if (child >= count)
            break;
        if (child + 1 < count && h[child + 1].order < h[child].order)
            child++;
        if (h[child].order >= last.order)
            break;
        h[i] = h[child];
        i = child;
    }
    h[i] = last;
    return top;
}

/* ---- encoding ---- */

static int
add_symbol(struct bpe_work *work, uint32_t id)
{
    uint32_t      at = (uint32_t)(work->symbols.len / sizeof(struct symbol));
    struct symbol s = { id, at == 0 ? NOWHERE : at - 1, at + 1, false };

    return buf_add(&work->symbols, &s, sizeof s);
}

/* The key of a character in the vocabulary: with the prefix or suffix that its place asks for. */
static int
key_of(const struct bpe *b, struct bpe_work *work, const char *at, size_t len, bool first,
    bool last)
{
    int rc = OK;

    buf_reset(&work->key);
    if (!first)
        rc = buf_adds(&work->key, b->prefix);
    if (rc == OK)
        rc = buf_add(&work->key, at, len);
    if (rc == OK && last)
        rc = buf_adds(&work->key, b->suffix);
    return rc;
}

static bool
has_bytes(const struct bpe *b, const struct buf *key)
{
    for (size_t i = 0; i < key->len; i++)
        if (b->bytes[(unsigned char)key->bytes[i]] == STRTAB_NONE)
            return false;
    return true;
}

/* Characters become symbols.  An unknown one is held back, so that the next may be fused with it;
 * it goes in before the next known character. */
static int
split(const struct bpe *b, struct bpe_work *work, const char *word, size_t len)
{
    const char *at = word, *end = word + len;
    bool        held = false;
    int         rc = OK;

    while (rc == OK && at < end) {
        const char *here = at;
        uint32_t    c = utf8_next(&at), id = STRTAB_NONE;

        if (b->plain && c < BPE_SINGLES)
            id = b->singles[c];
        if (id == STRTAB_NONE) {
            rc = key_of(b, work, here, (size_t)(at - here), here == word, at == end);
            if (rc != OK)
                return rc;
            id = strtab_find(b->vocab, work->key.bytes, work->key.len);
        }
        if (id != STRTAB_NONE) {
            if (held)
                rc = add_symbol(work, b->unknown);
            held = false;
            if (rc == OK)
                rc = add_symbol(work, id);
        } else if (b->byte_fallback && has_bytes(b, &work->key)) {
            for (size_t i = 0; rc == OK && i < work->key.len; i++)
                rc = add_symbol(work, b->bytes[(unsigned char)work->key.bytes[i]]);
        } else if (b->unknown != STRTAB_NONE) {
            if (held && !b->fuse_unknown)
                rc = add_symbol(work, b->unknown);
            held = true;
        }
    }
    return rc == OK && held ? add_symbol(work, b->unknown) : rc;
}

/* Offer the pair whose left symbol stands at `at`. */
static int
offer(const struct bpe *b, struct bpe_work *work, uint32_t at)
{
    const struct symbol    *s = (const struct symbol *)(const void *)work->symbols.bytes;
    const struct bpe_merge *m;

    if (at == NOWHERE || s[at].behind == NOWHERE)
        return OK;
    m = merge_of(b, s[at].id, s[s[at].behind].id);
    if (m == NULL)
        return OK;
    return heap_push(&work->heap, (struct candidate){ (uint64_t)m->rank << 32 | at, m->made });
}

static int
merge_all(const struct bpe *b, struct bpe_work *work)
{
    struct symbol *s = (struct symbol *)(void *)work->symbols.bytes;
    uint32_t       count = (uint32_t)(work->symbols.len / sizeof *s);
    int            rc = OK;

    buf_reset(&work->heap);
    for (uint32_t i = 0; rc == OK && i + 1 < count; i++)
        rc = offer(b, work, i);
    while (rc == OK && work->heap.len > 0) {
        struct candidate        c = heap_pop(&work->heap);
        uint32_t                at = (uint32_t)c.order, right = s[at].behind;
        const struct bpe_merge *m;

        if (s[at].gone || right == NOWHERE)
            continue;
        m = merge_of(b, s[at].id, s[right].id);
        if (m == NULL || m->made != c.made)
            continue;
        s[at].id = c.made;
        s[at].behind = s[right].behind;
        s[right].gone = true;
        if (s[at].behind != NOWHERE)
            s[s[at].behind].before = at;
        rc = offer(b, work, s[at].before);
        if (rc == OK)
            rc = offer(b, work, at);
    }
    return rc;
}

/* The symbols of a short word, merged, to the end of `ids`. */
static int
merge_few(const struct bpe *b, const struct symbol *s, size_t count, struct buf *ids)
{
    const struct bpe_merge  none = { .rank = UINT32_MAX };
    const struct bpe_merge *pairs[FEW]; /* [i]: of id[i] and id[i + 1]; none if there is no merge */
    uint32_t                id[FEW];

    for (size_t i = 0; i < count; i++) {
        id[i] = s[i].id;
        pairs[i] = i + 1 < count ? merge_of(b, s[i].id, s[i + 1].id) : NULL;
        pairs[i] = pairs[i] != NULL ? pairs[i] : &none;
    }
    for (;;) {
        size_t best = 0;

        for (size_t i = 1; i + 1 < count; i++)
            best = pairs[i]->rank < pairs[best]->rank ? i : best;
        if (pairs[best] == &none)
            break;
        id[best] = pairs[best]->made;
        count--;
        memmove(id + best + 1, id + best + 2, (count - best - 1) * sizeof *id);
        memmove(pairs + best, pairs + best + 1, (count - best) * sizeof *pairs);
        for (size_t i = best > 0 ? best - 1 : 0; i <= best; i++) {
            pairs[i] = i + 1 < count ? merge_of(b, id[i], id[i + 1]) : NULL;
            pairs[i] = pairs[i] != NULL ? pairs[i] : &none;
        }
    }
    return buf_add(ids, id, count * sizeof *id);
}

int
bpe_encode(const struct bpe *b, struct bpe_work *work, const char *word, size_t len,
    struct buf *ids)
{
    struct symbol *s;
    uint32_t       id;
    int            rc;

    if (b->ignore_merges && (id = strtab_find(b->vocab, word, len)) != STRTAB_NONE)
        return buf_add(ids, &id, sizeof id);
    if (len >= NOWHERE / 16)
        return err_set(ERR_LIMIT, "a word of %zu bytes is too long for a BPE model", len);
    buf_reset(&work->symbols);
    rc = split(b, work, word, len);
    if (rc != OK || work->symbols.len == 0)
        return rc;
    s = (struct symbol *)(void *)work->symbols.bytes;
    if (work->symbols.len / sizeof *s <= FEW)
        return merge_few(b, s, work->symbols.len / sizeof *s, ids);
    s[work->symbols.len / sizeof *s - 1].behind = NOWHERE;
    rc = merge_all(b, work);
    for (uint32_t i = 0; rc == OK && i != NOWHERE; i = s[i].behind)
        rc = buf_add(ids, &s[i].id, sizeof s[i].id);
    return rc;
}
