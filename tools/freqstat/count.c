/* count.c -- see count.h.  Of the memory, an eighth holds pieces of text, half holds maps while
 * the text is read; then half holds the one map of the result while the other half is emptied into
 * it, or a quarter reads runs. */
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
    WORDS_MAX = 256
};

int
counter_open(struct counter *c, int jobs, size_t memory_bytes)
{
    size_t jobs_max = memory_bytes / 2 / COUNTER_JOB_BYTES;
    int    rc = OK;

    *c = (struct counter){ .memory_bytes = memory_bytes };
    c->jobs = (size_t)jobs < jobs_max ? jobs : (int)jobs_max;
    runs_open(&c->by_bytes, WORDMAP_BY_BYTES, memory_bytes / 4);
    runs_open(&c->by_count, WORDMAP_BY_COUNT, memory_bytes / 4);
    c->maps = calloc((size_t)c->jobs, sizeof *c->maps);
    if (c->maps == NULL)
        return err_set(ERR_MEMORY, "no memory for %d tables of words", c->jobs);
    for (int t = 0; rc == OK && t < c->jobs; t++)
        rc = wordmap_open(&c->maps[t], memory_bytes / 2 / (size_t)c->jobs);
    return rc;
}

void
counter_close(struct counter *c)
{
    for (int t = 0; c->maps != NULL && t < c->jobs; t++)
        wordmap_close(&c->maps[t]);
    free(c->maps);
    c->maps = NULL;
    runs_close(&c->by_bytes);
    runs_close(&c->by_count);
}

/* Add to a map; a full one becomes a run first. */
static int
add_or_spill(struct runs *runs, struct wordmap *map, const char *word, size_t len, uint64_t count)
{
    int rc = wordmap_add(map, word, len, count);

    if (rc != WORDMAP_FULL)
        return rc;
    rc = runs_spill(runs, map);
    if (rc == OK)
        rc = wordmap_add(map, word, len, count);
    return rc == WORDMAP_FULL
        ? err_set(ERR_MEMORY, "a word of %zu bytes does not fit into the memory (see --memory)",
            len)
        : rc;
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
        if (cut == 0 && p->text.len > WORDMAP_LEN_MAX)
            return err_set(ERR_LIMIT, "%s: a word longer than %d bytes ends behind byte %llu",
                t->in.name, WORDMAP_LEN_MAX, (unsigned long long)t->in.offset);
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
    struct texts       *t = context;
    struct wordmap     *map = worker;
    struct piece       *p = item;
    struct wordmap_word words[WORDS_MAX];
    struct split        split;
    size_t              count, done;
    int                 rc;

    split_start(&split, p->text.bytes, p->text.len);
    while ((count = split_some(&split, words, WORDS_MAX)) > 0) {
        for (size_t first = 0; first < count; first += done) {
            rc = wordmap_count(map, words + first, count - first, &done);
            if (rc == WORDMAP_FULL) /* make room, and the word that did not fit */
                rc = add_or_spill(&t->counter->by_bytes, map, words[first + done].bytes,
                    words[first + done].len, 1), done++;
            if (rc != OK)
                return rc;
        }
    }
    return OK;
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
        workers[i] = &c->maps[i];
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
        rc = add_or_spill(&c->by_bytes, &c->maps[0], word.bytes, word.len, count);
        if (rc == ERR_LIMIT)
            rc = err_set(rc, "%s:%llu: %s", table.in.name, (unsigned long long)table.line,
                err_msg());
        if (rc != OK)
            break;
    }
    words_close(&table);
    return rc;
}

/* ---- the result ---- */

/* All maps into the first, which may now fill half of the memory. */
static int
gather(struct counter *c)
{
    int rc = OK;

    c->maps[0].bytes_max = c->memory_bytes / 2;
    for (int t = 1; rc == OK && t < c->jobs; t++) {
        for (size_t i = 0; rc == OK && i < c->maps[t].slot_count; i++) {
            const struct wordmap_entry *e = &c->maps[t].slots[i];

            if (e->count > 0)
                rc = add_or_spill(&c->by_bytes, &c->maps[0], wordmap_text(e), e->len, e->count);
        }
        wordmap_close(&c->maps[t]);
    }
    return rc;
}

static int
collect(void *context, const struct wordmap_entry *e)
{
    struct counter *c = context;

    if (e->count < c->count_min)
        return OK;
    return add_or_spill(&c->by_count, &c->maps[0], wordmap_text(e), e->len, e->count);
}

int
counter_rows(struct counter *c, int (*take)(void *context, const struct wordmap_entry *e),
    void *context)
{
    struct wordmap *map = &c->maps[0];
    int             rc = gather(c);

    if (rc == OK && c->by_bytes.count > 0) {
        rc = runs_spill(&c->by_bytes, map);
        if (rc == OK)
            rc = runs_merge(&c->by_bytes, collect, c);
    }
    if (rc == OK && c->by_count.count > 0) {
        rc = runs_spill(&c->by_count, map);
        return rc == OK ? runs_merge(&c->by_count, take, context) : rc;
    }
    if (rc == OK)
        wordmap_sort(map, WORDMAP_BY_COUNT);
    for (size_t i = 0; rc == OK && i < map->used && map->slots[i].count >= c->count_min; i++)
        rc = take(context, &map->slots[i]);
    return rc > 0 ? OK : rc;
}
