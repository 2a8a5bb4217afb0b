/* wordmap.c -- see wordmap.h.  The hash is a chain of folded 64 x 64 -> 128 bit products, 16 bytes
 * of the word a step, under 256 secret bits. */
#define _GNU_SOURCE /* MAP_ANONYMOUS, madvise, getrandom */
#include "lib/wordmap.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum {
    SLOTS_MIN = 1 << 10,
    BLOCK_BYTES = 1 << 16,
    BATCH = 32, /* words whose slots are fetched ahead */
    HUGE_PAGE_BYTES = 1 << 21
};

_Static_assert(sizeof(struct wordmap_entry) == 32, "two entries a cache line");

struct wordmap_block {
    struct wordmap_block *next;
    size_t                used, max;
    char                  bytes[];
};

/* ---- memory ---- */

static struct wordmap_entry *
slots_new(size_t count)
{
    size_t bytes = count * sizeof(struct wordmap_entry);
    void  *slots = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (slots == MAP_FAILED)
        return NULL;
#ifdef MADV_HUGEPAGE
    if (bytes >= HUGE_PAGE_BYTES)
        (void)madvise(slots, bytes, MADV_HUGEPAGE); /* a wish: fewer address misses */
#endif
    return slots;
}

static void
slots_free(struct wordmap_entry *slots, size_t count)
{
    if (slots != NULL)
        munmap(slots, count * sizeof *slots);
}

static void
blocks_free(struct wordmap *map)
{
    while (map->blocks != NULL) {
        struct wordmap_block *next = map->blocks->next;

        free(map->blocks);
        map->blocks = next;
    }
    map->text_bytes = 0;
}

/* Without a source of random bits the clock and an address must do. */
static void
draw_key(uint64_t key[4])
{
    struct timespec now;

    if (getrandom(key, 4 * sizeof *key, 0) == (ssize_t)(4 * sizeof *key))
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    for (int i = 0; i < 4; i++)
        key[i] = ((uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec ^ (uint64_t)(uintptr_t)key)
            * (0x9E3779B97F4A7C15u + 2 * (uint64_t)i);
}

int
wordmap_open(struct wordmap *map, size_t bytes_max)
{
    CHECK(bytes_max >= 1 << 18);
    *map = (struct wordmap){ .slot_count = SLOTS_MIN, .bytes_max = bytes_max };
    draw_key(map->key);
    map->slots = slots_new(SLOTS_MIN);
    return map->slots != NULL ? OK : err_set(ERR_MEMORY, "no memory for a table of words");
}

void
wordmap_close(struct wordmap *map)
{
    slots_free(map->slots, map->slot_count);
    blocks_free(map);
    *map = (struct wordmap){ 0 };
}

void
wordmap_reset(struct wordmap *map)
{
    memset(map->slots, 0, map->slot_count * sizeof *map->slots);
    blocks_free(map);
    map->used = 0;
}

size_t
wordmap_bytes(const struct wordmap *map)
{
    return map->slot_count * sizeof *map->slots + map->text_bytes;
}

/* ---- hashing ---- */

static inline uint64_t
fold(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t
hash_short(const struct wordmap *map, const uint64_t lane[2], size_t len)
{
    uint64_t h = fold(lane[0] ^ map->key[0], lane[1] ^ map->key[1]);

    return fold(h ^ map->key[2], (uint64_t)len ^ map->key[3]);
}

static uint64_t
hash_long(const struct wordmap *map, const char *word, size_t len)
{
    uint64_t h = 0, lane[2];

    for (size_t at = 0; at < len; at += sizeof lane) {
        lane[0] = lane[1] = 0;
        memcpy(lane, word + at, len - at < sizeof lane ? len - at : sizeof lane);
        h = fold(h ^ lane[0] ^ map->key[0], lane[1] ^ map->key[1]);
    }
    return fold(h ^ map->key[2], (uint64_t)len ^ map->key[3]);
}

/* The first 16 bytes, those behind the word as 0; all 16 must be readable. */
static inline void
load_lanes(uint64_t lane[2], const char *word, size_t len)
{
    memcpy(lane, word, WORDMAP_INLINE);
    if (len <= 8) {
        lane[0] &= len == 8 ? UINT64_MAX : ((uint64_t)1 << 8 * len) - 1;
        lane[1] = 0;
    } else if (len < 16) {
        lane[1] &= ((uint64_t)1 << 8 * (len - 8)) - 1;
    }
}

const char *
wordmap_text(const struct wordmap_entry *e)
{
    return e->len <= WORDMAP_INLINE ? e->word.bytes : e->word.far.text;
}

/* ---- finding and adding ---- */

struct probe {
    uint64_t    hash;
    uint64_t    lane[2]; /* of a short word */
    const char *word;
    size_t      len;
};

static inline bool
is_word(const struct wordmap_entry *e, const struct probe *p)
{
    if (e->tag != (uint32_t)(p->hash >> 32) || e->len != p->len)
        return false;
    if (p->len <= WORDMAP_INLINE)
        return memcmp(e->word.bytes, p->lane, WORDMAP_INLINE) == 0;
    return memcmp(e->word.far.text, p->word, p->len) == 0;
}

/* The word's slot, or the free slot where it would stand. */
static inline struct wordmap_entry *
find(const struct wordmap *map, const struct probe *p)
{
    size_t mask = map->slot_count - 1;

    for (size_t at = (size_t)p->hash & mask;; at = (at + 1) & mask)
        if (map->slots[at].count == 0 || is_word(&map->slots[at], p))
            return &map->slots[at];
}

static void
probe_init(struct probe *p, const struct wordmap *map, const char *word, size_t len)
{
    *p = (struct probe){ .word = word, .len = len };
    if (len <= WORDMAP_INLINE)
        memcpy(p->lane, word, len);
    p->hash = len <= WORDMAP_INLINE ? hash_short(map, p->lane, len) : hash_long(map, word, len);
}

const struct wordmap_entry *
wordmap_get(const struct wordmap *map, const char *word, size_t len)
{
    struct probe                p;
    const struct wordmap_entry *e;

    probe_init(&p, map, word, len);
    e = find(map, &p);
    return e->count > 0 ? e : NULL;
}

/* Old and new table stand side by side for a moment: both count against the limit. */
static int
grow(struct wordmap *map)
{
    size_t                count = 2 * map->slot_count;
    struct wordmap_entry *slots;

    if ((count + map->slot_count) * sizeof *slots + map->text_bytes > map->bytes_max)
        return WORDMAP_FULL;
    slots = slots_new(count);
    if (slots == NULL)
        return err_set(ERR_MEMORY, "no memory for a table of %zu words", count);
    for (size_t i = 0; i < map->slot_count; i++) {
        const struct wordmap_entry *e = &map->slots[i];
        struct probe                p;
        size_t                      at;

        if (e->count == 0)
            continue;
        probe_init(&p, map, wordmap_text(e), e->len);
        for (at = (size_t)p.hash & (count - 1); slots[at].count != 0; at = (at + 1) & (count - 1))
            ;
        slots[at] = *e;
    }
    slots_free(map->slots, map->slot_count);
    map->slots = slots;
    map->slot_count = count;
    return OK;
}

static int
keep_text(struct wordmap *map, const char *word, size_t len, const char **kept)
{
    struct wordmap_block *block = map->blocks;

    if (block == NULL || block->max - block->used < len) {
        size_t max = len > BLOCK_BYTES ? len : BLOCK_BYTES;

        if (wordmap_bytes(map) + max > map->bytes_max)
            return WORDMAP_FULL;
        block = malloc(sizeof *block + max);
        if (block == NULL)
            return err_set(ERR_MEMORY, "no memory for a word of %zu bytes", len);
        *block = (struct wordmap_block){ .next = map->blocks, .max = max };
        map->blocks = block;
        map->text_bytes += max;
    }
    *kept = memcpy(block->bytes + block->used, word, len);
    block->used += len;
    return OK;
}

static int
insert(struct wordmap *map, struct wordmap_entry *e, const struct probe *p, uint64_t count)
{
    if (map->used >= map->slot_count / 4 * 3) {
        int rc = grow(map);

        if (rc != OK)
            return rc;
        e = find(map, p);
    }
    if (p->len <= WORDMAP_INLINE) {
        memcpy(e->word.bytes, p->lane, WORDMAP_INLINE);
    } else {
        const char *kept = NULL;
        int         rc = keep_text(map, p->word, p->len, &kept);

        if (rc != OK)
            return rc;
        memcpy(e->word.far.head, p->word, sizeof e->word.far.head);
        e->word.far.text = kept;
    }
    e->count = count;
    e->len = (uint32_t)p->len;
    e->tag = (uint32_t)(p->hash >> 32);
    map->used++;
    return OK;
}

static int
overflow(const char *word, size_t len)
{
    return err_set(ERR_LIMIT, "the count of \"%.*s\" passes 2^64 - 1", len < 100 ? (int)len : 100,
        word);
}

static inline int
add(struct wordmap *map, const struct probe *p, uint64_t count)
{
    struct wordmap_entry *e = find(map, p);

    if (e->count == 0)
        return insert(map, e, p, count);
    if (__builtin_add_overflow(e->count, count, &e->count)) {
        e->count -= count;
        return overflow(p->word, p->len);
    }
    return OK;
}

int
wordmap_add(struct wordmap *map, const char *word, size_t len, uint64_t count)
{
    struct probe p;

    CHECK(len > 0 && len <= WORDMAP_LEN_MAX && count > 0);
    probe_init(&p, map, word, len);
    return add(map, &p, count);
}

int
wordmap_count(struct wordmap *map, const struct wordmap_word *words, size_t count, size_t *done)
{
    struct probe probes[BATCH];

    for (*done = 0; *done < count;) {
        size_t n = count - *done < BATCH ? count - *done : BATCH;

        for (size_t i = 0; i < n; i++) {
            const struct wordmap_word *w = &words[*done + i];
            struct probe              *p = &probes[i];

            p->word = w->bytes;
            p->len = w->len;
            if (w->len <= WORDMAP_INLINE) {
                load_lanes(p->lane, w->bytes, w->len);
                p->hash = hash_short(map, p->lane, w->len);
            } else {
                p->hash = hash_long(map, w->bytes, w->len);
            }
            __builtin_prefetch(&map->slots[p->hash & (map->slot_count - 1)]);
        }
        for (size_t i = 0; i < n; i++, ++*done) {
            int rc = add(map, &probes[i], 1);

            if (rc != OK)
                return rc;
        }
    }
    return OK;
}
