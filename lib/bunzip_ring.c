/* bunzip_ring.c -- see bunzip_ring.h.  The mutex guards states, head and tail. */
#include "lib/bunzip_ring.h"

#include <stdlib.h>

enum { PIECES_PER_JOB = 2 };

/* ---- a piece, in any thread ---- */

/* A block that does not end where the next magic was seen is not what it was taken for. */
static void
decode(struct bunzip_ring_piece *p, struct bunzip_block *block)
{
    uint64_t end;

    p->rc = bunzip_block_decode(block, p->packed.bytes, p->packed.len, p->at % 8, p->level,
        &p->text, &end);
    if (p->rc == OK && end != p->at % 8 + p->end - p->at)
        p->rc = ERR_FORMAT;
}

/* With the lock held: decodes a piece that waits; false when none does. */
static bool
help(struct bunzip_ring *r, struct bunzip_block *block)
{
    for (size_t i = r->head; i < r->tail; i++) {
        struct bunzip_ring_piece *p = &r->pieces[i % r->count];

        if (p->state != BUNZIP_RING_WAITING)
            continue;
        p->state = BUNZIP_RING_BUSY;
        pthread_mutex_unlock(&r->lock);
        decode(p, block);
        pthread_mutex_lock(&r->lock);
        p->state = BUNZIP_RING_DONE;
        pthread_cond_broadcast(&r->changed);
        return true;
    }
    return false;
}

static void *
run_thread(void *context)
{
    struct bunzip_ring_thread *self = context;
    struct bunzip_ring        *r = self->ring;

    pthread_mutex_lock(&r->lock);
    while (!r->closing)
        if (!help(r, self->block))
            pthread_cond_wait(&r->changed, &r->lock);
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

/* ---- the thread that owns the ring ---- */

bool
bunzip_ring_is_empty(const struct bunzip_ring *r)
{
    return r->head == r->tail;
}

bool
bunzip_ring_is_full(const struct bunzip_ring *r)
{
    return r->tail - r->head == r->count;
}

struct bunzip_ring_piece *
bunzip_ring_next(struct bunzip_ring *r)
{
    return &r->pieces[r->tail % r->count];
}

void
bunzip_ring_push(struct bunzip_ring *r)
{
    pthread_mutex_lock(&r->lock);
    r->pieces[r->tail % r->count].state = BUNZIP_RING_WAITING;
    r->tail++;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

struct bunzip_ring_piece *
bunzip_ring_head(struct bunzip_ring *r)
{
    return &r->pieces[r->head % r->count];
}

/* Meanwhile this thread decodes: the first piece if nobody has it, or one behind it. */
void
bunzip_ring_wait(struct bunzip_ring *r)
{
    const struct bunzip_ring_piece *p = bunzip_ring_head(r);

    pthread_mutex_lock(&r->lock);
    while (p->state != BUNZIP_RING_DONE)
        if (!help(r, r->threads[0].block))
            pthread_cond_wait(&r->changed, &r->lock);
    pthread_mutex_unlock(&r->lock);
}

void
bunzip_ring_pop(struct bunzip_ring *r)
{
    pthread_mutex_lock(&r->lock);
    r->head++;
    pthread_mutex_unlock(&r->lock);
}

void
bunzip_ring_flush(struct bunzip_ring *r)
{
    pthread_mutex_lock(&r->lock);
    for (size_t i = r->head; i < r->tail; i++) {
        struct bunzip_ring_piece *p = &r->pieces[i % r->count];

        if (p->state == BUNZIP_RING_WAITING)
            p->state = BUNZIP_RING_DONE;
        while (p->state == BUNZIP_RING_BUSY)
            pthread_cond_wait(&r->changed, &r->lock);
    }
    r->head = r->tail;
    pthread_mutex_unlock(&r->lock);
}

/* ---- life ---- */

int
bunzip_ring_open(struct bunzip_ring *r, int jobs)
{
    *r = (struct bunzip_ring){ .count = jobs > 1 ? PIECES_PER_JOB * (size_t)jobs : 1 };
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->changed, NULL);
    r->pieces = calloc(r->count, sizeof *r->pieces);
    r->threads = calloc((size_t)jobs, sizeof *r->threads);
    if (r->pieces == NULL || r->threads == NULL)
        return err_set(ERR_MEMORY, "no memory to decompress with %d threads", jobs);
    for (; r->thread_count < jobs; r->thread_count++) {
        struct bunzip_ring_thread *t = &r->threads[r->thread_count];

        *t = (struct bunzip_ring_thread){ .ring = r, .block = bunzip_block_new() };
        if (t->block == NULL)
            return err_set(ERR_MEMORY, "no memory to decompress with %d threads", jobs);
        if (r->thread_count > 0 && pthread_create(&t->id, NULL, run_thread, t) != 0) {
            bunzip_block_free(t->block);
            return err_set(ERR_IO, "cannot start a thread: lower --jobs");
        }
    }
    return OK;
}

void
bunzip_ring_close(struct bunzip_ring *r)
{
    pthread_mutex_lock(&r->lock);
    r->closing = true;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    for (int i = 0; i < r->thread_count; i++) {
        if (i > 0)
            pthread_join(r->threads[i].id, NULL);
        bunzip_block_free(r->threads[i].block);
    }
    for (size_t i = 0; r->pieces != NULL && i < r->count; i++) {
        buf_free(&r->pieces[i].packed);
        buf_free(&r->pieces[i].text);
    }
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->changed);
    free(r->pieces);
    free(r->threads);
}
