/* wordmap_test.c -- the map against a list searched word by word, its limits, and the order. */
#include "lib/wordmap.h"

#include <stdlib.h>
#include <string.h>

#include "lib/philox.h"
#include "tests/tap.h"

enum { WORDS = 3000, LEN_MAX = 40, BYTES_MAX = 1 << 22 };

struct plain {
    char     word[LEN_MAX];
    size_t   len;
    uint64_t count;
};

static struct plain list[WORDS];
static size_t       list_count;

static void
list_add(const char *word, size_t len, uint64_t count)
{
    size_t i = 0;

    while (i < list_count && (list[i].len != len || memcmp(list[i].word, word, len) != 0))
        i++;
    if (i == list_count) {
        memcpy(list[i].word, word, len);
        list[i].len = len;
        list[list_count++].count = 0;
    }
    list[i].count += count;
}

/* Few letters, 0 among them, so that words repeat, share beginnings, and hold any byte. */
static size_t
draw_word(char *word, uint32_t n)
{
    struct philox r = philox(1, PHILOX_DATA, n, 0, 0);
    size_t        len = 1 + r.x[0] % (r.x[1] % 2 == 0 ? 3 : LEN_MAX - 1);

    for (size_t i = 0; i < len; i++)
        word[i] = i < 20 && r.x[2] % 2 == 0 ? '\0' : (char)(philox(2, PHILOX_DATA, n, (uint32_t)i,
            0).x[0] % 2);
    return len;
}

static int
plain_bytes(const void *a_, const void *b_)
{
    const struct plain *a = a_, *b = b_;
    int                 order = memcmp(a->word, b->word, a->len < b->len ? a->len : b->len);

    return order != 0 ? order : a->len < b->len ? -1 : 1;
}

static int
plain_count(const void *a_, const void *b_)
{
    const struct plain *a = a_, *b = b_;

    return a->count != b->count ? (a->count > b->count ? -1 : 1) : plain_bytes(a, b);
}

static bool
same_as_list(const struct wordmap *map)
{
    bool same = map->used == list_count;

    for (size_t i = 0; same && i < list_count; i++)
        same = map->slots[i].len == list[i].len && map->slots[i].count == list[i].count
            && memcmp(wordmap_text(&map->slots[i]), list[i].word, list[i].len) == 0;
    return same;
}

static void
fill(struct wordmap *map)
{
    char word[LEN_MAX];

    for (uint32_t n = 0; n < WORDS; n++) {
        size_t len = draw_word(word, n);

        CHECK(wordmap_add(map, word, len, 1 + n % 3) == OK);
    }
}

static void
test_against_list(void)
{
    struct wordmap              map;
    char                        word[LEN_MAX];
    const struct wordmap_entry *e;
    bool                        found = true;

    for (uint32_t n = 0; n < WORDS; n++)
        list_add(word, draw_word(word, n), 1 + n % 3);
    CHECK(wordmap_open(&map, BYTES_MAX) == OK);
    fill(&map);
    for (size_t i = 0; i < list_count; i++) {
        e = wordmap_get(&map, list[i].word, list[i].len);
        found = found && e != NULL && e->count == list[i].count;
    }
    ok(found && list_count > 1000, "every one of %zu words has its count", list_count);
    ok(wordmap_get(&map, "never", 5) == NULL, "a word that was not added is not there");
    wordmap_sort(&map, WORDMAP_BY_BYTES);
    qsort(list, list_count, sizeof *list, plain_bytes);
    ok(same_as_list(&map), "sorted by bytes");
    wordmap_reset(&map);
    ok(map.used == 0 && wordmap_get(&map, list[0].word, list[0].len) == NULL, "empty after reset");
    fill(&map);
    wordmap_sort(&map, WORDMAP_BY_COUNT);
    qsort(list, list_count, sizeof *list, plain_count);
    ok(same_as_list(&map), "sorted by count, then by bytes");
    wordmap_close(&map);
}

/* wordmap_make must not see the bytes behind a word. */
static void
test_take(void)
{
    static const char    text[] = "abcdefghijklmnopqrstuvwxyz0123456789........................";
    struct wordmap_word  words[2 * 36];
    struct wordmap_entry entries[2 * 36];
    struct wordmap       map;
    size_t               done;
    bool                 good = true;

    CHECK(wordmap_open(&map, BYTES_MAX) == OK);
    for (size_t i = 0; i < 36; i++)
        words[i] = words[36 + i] = (struct wordmap_word){ text, i + 1 };
    wordmap_make(entries, &map.key, words, 72);
    ok(wordmap_take(&map, entries, 72, &done) == OK && done == 72 && map.used == 36,
        "counted at once");
    for (size_t i = 0; i < 36; i++) {
        const struct wordmap_entry *e = wordmap_get(&map, text, i + 1);

        good = good && e != NULL && e->count == 2;
    }
    ok(good, "words of every length from 1 to 36");
    wordmap_close(&map);
}

/* Half of the words, those whose tags begin with a 1, go into a map of such; it grows many
 * times. */
static void
test_part(void)
{
    enum { ALL = 200000 };
    struct wordmap whole, part;
    size_t         expected = 0;
    bool           good = true;

    CHECK(wordmap_open(&whole, (size_t)1 << 26) == OK);
    CHECK(wordmap_open_part(&part, (size_t)1 << 26, &whole.key, 1) == OK);
    for (uint32_t i = 0; i < ALL; i++) {
        char                        word[40];
        size_t                      len = (size_t)snprintf(word, sizeof word, "%s%u",
            i % 10 == 0 ? "a-longer-word-than-fits-" : "w", i), done;
        const struct wordmap_entry *e;

        CHECK(wordmap_add(&whole, word, len, i + 1) == OK);
        e = wordmap_get(&whole, word, len);
        if (e->tag >> 31 == 1) {
            CHECK(wordmap_take(&part, e, 1, &done) == OK);
            expected++;
        }
    }
    for (size_t i = 0; i < wordmap_end(&whole); i++) {
        const struct wordmap_entry *e = &whole.slots[i], *in_part;

        if (e->count == 0)
            continue;
        in_part = wordmap_get(&part, wordmap_text(e), e->len);
        good = good && (e->tag >> 31 == 1 ? in_part != NULL && in_part->count == e->count
            : in_part == NULL);
    }
    ok(good && whole.used == ALL && part.used == expected && expected > ALL / 3,
        "a part holds just its words");
    ok(wordmap_bytes(&whole) <= ALL * (60 + 30 / 10) + 16384, "%zu bytes for %d words",
        wordmap_bytes(&whole), ALL);
    wordmap_close(&whole);
    wordmap_close(&part);
}

/* An array of words known to be new, to its limit, then reset and used as a map. */
static void
test_append(void)
{
    struct wordmap map;
    char           word[40];
    size_t         n = 0;
    int            rc = OK;
    bool           sorted = true;

    CHECK(wordmap_open(&map, 1 << 20) == OK);
    while (rc == OK) {
        struct wordmap_entry e;
        size_t               len = (size_t)snprintf(word, sizeof word, "%s%zu",
            n % 2 == 0 ? "appended-words-are-kept-" : "w", n * 7919 % 100003);

        wordmap_entry_set(&e, word, len, 1 + n % 3);
        rc = wordmap_append(&map, &e);
        n += rc == OK;
    }
    ok(rc == WORDMAP_FULL && map.used == n && n > (1 << 20) / 64 && wordmap_bytes(&map) <= 1 << 20,
        "%zu words appended within 1 MiB", n);
    wordmap_sort(&map, WORDMAP_BY_BYTES);
    for (size_t i = 1; i < map.used; i++)
        sorted = sorted && wordmap_compare(&map.slots[i - 1], &map.slots[i], WORDMAP_BY_BYTES) < 0;
    ok(sorted, "and sorted");
    wordmap_reset(&map);
    CHECK(wordmap_add(&map, "one", 3, 5) == OK);
    ok(map.used == 1 && wordmap_get(&map, "one", 3)->count == 5
        && wordmap_get(&map, word, strlen(word)) == NULL, "then a map again");
    wordmap_close(&map);
}

/* ---- floods: words made to meet in one place ---- */

enum { FLOOD = 200000 };

static size_t
longest_run(const struct wordmap *map)
{
    size_t longest = 0, run = 0;

    for (size_t i = 0; i < wordmap_end(map); i++) {
        run = map->slots[i].count != 0 ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

/* The n-th of the words that all meet under this key: what the first 8 bytes are multiplied with
 * is 0, so that the others do not matter. */
static void
colliding_word(char word[WORDMAP_INLINE], const struct wordmap_key *key, uint64_t n)
{
    memcpy(word, &key->lane[0], 8);
    memcpy(word + 8, &n, 8);
}

static void
test_known_key(void)
{
    struct wordmap known, other;
    char           word[WORDMAP_INLINE];
    bool           meet = true;

    CHECK(wordmap_open(&known, BYTES_MAX) == OK && wordmap_open(&other, (size_t)1 << 26) == OK);
    for (uint64_t n = 0; n < 100; n++) {
        colliding_word(word, &known.key, n);
        CHECK(wordmap_add(&known, word, sizeof word, 1) == OK);
    }
    colliding_word(word, &known.key, 0);
    for (uint64_t n = 1, tag = wordmap_get(&known, word, sizeof word)->tag; n < 100; n++) {
        colliding_word(word, &known.key, n);
        meet = meet && wordmap_get(&known, word, sizeof word)->tag == tag;
    }
    ok(meet && longest_run(&known) >= 100, "who knew the key could make words that meet: a run of "
        "%zu", longest_run(&known));
    for (uint64_t n = 0; n < FLOOD; n++) {
        colliding_word(word, &known.key, n);
        CHECK(wordmap_add(&other, word, sizeof word, 1) == OK);
    }
    ok(memcmp(&known.key, &other.key, sizeof known.key) != 0 && longest_run(&other) < 1500,
        "under the key of another map %d such words are apart: a run of %zu", FLOOD,
        longest_run(&other));
    wordmap_close(&known);
    wordmap_close(&other);
}

/* Families that differ little or in a regular way, which is what fools hashes without a key. */
static size_t
family_word(char *word, int family, uint64_t n)
{
    uint64_t lane[3] = { 0, 0, n };
    size_t   len = 16;

    switch (family) {
    case 0: lane[0] = n; break;                                       /* low bits */
    case 1: lane[1] = n << 40; break;                                 /* high bits */
    case 2: lane[0] = (uint64_t)1 << n % 64 | (uint64_t)1 << n / 64 % 64;
        lane[1] = (uint64_t)1 << n / 4096 % 64; break;                /* few bits */
    case 3: lane[0] = lane[1] = n * 0x9E3779B97F4A7C15u; break;       /* equal halves */
    case 4: lane[0] = n / 2; lane[1] = n; lane[n & 1] = ~lane[n & 1]; break; /* complements */
    case 5: lane[0] = n << 32; lane[1] = 1 << 20; break;              /* powers of 2 as factors */
    default: len = 24; break;                                         /* behind the first 16 */
    }
    memcpy(word, lane, len);
    return len;
}

static void
test_families(void)
{
    for (int family = 0; family < 7; family++) {
        struct wordmap map;
        char           word[24];

        CHECK(wordmap_open(&map, (size_t)1 << 26) == OK);
        for (uint64_t n = 0; n < FLOOD; n++) {
            size_t len = family_word(word, family, n);

            CHECK(wordmap_add(&map, word, len, 1) == OK);
        }
        ok(longest_run(&map) < 1500, "family %d of regular words: %zu of them, a run of %zu",
            family, map.used, longest_run(&map));
        wordmap_close(&map);
    }
}

static void
test_limits(void)
{
    struct wordmap map;
    char           word[64];
    int            rc = OK;
    size_t         n = 0;
    bool           kept = true;

    CHECK(wordmap_open(&map, 1 << 20) == OK);
    while (rc == OK && n < 1000000) {
        snprintf(word, sizeof word, "a rather long word number %zu", n);
        rc = wordmap_add(&map, word, strlen(word), 7);
        n += rc == OK;
    }
    ok(rc == WORDMAP_FULL && wordmap_bytes(&map) <= 1 << 20, "full within 1 MiB, at %zu words", n);
    for (size_t i = 0; i < n; i++) {
        snprintf(word, sizeof word, "a rather long word number %zu", i);
        kept = kept && wordmap_get(&map, word, strlen(word)) != NULL;
    }
    ok(kept && map.used == n, "and whole");
    snprintf(word, sizeof word, "a rather long word number %d", 0);
    ok(wordmap_add(&map, word, strlen(word), UINT64_MAX - 7) == OK,
        "a full map takes what it knows");
    ok(wordmap_add(&map, word, strlen(word), 1) == ERR_LIMIT, "2^64 is refused: %s", err_msg());
    ok(wordmap_get(&map, word, strlen(word))->count == UINT64_MAX, "and changes nothing");
    wordmap_close(&map);
}

/* Orders that are worst for a plain quicksort stay fast, and sorted. */
static void
test_sort_patterns(void)
{
    enum { ROWS = 100000 };
    struct wordmap map;
    bool           sorted = true;

    for (int pattern = 0; pattern < 3; pattern++) {
        CHECK(wordmap_open(&map, (size_t)1 << 26) == OK);
        for (uint64_t i = 0; i < ROWS; i++) {
            char word[16];
            int  len = snprintf(word, sizeof word, "%06llu", (unsigned long long)(pattern == 2
                ? i * 7919 % ROWS : i));

            CHECK(wordmap_add(&map, word, (size_t)len, pattern == 1 ? i + 1 : 1) == OK);
        }
        wordmap_sort(&map, WORDMAP_BY_COUNT);
        wordmap_sort(&map, WORDMAP_BY_COUNT); /* now it is in order already */
        for (size_t i = 1; i < map.used; i++)
            sorted = sorted && wordmap_compare(&map.slots[i - 1], &map.slots[i],
                WORDMAP_BY_COUNT) < 0;
        wordmap_close(&map);
    }
    ok(sorted, "rows in order, against it, and mixed");
}

int
main(void)
{
    test_against_list();
    test_take();
    test_part();
    test_append();
    test_known_key();
    test_families();
    test_limits();
    test_sort_patterns();
    return tap_done();
}
