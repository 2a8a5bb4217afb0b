/* toy.h -- small models and batches for tests. */
#ifndef TESTS_MODEL_TOY_H
#define TESTS_MODEL_TOY_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/mlm.h"
#include "model/optimizer.h"
#include "tests/backend.h"

static bool toy_pre_norm; /* whether what toy_config makes from now on is Pre-LN */

/* Width 8, inner width 12, 2 layers, sequences of up to 24.  Heads are so many that the scale of
 * the logits is exactly 1/2: 4 of width 2 for TUPE, 2 of width 4 for the others. */
static inline struct model_config
toy_config(enum position position, int classes)
{
    struct model_config c = { .layers = 2, .hidden = 8,
        .heads = position_is_untied(position) ? 4 : 2, .ffn = 12,
        .vocab_size = 17, .max_len = 24, .position = position, .objective = OBJECTIVE_MLM,
        .divider = 2, .choice_weight = 3, .candidates = 4, .reject_id = 5, .classes = classes,
        .pre_norm = toy_pre_norm, .initializer = 0.02f };

    config_finish(&c);
    return c;
}

static inline const struct backend *
toy_backend(const char *name)
{
    return test_backend(name, 1); /* these are too small for threads */
}

/* The backend that is compared with ref: BACKEND in the environment, or the fast one of
 * processors. */
static inline const struct backend *
toy_fast(void)
{
    return toy_backend(getenv("BACKEND") ? getenv("BACKEND") : "cpu");
}

static inline struct arena
toy_arena(void)
{
    struct arena arena;

    if (arena_open(&arena, (size_t)1 << 32) == OK)
        return arena;
    printf("# %s\n", err_msg());
    exit(1);
}

static inline struct model_limits
toy_limits(void)
{
    return (struct model_limits){ .batch = { .rows = 80, .sequences = 6, .chosen = 40 },
        .training = true };
}

static inline struct model
toy_model(const struct model_config *c, enum dtype real, const struct backend *be,
    struct arena *arena)
{
    struct model m;

    if (model_open(&m, c, toy_limits(), real, be, arena) == OK)
        return m;
    printf("# %s\n", err_msg());
    exit(1);
}

/* Uniform in -1 .. 1; nothing to do with the generator under test. */
static inline double
toy_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 4503599627370496.0 - 1;
}

/* Weights far enough from their start that no gradient is small by accident. */
static inline void
toy_weights(struct model *m, uint64_t seed)
{
    model_start(m, seed);
    for (int i = 0; i < m->params.params; i++) {
        const struct param *p = &m->params.param[i];
        size_t              count = (size_t)p->rows * (size_t)p->cols;
        double             *values = malloc(count * sizeof *values);

        model_get(m, MODEL_WEIGHT, i, values);
        for (size_t j = 0; j < count; j++)
            values[j] += 0.5 * toy_random(&seed);
        model_set(m, MODEL_WEIGHT, i, values);
        free(values);
    }
}

/* Sequences of these lengths; chosen rows in all but the one of length 1; place is the index. */
static const int toy_lengths[4] = { 12, 1, 4, 7 };

static inline void
toy_add(struct batch *b, const struct model_config *c, int sequence)
{
    uint32_t ids[24];
    uint64_t state = 77 + (uint64_t)sequence;
    int      len = toy_lengths[sequence];

    for (int i = 0; i < len; i++)
        ids[i] = (uint32_t)((toy_random(&state) + 1) / 2 * c->vocab_size);
    batch_add(b, ids, len, c->types ? len / 2 : 0, sequence);
    if (c->classes == 1)
        batch_value(b, 0.5 * sequence);
    else if (c->classes > 1)
        batch_label(b, sequence % c->classes);
    else
        for (int i = 1; i < len; i += 3)
            batch_choose(b, i, (i * 5 + sequence) % c->vocab_size);
}

static inline struct batch
toy_batch(const struct model_config *c, struct arena *arena)
{
    struct batch b;

    if (batch_open(&b, toy_limits().batch, c->max_len, arena) != OK) {
        printf("# %s\n", err_msg());
        exit(1);
    }
    for (int i = 0; i < 4; i++)
        toy_add(&b, c, i);
    return b;
}

/* toy_learn, toy_step -- a batch, or a step of the optimiser, and wait for what comes of it. */
static inline int
toy_learn(struct model *m, const struct batch *b, struct model_pass pass, struct model_loss *loss)
{
    struct model_told told;
    int               rc;

    model_learn(m, b, pass);
    model_tell(m, pass.step);
    rc = model_hear(m, &told);
    if (rc == OK)
        model_loss_add(loss, &told.loss);
    return rc;
}

static inline int
toy_step(const struct optimizer *o, struct model *m, uint32_t t, double *norm)
{
    struct model_told told;
    int               rc;

    optimizer_step(o, m, t);
    model_tell(m, t);
    rc = model_hear(m, &told);
    *norm = told.norm;
    return rc == OK ? optimizer_check(m, &told) : rc;
}

static inline size_t
toy_count(const struct model *m, int param)
{
    return (size_t)m->params.param[param].rows * (size_t)m->params.param[param].cols;
}

/* One array of all parameters, one behind the other; free it. */
static inline double *
toy_all(const struct model *m, enum model_array array)
{
    double *values = malloc(m->params.count * sizeof *values), *at = values;

    for (int i = 0; i < m->params.params; i++) {
        model_get(m, array, i, at);
        at += toy_count(m, i);
    }
    return values;
}

#endif
