/* pmap_test.c -- the same results in the same order for any number of threads; failures come out
 * in the order of the items, with their sentence, and never hang. */
#include "lib/pmap.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "tests/tap.h"

enum { ITEMS_MAX = 64, NEVER = 1 << 30, LIGHT = 1 << 20 };

struct item {
    int number, square;
};

struct run {
    int         count, fail_source, fail_work, fail_sink; /* at this item */
    int         made, sunk;
    atomic_long weight, weight_max; /* of what is between source and sink, and the most there was */
    bool        in_order;
    atomic_int  sourcing, sinking, overlaps;
    atomic_long worked[ITEMS_MAX]; /* by worker */
};

static int heavy_every; /* every so many weighs more than all may; 0: none does */

static size_t
weight(const void *item_)
{
    const struct item *item = item_;

    return heavy_every != 0 && item->number % heavy_every == 0 ? 2 * LIGHT : LIGHT / 8;
}

static int
source(void *context, void *item_)
{
    struct run  *run = context;
    struct item *item = item_;
    int          rc = 1;

    if (atomic_fetch_add(&run->sourcing, 1) != 0)
        atomic_fetch_add(&run->overlaps, 1);
    if (run->made == run->fail_source)
        rc = err_set(ERR_IO, "source failed at %d", run->made);
    else if (run->made == run->count)
        rc = 0;
    else
        *item = (struct item){ .number = run->made++ };
    if (rc == 1) {
        long sum = atomic_fetch_add(&run->weight, (long)weight(item)) + (long)weight(item);

        run->weight_max = sum > run->weight_max ? sum : run->weight_max;
    }
    atomic_fetch_sub(&run->sourcing, 1);
    return rc;
}

static int
work(void *context, void *worker, void *item_)
{
    struct run  *run = context;
    struct item *item = item_;

    if (item->number % 7 == 0) { /* some take longer: later ones overtake them */
        struct timespec nap = { 0, 200000 };

        nanosleep(&nap, NULL);
    }
    if (worker != NULL)
        atomic_fetch_add((atomic_long *)worker, 1);
    item->square = item->number * item->number;
    return item->number >= run->fail_work ? err_set(ERR_FORMAT, "work failed at %d", item->number)
        : OK;
}

static int
sink(void *context, void *item_)
{
    struct run        *run = context;
    const struct item *item = item_;

    if (atomic_fetch_add(&run->sinking, 1) != 0)
        atomic_fetch_add(&run->overlaps, 1);
    run->in_order = run->in_order && item->number == run->sunk
        && item->square == item->number * item->number;
    atomic_fetch_sub(&run->weight, (long)weight(item));
    atomic_fetch_sub(&run->sinking, 1);
    if (run->sunk == run->fail_sink)
        return err_set(ERR_LIMIT, "sink failed at %d", run->sunk);
    run->sunk++;
    return OK;
}

static struct run run;

static int
go(int jobs, int item_count, int count)
{
    static struct item items[ITEMS_MAX];
    void              *slots[ITEMS_MAX], *workers[ITEMS_MAX];
    struct pmap        map = { &run, source, work, sink, slots, item_count, workers, jobs, weight,
        LIGHT };

    for (int i = 0; i < ITEMS_MAX; i++) {
        slots[i] = &items[i];
        workers[i] = &run.worked[i];
    }
    run.count = count;
    run.in_order = true;
    return pmap_run(&map);
}

static void
fresh(void)
{
    run = (struct run){ .fail_source = NEVER, .fail_work = NEVER, .fail_sink = NEVER };
}

int
main(void)
{
    static const int jobs[] = { 1, 2, 3, 8, 16 };

    for (size_t j = 0; j < sizeof jobs / sizeof *jobs; j++) {
        int  n = jobs[j], rc;
        long worked = 0;

        fresh();
        rc = go(n, 2 * n, 1000);
        for (int i = 0; i < n; i++)
            worked += run.worked[i];
        ok(rc == OK && run.sunk == 1000 && run.in_order && worked == 1000,
            "1000 items in order, %d threads", n);
        ok(run.overlaps == 0, "source and sink are serial");
        ok(run.weight_max <= LIGHT, "the weight of what is on its way is bounded: %ld of %d",
            (long)run.weight_max, LIGHT);
        for (int heavy = 1; heavy < 20; heavy += 6) {
            fresh();
            heavy_every = heavy;
            rc = go(n, 3 * n, 500);
            ok(rc == OK && run.sunk == 500 && run.in_order && run.weight_max >= 2 * LIGHT
                && run.weight_max < 3 * LIGHT, "items heavier than the bound, every %d: %ld", heavy,
                (long)run.weight_max);
        }
        heavy_every = 0;
        fresh();
        ok(go(n, n, 0) == OK && run.sunk == 0, "no items");
        fresh();
        ok(go(n, n, 1) == OK && run.sunk == 1, "one item, and as many slots as threads");
        fresh();
        run.fail_work = 500; /* every later one fails too, and may do so earlier */
        rc = go(n, 3 * n, 1000);
        ok(rc == ERR_FORMAT && run.sunk == 500 && run.in_order && strcmp(err_msg(),
            "work failed at 500") == 0,
            "the first failure in order decides, behind all that is whole: %s", err_msg());
        fresh();
        run.fail_source = 77;
        rc = go(n, 2 * n, 1000);
        ok(rc == ERR_IO && run.sunk == 77 && strcmp(err_msg(), "source failed at 77") == 0,
            "a failing source: %s", err_msg());
        fresh();
        run.fail_sink = 33;
        rc = go(n, 2 * n, 1000);
        ok(rc == ERR_LIMIT && run.sunk == 33 && strcmp(err_msg(), "sink failed at 33") == 0,
            "a failing sink: %s", err_msg());
    }
    return tap_done();
}
