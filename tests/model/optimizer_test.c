/* optimizer_test.c -- the schedule by hand, one step against the formulas written out again,
 * clipping, what decays, and the guard against numbers that are none. */
#include "model/optimizer.h"

#include "tests/model/toy.h"

static const struct optimizer paper = { .lr = 1e-4, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-6,
    .decay = 0.01, .clip = 1, .warmup = 10000, .steps = 1000000 };

static bool
near(double a, double b)
{
    return fabs(a - b) <= 1e-12 * fabs(b);
}

static void
test_schedule(void)
{
    struct optimizer o = paper;

    ok(near(optimizer_lr(&o, 1), 1e-8), "the first step of the papers' schedule: 1e-4 / 10000");
    ok(near(optimizer_lr(&o, 5000), 5e-5), "half way up");
    ok(near(optimizer_lr(&o, 10000), 1e-4), "the peak, at the end of warm-up");
    ok(near(optimizer_lr(&o, 505000), 5e-5), "half way down");
    ok(optimizer_lr(&o, 1000000) == 0 && optimizer_lr(&o, 1000001) == 0, "0 at the end and beyond");
    o.warmup = 0;
    o.steps = 10;
    ok(near(optimizer_lr(&o, 1), 0.9e-4), "without warm-up");
    o.warmup = 10;
    ok(near(optimizer_lr(&o, 10), 1e-4), "all warm-up");
}

/* Step t on one number, as the papers write it. */
static double
adamw(double w, double g, double *m, double *v, const struct optimizer *o, double decay, int t)
{
    double lr = optimizer_lr(o, (uint32_t)t);

    *m = o->beta1 * *m + (1 - o->beta1) * g;
    *v = o->beta2 * *v + (1 - o->beta2) * g * g;
    return w - lr * decay * w -
        lr * (*m / (1 - pow(o->beta1, t))) / (sqrt(*v / (1 - pow(o->beta2, t))) +
            o->eps / sqrt(1 - pow(o->beta2, t)));
}

/* The same of LAMB on a tensor: `move` is what the step would be without the ratio, over lr. */
static void
lamb(double *w, const double *g, double *m, double *v, size_t count, const struct optimizer *o,
    unsigned group, int t)
{
    double decay = group & o->decay_exclude ? 0 : o->decay, weights = 0, moves = 0, ratio = 1;
    double *move = malloc(count * sizeof *move);

    for (size_t i = 0; i < count; i++) {
        m[i] = o->beta1 * m[i] + (1 - o->beta1) * g[i];
        v[i] = o->beta2 * v[i] + (1 - o->beta2) * g[i] * g[i];
        move[i] = m[i] / (1 - pow(o->beta1, t)) / (sqrt(v[i] / (1 - pow(o->beta2, t))) + o->eps) +
            decay * w[i];
        weights += w[i] * w[i];
        moves += move[i] * move[i];
    }
    if (group == 0 && weights > 0)
        ratio = sqrt(weights / moves);
    for (size_t i = 0; i < count; i++)
        w[i] -= optimizer_lr(o, (uint32_t)t) * ratio * move[i];
    free(move);
}

/* Two steps on made-up gradients; the worst relative error over all parameters. */
static double
two_steps(struct model *m, const struct optimizer *o, double scale)
{
    double *weight = toy_all(m, MODEL_WEIGHT), *got;
    double *m1 = calloc(m->params.count, sizeof *m1), *m2 = calloc(m->params.count, sizeof *m2);
    double *gradient = malloc(m->params.count * sizeof *gradient), worst = 0;

    for (int t = 1; t <= 2; t++) {
        uint64_t state = 3 + (uint64_t)t;
        double   norm = 0, told, clip;
        size_t   at = 0;

        for (size_t i = 0; i < m->params.count; i++) {
            gradient[i] = scale * toy_random(&state);
            norm += gradient[i] * gradient[i];
        }
        norm = sqrt(norm);
        clip = o->clip > 0 && norm > o->clip ? o->clip / (norm + 1e-6) : 1;
        for (int p = 0; p < m->params.params; at += toy_count(m, p), p++)
            model_set(m, MODEL_GRADIENT, p, gradient + at);
        if (toy_step(o, m, (uint32_t)t, &told) != OK || fabs(told - norm) > 1e-12 * norm)
            worst = INFINITY;
        at = 0;
        for (size_t i = 0; i < m->params.count; i++)
            gradient[i] *= clip;
        for (int p = 0; p < m->params.params; p++) {
            unsigned group = m->params.param[p].group;
            double   decay = group & o->decay_exclude ? 0 : o->decay;
            size_t   end = at + toy_count(m, p);

            if (o->kind == OPTIMIZER_LAMB)
                lamb(weight + at, gradient + at, m1 + at, m2 + at, end - at, o, group, t);
            for (; at < end && o->kind == OPTIMIZER_ADAMW; at++)
                weight[at] = adamw(weight[at], gradient[at], &m1[at], &m2[at], o, decay, t);
            at = end;
        }
    }
    got = toy_all(m, MODEL_WEIGHT);
    for (size_t i = 0; i < m->params.count; i++)
        worst = fmax(worst, fabs(got[i] - weight[i]));
    free(weight);
    free(got);
    free(m1);
    free(m2);
    free(gradient);
    return worst;
}

static void
test_step(const struct backend *be)
{
    struct arena        arena = toy_arena();
    struct model_config config = toy_config(POSITION_TUPE_R, 0);
    struct model        m = toy_model(&config, F64, be, &arena);
    struct optimizer    o = paper;
    double              error;

    o.lr = 0.125; /* numbers that a float holds */
    o.beta1 = 0.875;
    o.beta2 = 0.9375;
    o.eps = 0x1p-20;
    o.decay = 0.25;
    o.warmup = 4;
    o.steps = 8;
    for (int i = 0; i < 16; i++) {
        static const char *const list[] = { "none", "norm", "bias", "bias,norm" };

        model_start(&m, 3);
        model_forget_moments(&m);
        ok(params_groups(&o.decay_exclude, list[i % 4]) == OK, "groups: %s", list[i % 4]);
        o.kind = i < 8 ? OPTIMIZER_ADAMW : OPTIMIZER_LAMB;
        error = two_steps(&m, &o, i % 8 < 4 ? 1e-3 : 1);
        ok(error < 1e-8, "two steps of %s, %s, no decay of %s: %.1e", i < 8 ? "AdamW" : "LAMB",
            i % 8 < 4 ? "in full" : "clipped", list[i % 4], error);
    }
    model_close(&m);
    arena_close(&arena);
}

static void
test_groups(void)
{
    struct arena        arena = toy_arena();
    struct model_config config = toy_config(POSITION_TUPE_R, 0);
    struct params       p;
    int                 wrong = 0;

    if (params_open(&p, &config, &arena) != OK)
        exit(1);
    for (int i = 0; i < p.params; i++) {
        const char *name = p.param[i].name;
        unsigned    group = strstr(name, "LayerNorm") ? PARAM_NORM
                  : strstr(name, ".bias")             ? PARAM_BIAS
                                                      : 0;

        wrong += p.param[i].group != group;
    }
    ok(wrong == 0, "layer norms and biases are told by name");
    for (int i = 0; i < 4; i++) {
        static const char *const bad[] = { "", "norm,", "norm,none", "bias norm" };
        unsigned                 groups;

        ok(params_groups(&groups, bad[i]) == ERR_FORMAT, "no list: %s", err_msg());
    }
    arena_close(&arena);
}

/* A gradient or a weight that is no number: told by name, and nothing moves. */
static void
test_guard(const struct backend *be)
{
    struct arena        arena = toy_arena();
    struct model_config config = toy_config(POSITION_TUPE_A, 0);
    struct model        m = toy_model(&config, F32, be, &arena);
    struct batch        b = toy_batch(&config, &arena);
    struct model_pass   pass = { .normaliser = 8 };
    struct model_loss   loss = { 0 };
    double              norm = 0, *before, *after, bad[] = { NAN, INFINITY, 1e30 };
    int                 param;

    model_start(&m, 3);
    before = toy_all(&m, MODEL_WEIGHT);
    param = params_find(&m.params, "bert.encoder.layer.1.attention.self.value.weight");
    for (int i = 0; i < 3; i++) {
        model_forget(&m);
        model_set_piece(&m, MODEL_GRADIENT, param, 5, 1, &bad[i]);
        ok(toy_step(&paper, &m, 7, &norm) == ERR_NUMBER, "%g in the gradient: %s", bad[i],
            err_msg());
        ok(strstr(err_msg(), "value.weight") != NULL && strstr(err_msg(), "step 7") != NULL,
            "the sentence says where");
        after = toy_all(&m, MODEL_WEIGHT);
        ok(memcmp(before, after, m.params.count * sizeof *after) == 0, "weights are untouched");
        free(after);
        after = toy_all(&m, MODEL_MOMENT1);
        norm = 0;
        for (size_t j = 0; j < m.params.count; j++)
            norm += fabs(after[j]);
        ok(norm == 0, "so are the moments");
        free(after);
    }
    /* the word that sequence 2 has at position 3 */
    model_set_piece(&m, MODEL_WEIGHT, m.params.word, (size_t)b.id[b.start[2] + 3] * 8, 1, &bad[0]);
    ok(toy_learn(&m, &b, pass, &loss) == ERR_NUMBER && loss.count == 0,
        "no number in a weight: %s", err_msg());
    free(before);
    model_close(&m);
    arena_close(&arena);
}

int
main(void)
{
    const struct backend *be = toy_backend("ref");

    test_schedule();
    test_step(be);
    test_groups();
    test_guard(be);
    return tap_done();
}
