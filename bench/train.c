/* train -- time a training step of BERT-base on made-up tokens, all of it: forward, backward,
 * clipping, AdamW.  What PyTorch needs for the same says bench/peers/cpu_bert.py.
 *
 *     make build/bench/train && build/bench/train [THREADS [STEPS [fp32|bf16 [POSITION [LAYERS]]]]]
 *
 * 8 sequences of 128 tokens, 19 of each masked.  The median of STEPS behind one that does not
 * count, by the clock and of the processor; the latter for machines that others use. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/model.h"
#include "model/optimizer.h"

enum { LENGTH = 128, SEQUENCES = 8, MASKED = 19, WORDS = 30522, STEPS_MAX = 100 };

static void
need(int rc)
{
    if (rc == OK)
        return;
    fprintf(stderr, "train: %s\n", err_msg());
    exit(1);
}

static double
seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double
median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare);
    return (values[count / 2] + values[(count - 1) / 2]) / 2;
}

static void
fill(struct batch *b)
{
    uint32_t ids[LENGTH], state = 1;

    for (int s = 0; s < SEQUENCES; s++) {
        for (int i = 0; i < LENGTH; i++) {
            state = state * 1664525 + 1013904223;
            ids[i] = (uint32_t)((uint64_t)state * WORDS >> 32);
        }
        batch_add(b, ids, LENGTH, 0, s);
        for (int i = 0; i < MASKED; i++)
            batch_choose(b, 3 + 6 * i, (int)(ids[i] + 7) % WORDS);
    }
}

static double
step(struct model *m, const struct batch *b, const struct optimizer *o, uint32_t t)
{
    struct model_pass pass = { .normaliser = b->chosen, .tokens = b->rows, .seed = 1, .step = t };
    struct model_told told;

    model_forget(m);
    model_learn(m, b, pass);
    optimizer_step(o, m, t);
    model_tell(m, t);
    need(model_hear(m, &told));
    need(optimizer_check(m, &told));
    return told.loss.sum / (double)told.loss.count;
}

int
main(int argc, char **argv)
{
    int              threads = argc > 1 ? atoi(argv[1]) : 1, steps = argc > 2 ? atoi(argv[2]) : 5;
    const char      *precision = argc > 3 ? argv[3] : "fp32";
    const char      *position = argc > 4 ? argv[4] : "absolute";
    struct optimizer o = { .lr = 1e-4, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-6, .decay = 0.01,
        .clip = 1, .steps = 1000 };
    struct model_limits limits = { .training = true,
        .batch = { .rows = SEQUENCES * LENGTH, .sequences = SEQUENCES,
            .chosen = SEQUENCES * MASKED } };
    struct model_config config;
    struct model        m;
    struct batch        b;
    struct arena        arena;
    const struct backend *be;
    double              wall[STEPS_MAX], cpu[STEPS_MAX], loss = 0;

    if (steps < 1 || steps > STEPS_MAX)
        steps = STEPS_MAX;
    need(config_named(&config, "base"));
    need(config_position(&config.position, position));
    config.vocab_size = WORDS;
    config.max_len = LENGTH;
    config.dropout = config.attention_dropout = 0.1f;
    if (argc > 5)
        config.layers = atoi(argv[5]);
    config_finish(&config);
    need(backend_open(&be, "cpu", threads));
    need(arena_open(&arena, (size_t)1 << 32));
    need(model_open(&m, &config, limits, strcmp(precision, "bf16") == 0 ? BF16 : F32, be, &arena));
    model_start(&m, 1);
    need(batch_open(&b, limits.batch, LENGTH, &arena));
    fill(&b);
    for (int i = -1; i < steps; i++) {
        double wall_s = seconds(CLOCK_MONOTONIC), cpu_s = seconds(CLOCK_PROCESS_CPUTIME_ID);

        loss = step(&m, &b, &o, (uint32_t)i + 2);
        if (i >= 0) {
            wall[i] = seconds(CLOCK_MONOTONIC) - wall_s;
            cpu[i] = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_s;
        }
    }
    printf("%.1f tokens/s, %.1f tokens a CPU second, loss %.3f, Cloze %s %s %d threads\n",
        SEQUENCES * LENGTH / median(wall, steps), SEQUENCES * LENGTH / median(cpu, steps), loss,
        precision, position, threads);
    model_close(&m);
    arena_close(&arena);
    return 0;
}
