/* run.c -- see run.h. */
#include "tools/freqstat/run.h"

#include <stdlib.h>
#include <unistd.h>

#include "tools/freqstat/runfile.h"

enum { FAN_MIN = 8, FAN_MAX = 64 };

/* ---- merging: a heap of readers, the next word on top ---- */

struct merge {
    enum wordmap_order     order;
    struct runfile_reader *heap[FAN_MAX];
    size_t                 count;
    struct buf             word; /* the bytes of a long word, while its readers go on */
};

static void
sift_down(struct merge *m, size_t at)
{
    for (size_t child; (child = 2 * at + 1) < m->count; at = child) {
        struct runfile_reader *t = m->heap[at];

        if (child + 1 < m->count
            && wordmap_compare(&m->heap[child + 1]->entry, &m->heap[child]->entry, m->order) < 0)
            child++;
        if (wordmap_compare(&t->entry, &m->heap[child]->entry, m->order) <= 0)
            return;
        m->heap[at] = m->heap[child];
        m->heap[child] = t;
    }
}

/* The reader on top goes to its next word, or leaves. */
static int
advance(struct merge *m)
{
    int rc = runfile_next(m->heap[0]);

    if (rc < 0)
        return rc;
    if (rc == 0) {
        runfile_close(m->heap[0]);
        m->heap[0] = m->heap[--m->count];
    }
    sift_down(m, 0);
    return OK;
}

static int
merge_open(struct merge *m, enum wordmap_order order, const struct run *runs, size_t count)
{
    *m = (struct merge){ .order = order };
    for (size_t i = 0; i < count; i++) {
        int rc = runfile_open(&m->heap[m->count++], runs[i].fd);

        if (rc == OK)
            rc = runfile_next(m->heap[m->count - 1]);
        if (rc < 0)
            return rc;
        if (rc == 0)
            runfile_close(m->heap[--m->count]);
    }
    for (size_t i = m->count / 2; i-- > 0;)
        sift_down(m, i);
    return OK;
}

/* 1 and the next word with its whole count; 0 at the end. */
static int
merge_next(struct merge *m, struct wordmap_entry *e)
{
    if (m->count == 0)
        return 0;
    *e = m->heap[0]->entry;
    if (e->len > WORDMAP_INLINE) {
        int rc;

        buf_reset(&m->word);
        rc = buf_add(&m->word, wordmap_text(e), e->len);
        if (rc != OK)
            return rc;
        e->word.far.text = m->word.bytes;
    }
    for (;;) {
        int rc = advance(m);

        if (rc != OK)
            return rc;
        if (m->order != WORDMAP_BY_BYTES || m->count == 0
            || wordmap_compare(&m->heap[0]->entry, e, WORDMAP_BY_BYTES) != 0)
            return 1;
        if (__builtin_add_overflow(e->count, m->heap[0]->entry.count, &e->count))
            return err_set(ERR_LIMIT, "the count of \"%.*s\" passes 2^64 - 1",
                e->len < 100 ? (int)e->len : 100, wordmap_text(e));
    }
}

static int
merge_into(enum wordmap_order order, const struct run *runs, size_t count,
    int (*take)(void *context, const struct wordmap_entry *e), void *context)
{
    struct merge         m;
    struct wordmap_entry e;
    int                  rc = merge_open(&m, order, runs, count);

    while (rc == OK && (rc = merge_next(&m, &e)) == 1)
        rc = take(context, &e);
    while (m.count > 0)
        runfile_close(m.heap[--m.count]);
    buf_free(&m.word);
    return rc > 0 ? OK : rc;
}

/* ---- the set of runs ---- */

void
runs_open(struct runs *runs, enum wordmap_order order, size_t memory_bytes)
{
    *runs = (struct runs){ .order = order, .fan = memory_bytes / RUN_READER_BYTES };
    if (runs->fan < FAN_MIN)
        runs->fan = FAN_MIN;
    if (runs->fan > FAN_MAX)
        runs->fan = FAN_MAX;
    pthread_mutex_init(&runs->lock, NULL);
    pthread_mutex_init(&runs->merging, NULL);
}

void
runs_close(struct runs *runs)
{
    for (size_t i = 0; i < runs->count; i++)
        close(runs->list[i].fd);
    free(runs->list);
    pthread_mutex_destroy(&runs->lock);
    pthread_mutex_destroy(&runs->merging);
    *runs = (struct runs){ 0 };
}

static int
push(struct runs *runs, struct run run)
{
    int rc = OK;

    pthread_mutex_lock(&runs->lock);
    if (runs->count == runs->max) {
        size_t      max = runs->max > 0 ? 2 * runs->max : 64;
        struct run *list = realloc(runs->list, max * sizeof *list);

        if (list == NULL) {
            rc = err_set(ERR_MEMORY, "no memory for a sorted run");
        } else {
            runs->list = list;
            runs->max = max;
        }
    }
    if (rc == OK)
        runs->list[runs->count++] = run;
    else
        close(run.fd);
    pthread_mutex_unlock(&runs->lock);
    return rc;
}

/* Take `fan` runs of this level (any level: -1) out of the list; false if there are not so many. */
static bool
pull(struct runs *runs, struct run *taken, int level)
{
    size_t have = 0, kept = 0, got = 0;

    pthread_mutex_lock(&runs->lock);
    for (size_t i = 0; i < runs->count; i++)
        have += level < 0 || runs->list[i].level == level;
    if (have >= runs->fan) {
        for (size_t i = 0; i < runs->count; i++) {
            if (got < runs->fan && (level < 0 || runs->list[i].level == level))
                taken[got++] = runs->list[i];
            else
                runs->list[kept++] = runs->list[i];
        }
        runs->count = kept;
    }
    pthread_mutex_unlock(&runs->lock);
    return got > 0;
}

/* The taken runs become one of `level`. */
static int
merge_taken(struct runs *runs, const struct run *taken, int level)
{
    struct run             merged = { .level = level };
    struct runfile_writer *w = NULL;
    int                    rc = runfile_new(&merged.fd);

    if (rc == OK) {
        rc = runfile_create(&w, merged.fd);
        if (rc == OK)
            rc = merge_into(runs->order, taken, runs->fan, runfile_add, w);
        if (rc == OK)
            rc = runfile_flush(w, true);
        runfile_free(w);
        if (rc == OK)
            rc = push(runs, merged);
        else
            close(merged.fd);
    }
    for (size_t i = 0; i < runs->fan; i++)
        close(taken[i].fd);
    return rc;
}

/* The words e[0 .. count - 1], which are in order, become a run. */
static int
write_run(struct runs *runs, const struct wordmap_entry *e, size_t count)
{
    struct run             run = { .level = 0 };
    struct runfile_writer *w = NULL;
    int                    rc = runfile_new(&run.fd);

    if (rc != OK)
        return rc;
    rc = runfile_create(&w, run.fd);
    for (size_t i = 0; rc == OK && i < count; i++)
        rc = runfile_add(w, &e[i]);
    if (rc == OK)
        rc = runfile_flush(w, true);
    runfile_free(w);
    if (rc == OK)
        return push(runs, run);
    close(run.fd);
    return rc;
}

int
runs_spill(struct runs *runs, struct wordmap *map)
{
    int rc;

    wordmap_sort(map, runs->order);
    rc = write_run(runs, map->slots, map->used);
    wordmap_reset(map);
    return rc;
}

int
runs_spill_one(struct runs *runs, const struct wordmap_entry *e)
{
    return write_run(runs, e, 1);
}

int
runs_tidy(struct runs *runs)
{
    struct run taken[FAN_MAX];
    int        rc = OK;

    pthread_mutex_lock(&runs->merging); /* one merge at a time: its memory is counted once */
    for (int level = 0; rc == OK && pull(runs, taken, level); level++)
        rc = merge_taken(runs, taken, level + 1);
    pthread_mutex_unlock(&runs->merging);
    return rc;
}

int
runs_merge(struct runs *runs, int (*take)(void *context, const struct wordmap_entry *e),
    void *context)
{
    struct run taken[FAN_MAX];
    int        rc = OK;

    while (rc == OK && runs->count > runs->fan && pull(runs, taken, -1))
        rc = merge_taken(runs, taken, 0);
    if (rc == OK)
        rc = merge_into(runs->order, runs->list, runs->count, take, context);
    return rc;
}
