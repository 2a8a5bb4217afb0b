/* model_test.c -- the model as a whole: a batch cut in pieces, the plan, memory, initial values,
 * and that it learns. */
#include "kernels/backend.h"
#include "model/electra.h"
#include "model/encoder.h"
#include "model/mc.h"
#include "model/optimizer.h"
#include "tests/model/noted.h"

/* ---- a batch in pieces ---- */

/* The gradient of the four toy sequences, learned `size` at a time. */
static double *
learn_in_pieces(struct model *m, struct batch *b, int size, struct model_loss *loss)
{
    struct model_pass pass = { .normaliser = 13, .tokens = 24, .seed = 5, .step = 3 };

    model_forget(m);
    *loss = (struct model_loss){ 0 };
    for (int first = 0; first < 4; first += size) {
        batch_reset(b);
        for (int i = first; i < first + size && i < 4; i++)
            toy_add(b, &m->config, i);
        if (toy_learn(m, b, pass, loss) != OK)
            printf("# %s\n", err_msg());
    }
    return toy_all(m, MODEL_GRADIENT);
}

static void
test_pieces(const struct backend *be, enum dtype real, enum position position,
    enum objective objective, int classes)
{
    struct arena        arena = toy_arena();
    struct model_config config = toy_config(position, classes);
    struct model        m;
    struct batch        b = toy_batch(&config, &arena);
    struct model_loss   whole, pieces;
    double             *want, largest = 0, bound = real == F64 ? 1e-14 : 4e-6;

    config.dropout = config.attention_dropout = 0.25f;
    config.objective = objective;
    m = toy_model(&config, real, be, &arena);
    toy_weights(&m, 9);
    want = learn_in_pieces(&m, &b, 4, &whole);
    for (size_t i = 0; i < m.params.count; i++)
        largest = fmax(largest, fabs(want[i]));
    for (int size = 1; size < 4; size++) {
        double *got = learn_in_pieces(&m, &b, size, &pieces), worst = 0;

        for (size_t i = 0; i < m.params.count; i++)
            worst = fmax(worst, fabs(got[i] - want[i]) / largest);
        ok(worst < bound && pieces.count == whole.count &&
            fabs(pieces.sum - whole.sum) < bound * whole.sum &&
            pieces.proposed.correct == whole.proposed.correct,
            "%s, %s, %s, %d classes: %d at a time, dropout on: gradients differ by %.1e of the "
            "largest", backend_name(be), config_position_name(position),
            config_objective_name(objective), classes, size, worst);
        free(got);
    }
    free(want);
    model_close(&m);
    arena_close(&arena);
}

/* ---- memory ---- */

static uint64_t allocated_bytes;
static int      allocations;

static int
counting_alloc(void **memory, size_t bytes)
{
    allocated_bytes += bytes;
    allocations++;
    return ref_backend.alloc(memory, bytes);
}

static void
test_plan(enum dtype real, enum position position, enum objective objective, int classes,
    bool training)
{
    struct backend      counting = ref_backend;
    struct arena        arena = toy_arena();
    struct model_config config = toy_config(position, classes);
    struct model_limits limits = toy_limits();
    struct model_plan   plan;
    struct model        m;
    struct batch        b = toy_batch(&config, &arena);
    struct model_loss   loss = { 0 };
    struct optimizer    o = { .lr = 1, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-6, .steps = 10 };
    double              norm;
    uint64_t            before = arena.used_bytes;
    int                 opened;

    config.objective = objective;
    limits.training = training;
    counting.alloc = counting_alloc;
    allocated_bytes = 0;
    allocations = 0;
    if (model_plan(&plan, &config, limits, real) != OK ||
        model_open(&m, &config, limits, real, &counting, &arena) != OK) {
        ok(false, "opens: %s", err_msg());
        return;
    }
    opened = allocations;
    ok(plan.device_bytes == allocated_bytes, "%s, %s, %d classes%s: the plan is exact: %d bytes",
        config_position_name(position), config_objective_name(objective), classes,
        training ? ", training" : "", (int)plan.device_bytes);
    ok(arena.used_bytes - before <= plan.host_bytes + 63 && plan.parameters == m.params.count,
        "on the host as well: %d bytes; %d parameters", (int)plan.host_bytes, (int)plan.parameters);
    model_start(&m, 1);
    before = arena.used_bytes;
    if (training && (toy_learn(&m, &b, (struct model_pass){ .normaliser = 1, .tokens = 1 },
        &loss) != OK ||
        toy_step(&o, &m, 1, &norm) != OK))
        ok(false, "%s", err_msg());
    ok(model_eval(&m, &b, &loss, NULL) == OK && allocations == opened && arena.used_bytes == before,
        "nothing is allocated after opening");
    model_close(&m);
    arena_close(&arena);
}

/* A model that only evaluates uses the memory of one layer for all. */
static void
test_eval_alone(enum position position, enum objective objective, int classes)
{
    struct model_config config = toy_config(position, classes);
    struct model_loss   loss[2] = { 0 };

    config.objective = objective;
    for (int training = 0; training < 2; training++) {
        struct arena        arena = toy_arena();
        struct model_limits limits = toy_limits();
        struct model        m;
        struct batch        b = toy_batch(&config, &arena);

        limits.training = training;
        if (model_open(&m, &config, limits, F64, &ref_backend, &arena) != OK)
            exit(1);
        toy_weights(&m, 9);
        if (model_eval(&m, &b, &loss[training], NULL) != OK)
            loss[training].sum = NAN;
        model_close(&m);
        arena_close(&arena);
    }
    ok(loss[0].sum == loss[1].sum && loss[0].proposed.sum == loss[1].proposed.sum,
        "%s%s, %s, %d classes: the loss %.15g without room to train too",
        config.pre_norm ? "Pre-LN, " : "", config_position_name(position),
        config_objective_name(objective), classes, loss[0].sum);
}

/* BERT-base with its published number of parameters: 110M with the pooler; here what
 * BertForMaskedLM(BertConfig()).num_parameters() says. */
static void
test_sizes(void)
{
    struct model_limits limits = { .batch = { .rows = 8192, .sequences = 16, .chosen = 1300 },
        .training = true };
    struct model_config config;
    struct model_plan   plan, tupe;
    int                 rc;

    if (config_named(&config, "base") != OK)
        exit(1);
    config.vocab_size = 30522;
    rc = model_plan(&plan, &config, limits, F32);
    ok(rc == OK && plan.parameters == 109514298,
        "BERT-base for masked words has 109514298 parameters, as transformers counts: %lld",
        (long long)plan.parameters);
    config.position = POSITION_TUPE_A;
    config_finish(&config);
    /* two 768 x 768 with biases, a layer norm, a row more in the table, no table of segments */
    rc = model_plan(&tupe, &config, limits, F32);
    ok(rc == OK &&
        tupe.parameters == plan.parameters + 2 * (768 * 768 + 768) + 2 * 768 + 768 - 2 * 768,
        "TUPE-A has 1.18 million more: %lld", (long long)tupe.parameters);
    ok(plan.flop_per_token > 6 * 85e6 && plan.flop_per_token < 6 * 110e6,
        "the FLOP of a token are 6 for each weight it meets, and attention: %.4g",
        plan.flop_per_token);
}

/* ---- initial values ---- */

static double
std_of(const double *values, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += values[i] * values[i];
    return sqrt(sum / (double)count);
}

/* At width 768 the logits of positions begin with a standard deviation of 0.217, and those of words
 * too: 0.02^2 768 sqrt(64) / sqrt(2 64) (what the scale 1/sqrt(2 D) is for). */
static void
test_logits(const struct backend *be)
{
    enum { LEN = 96, HEADS = 12 };

    struct model_limits limits = { .batch = { .rows = LEN, .sequences = 1, .chosen = 8 } };
    struct model_config config;
    struct arena        arena = toy_arena();
    struct model        m;
    struct batch        b;
    struct model_loss   loss = { 0 };
    static float        bias[HEADS * LEN * LEN], qkv[LEN * 3 * 768];
    static double       inner[HEADS * (LEN - 1) * (LEN - 1)], content[HEADS * LEN * LEN];
    uint32_t            ids[LEN];
    size_t              n = 0, count = 0;
    double              sum = 0;
    int                 rc;

    if (config_named(&config, "base") != OK)
        exit(1);
    config.layers = 1;
    config.vocab_size = 200;
    config.position = POSITION_TUPE_A;
    config_finish(&config);
    if (model_open(&m, &config, limits, F32, be, &arena) != OK ||
        batch_open(&b, limits.batch, config.max_len, &arena) != OK)
        exit(1);
    model_start(&m, 1);
    for (int i = 0; i < LEN; i++)
        ids[i] = (uint32_t)i + 50;
    batch_add(&b, ids, LEN, 0, 0);
    batch_choose(&b, 3, 7);
    rc = model_eval(&m, &b, &loss, NULL);
    ok(rc == OK && fabs(loss.sum - log(200)) < 1.5,
        "the loss begins near log V: %.3f", loss.sum);
    op_download(be, bias, position_bias(m.encoder));
    for (int h = 0; h < HEADS; h++)
        for (int i = 1; i < LEN; i++)
            for (int j = 1; j < LEN; j++)
                inner[n++] = (double)bias[(h * LEN + i) * LEN + j];
    ok(fabs(std_of(inner, n) - 0.217) < 0.02, "position logits begin with std 0.217: %.4f",
        std_of(inner, n));
    op_download(be, qkv, view_rows(m.encoder->layer[0].qkv, 0, LEN));
    for (int h = 0; h < HEADS; h++)
        for (int i = 0; i < LEN; i++)
            for (int j = 0; j < LEN; j++) {
                const float *query = qkv + i * 2304 + h * 64, *key = qkv + j * 2304 + 768 + h * 64;

                for (int d = 0; d < 64; d++)
                    sum += (double)query[d] * (double)key[d];
                content[count++] = sum / sqrt(128);
                sum = 0;
            }
    ok(fabs(std_of(content, count) - 0.217) < 0.02, "and word logits too: %.4f",
        std_of(content, count));
    model_close(&m);
    arena_close(&arena);
}

static void
test_start(void)
{
    struct arena        arena = toy_arena();
    struct model_config config, other;
    struct params       p, q;
    static double       a[128 * 2000], b[4096];
    double              mean = 0, fourth = 0;
    int                 word, key;

    if (config_named(&config, "tiny") != OK)
        exit(1);
    config.vocab_size = 2000;
    other = config;
    other.position = POSITION_TUPE_R;
    config_finish(&other);
    other.classes = 3;
    if (params_open(&p, &config, &arena) != OK || params_open(&q, &other, &arena) != OK)
        exit(1);
    word = p.word;
    params_start(a, &p, word, 0, 128 * 2000, 0.02, 1);
    for (int i = 0; i < 128 * 2000; i++) {
        mean += a[i] / (128 * 2000);
        fourth += pow(a[i] / 0.02, 4) / (128 * 2000);
    }
    ok(fabs(mean) < 5 * 0.02 / 506 && fabs(std_of(a, 128 * 2000) - 0.02) < 5 * 0.02 / 716 &&
        fabs(fourth - 3) < 0.1, "words begin as N(0, 0.02): %.2e, %.5f, fourth moment %.3f", mean,
        std_of(a, 128 * 2000), fourth);
    params_start(b, &p, word, 4000, 4096, 0.02, 1);
    ok(memcmp(b, a + 4000, sizeof b) == 0, "in pieces the same");
    key = params_find(&p, "bert.encoder.layer.1.attention.self.key.weight");
    params_start(a, &p, key, 0, 4096, 0.02, 1);
    params_start(b, &q, params_find(&q, p.param[key].name), 0, 4096, 0.02, 1);
    ok(memcmp(a, b, sizeof b) == 0, "a tensor begins the same in another model");
    params_start(b, &p, key - 1, 0, 4096, 0.02, 1);
    ok(memcmp(a, b, sizeof b) != 0, "another tensor otherwise");
    params_start(b, &p, key, 0, 4096, 0.02, 2);
    ok(memcmp(a, b, sizeof b) != 0, "another seed otherwise");
    arena_close(&arena);
}

/* ---- learning ---- */

static void
test_learns(const struct backend *be, enum dtype real, enum position position, int classes)
{
    struct arena        arena = toy_arena();
    struct model_config config = toy_config(position, classes);
    struct model        m;
    struct batch        b = toy_batch(&config, &arena);
    struct optimizer    o = { .lr = 0.02, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-6, .clip = 1,
               .warmup = 10, .steps = 200 };
    struct model_loss   loss = { 0 };
    double              norm, scores[8 * 3] = { 0 };
    int                 rc;

    config.initializer = 0.1f;
    m = toy_model(&config, real, be, &arena);
    model_start(&m, 1);
    for (uint32_t t = 1; t <= o.steps; t++) {
        struct model_pass pass = { .normaliser = b.chosen, .seed = 1, .step = t };

        loss = (struct model_loss){ 0 };
        model_forget(&m);
        if (toy_learn(&m, &b, pass, &loss) != OK || toy_step(&o, &m, t, &norm) != OK) {
            ok(false, "%s", err_msg());
            return;
        }
    }
    loss = (struct model_loss){ 0 };
    rc = model_eval(&m, &b, &loss, classes ? scores : NULL);
    ok(rc == OK && loss.sum / b.chosen < 0.05,
        "%s, %d classes%s: learns one batch by heart: loss %.4f", config_position_name(position),
        classes, real == BF16 ? ", BF16" : "", loss.sum / b.chosen);
    if (classes == 1)
        ok(fabs(scores[3] - 1.5) < 0.3 && fabs(scores[1] - 0.5) < 0.3 && loss.correct == 0,
            "and gives the numbers: %.2f for 0.5, %.2f for 1.5", scores[1], scores[3]);
    else
        ok(loss.correct == b.chosen && loss.count == b.chosen, "and has all %d right", b.chosen);
    model_close(&m);
    arena_close(&arena);
}

int
main(void)
{
    const struct backend *ref = toy_backend("ref"), *fast = toy_fast();

    for (int position = 0; position < POSITIONS; position++)
        for (int objective = 0; objective < OBJECTIVES; objective++) {
            enum position  p = (enum position)position;
            enum objective o = (enum objective)objective;

            test_pieces(ref, F64, p, o, 0);
            test_plan(F32, p, o, 0, true);
            test_plan(F32, p, o, 0, false);
        }
    test_pieces(ref, F64, POSITION_TUPE_A, OBJECTIVE_MLM, 3);
    test_pieces(fast, F32, POSITION_TUPE_R, OBJECTIVE_MLM, 0);
    test_plan(F32, POSITION_TUPE_A, OBJECTIVE_MLM, 1, true);
    test_plan(BF16, POSITION_TUPE_A, OBJECTIVE_MLM, 0, true);
    test_plan(BF16, POSITION_TUPE_A, OBJECTIVE_MLM, 0, false);
    test_sizes();
    test_start();
    for (int pre_norm = 0; pre_norm < 2; pre_norm++) {
        toy_pre_norm = pre_norm;
        test_eval_alone(POSITION_ABSOLUTE, OBJECTIVE_MLM, 3);
        test_eval_alone(POSITION_RELATIVE, OBJECTIVE_ELECTRA, 0);
        test_eval_alone(POSITION_TUPE_R, OBJECTIVE_MC, 0);
        test_plan(F32, POSITION_TUPE_R, OBJECTIVE_MC, 0, false);
        test_plan(F32, POSITION_TUPE_R, OBJECTIVE_MC, 0, true);
    }
    toy_pre_norm = false;
    test_logits(fast);
    test_learns(fast, F32, POSITION_ABSOLUTE, 0);
    test_learns(fast, F32, POSITION_RELATIVE, 0);
    test_learns(fast, F32, POSITION_TUPE_R, 0);
    test_learns(fast, F32, POSITION_TUPE_A, 3);
    test_learns(fast, F32, POSITION_TUPE_R, 1);
    test_learns(fast, BF16, POSITION_TUPE_R, 0);
    test_learns(fast, BF16, POSITION_TUPE_R, 1);
    return tap_done();
}
