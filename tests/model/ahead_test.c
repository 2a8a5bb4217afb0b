/* ahead_test.c -- a step is asked for without a wait for the device, whatever is learned; and what
 * became of it is heard of later, in order, with the place of what is no number. */
#include "kernels/backend.h"
#include "model/notebook.h"
#include "tests/model/noted.h"

static const struct backend *under;
static int                   waits, takes;

static int
counting_sync(void)
{
    waits++;
    return under->sync();
}

static void
counting_download(void *dst, struct view src)
{
    waits++;
    under->download(dst, src);
}

static int
counting_take(void *dst, int slot)
{
    takes++;
    return under->take(dst, slot);
}

static void
ask(struct model *m, const struct batch *b, const struct optimizer *o, uint32_t t)
{
    struct model_pass pass = { .normaliser = b->chosen, .tokens = b->rows, .seed = 1, .step = t };

    if (notebook_begin(m, b, 1) != OK)
        printf("# %s\n", err_msg());
    model_forget(m);
    model_learn(m, b, pass);
    optimizer_step(o, m, t);
    if (notebook_end(m) != OK)
        printf("# %s\n", err_msg());
    model_tell(m, t);
}

/* Four steps, of which each is heard of when it is done, or when the next was asked for: the same
 * numbers. */
static void
test_steps(const struct backend *be, enum objective objective, enum optimizer_kind kind)
{
    struct backend      counting = *be;
    struct arena        arena = toy_arena();
    struct model_config c = noted_config(POSITION_TUPE_R, false);
    struct optimizer    o = { .kind = kind, .lr = 0.02, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-6,
           .clip = 0.1, .warmup = 2, .steps = 8 };
    struct model        m;
    struct batch        b = noted_batch(&c, 0, 3, &arena);
    struct model_told   told[2][4];
    bool                good = true;

    under = be;
    counting.sync = counting_sync;
    counting.download = counting_download;
    counting.take = counting_take;
    c.dropout = c.attention_dropout = 0.25f;
    c.objective = objective;
    for (unsigned ahead = 0; ahead < 2; ahead++) {
        m = noted_model(&c, F32, &counting, &arena);
        waits = takes = 0;
        for (uint32_t t = 1; t <= 4; t++) {
            ask(&m, &b, &o, t);
            if (t > ahead)
                good &= model_hear(&m, &told[ahead][t - 1 - ahead]) == OK;
        }
        ok(waits == 0 && takes == 4 - (int)ahead, "%s, %s: no step waits for the device, %s",
            backend_name(be), config_objective_name(objective),
            ahead ? "a step ahead" : "each heard of");
        if (ahead)
            good &= model_hear(&m, &told[1][3]) == OK;
        model_close(&m);
    }
    for (int i = 0; i < 4; i++) {
        const struct model_told *a = &told[0][i], *b2 = &told[1][i];

        good &= a->step == (uint32_t)i + 1 && b2->step == a->step && a->norm == b2->norm &&
            a->norm > 0 && a->loss.sum == b2->loss.sum && a->loss.count == b2->loss.count &&
            a->loss.correct == b2->loss.correct &&
            a->loss.proposed.sum == b2->loss.proposed.sum && optimizer_check(&m, a) == OK;
    }
    ok(good && told[0][3].norm != told[0][0].norm, "and both times the same is heard");
    arena_close(&arena);
}

/* The 2nd step has a word that is no number, at one place: told when the 3rd was asked for.  The
 * place is that of the whole batch, of which this is a piece. */
static void
test_place(const struct backend *be, float bad, const char *what)
{
    struct arena        arena = toy_arena();
    struct model_config c = toy_config(POSITION_ABSOLUTE, 0);
    struct model        m = toy_model(&c, F32, be, &arena);
    struct batch        b;
    struct model_pass   pass = { .normaliser = 2, .step = 1 };
    struct model_told   told;
    uint32_t            ids[6] = { 1, 2, 3, 4, 2, 1 };
    double              value = (double)bad;
    char                want[80];

    if (batch_open(&b, toy_limits().batch, c.max_len, &arena) != OK)
        exit(1);
    batch_add(&b, ids, 6, 0, 11);
    batch_choose(&b, 2, 3);
    batch_add(&b, ids, 6, 0, 12);
    batch_choose(&b, 4, 7);
    model_start(&m, 3);
    model_learn(&m, &b, pass);
    model_tell(&m, 1);
    /* the bias of word 7, which is the answer of the second alone: its loss is -bias */
    model_set_piece(&m, MODEL_WEIGHT, m.params.word_bias, 7, 1, &value);
    model_learn(&m, &b, pass);
    model_tell(&m, 2);
    ok(model_hear(&m, &told) == OK && told.step == 1 && told.loss.count == 2, "a step goes well");
    snprintf(want, sizeof want, "the loss is %s", what);
    ok(model_hear(&m, &told) == ERR_NUMBER && told.step == 2 && strstr(err_msg(), want) != NULL &&
        strstr(err_msg(), isnan(value) ? "token 3 of sequence 12" : "token 5 of sequence 13"),
        "%s, the next: %s", backend_name(be), err_msg());
    model_close(&m);
    arena_close(&arena);
}

int
main(void)
{
    const char *names[3];

    for (int i = 0, backends = test_names(names); i < backends; i++) {
        const struct backend *be = toy_backend(names[i]);

        for (int objective = 0; objective < OBJECTIVES; objective++)
            test_steps(be, (enum objective)objective,
                objective == OBJECTIVE_MC ? OPTIMIZER_LAMB : OPTIMIZER_ADAMW);
        test_place(be, NAN, "not a number");
        test_place(be, -INFINITY, "infinite");
    }
    return tap_done();
}
