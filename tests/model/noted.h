/* noted.h -- toy models with notes, and batches whose words have some. */
#ifndef TESTS_MODEL_NOTED_H
#define TESTS_MODEL_NOTED_H

#include "model/notebook.h"
#include "tests/model/toy.h"

static inline struct model_config
noted_config(enum position position, bool match)
{
    struct model_config c = toy_config(position, 0);

    c.notes = (struct notes_config){ .words = 5, .window = 2, .weight = 0.25f, .decay = 0.5f,
        .match = match };
    return c;
}

static inline struct model_limits
noted_limits(void)
{
    struct model_limits limits = toy_limits();

    limits.batch.words = 40;
    limits.words = 5;
    return limits;
}

static inline struct model
noted_model(const struct model_config *c, enum dtype real, const struct backend *be,
    struct arena *arena)
{
    uint64_t     state = 3;
    double       notes[5 * 8];
    struct model m;

    if (model_open(&m, c, noted_limits(), real, be, arena) != OK) {
        printf("# %s\n", err_msg());
        exit(1);
    }
    toy_weights(&m, 9);
    for (int i = 0; i < 5 * 8; i++)
        notes[i] = toy_random(&state);
    notebook_set(&m, 0, 5 * 8, notes);
    return m;
}

/* The toy sequences first .. last, whose rows 1, 4, 7 and so on are chosen, with these words. */
static inline struct batch
noted_batch(const struct model_config *c, int first, int last, struct arena *arena)
{
    static const struct span words[4][4] = {
        { { 2, 2, 3 }, { 5, 2, 0 }, { 7, 2, 1 }, { 11, 1, 3 } }, /* the third is touched at 7 */
        { { 0 } },
        { { 2, 2, 0 } },
        { { 1, 1, 2 }, { 2, 1, 4 }, { 5, 2, 3 } }, /* the first is touched */
    };
    static const uint32_t counts[4] = { 4, 0, 1, 3 };
    struct batch          b;

    if (batch_open(&b, noted_limits().batch, c->max_len, arena) != OK)
        exit(1);
    for (int i = first; i <= last; i++) {
        toy_add(&b, c, i);
        batch_note(&b, words[i], counts[i]);
    }
    return b;
}

#endif
