/* wordsort.c -- the order of words, and sorting a map in place; declared in wordmap.h.
 *
 * Many entries are dealt into piles in place (American flag sort: McIlroy, Bostic, McIlroy
 * 1993), by count and then by one byte after the other; few are compared.  Words are compared by
 * their first 8 bytes as one big-endian number, and only where these agree by the rest. */
#include "lib/wordmap.h"

#include <string.h>

static inline uint64_t
head_of(const struct wordmap_entry *e)
{
    uint64_t head;

    memcpy(&head, e->word.bytes, sizeof head); /* the first 8 bytes, near or far */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    head = __builtin_bswap64(head);
#endif
    return head;
}

static inline int
compare_bytes(const struct wordmap_entry *a, const struct wordmap_entry *b)
{
    uint64_t head_a = head_of(a), head_b = head_of(b);
    uint32_t shorter = a->len < b->len ? a->len : b->len;
    int      order;

    if (head_a != head_b)
        return head_a < head_b ? -1 : 1;
    order = shorter <= 8 ? 0 : memcmp(wordmap_text(a) + 8, wordmap_text(b) + 8, shorter - 8);
    if (order != 0 || a->len == b->len)
        return order;
    return a->len < b->len ? -1 : 1;
}

static inline int
compare(const struct wordmap_entry *a, const struct wordmap_entry *b, enum wordmap_order order)
{
    if (order == WORDMAP_BY_COUNT && a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return compare_bytes(a, b);
}

int
wordmap_compare(const struct wordmap_entry *a, const struct wordmap_entry *b,
    enum wordmap_order order)
{
    return compare(a, b, order);
}

void
wordmap_entry_set(struct wordmap_entry *e, const char *word, size_t len, uint64_t count)
{
    CHECK(len > 0 && len <= WORDMAP_LEN_MAX);
    *e = (struct wordmap_entry){ .count = count, .len = (uint32_t)len };
    if (len <= WORDMAP_INLINE) {
        memcpy(e->word.bytes, word, len);
    } else {
        memcpy(e->word.far.head, word, sizeof e->word.far.head);
        e->word.far.text = word;
    }
}

static inline void
swap(struct wordmap_entry *a, struct wordmap_entry *b)
{
    struct wordmap_entry t = *a;

    *a = *b;
    *b = t;
}

static void
sift(struct wordmap_entry *e, size_t root, size_t count, enum wordmap_order order)
{
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && compare(&e[child], &e[child + 1], order) < 0)
            child++;
        if (compare(&e[root], &e[child], order) >= 0)
            return;
        swap(&e[root], &e[child]);
    }
}

static void
heap_sort(struct wordmap_entry *e, size_t count, enum wordmap_order order)
{
    for (size_t i = count / 2; i-- > 0;)
        sift(e, i, count, order);
    for (size_t i = count; i-- > 1;) {
        swap(&e[0], &e[i]);
        sift(e, 0, i, order);
    }
}

static void
insertion_sort(struct wordmap_entry *e, size_t count, enum wordmap_order order)
{
    for (size_t i = 1; i < count; i++) {
        struct wordmap_entry one = e[i];
        size_t               at = i;

        for (; at > 0 && compare(&one, &e[at - 1], order) < 0; at--)
            e[at] = e[at - 1];
        e[at] = one;
    }
}

/* Quicksort by the median of three; beyond `depth` the order of the input is against it, and
 * heapsort keeps n log n.  No two entries are equal. */
static void
quick_sort(struct wordmap_entry *e, size_t count, enum wordmap_order order, int depth)
{
    while (count > 24) {
        struct wordmap_entry pivot;
        size_t               mid = count / 2, i = 0, j = count - 1;

        if (depth-- == 0) {
            heap_sort(e, count, order);
            return;
        }
        if (compare(&e[mid], &e[0], order) < 0)
            swap(&e[mid], &e[0]);
        if (compare(&e[j], &e[mid], order) < 0)
            swap(&e[j], &e[mid]);
        if (compare(&e[mid], &e[0], order) < 0)
            swap(&e[mid], &e[0]);
        pivot = e[mid];
        for (;;) {
            while (compare(&e[i], &pivot, order) < 0)
                i++;
            while (compare(&pivot, &e[j], order) < 0)
                j--;
            if (i >= j)
                break;
            swap(&e[i++], &e[j--]);
        }
        quick_sort(e, i, order, depth); /* all before i are below the pivot or it */
        e += i;
        count -= i;
    }
    insertion_sort(e, count, order);
}

enum { PILES = 256, FEW = 200, LEVELS = 9 };

/* The pile of an entry: at level 0 by its count, the largest and all above 255 first; at level k
 * by its k-th byte. */
static inline unsigned
pile_of(const struct wordmap_entry *e, unsigned level)
{
    if (level == 0)
        return e->count > 255 ? 0 : 256 - (unsigned)e->count;
    return (unsigned char)e->word.bytes[level - 1];
}

/* Swap every entry into its pile; ends[p] becomes the end of pile p. */
static void
deal(struct wordmap_entry *e, size_t count, unsigned level, size_t ends[PILES])
{
    size_t sizes[PILES] = { 0 }, next[PILES], sum = 0;

    for (size_t i = 0; i < count; i++)
        sizes[pile_of(&e[i], level)]++;
    for (unsigned p = 0; p < PILES; p++) {
        next[p] = sum;
        ends[p] = sum += sizes[p];
    }
    for (unsigned p = 0; p < PILES; p++)
        while (next[p] < ends[p]) {
            unsigned own = pile_of(&e[next[p]], level);

            if (own == p)
                next[p]++;
            else
                swap(&e[next[p]], &e[next[own]++]);
        }
}

/* Entries that agree in what the levels before this one look at. */
static void
sort_level(struct wordmap_entry *e, size_t count, enum wordmap_order order, unsigned level)
{
    size_t ends[PILES], start = 0;
    int    depth = 4;

    if (count <= FEW || level == LEVELS) {
        for (size_t n = count; n > 1; n /= 2)
            depth += 2;
        quick_sort(e, count, order, depth);
        return;
    }
    deal(e, count, level, ends);
    for (unsigned p = 0; p < PILES; start = ends[p++])
        sort_level(e + start, ends[p] - start, order, level == 0 && p == 0 ? LEVELS : level + 1);
}

void
wordmap_sort(struct wordmap *map, enum wordmap_order order)
{
    size_t used = 0;

    for (size_t i = 0, end = wordmap_end(map); i < end; i++)
        if (map->slots[i].count != 0)
            map->slots[used++] = map->slots[i];
    map->is_array = true;
    sort_level(map->slots, used, order, order == WORDMAP_BY_COUNT ? 0 : 1);
}
