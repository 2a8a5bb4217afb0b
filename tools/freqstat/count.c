/* count.c -- see count.h.  Of the memory, an eighth holds pieces of text and half holds the
 * parts; in the end the same half sorts what comes out of the runs, and a quarter reads them. */
#include "tools/freqstat/count.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/pmap.h"
#include "lib/words.h"
#include "tools/freqstat/split.h"

enum {
    PIECE_MIN_BYTES = 1 << 14,
    PIECE_MAX_BYTES = 1 << 20,
    PIECES_PER_JOB = 3,
    PARTS_PER_JOB = 4, /* so many that threads seldom wait for each other */
    WORDS_MAX = 256
};

static int
open_parts(struct counter *c)
{
    size_t part_count = (size_t)1 << c->part_bits;
    int    rc = OK;

    c->tallies = calloc((size_t)c->jobs, sizeof *c->tallies);
    c->parts = calloc(part_count, sizeof *c->parts);
    if (c->tallies == NULL || c->parts == NULL)
        return err_set(ERR_MEMORY, "no memory for %d tables of words", c->jobs);
    for (int t = 0; t < c->jobs; t++) {
        c->tallies[t].counter = c;
        c->tallies[t].batches = calloc(part_count, sizeof *c->tallies[t].batches);
        if (c->tallies[t].batches == NULL)
            return err_set(ERR_MEMORY, "no memory for %d tables of words", c->jobs);
    }
    for (size_t p = 0; rc == OK && p < part_count; p++) {
        pthread_mutex_init(&c->parts[p].lock, NULL);
        rc = wordmap_open_part(&c->parts[p].map, c->memory_bytes / 2 / part_count, &c->key,
            c->part_bits);
    }
    return rc;
}

int
counter_open(struct counter *c, int jobs, size_t memory_bytes)
{
    size_t jobs_max = memory_bytes / 2 / COUNTER_JOB_BYTES;

    *c = (struct counter){ .memory_bytes = memory_bytes };
    wordmap_key_draw(&c->key);
    c->jobs = (size_t)jobs < jobs_max ? jobs : (int)jobs_max;
    while (c->jobs > 1 && c->part_bits < COUNTER_PART_BITS_MAX
        && 1 << c->part_bits < PARTS_PER_JOB * c->jobs)
        c->part_bits++;
    runs_open(&c->by_bytes, WORDMAP_BY_BYTES, memory_bytes / 4);
    runs_open(&c->by_count, WORDMAP_BY_COUNT, memory_bytes / 4);
    return open_parts(c);
}

void
counter_close(struct counter *c)
{
    for (int t = 0; c->tallies != NULL && t < c->jobs; t++)
        free(c->tallies[t].batches);
    for (size_t p = 0; c->parts != NULL && p < (size_t)1 << c->part_bits; p++) {
        wordmap_close(&c->parts[p].map);
        pthread_mutex_destroy(&c->parts[p].lock);
    }
    free(c->tallies);
    free(c->parts);
    c->tallies = NULL;
    c->parts = NULL;
    runs_close(&c->by_bytes);
    runs_close(&c->by_count);
}

/* A word that does not fit into an empty part is a run of its own. */
static int
make_room(struct counter *c, struct wordmap *map, const struct wordmap_entry *e, size_t *done)
{
    if (map->used > 0)
        return runs_spill(&c->by_bytes, map);
    ++*done;
    return runs_spill_one(&c->by_bytes, e);
}

/* Words into their part; a full one becomes a run. */
static int
hand_many(struct counter *c, size_t part, const struct wordmap_entry *entries, size_t count)
{
    struct counter_part *p = &c->parts[part];
    size_t               at = 0, done;
    bool                 spilled = false;
    int                  rc = OK;

    pthread_mutex_lock(&p->lock);
    while (rc == OK && at < count) {
        rc = wordmap_take(&p->map, entries + at, count - at, &done);
        at += done;
        if (rc == WORDMAP_FULL) {
            rc = make_room(c, &p->map, &entries[at], &at);
            spilled = true;
        }
    }
    pthread_mutex_unlock(&p->lock);
    return rc == OK && spilled ? runs_tidy(&c->by_bytes) : rc;
}

static int
hand_batch(struct counter_tally *tally, size_t part)
{
    struct counter_batch *batch = &tally->batches[part];
    size_t                count = batch->count;

    batch->count = 0;
    return hand_many(tally->counter, part, batch->entries, count);
}

static inline int
hand_one(struct counter_tally *tally, const struct wordmap_entry *e)
{
    size_t                part = (size_t)((uint64_t)e->tag << tally->counter->part_bits >> 32);
    struct counter_batch *batch = &tally->batches[part];

    batch->entries[batch->count++] = *e;
    return batch->count < COUNTER_BATCH ? OK : hand_batch(tally, part);
}

/* The text of long words is about to go. */
static int
hand_all(struct counter_tally *tally)
{
    int rc = OK;

    for (size_t p = 0; rc == OK && p < (size_t)1 << tally->counter->part_bits; p++)
        rc = hand_batch(tally, p);
    return rc;
}

int
counter_flush(struct counter_tally *tally)
{
    int rc = OK;

    for (size_t i = 0; rc == OK && i < COUNTER_CACHE; i++)
        if (tally->cache[i].count > 0)
            rc = hand_one(tally, &tally->cache[i]);
    return rc == OK ? hand_all(tally) : rc;
}

/* A short word puts the one in its place out of the cache; no word stays there for want of a rival
 * that is commoner, so the common ones are there most of the time. */
static inline int
tally_words(struct counter_tally *tally, const struct wordmap_entry *entries, size_t count)
{
    int rc = OK;

    for (size_t i = 0; rc == OK && i < count; i++) {
        const struct wordmap_entry *e = &entries[i];
        struct wordmap_entry       *known = &tally->cache[e->tag % COUNTER_CACHE];

        if (e->len > WORDMAP_INLINE) {
            rc = hand_one(tally, e);
        } else if (known->count > 0 && wordmap_same(known, e)) {
            known->count++;
        } else {
            if (known->count > 0)
                rc = hand_one(tally, known);
            *known = *e;
        }
    }
    return rc;
}

/* ---- texts: pieces cut at white space, counted in parallel ---- */

struct texts {
    struct counter    *counter;
    const char *const *paths;
    int                count, next;
    struct in          in;
    bool               is_open;
    struct buf         carry; /* the beginning of a word at the end of a piece */
    size_t             piece_bytes;
    uint64_t           done_bytes, total_bytes;
};

struct piece {
    struct buf text;
    uint64_t   bytes; /* read for it */
};

static int
next_file(struct texts *t)
{
    int rc = in_open(&t->in, t->paths[t->next]);

    if (rc == OK) {
        t->next++;
        t->is_open = true;
    }
    return rc;
}

/* The length up to and with the last white space at or behind `from`, or 0. */
static size_t
last_cut(const struct buf *text, size_t from)
{
    size_t cut = text->len;

    while (cut > from && !words_is_space(text->bytes[cut - 1]))
        cut--;
    return cut > from ? cut : 0;
}

/* Of a piece only the first word can be too long: it alone goes on from one read to the next. */
static size_t
first_word_bytes(const struct buf *text)
{
    size_t len = 0;

    if (text->len <= WORDMAP_LEN_MAX)
        return 0;
    while (len < text->len && !words_is_space(text->bytes[len]))
        len++;
    return len;
}

/* Fill a piece with whole words of one file; *ended when that file is. */
static int
read_piece(struct texts *t, struct piece *p, bool *ended)
{
    size_t got, cut = 0;
    int    rc = buf_add(&p->text, t->carry.bytes, t->carry.len);

    buf_reset(&t->carry);
    for (*ended = false; rc == OK && cut == 0 && !*ended;) {
        size_t from = p->text.len;

        rc = buf_reserve(&p->text, t->piece_bytes + SPLIT_PAD);
        if (rc == OK)
            rc = in_read(&t->in, p->text.bytes + from, t->piece_bytes, &got);
        if (rc != OK)
            return rc;
        p->text.len += got;
        p->bytes += got;
        *ended = got < t->piece_bytes;
        cut = *ended ? p->text.len : last_cut(&p->text, from);
        if (first_word_bytes(&p->text) > WORDMAP_LEN_MAX)
            return err_set(ERR_LIMIT, "%s: the word at byte %llu is longer than %d bytes",
                t->in.name, (unsigned long long)(t->in.offset - p->text.len), WORDMAP_LEN_MAX);
    }
    if (rc == OK)
        rc = buf_add(&t->carry, p->text.bytes + cut, p->text.len - cut);
    if (rc != OK)
        return rc;
    p->text.len = cut;
    memset(p->text.bytes + cut, ' ', SPLIT_PAD);
    return OK;
}

static int
texts_source(void *context, void *item)
{
    struct texts *t = context;
    struct piece *p = item;

    buf_reset(&p->text);
    p->bytes = 0;
    do {
        bool ended;
        int  rc;

        if (!t->is_open && t->next == t->count)
            return 0;
        rc = t->is_open ? OK : next_file(t);
        if (rc == OK)
            rc = read_piece(t, p, &ended);
        if (rc != OK)
            return rc;
        if (ended) {
            in_close(&t->in);
            t->is_open = false;
        }
    } while (p->text.len == 0);
    return 1;
}

static int
texts_work(void *context, void *worker, void *item)
{
    struct counter_tally *tally = worker;
    struct piece         *p = item;
    struct wordmap_word   words[WORDS_MAX];
    struct wordmap_entry  entries[WORDS_MAX];
    struct split          split;
    size_t                count;
    int                   rc = OK;

    (void)context;
    split_start(&split, p->text.bytes, p->text.len);
    while (rc == OK && (count = split_some(&split, words, WORDS_MAX)) > 0) {
        wordmap_make(entries, &tally->counter->key, words, count);
        rc = tally->counter->jobs == 1 ? hand_many(tally->counter, 0, entries, count)
            : tally_words(tally, entries, count);
    }
    return rc == OK ? hand_all(tally) : rc;
}

static int
texts_sink(void *context, void *item)
{
    struct texts       *t = context;
    const struct piece *p = item;

    t->done_bytes += p->bytes;
    if (t->counter->progress != NULL)
        t->counter->progress(t->done_bytes, t->total_bytes);
    return OK;
}

/* The size of all files if every one has a size, else 0. */
static uint64_t
total_bytes(const char *const *paths, int count)
{
    uint64_t    total = 0;
    struct stat st;

    for (int i = 0; i < count; i++) {
        if (stat(paths[i], &st) != 0 || !S_ISREG(st.st_mode))
            return 0;
        total += (uint64_t)st.st_size;
    }
    return total;
}

static int
run_texts(struct counter *c, struct texts *t, struct piece *pieces, void **items, void **workers)
{
    struct pmap map = { .context = t, .source = texts_source, .work = texts_work,
        .sink = texts_sink,
        .items = items, .item_count = PIECES_PER_JOB * c->jobs, .workers = workers,
            .jobs = c->jobs };

    for (int i = 0; i < map.item_count; i++)
        items[i] = &pieces[i];
    for (int i = 0; i < c->jobs; i++)
        workers[i] = &c->tallies[i];
    return pmap_run(&map);
}

int
counter_texts(struct counter *c, const char *const *paths, int count)
{
    size_t        piece_count = PIECES_PER_JOB * (size_t)c->jobs;
    struct texts  t = { .counter = c, .paths = paths, .count = count };
    struct piece *pieces = calloc(piece_count, sizeof *pieces);
    void        **items = calloc(piece_count, sizeof *items);
    void        **workers = calloc((size_t)c->jobs, sizeof *workers);
    int           rc;

    t.piece_bytes = c->memory_bytes / 8 / piece_count / 2; /* a buf doubles */
    if (t.piece_bytes > PIECE_MAX_BYTES)
        t.piece_bytes = PIECE_MAX_BYTES;
    if (t.piece_bytes < PIECE_MIN_BYTES)
        t.piece_bytes = PIECE_MIN_BYTES;
    t.total_bytes = total_bytes(paths, count);
    if (pieces == NULL || items == NULL || workers == NULL)
        rc = err_set(ERR_MEMORY, "no memory to start %d threads", c->jobs);
    else
        rc = run_texts(c, &t, pieces, items, workers);
    if (t.is_open)
        in_close(&t.in);
    buf_free(&t.carry);
    for (size_t i = 0; pieces != NULL && i < piece_count; i++)
        buf_free(&pieces[i].text);
    free(pieces);
    free(items);
    free(workers);
    return rc;
}

/* The row of a table, which is read by one thread into one part. */
static int
add_row(struct counter *c, const struct wordmap_word *word, uint64_t count)
{
    struct wordmap      *map = &c->parts[0].map;
    struct wordmap_entry e;
    size_t               done = 0;
    int                  rc;

    wordmap_entry_set(&e, word->bytes, word->len, count);
    while (done == 0 && (rc = wordmap_add(map, word->bytes, word->len, count)) == WORDMAP_FULL) {
        rc = make_room(c, map, &e, &done);
        if (rc == OK)
            rc = runs_tidy(&c->by_bytes);
        if (rc != OK)
            break;
    }
    return rc;
}

int
counter_table(struct counter *c, const char *path)
{
    struct words        table;
    struct wordmap_word word;
    uint64_t            count;
    int                 rc = words_open(&table, path, false);

    if (rc != OK)
        return rc;
    while ((rc = words_get(&table, &word, &count)) == 1) {
        rc = add_row(c, &word, count);
        if (rc == ERR_LIMIT)
            rc = err_set(rc, "%s:%llu: %s", table.in.name, (unsigned long long)table.line,
                err_msg());
        if (rc != OK)
            break;
    }
    words_close(&table);
    return rc;
}
