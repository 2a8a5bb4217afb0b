/* wordmap.c -- see wordmap.h.  The hash is a chain of folded 64 x 64 -> 128 bit products, 16 bytes
 * of the word a step, under 256 secret bits. */
#define _GNU_SOURCE /* MAP_ANONYMOUS, MAP_NORESERVE, madvise, getrandom */
#include "lib/wordmap.h"

#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum {
    SLOTS_MIN = 1 << 10,
    TAIL = 256, /* slots behind the last home: more than two displacements, see insert() */
    AHEAD = 16, /* words that are fetched before they are needed */
    HUGE_PAGE_BYTES = 1 << 21
};

_Static_assert(sizeof(struct wordmap_entry) == 32, "two entries a cache line");

/* ---- memory ---- */

/* Without a source of random bits the clock and an address must do. */
void
wordmap_key_draw(struct wordmap_key *key)
{
    struct timespec now;

    if (getrandom(key, sizeof *key, 0) == (ssize_t)sizeof *key)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    for (int i = 0; i < 4; i++)
        key->lane[i] = ((uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec
            ^ (uint64_t)(uintptr_t)key) * (0x9E3779B97F4A7C15u + 2 * (uint64_t)i);
}

/* Address space; pages come when they are touched. */
static int
reserve(void *memory, size_t bytes)
{
    void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (base == MAP_FAILED)
        return err_set(ERR_MEMORY, "no memory: cannot reserve %zu MiB for words", bytes >> 20);
    memcpy(memory, &base, sizeof base);
    return OK;
}

/* Fewer address misses, for what is going to be used to its end. */
static void
wish_for_huge_pages(void *memory, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    if (bytes >= HUGE_PAGE_BYTES)
        (void)madvise(memory, bytes / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES, MADV_HUGEPAGE);
#else
    (void)memory;
    (void)bytes;
#endif
}

static int
open_map(struct wordmap *map, size_t bytes_max)
{
    int rc;

    CHECK(bytes_max >= 1 << 18);
    *map = (struct wordmap){ .slot_count = SLOTS_MIN, .bytes_max = bytes_max };
    rc = reserve(&map->slots, bytes_max);
    if (rc == OK)
        rc = reserve(&map->text, bytes_max);
    return rc;
}

int
wordmap_open(struct wordmap *map, size_t bytes_max)
{
    int rc = open_map(map, bytes_max);

    wordmap_key_draw(&map->key);
    return rc;
}

int
wordmap_open_part(struct wordmap *map, size_t bytes_max, const struct wordmap_key *key,
    unsigned bits)
{
    int rc = open_map(map, bytes_max);

    CHECK(bits <= 16);
    map->key = *key;
    map->part_bits = bits;
    return rc;
}

void
wordmap_close(struct wordmap *map)
{
    if (map->slots != NULL)
        munmap(map->slots, map->bytes_max);
    if (map->text != NULL)
        munmap(map->text, map->bytes_max);
    *map = (struct wordmap){ 0 };
}

size_t
wordmap_end(const struct wordmap *map)
{
    return map->is_array ? map->used : map->slot_count + TAIL;
}

void
wordmap_reset(struct wordmap *map)
{
    size_t end = map->slot_count + TAIL;

    memset(map->slots, 0, (map->used > end ? map->used : end) * sizeof *map->slots);
    map->used = 0;
    map->text_bytes = 0;
    map->is_array = false;
}

size_t
wordmap_bytes(const struct wordmap *map)
{
    return wordmap_end(map) * sizeof *map->slots + map->text_bytes;
}

/* ---- hashing ---- */

static inline uint64_t
fold(uint64_t a, uint64_t b)
{
    __extension__ unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t
hash_short(const struct wordmap_key *key, const uint64_t lane[2], size_t len)
{
    uint64_t h = fold(lane[0] ^ key->lane[0], lane[1] ^ key->lane[1]);

    return fold(h ^ key->lane[2], (uint64_t)len ^ key->lane[3]);
}

static uint64_t
hash_long(const struct wordmap_key *key, const char *word, size_t len)
{
    uint64_t h = 0, lane[2];

    for (size_t at = 0; at < len; at += sizeof lane) {
        lane[0] = lane[1] = 0;
        memcpy(lane, word + at, len - at < sizeof lane ? len - at : sizeof lane);
        h = fold(h ^ lane[0] ^ key->lane[0], lane[1] ^ key->lane[1]);
    }
    return fold(h ^ key->lane[2], (uint64_t)len ^ key->lane[3]);
}

/* The first 16 bytes, those behind the word as 0; all 16 must be readable. */
static inline void
load_lanes(uint64_t lane[2], const char *word, size_t len)
{
    static const uint64_t masks[4] = { UINT64_MAX, UINT64_MAX, 0, 0 };
    uint64_t              mask[2];

    memcpy(lane, word, WORDMAP_INLINE);
    memcpy(mask, (const char *)masks + WORDMAP_INLINE - len, sizeof mask);
    lane[0] &= mask[0];
    lane[1] &= mask[1];
}

static inline void
make_long(struct wordmap_entry *e, const struct wordmap_key *key, const char *word, size_t len)
{
    e->tag = (uint32_t)(hash_long(key, word, len) >> 32);
    memcpy(e->word.far.head, word, sizeof e->word.far.head);
    e->word.far.text = word;
}

static inline void
make_short(struct wordmap_entry *e, const struct wordmap_key *key, const uint64_t lane[2],
    size_t len)
{
    e->tag = (uint32_t)(hash_short(key, lane, len) >> 32);
    memcpy(e->word.bytes, lane, WORDMAP_INLINE);
}

void
wordmap_make(struct wordmap_entry *entries, const struct wordmap_key *key,
    const struct wordmap_word *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct wordmap_word *w = &words[i];
        struct wordmap_entry      *e = &entries[i];
        uint64_t                   lane[2];

        e->count = 1;
        e->len = (uint32_t)w->len;
        if (w->len > WORDMAP_INLINE) {
            make_long(e, key, w->bytes, w->len);
        } else {
            load_lanes(lane, w->bytes, w->len);
            make_short(e, key, lane, w->len);
        }
    }
}

static void
make_one(struct wordmap_entry *e, const struct wordmap_key *key, const char *word, size_t len,
    uint64_t count)
{
    uint64_t lane[2] = { 0 };

    CHECK(len > 0 && len <= WORDMAP_LEN_MAX);
    e->count = count;
    e->len = (uint32_t)len;
    if (len > WORDMAP_INLINE) {
        make_long(e, key, word, len);
    } else {
        memcpy(lane, word, len);
        make_short(e, key, lane, len);
    }
}

/* ---- finding and adding ---- */

static inline uint64_t
home_of(const struct wordmap *map, uint32_t tag)
{
    return (uint64_t)(uint32_t)(tag << map->part_bits) * map->slot_count >> 32;
}

/* The slot of the word, or the free one where it belongs; the last slot of all is always free. */
static inline struct wordmap_entry *
find(const struct wordmap *map, const struct wordmap_entry *e)
{
    struct wordmap_entry *slot = &map->slots[home_of(map, e->tag)];

    while (slot->count != 0 && !wordmap_same(slot, e))
        slot++;
    return slot;
}

const struct wordmap_entry *
wordmap_get(const struct wordmap *map, const char *word, size_t len)
{
    struct wordmap_entry        e;
    const struct wordmap_entry *slot;

    make_one(&e, &map->key, word, len, 1);
    slot = find(map, &e);
    return slot->count != 0 ? slot : NULL;
}

/* How many homes there will be: half as many again, or as many as there is room for, or 0. */
static size_t
grown(const struct wordmap *map)
{
    size_t room = (map->bytes_max - map->text_bytes) / sizeof *map->slots;
    size_t count = map->slot_count + map->slot_count / 2;

    room = room > TAIL ? room - TAIL : 0;
    if (room > UINT32_MAX)
        room = UINT32_MAX;
    if (count > room)
        count = room;
    return count < map->slot_count + map->slot_count / 16 ? 0 : count;
}

/* All entries go to the end of the larger table, without gaps, and from there each to its new
 * place. That is never behind where it is read from: homes move up in proportion, so whatever
 * had room before the end has room again, and the gaps of the tail pay for the disorder of
 * neighbours. */
static int
grow(struct wordmap *map)
{
    struct wordmap_entry *slots = map->slots;
    size_t                count = grown(map), end = count + TAIL, from = end, clear = 0;

    if (count == 0)
        return WORDMAP_FULL;
    wish_for_huge_pages(slots, end * sizeof *slots);
    for (size_t i = map->slot_count + TAIL; i-- > 0;)
        if (slots[i].count != 0)
            slots[--from] = slots[i];
    map->slot_count = count;
    for (; from < end; from++) {
        struct wordmap_entry moved = slots[from];
        size_t               at = home_of(map, moved.tag);

        for (; clear <= at && clear <= from; clear++)
            slots[clear].count = 0;
        while (at < clear && slots[at].count != 0)
            at++;
        CHECK(at <= from);
        if (at == clear)
            clear++;
        slots[at] = moved;
    }
    memset(slots + clear, 0, (end - clear) * sizeof *slots);
    return OK;
}

/* The text of a long word, kept beside a table of `slots` slots; false if it would pass the
 * limit. */
static inline bool
keep_text(struct wordmap *map, struct wordmap_entry *e, size_t slots)
{
    size_t len = e->len > WORDMAP_INLINE ? e->len : 0;

    if (slots * sizeof *map->slots + map->text_bytes + len > map->bytes_max)
        return false;
    if (len > 0)
        e->word.far.text = memcpy(map->text + map->text_bytes, e->word.far.text, len);
    map->text_bytes += len;
    return true;
}

/* Four fifths of the homes are used at most, so a displacement passes d with a probability of about
 * exp(-0.46 d) (the queue M/D/1): the end of the table is never reached. */
static int
insert(struct wordmap *map, struct wordmap_entry *slot, const struct wordmap_entry *e)
{
    struct wordmap_entry fresh = *e;

    while (map->used >= map->slot_count / 5 * 4
        || slot + 1 == map->slots + map->slot_count + TAIL) {
        int rc = grow(map);

        if (rc != OK)
            return rc;
        slot = find(map, e);
    }
    if (!keep_text(map, &fresh, map->slot_count + TAIL))
        return WORDMAP_FULL;
    *slot = fresh;
    map->used++;
    return OK;
}

static int
overflow(const struct wordmap_entry *e)
{
    return err_set(ERR_LIMIT, "the count of \"%.*s\" passes 2^64 - 1",
        e->len < 100 ? (int)e->len : 100, wordmap_text(e));
}

static inline int
add(struct wordmap *map, const struct wordmap_entry *e)
{
    struct wordmap_entry *slot = find(map, e);

    if (slot->count == 0)
        return insert(map, slot, e);
    if (__builtin_add_overflow(slot->count, e->count, &slot->count)) {
        slot->count -= e->count;
        return overflow(e);
    }
    return OK;
}

int
wordmap_add(struct wordmap *map, const char *word, size_t len, uint64_t count)
{
    struct wordmap_entry e;

    CHECK(count > 0);
    make_one(&e, &map->key, word, len, count);
    return add(map, &e);
}

int
wordmap_take(struct wordmap *map, const struct wordmap_entry *entries, size_t count, size_t *done)
{
    for (size_t i = 0; i < count && i < AHEAD; i++)
        __builtin_prefetch(&map->slots[home_of(map, entries[i].tag)]);
    for (*done = 0; *done < count; ++*done) {
        int rc;

        if (*done + AHEAD < count)
            __builtin_prefetch(&map->slots[home_of(map, entries[*done + AHEAD].tag)]);
        rc = add(map, &entries[*done]);
        if (rc != OK)
            return rc;
    }
    return OK;
}

int
wordmap_append(struct wordmap *map, const struct wordmap_entry *e)
{
    struct wordmap_entry fresh = *e;

    CHECK(map->is_array || map->used == 0);
    if (!keep_text(map, &fresh, map->used + 1))
        return WORDMAP_FULL;
    map->is_array = true;
    map->slots[map->used++] = fresh;
    return OK;
}
