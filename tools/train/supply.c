/* supply.c -- see supply.h. */
#include "tools/train/supply.h"

#include <stdio.h>
#include <string.h>

static int
pieces_of(int share, int micro_batch)
{
    return (share + micro_batch - 1) / micro_batch;
}

size_t
supply_bytes(struct batch_limits limits, int share, int micro_batch)
{
    int pieces = pieces_of(share, micro_batch);

    return 2 * (size_t)pieces * (batch_bytes(limits) + sizeof(struct batch)) + (1 << 12);
}

int
supply_open(struct supply *f, struct batch_limits limits, int span, struct arena *arena)
{
    int pieces = pieces_of(f->share, f->micro_batch);
    int rc = dataset_reader_open(&f->reader, f->data);

    f->samples = f->data->split[DATASET_TRAIN].samples;
    for (int i = 0; rc == OK && i < 2; i++) {
        f->slot[i].pieces = pieces;
        rc = arena_alloc(arena, &f->slot[i].piece, (size_t)pieces, sizeof(struct batch));
        for (int k = 0; rc == OK && k < pieces; k++)
            rc = batch_open(&f->slot[i].piece[k], limits, span, arena);
    }
    return rc;
}

/* ---- the thread ---- */

static int
add_sample(struct supply *f, struct supply_step *s, int place)
{
    uint64_t              number = (s->step - 1) * (uint64_t)f->batch + (uint64_t)place;
    uint32_t              epoch = (uint32_t)(number / f->samples);
    uint64_t              index = dataset_order(f->seed, epoch, f->samples, number % f->samples);
    struct batch         *piece = &s->piece[(place - f->first) / f->micro_batch];
    struct dataset_sample sample;
    int                   rc = dataset_get(&f->reader, DATASET_TRAIN, index, &sample);

    if (rc != OK)
        return rc;
    batch_add(piece, sample.ids, (int)sample.len, 0, place);
    s->tokens += sample.len;
    s->chosen += mask_apply(f->mask, piece, sample.word, epoch, index);
    batch_note(piece, sample.span, sample.spans);
    return OK;
}

static void
fill(struct supply *f, struct supply_step *s, uint64_t step)
{
    s->step = step;
    s->tokens = s->chosen = 0;
    s->rc = OK;
    for (int k = 0; k < s->pieces; k++)
        batch_reset(&s->piece[k]);
    for (int i = 0; i < f->share && s->rc == OK; i++)
        s->rc = add_sample(f, s, f->first + i);
    if (s->rc != OK)
        snprintf(s->message, sizeof s->message, "%s", err_msg());
}

static void *
run(void *argument)
{
    struct supply *f = argument;

    pthread_mutex_lock(&f->mutex);
    while (!f->quit && f->filled < f->last) {
        uint64_t next = f->filled + 1;

        if (next > f->wanted) {
            pthread_cond_wait(&f->changed, &f->mutex);
            continue;
        }
        pthread_mutex_unlock(&f->mutex);
        fill(f, &f->slot[next % 2], next);
        pthread_mutex_lock(&f->mutex);
        f->filled = next;
        pthread_cond_broadcast(&f->changed);
    }
    pthread_mutex_unlock(&f->mutex);
    return NULL;
}

/* ---- the loop's side ---- */

int
supply_start(struct supply *f, uint64_t first, uint64_t last)
{
    f->filled = first - 1;
    f->wanted = first;
    f->last = last;
    f->quit = false;
    if (pthread_mutex_init(&f->mutex, NULL) != 0 || pthread_cond_init(&f->changed, NULL) != 0
        || pthread_create(&f->thread, NULL, run, f) != 0)
        return err_set(ERR_MEMORY, "cannot start a thread that reads the data");
    f->started = true;
    return OK;
}

int
supply_next(struct supply *f, const struct supply_step **step)
{
    pthread_mutex_lock(&f->mutex);
    while (f->filled < f->wanted)
        pthread_cond_wait(&f->changed, &f->mutex);
    *step = &f->slot[f->wanted % 2];
    f->wanted++; /* fills the other one, which the caller is done with */
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->mutex);
    return (*step)->rc == OK ? OK : err_set((*step)->rc, "%s", (*step)->message);
}

void
supply_close(struct supply *f)
{
    if (f->started) {
        pthread_mutex_lock(&f->mutex);
        f->quit = true;
        pthread_cond_broadcast(&f->changed);
        pthread_mutex_unlock(&f->mutex);
        pthread_join(f->thread, NULL);
        pthread_mutex_destroy(&f->mutex);
        pthread_cond_destroy(&f->changed);
        f->started = false;
    }
    dataset_reader_close(&f->reader);
}
