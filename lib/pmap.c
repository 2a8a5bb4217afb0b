/* pmap.c -- see pmap.h.
 *
 * One mutex guards three counters: items started (by source), worked (a flag per slot) and sunk.
 * The serial parts are held by the flags `sourcing` and `sinking` instead of the mutex, so that a
 * slow sink does not stop the workers.  A failure in source or work is kept in its slot and comes
 * out when the sink reaches it; the sentence travels with it, since err_msg is per thread. */
#include "lib/pmap.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum slot_state { SLOT_FREE, SLOT_BUSY, SLOT_DONE };

struct slot {
    enum slot_state state;
    int             rc;
    char           *msg;
    size_t          weight;
};

struct run {
    const struct pmap   *map;
    pthread_mutex_t      lock;
    pthread_cond_t       changed;
    struct slot         *slots;
    unsigned long long   started, sunk;
    size_t               weight; /* of those between */
    bool                 sourcing, sinking, ended, failed;
    int                  rc;
    char                *msg;
};

struct thread {
    struct run *run;
    void       *worker;
    pthread_t   id;
};

static int
run_serial(const struct pmap *map)
{
    void *worker = map->workers != NULL ? map->workers[0] : NULL;
    void *item = map->items[0];
    int   rc;

    while ((rc = map->source(map->context, item)) == 1) {
        rc = map->work(map->context, worker, item);
        if (rc == OK)
            rc = map->sink(map->context, item);
        if (rc != OK)
            return rc;
    }
    return rc;
}

static void
keep_failure(struct slot *slot, int rc)
{
    slot->rc = rc;
    slot->msg = rc != OK ? strdup(err_msg()) : NULL;
}

/* Which slot of the ring item number n has. */
static size_t
slot_of(const struct run *run, unsigned long long n)
{
    return (size_t)(n % (unsigned long long)run->map->item_count);
}

/* Sinks the item that is next in order, if it is done.  Called with the lock held; true if it did
 * something. */
static bool
try_sink(struct run *run)
{
    struct slot *slot = &run->slots[slot_of(run, run->sunk)];
    void        *item = run->map->items[slot_of(run, run->sunk)];
    int          rc;

    if (run->sinking || run->sunk == run->started || slot->state != SLOT_DONE)
        return false;
    run->sinking = true;
    pthread_mutex_unlock(&run->lock);
    rc = slot->rc;
    if (rc == OK) {
        rc = run->map->sink(run->map->context, item);
        keep_failure(slot, rc);
    }
    pthread_mutex_lock(&run->lock);
    run->sinking = false;
    if (rc != OK) {
        run->failed = true;
        run->rc = rc;
        run->msg = slot->msg;
        slot->msg = NULL;
    }
    slot->state = SLOT_FREE;
    run->weight -= slot->weight;
    run->sunk++;
    pthread_cond_broadcast(&run->changed);
    return true;
}

/* Never when nothing is on its way: what is heavier than all may come, alone. */
static bool
is_full(const struct run *run)
{
    return run->map->weight != NULL && run->started > run->sunk
        && run->weight >= run->map->weight_max;
}

/* Makes the next item, if there is room for it, and works on it.  Called with the lock held; true
 * if it did something. */
static bool
try_item(struct run *run, void *worker)
{
    struct slot *slot = &run->slots[slot_of(run, run->started)];
    void        *item = run->map->items[slot_of(run, run->started)];
    int          rc;

    if (run->sourcing || run->ended || slot->state != SLOT_FREE || is_full(run))
        return false;
    run->sourcing = true;
    pthread_mutex_unlock(&run->lock);
    rc = run->map->source(run->map->context, item);
    pthread_mutex_lock(&run->lock);
    run->sourcing = false;
    if (rc == 0) {
        run->ended = true;
    } else {
        slot->state = SLOT_BUSY;
        slot->weight = rc == 1 && run->map->weight != NULL ? run->map->weight(item) : 0;
        run->weight += slot->weight;
        run->started++;
        if (rc < 0)
            run->ended = true;
    }
    pthread_cond_broadcast(&run->changed);
    if (rc == 0)
        return true;
    pthread_mutex_unlock(&run->lock);
    if (rc == 1)
        rc = run->map->work(run->map->context, worker, item);
    keep_failure(slot, rc);
    pthread_mutex_lock(&run->lock);
    slot->state = SLOT_DONE;
    pthread_cond_broadcast(&run->changed);
    return true;
}

static void *
thread_main(void *arg)
{
    struct thread *self = arg;
    struct run    *run = self->run;

    pthread_mutex_lock(&run->lock);
    while (!run->failed && !(run->ended && run->sunk == run->started))
        if (!try_sink(run) && !try_item(run, self->worker))
            pthread_cond_wait(&run->changed, &run->lock);
    pthread_mutex_unlock(&run->lock);
    return NULL;
}

static void
run_threads(struct run *run, struct thread *threads)
{
    int made = 1;

    for (int t = 0; t < run->map->jobs; t++) {
        threads[t].run = run;
        threads[t].worker = run->map->workers != NULL ? run->map->workers[t] : NULL;
    }
    while (made < run->map->jobs
        && pthread_create(&threads[made].id, NULL, thread_main, &threads[made]) == 0)
        made++; /* fewer threads than asked for are slower, not wrong */
    thread_main(&threads[0]);
    for (int t = 1; t < made; t++)
        pthread_join(threads[t].id, NULL);
}

int
pmap_run(const struct pmap *map)
{
    struct run     run = { .map = map };
    struct thread *threads;

    CHECK(map->jobs >= 1 && map->item_count >= map->jobs);
    if (map->jobs == 1)
        return run_serial(map);
    run.slots = calloc((size_t)map->item_count, sizeof *run.slots);
    threads = calloc((size_t)map->jobs, sizeof *threads);
    if (run.slots == NULL || threads == NULL) {
        free(run.slots);
        free(threads);
        return err_set(ERR_MEMORY, "no memory: cannot start %d threads", map->jobs);
    }
    pthread_mutex_init(&run.lock, NULL);
    pthread_cond_init(&run.changed, NULL);
    run_threads(&run, threads);
    pthread_cond_destroy(&run.changed);
    pthread_mutex_destroy(&run.lock);
    if (run.rc != OK)
        err_set(run.rc, "%s", run.msg != NULL ? run.msg : "no memory");
    for (int i = 0; i < map->item_count; i++)
        free(run.slots[i].msg);
    free(run.msg);
    free(run.slots);
    free(threads);
    return run.rc;
}
