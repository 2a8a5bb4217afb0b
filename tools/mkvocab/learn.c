/* learn.c -- see learn.h.
 *
 * All words lie behind each other in one array of places, one a character.  A place that begins a
 * token knows its neighbours and is linked with the other places where the same pair begins, so a
 * merge visits just the places that change; the counts of all pairs are exact at any time.  The
 * heap may hold counts that have become too large; they are put right when they reach the top.
 * Work is linear in the places that change, times the logarithm of the pairs. */
#include "tools/mkvocab/learn.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"

enum { TABLE_MIN = 1 << 12, PROGRESS_STEP = 256 };

static const uint32_t none = UINT32_MAX;

struct place {
    uint32_t token;      /* none: within a token, or a character that is not in the alphabet */
    uint32_t next, prev; /* places of the neighbouring tokens in the word, or none */
    uint32_t later, earlier; /* places where the same pair begins: a list */
    uint32_t word;
};

struct pair {
    uint32_t left, right;
    uint64_t count;
    uint32_t places;  /* head of the list */
    bool     touched; /* grew in this merge: into the heap */
};

struct candidate {
    uint64_t count;
    uint32_t pair;
};

struct learner {
    struct vocab         *v;
    const struct wordmap *words;
    struct place         *places;
    struct pair          *pairs;
    uint32_t              pair_count, pair_max;
    struct wordmap_key    key;
    uint32_t             *table; /* hash of (left, right) -> index of the pair + 1 */
    size_t                table_size;
    struct candidate     *heap;
    size_t                heap_count, heap_max;
    uint32_t             *touched; /* pairs */
    size_t                touched_count, touched_max;
    uint32_t             *visit; /* places of the pair that is being merged */
    size_t                visit_max;
};

/* ---- arrays that grow in the arena: what they outgrow is lost, no more than they hold ---- */

static int
grow(struct arena *arena, void *array, size_t *max, size_t item_bytes)
{
    size_t more = *max > 0 ? 2 * *max : TABLE_MIN;
    void  *fresh, *old;
    int    rc = arena_alloc(arena, &fresh, more, item_bytes);

    if (rc != OK)
        return rc;
    memcpy(&old, array, sizeof old);
    if (*max > 0)
        memcpy(fresh, old, *max * item_bytes);
    memcpy(array, &fresh, sizeof fresh);
    *max = more;
    return OK;
}

/* ---- pairs ---- */

/* Keyed, so that no table of words can be made whose pairs meet; nothing depends on the key. */
static inline size_t
slot_of(const struct learner *l, uint32_t left, uint32_t right)
{
    __extension__ unsigned __int128 product = (unsigned __int128)(((uint64_t)left << 32 | right)
        ^ l->key.lane[0]) * (l->key.lane[1] | 1);

    return (size_t)((uint64_t)product ^ (uint64_t)(product >> 64)) & (l->table_size - 1);
}

static int
grow_table(struct learner *l)
{
    size_t size = l->table_size > 0 ? 2 * l->table_size : 2 * TABLE_MIN;
    int    rc = arena_alloc(l->v->arena, &l->table, size, sizeof *l->table);

    if (rc != OK)
        return rc;
    memset(l->table, 0, size * sizeof *l->table);
    l->table_size = size;
    for (uint32_t p = 0; p < l->pair_count; p++) {
        size_t at = slot_of(l, l->pairs[p].left, l->pairs[p].right);

        while (l->table[at] != 0)
            at = (at + 1) & (size - 1);
        l->table[at] = p + 1;
    }
    return OK;
}

static int
pair_find(struct learner *l, uint32_t left, uint32_t right, uint32_t *found)
{
    size_t at, max = l->pair_max;
    int    rc = (size_t)l->pair_count * 2 >= l->table_size ? grow_table(l) : OK;

    if (rc == OK && l->pair_count == l->pair_max)
        rc = grow(l->v->arena, &l->pairs, &max, sizeof *l->pairs);
    l->pair_max = (uint32_t)max;
    if (rc != OK)
        return rc;
    for (at = slot_of(l, left, right); l->table[at] != 0; at = (at + 1) & (l->table_size - 1)) {
        *found = l->table[at] - 1;
        if (l->pairs[*found].left == left && l->pairs[*found].right == right)
            return OK;
    }
    *found = l->pair_count++;
    l->table[at] = *found + 1;
    l->pairs[*found] = (struct pair){ .left = left, .right = right, .places = none };
    return OK;
}

/* The pair that begins at this place is one more (a word's count more). */
static int
pair_enter(struct learner *l, uint32_t at)
{
    struct place *place = &l->places[at];
    struct pair  *pair;
    uint32_t      p;
    int           rc = pair_find(l, place->token, l->places[place->next].token, &p);

    if (rc != OK)
        return rc;
    pair = &l->pairs[p];
    pair->count += l->words->slots[place->word].count;
    place->earlier = none;
    place->later = pair->places;
    if (pair->places != none)
        l->places[pair->places].earlier = at;
    pair->places = at;
    if (pair->touched)
        return OK;
    pair->touched = true;
    if (l->touched_count == l->touched_max
        && (rc = grow(l->v->arena, &l->touched, &l->touched_max, sizeof *l->touched)) != OK)
        return rc;
    l->touched[l->touched_count++] = p;
    return OK;
}

static int
pair_leave(struct learner *l, uint32_t at)
{
    struct place *place = &l->places[at];
    struct pair  *pair;
    uint32_t      p;
    int           rc = pair_find(l, place->token, l->places[place->next].token, &p);

    if (rc != OK)
        return rc;
    pair = &l->pairs[p];
    pair->count -= l->words->slots[place->word].count;
    if (place->earlier != none)
        l->places[place->earlier].later = place->later;
    else
        pair->places = place->later;
    if (place->later != none)
        l->places[place->later].earlier = place->earlier;
    return OK;
}

/* ---- the heap: the pair to merge next on top ---- */

static int
compare_tokens(const struct vocab *v, uint32_t a_id, uint32_t b_id)
{
    const struct token *a = &v->tokens[a_id], *b = &v->tokens[b_id];
    int                 order = memcmp(a->bytes, b->bytes, a->len < b->len ? a->len : b->len);

    return order != 0 ? order : a->len < b->len ? -1 : a->len > b->len;
}

static bool
before(const struct learner *l, const struct candidate *a, const struct candidate *b)
{
    const struct pair *p = &l->pairs[a->pair], *q = &l->pairs[b->pair];
    int                order;

    if (a->count != b->count)
        return a->count > b->count;
    if (p->left != q->left && (order = compare_tokens(l->v, p->left, q->left)) != 0)
        return order < 0;
    return p->right != q->right && compare_tokens(l->v, p->right, q->right) < 0;
}

static void
heap_down(struct learner *l, size_t at)
{
    struct candidate moved = l->heap[at];

    for (size_t child; (child = 2 * at + 1) < l->heap_count; at = child) {
        if (child + 1 < l->heap_count && before(l, &l->heap[child + 1], &l->heap[child]))
            child++;
        if (!before(l, &l->heap[child], &moved))
            break;
        l->heap[at] = l->heap[child];
    }
    l->heap[at] = moved;
}

static int
heap_push(struct learner *l, uint32_t pair)
{
    struct candidate fresh = { l->pairs[pair].count, pair };
    size_t           at = l->heap_count;
    int              rc;

    if (l->heap_count == l->heap_max
        && (rc = grow(l->v->arena, &l->heap, &l->heap_max, sizeof *l->heap)) != OK)
        return rc;
    l->heap_count++;
    for (; at > 0 && before(l, &fresh, &l->heap[(at - 1) / 2]); at = (at - 1) / 2)
        l->heap[at] = l->heap[(at - 1) / 2];
    l->heap[at] = fresh;
    return OK;
}

static int
push_touched(struct learner *l, uint64_t count_min)
{
    int rc = OK;

    for (size_t i = 0; rc == OK && i < l->touched_count; i++) {
        struct pair *pair = &l->pairs[l->touched[i]];

        pair->touched = false;
        if (pair->count >= count_min)
            rc = heap_push(l, l->touched[i]);
    }
    l->touched_count = 0;
    return rc;
}

/* The commonest pair, or none. */
static uint32_t
heap_pop(struct learner *l, uint64_t count_min)
{
    while (l->heap_count > 0) {
        struct candidate top = l->heap[0];
        uint64_t         count = l->pairs[top.pair].count;

        if (count == top.count || count < count_min)
            l->heap[0] = l->heap[--l->heap_count];
        else
            l->heap[0].count = count;
        if (l->heap_count > 0)
            heap_down(l, 0);
        if (count == top.count && count >= count_min)
            return top.pair;
    }
    return none;
}

/* ---- words into places ---- */

static int
lay_out(struct learner *l, const struct alphabet *a)
{
    uint32_t at = 0;
    int      rc = OK;

    for (size_t w = 0; w < l->words->used; w++) {
        const struct wordmap_entry *e = &l->words->slots[w];
        const char                 *text = wordmap_text(e);
        uint32_t                    last = none;

        for (size_t byte = 0; byte < e->len; at++) {
            const uint32_t *form = byte == 0 ? a->first : a->inner;
            uint32_t        id = form[alphabet_next(text, &byte)];

            l->places[at] = (struct place){ .token = id, .next = none, .prev = last, .later = none,
                .earlier = none, .word = (uint32_t)w };
            if (id == 0) { /* unknown: no pair reaches across */
                l->places[at].token = none;
                l->places[at].prev = last = none;
                continue;
            }
            if (last != none)
                l->places[last].next = at;
            last = at;
        }
    }
    while (rc == OK && at-- > 0) /* backwards, so that the lists go forwards */
        if (l->places[at].next != none)
            rc = pair_enter(l, at);
    return rc;
}

/* ---- one merge ---- */

static int
by_place(const void *a_, const void *b_)
{
    const uint32_t *a = a_, *b = b_;

    return *a < *b ? -1 : *a > *b;
}

/* The places of the pair, in order: "aaa" is joined from the left. */
static int
places_of(struct learner *l, uint32_t pair, size_t *count)
{
    bool sorted = true;

    *count = 0;
    for (uint32_t at = l->pairs[pair].places; at != none; at = l->places[at].later) {
        if (*count == l->visit_max) {
            int rc = grow(l->v->arena, &l->visit, &l->visit_max, sizeof *l->visit);

            if (rc != OK)
                return rc;
        }
        sorted = sorted && (*count == 0 || l->visit[*count - 1] < at);
        l->visit[(*count)++] = at;
    }
    if (!sorted)
        qsort(l->visit, *count, sizeof *l->visit, by_place);
    return OK;
}

static int
join(struct learner *l, uint32_t at, uint32_t token)
{
    struct place *place = &l->places[at];
    uint32_t      gone = place->next, prev = place->prev, next = l->places[gone].next;
    int           rc = pair_leave(l, at);

    if (rc == OK && prev != none)
        rc = pair_leave(l, prev);
    if (rc == OK && next != none)
        rc = pair_leave(l, gone);
    if (rc != OK)
        return rc;
    l->places[gone].token = none;
    place->token = token;
    place->next = next;
    if (next != none) {
        l->places[next].prev = at;
        rc = pair_enter(l, at);
    }
    if (rc == OK && prev != none)
        rc = pair_enter(l, prev);
    return rc;
}

static int
merge_pair(struct learner *l, uint32_t pair, uint32_t token)
{
    uint32_t left = l->pairs[pair].left, right = l->pairs[pair].right;
    size_t   count;
    int      rc = places_of(l, pair, &count);

    for (size_t i = 0; rc == OK && i < count; i++) {
        const struct place *place = &l->places[l->visit[i]];

        if (place->token == left && place->next != none && l->places[place->next].token == right)
            rc = join(l, l->visit[i], token);
    }
    return rc;
}

/* The joined token as it is written, in `text`: the right one without its "##". */
static int
spell(struct buf *text, const struct vocab *v, const struct pair *pair)
{
    const struct token *left = &v->tokens[pair->left], *right = &v->tokens[pair->right];
    int                 rc;

    buf_reset(text);
    rc = buf_add(text, left->bytes, left->len);
    return rc == OK ? buf_add(text, right->bytes + 2, right->len - 2) : rc;
}

/* A word such as "##x" or "[UNK]" must not become a token: its name has another meaning. */
static bool
is_taken(const struct learner *l, const struct pair *pair, const struct buf *text)
{
    const struct token *left = &l->v->tokens[pair->left];
    bool                inner = left->len > 2 && memcmp(left->bytes, "##", 2) == 0;

    if (!inner && text->len > 2 && memcmp(text->bytes, "##", 2) == 0)
        return true;
    for (int i = 0; i < SPECIALS; i++)
        if (strcmp(text->bytes, alphabet_specials[i]) == 0)
            return true;
    return false;
}

static int
learn_all(struct learner *l, struct merges *merges, uint64_t count_min,
    void (*progress)(uint64_t done, uint64_t total))
{
    struct buf text = { 0 };
    size_t     max = 0;
    uint32_t   pair, token;
    int        rc = push_touched(l, count_min);

    while (rc == OK && l->v->count < l->v->size && (pair = heap_pop(l, count_min)) != none) {
        rc = spell(&text, l->v, &l->pairs[pair]);
        if (rc != OK || is_taken(l, &l->pairs[pair], &text))
            continue;
        if (merges->count == max)
            rc = grow(l->v->arena, &merges->list, &max, sizeof *merges->list);
        if (rc == OK)
            rc = vocab_add(l->v, text.bytes, text.len, &token);
        if (rc != OK)
            break;
        merges->list[merges->count++] = (struct merge){ l->pairs[pair].left, l->pairs[pair].right };
        rc = merge_pair(l, pair, token);
        if (rc == OK)
            rc = push_touched(l, count_min);
        if (progress != NULL && merges->count % PROGRESS_STEP == 0)
            progress(l->v->count, l->v->size);
    }
    buf_free(&text);
    return rc;
}

int
learn(struct merges *merges, struct vocab *v, const struct alphabet *a, const struct wordmap *words,
    uint64_t characters, uint64_t count_min, void (*progress)(uint64_t done, uint64_t total))
{
    struct learner l = { .v = v, .words = words };
    int            rc;

    *merges = (struct merges){ 0 };
    wordmap_key_draw(&l.key);
    if (characters >= none || words->used >= none)
        return err_set(ERR_LIMIT, "the words have %llu characters; at most %lu can be learned from",
            (unsigned long long)characters, (unsigned long)none - 1);
    rc = arena_alloc(v->arena, &l.places, (size_t)characters + 1, sizeof *l.places);
    if (rc == OK)
        rc = lay_out(&l, a);
    return rc == OK ? learn_all(&l, merges, count_min, progress) : rc;
}
