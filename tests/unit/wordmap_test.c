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

/* wordmap_count must not see the bytes behind a word. */
static void
test_count(void)
{
    static const char   text[] = "abcdefghijklmnopqrstuvwxyz0123456789........................";
    struct wordmap_word words[2 * 36];
    struct wordmap      map;
    size_t              done;
    bool                good = true;

    CHECK(wordmap_open(&map, BYTES_MAX) == OK);
    for (size_t i = 0; i < 36; i++)
        words[i] = words[36 + i] = (struct wordmap_word){ text, i + 1 };
    ok(wordmap_count(&map, words, 72, &done) == OK && done == 72 && map.used == 36,
        "counted at once");
    for (size_t i = 0; i < 36; i++) {
        const struct wordmap_entry *e = wordmap_get(&map, text, i + 1);

        good = good && e != NULL && e->count == 2;
    }
    ok(good, "words of every length from 1 to 36");
    wordmap_close(&map);
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
    test_count();
    test_limits();
    test_sort_patterns();
    return tap_done();
}
