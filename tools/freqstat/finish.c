/* finish.c -- the words of a counter in the order of their counts; declared in count.h.
 *
 * If all is in memory, the parts are sorted, each by a thread, and merged.  If there are runs, the
 * parts become runs too; merging them gives each word once, in the order of bytes, which is then
 * sorted by count, in memory or by runs again. */
#include "lib/pmap.h"
#include "tools/freqstat/count.h"

struct finish {
    struct counter *counter;
    bool            spill; /* there are runs: parts become runs too */
    size_t          next;
};

static int
finish_source(void *context, void *item)
{
    struct finish   *f = context;
    struct wordmap **map = item;

    if (f->next == (size_t)1 << f->counter->part_bits)
        return 0;
    *map = &f->counter->parts[f->next++].map;
    return 1;
}

static int
finish_work(void *context, void *worker, void *item)
{
    struct finish   *f = context;
    struct wordmap **map = item;

    (void)worker;
    if (f->spill)
        return (*map)->used > 0 ? runs_spill(&f->counter->by_bytes, *map) : OK;
    wordmap_sort(*map, WORDMAP_BY_COUNT);
    return OK;
}

static int
finish_sink(void *context, void *item)
{
    (void)context;
    (void)item;
    return OK;
}

/* Empty the caches, and sort the parts or make them runs. */
static int
finish(struct counter *c, bool *spilled)
{
    struct wordmap *maps[1 << COUNTER_PART_BITS_MAX];
    void           *items[1 << COUNTER_PART_BITS_MAX];
    struct finish   f = { .counter = c };
    struct pmap     map = { .context = &f, .source = finish_source, .work = finish_work,
        .sink = finish_sink, .items = items, .item_count = 1 << COUNTER_PART_BITS_MAX,
        .jobs = c->jobs < 1 << c->part_bits ? c->jobs : 1 << c->part_bits };
    int             rc = OK;

    for (int i = 0; i < map.item_count; i++)
        items[i] = &maps[i];
    for (int t = 0; rc == OK && t < c->jobs; t++)
        rc = counter_flush(&c->tallies[t]);
    *spilled = f.spill = c->by_bytes.count > 0;
    return rc == OK ? pmap_run(&map) : rc;
}

/* The row of a part that is next. */
struct head {
    const struct wordmap_entry *e, *end;
};

static void
sift_down(struct head *heads, size_t count, size_t at)
{
    struct head moved = heads[at];

    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count
            && wordmap_compare(heads[child + 1].e, heads[child].e, WORDMAP_BY_COUNT) < 0)
            child++;
        if (wordmap_compare(moved.e, heads[child].e, WORDMAP_BY_COUNT) < 0)
            break;
        heads[at] = heads[child];
    }
    heads[at] = moved;
}

static int
rows_of_parts(struct counter *c, int (*take)(void *context, const struct wordmap_entry *e),
    void *context)
{
    struct head heads[1 << COUNTER_PART_BITS_MAX];
    size_t      count = 0;
    int         rc = OK;

    for (size_t p = 0; p < (size_t)1 << c->part_bits; p++)
        if (c->parts[p].map.used > 0)
            heads[count++] = (struct head){ c->parts[p].map.slots,
                c->parts[p].map.slots + c->parts[p].map.used };
    for (size_t i = count / 2; i-- > 0;)
        sift_down(heads, count, i);
    while (rc == OK && count > 0 && heads[0].e->count >= c->count_min) {
        rc = take(context, heads[0].e);
        if (++heads[0].e == heads[0].end)
            heads[0] = heads[--count];
        sift_down(heads, count, 0);
    }
    return rc;
}

struct sorter {
    struct counter *counter;
    struct wordmap  map;
};

/* Words come in the order of their bytes, each once, and are to be sorted by count. */
static int
collect(void *context, const struct wordmap_entry *e)
{
    struct sorter *s = context;
    int            rc;

    if (e->count < s->counter->count_min)
        return OK;
    rc = wordmap_append(&s->map, e);
    if (rc == WORDMAP_FULL && s->map.used > 0) {
        rc = runs_spill(&s->counter->by_count, &s->map);
        if (rc == OK)
            rc = runs_tidy(&s->counter->by_count);
        if (rc == OK)
            rc = wordmap_append(&s->map, e);
    }
    return rc == WORDMAP_FULL ? runs_spill_one(&s->counter->by_count, e) : rc;
}

static int
rows_of_runs(struct counter *c, int (*take)(void *context, const struct wordmap_entry *e),
    void *context)
{
    struct sorter s = { .counter = c };
    int           rc;

    for (size_t p = 0; p < (size_t)1 << c->part_bits; p++)
        wordmap_close(&c->parts[p].map);
    rc = wordmap_open(&s.map, c->memory_bytes / 2);
    if (rc == OK)
        rc = runs_merge(&c->by_bytes, collect, &s);
    if (rc == OK && c->by_count.count > 0) {
        if (s.map.used > 0)
            rc = runs_spill(&c->by_count, &s.map);
        if (rc == OK)
            rc = runs_merge(&c->by_count, take, context);
    } else if (rc == OK) {
        wordmap_sort(&s.map, WORDMAP_BY_COUNT);
        for (size_t i = 0; rc == OK && i < s.map.used; i++)
            rc = take(context, &s.map.slots[i]);
    }
    wordmap_close(&s.map);
    return rc;
}

int
counter_rows(struct counter *c, int (*take)(void *context, const struct wordmap_entry *e),
    void *context)
{
    bool spilled = false;
    int  rc = finish(c, &spilled);

    if (rc == OK)
        rc = (spilled ? rows_of_runs : rows_of_parts)(c, take, context);
    return rc > 0 ? OK : rc;
}
