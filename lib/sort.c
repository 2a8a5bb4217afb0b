/* sort.c -- see sort.h. */
#include "lib/sort.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"

/* In memory and in the file alike a record is this head, then its bytes, padded to 8. */
struct head {
    uint64_t key, number, bytes;
};

enum { BUFFER_MIN_BYTES = 1 << 16, OUTPUT_BYTES = 1 << 20, AHEAD = 2, AHEAD_BYTES = 512 };

static size_t
record_bytes(size_t len)
{
    return sizeof(struct head) + (len + 7) / 8 * 8;
}

int
sort_open(struct sort *s, size_t memory_bytes, const char *temp_dir)
{
    int rc;

    CHECK(memory_bytes >= 4 << 20);
    *s = (struct sort){ .temp_dir = temp_dir, .fd = -1 };
    rc = arena_open(&s->arena, memory_bytes);
    if (rc != OK)
        return rc;
    s->memory_bytes = memory_bytes / sizeof(struct sort_entry) * sizeof(struct sort_entry);
    rc = arena_alloc(&s->arena, &s->memory, s->memory_bytes, 1);
    s->entry = (struct sort_entry *)(void *)(s->memory + s->memory_bytes);
    return rc;
}

void
sort_close(struct sort *s)
{
    if (s->fd >= 0)
        close(s->fd);
    free(s->run);
    free(s->heap);
    arena_close(&s->arena);
    *s = (struct sort){ .fd = -1 };
}

/* ---- the file ---- */

static int
file_append(struct sort *s, const char *bytes, size_t len)
{
    if (file_write_at(s->fd, bytes, len, s->file_bytes) < 0)
        return err_io("%s: cannot write to the temporary file, which has %llu bytes", s->temp_dir,
            (unsigned long long)s->file_bytes);
    s->file_bytes += len;
    return OK;
}

static int
file_read(struct sort *s, char *bytes, size_t len, uint64_t at)
{
    ssize_t n = file_read_at(s->fd, bytes, len, at);

    if (n < 0)
        return err_io("%s: cannot read the temporary file at byte %llu", s->temp_dir,
            (unsigned long long)at);
    if ((size_t)n < len)
        return err_set(ERR_TRUNCATED, "%s: the temporary file ends early", s->temp_dir);
    return OK;
}

/* Bytes that collect at the start of the memory and go to the file together. */
struct output {
    struct sort *sort;
    char        *bytes;
    size_t       len;
};

static int
output_flush(struct output *o)
{
    int rc = file_append(o->sort, o->bytes, o->len);

    o->len = 0;
    return rc;
}

static int
output_add(struct output *o, const char *bytes, size_t len)
{
    int rc = OK;

    if (o->len + len > OUTPUT_BYTES)
        rc = output_flush(o);
    if (rc != OK || len > OUTPUT_BYTES)
        return rc != OK ? rc : file_append(o->sort, bytes, len);
    memcpy(o->bytes + o->len, bytes, len);
    o->len += len;
    return OK;
}

static int
run_add(struct sort *s, uint64_t from)
{
    if (s->runs == s->runs_max) {
        int              max = s->runs_max > 0 ? 2 * s->runs_max : 64;
        struct sort_run *more = realloc(s->run, (size_t)max * sizeof *more);

        if (more == NULL)
            return err_set(ERR_MEMORY, "no memory for %d runs", max);
        s->run = more;
        s->runs_max = max;
    }
    s->run[s->runs++] = (struct sort_run){ .at = from, .end = s->file_bytes };
    return OK;
}

/* ---- making runs ---- */

static int
compare(uint64_t a_key, uint64_t a_number, uint64_t b_key, uint64_t b_number)
{
    if (a_key != b_key)
        return a_key < b_key ? -1 : 1;
    return a_number < b_number ? -1 : a_number > b_number;
}

static int
by_key(const void *a, const void *b)
{
    const struct sort_entry *x = a, *y = b;

    return compare(x->key, x->number, y->key, y->number);
}

static int
spill(struct sort *s)
{
    struct output output = { .sort = s };
    uint64_t      from = s->file_bytes;
    struct buf    pending = { 0 };
    struct head   head;
    int           rc = s->fd < 0 ? file_temp(&s->fd, s->temp_dir) : OK;

    if (rc == OK)
        rc = buf_reserve(&pending, OUTPUT_BYTES);
    output.bytes = pending.bytes;
    qsort(s->entry, s->entries, sizeof *s->entry, by_key);
    for (size_t i = 0; i < s->entries && rc == OK; i++) {
        const char *record = s->memory + s->entry[i].at;

        memcpy(&head, record, sizeof head);
        rc = output_add(&output, record, record_bytes(head.bytes));
    }
    if (rc == OK)
        rc = output_flush(&output);
    buf_free(&pending);
    s->entry = (struct sort_entry *)(void *)(s->memory + s->memory_bytes);
    s->entries = s->used_bytes = 0;
    return rc == OK ? run_add(s, from) : rc;
}

int
sort_place(struct sort *s, uint64_t key, uint64_t number, size_t len, void *bytes)
{
    const struct head head = { key, number, len };
    size_t            need = record_bytes(len);
    char             *at;
    int               rc;

    /* entries count twice: qsort may take as much again to work in */
    if (s->used_bytes + need + 2 * (s->entries + 1) * sizeof *s->entry > s->memory_bytes) {
        rc = s->entries > 0 ? spill(s) : OK;
        if (rc != OK)
            return rc;
        if (need + 2 * sizeof *s->entry > s->memory_bytes)
            return err_set(
                ERR_MEMORY, "a record of %zu bytes is larger than the memory (see --memory)", len);
    }
    at = s->memory + s->used_bytes + sizeof head;
    memcpy(at - sizeof head, &head, sizeof head);
    memset(at + len, 0, need - sizeof head - len);
    memcpy(bytes, &at, sizeof at);
    *--s->entry = (struct sort_entry){ key, number, s->used_bytes };
    s->entries++;
    s->used_bytes += need;
    if (need > s->record_bytes_max)
        s->record_bytes_max = need;
    return OK;
}

int
sort_add(struct sort *s, uint64_t key, uint64_t number, const void *bytes, size_t len)
{
    char *at;
    int   rc = sort_place(s, key, number, len, &at);

    if (rc == OK && len > 0)
        memcpy(at, bytes, len);
    return rc;
}

/* ---- merging ---- */

/* Make at least one whole record lie in the run's buffer, unless the run is at its end. */
static int
refill(struct sort *s, struct sort_run *run, size_t buffer_bytes)
{
    struct head head;
    size_t      left = run->filled - run->taken, more;
    int         rc;

    if (left >= sizeof head) {
        memcpy(&head, run->buffer + run->taken, sizeof head);
        if (left >= record_bytes(head.bytes))
            return OK;
    }
    memmove(run->buffer, run->buffer + run->taken, left);
    run->taken = 0;
    run->filled = left;
    more = buffer_bytes - left;
    if (more > run->end - run->at)
        more = (size_t)(run->end - run->at);
    rc = file_read(s, run->buffer + left, more, run->at);
    run->at += more;
    run->filled += more;
    return rc;
}

static bool
run_before(const struct sort *s, int a, int b)
{
    struct head x, y;

    memcpy(&x, s->run[a].buffer + s->run[a].taken, sizeof x);
    memcpy(&y, s->run[b].buffer + s->run[b].taken, sizeof y);
    return compare(x.key, x.number, y.key, y.number) < 0;
}

static void
sift_down(struct sort *s, int i)
{
    for (;;) {
        int least = i, held = s->heap[i];

        for (int child = 2 * i + 1; child <= 2 * i + 2 && child < s->heap_count; child++)
            if (run_before(s, s->heap[child], s->heap[least]))
                least = child;
        if (least == i)
            return;
        s->heap[i] = s->heap[least];
        s->heap[least] = held;
        i = least;
    }
}

static size_t
buffer_bytes(const struct sort *s, int runs)
{
    return (s->memory_bytes - OUTPUT_BYTES) / (size_t)runs / 8 * 8;
}

/* Start merging the first `count` runs, with their buffers behind the first OUTPUT_BYTES. */
static int
merge_begin(struct sort *s, int count)
{
    size_t each = buffer_bytes(s, count);
    int    rc;

    free(s->heap);
    s->heap = calloc((size_t)count, sizeof *s->heap);
    if (s->heap == NULL)
        return err_set(ERR_MEMORY, "no memory to merge %d runs", count);
    for (int i = 0; i < count; i++) {
        s->run[i].buffer = s->memory + OUTPUT_BYTES + (size_t)i * each;
        s->run[i].filled = s->run[i].taken = 0;
        rc = refill(s, &s->run[i], each);
        if (rc != OK)
            return rc;
        s->heap[i] = i;
    }
    s->heap_count = count;
    s->held_bytes = 0;
    for (int i = count / 2 - 1; i >= 0; i--)
        sift_down(s, i);
    return OK;
}

/* 1 and the smallest record; it stays until the next call. */
static int
merge_next(struct sort *s, int count, const char **record)
{
    struct sort_run *run;
    struct head      head;
    int              rc;

    if (s->held_bytes > 0) {
        run = &s->run[s->heap[0]];
        run->taken += s->held_bytes;
        s->held_bytes = 0;
        rc = refill(s, run, buffer_bytes(s, count));
        if (rc != OK)
            return rc;
        if (run->taken == run->filled)
            s->heap[0] = s->heap[--s->heap_count];
        if (s->heap_count > 1)
            sift_down(s, 0);
    }
    if (s->heap_count == 0)
        return 0;
    *record = s->run[s->heap[0]].buffer + s->run[s->heap[0]].taken;
    memcpy(&head, *record, sizeof head);
    s->held_bytes = record_bytes(head.bytes);
    return 1;
}

/* Replace the first `count` runs by one behind all others. */
static int
merge_first(struct sort *s, int count)
{
    struct output output = { .sort = s, .bytes = s->memory };
    uint64_t      from = s->file_bytes;
    const char   *record;
    int           rc = merge_begin(s, count);

    while (rc == OK && (rc = merge_next(s, count, &record)) == 1)
        rc = output_add(&output, record, s->held_bytes);
    if (rc == OK)
        rc = output_flush(&output);
    if (rc != OK)
        return rc;
    memmove(s->run, s->run + count, (size_t)(s->runs - count) * sizeof *s->run);
    s->runs -= count;
    return run_add(s, from);
}

int
sort_begin(struct sort *s)
{
    size_t each = s->record_bytes_max > BUFFER_MIN_BYTES ? s->record_bytes_max : BUFFER_MIN_BYTES;
    int    fan = (int)((s->memory_bytes - OUTPUT_BYTES) / (each + 8)), rc = OK;

    s->next = 0;
    if (s->runs == 0) {
        qsort(s->entry, s->entries, sizeof *s->entry, by_key);
        return OK;
    }
    if (fan < 2)
        return err_set(ERR_MEMORY,
            "records of %zu bytes cannot be sorted in the memory given (see --memory)",
            s->record_bytes_max);
    if (s->entries > 0)
        rc = spill(s);
    while (rc == OK && s->runs > fan)
        rc = merge_first(s, s->runs - fan + 1 < fan ? s->runs - fan + 1 : fan);
    return rc == OK ? merge_begin(s, s->runs) : rc;
}

int
sort_next(struct sort *s, uint64_t *key, uint64_t *number, const void **bytes, size_t *len)
{
    const char *record;
    struct head head;
    int         rc;

    if (s->runs > 0) {
        rc = merge_next(s, s->runs, &record);
        if (rc != 1)
            return rc;
    } else {
        if (s->next == s->entries)
            return 0;
        record = s->memory + s->entry[s->next++].at;
        if (s->next + AHEAD < s->entries) /* the order is random: no cache foresees it */
            for (size_t i = 0; i < AHEAD_BYTES; i += 64)
                __builtin_prefetch(s->memory + s->entry[s->next + AHEAD].at + i);
    }
    memcpy(&head, record, sizeof head);
    *key = head.key;
    *number = head.number;
    *bytes = record + sizeof head;
    *len = head.bytes;
    return 1;
}
