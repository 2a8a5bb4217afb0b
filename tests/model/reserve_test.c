/* reserve_test -- what a GPU is said to need beside the tensors is what its ops ask for, each of
 * them, and when a model is open nothing more is allocated. */
#include <dlfcn.h>

#include "kernels/cuda/host/asked.h"
#include "kernels/cuda/room.h"
#include "model/notebook.h"
#include "tests/model/toy.h"

#ifdef CUDA_HOST

/* Sequences longer than a segment of keys, so that attention has all parts of its scratch; and
 * long enough that gathers have several pieces. */
enum { LEN = 130, SEQUENCES = 2, ROWS = LEN * SEQUENCES, VOCAB = 70, WORDS = 9,
    MARKED = SEQUENCES * (LEN / 2 - 1) /* words with a note that is not chosen */ };

struct method {
    enum position  position;
    enum objective objective;
    enum dtype     real;
    bool           notes;
};

static struct asked *there;

static struct model_config
config_of(struct method method)
{
    struct model_config c = { .layers = 1, .hidden = 64, .heads = 1, .ffn = 64,
        .vocab_size = VOCAB, .max_len = LEN, .position = method.position,
        .objective = method.objective, .divider = 2, .choice_weight = 3, .candidates = 4,
        .reject_id = 5, .dropout = 0.1f, .attention_dropout = 0.1f, .initializer = 0.02f };

    if (method.notes)
        c.notes = (struct notes_config){ .words = WORDS, .window = 2, .weight = 0.5f,
            .decay = 0.1f };
    config_finish(&c);
    return c;
}

/* As full as the limits allow. */
static void
fill(struct batch *b, bool notes)
{
    for (int s = 0; s < SEQUENCES; s++) {
        uint32_t    ids[LEN];
        struct span words[LEN / 2];

        for (int i = 0; i < LEN; i++)
            ids[i] = (uint32_t)(i * 7 + s) % VOCAB;
        for (uint32_t i = 0; i < LEN / 2; i++)
            words[i] = (struct span){ 2 * i, 2, i % WORDS };
        batch_add(b, ids, LEN, 0, s);
        if (!notes)
            for (int i = 1; i < LEN; i += 3)
                batch_choose(b, i, (i * 5 + s) % VOCAB);
        else
            batch_choose(b, LEN - 1, 9);
        batch_note(b, words, LEN / 2);
    }
}

static bool
step(struct model *m, const struct batch *b, enum optimizer_kind kind, uint32_t t)
{
    struct optimizer  o = { .kind = kind, .lr = 0.01, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-6,
         .clip = 1, .warmup = 1, .steps = 9 };
    struct model_pass pass = { .normaliser = b->chosen, .tokens = b->rows, .seed = 1, .step = t };
    struct model_told told;
    bool              good = notebook_begin(m, b, 1) == OK;

    model_forget(m);
    model_learn(m, b, pass);
    op_sum_squares(m->backend, m->sum, model_weight(m, 0));
    optimizer_step(&o, m, t);
    good &= notebook_end(m) == OK;
    model_tell(m, t);
    return good && model_hear(m, &told) == OK && optimizer_check(m, &told) == OK;
}

/* The item of the plan that has a word of the op's name. */
static const struct room_item *
item_of(const struct room_item items[ROOM_ITEMS], const char *op)
{
    for (int i = 0; i < ROOM_ITEMS; i++)
        if (strstr(op, items[i].op) != NULL)
            return &items[i];
    return NULL;
}

/* Each op that asked is in the plan, which no one asks more than; and what is planned for an item
 * is asked for by one of its ops. */
static bool
as_planned(const struct need *need)
{
    struct room_item items[ROOM_ITEMS];
    size_t           asked[ROOM_ITEMS] = { 0 };
    bool             good = true;

    room_list(items, need);
    for (int i = 0; i < ASKED_OPS && there->scratch[i].op != NULL; i++) {
        const char             *op = there->scratch[i].op;
        size_t                  bytes = there->scratch[i].bytes;
        const struct room_item *item = item_of(items, op);

        if (strcmp(op, "op_reserve") == 0)
            continue;
        if (item == NULL || bytes > item->bytes)
            printf("# %s asks for %zu bytes, %zu are planned\n", op, bytes,
                item != NULL ? item->bytes : 0);
        good &= item != NULL && bytes <= item->bytes;
        if (item != NULL && asked[item - items] < bytes)
            asked[item - items] = bytes;
    }
    for (int i = 0; i < ROOM_ITEMS; i++) {
        if (asked[i] > 0 && asked[i] < items[i].bytes / 100 * 95)
            printf("# %s: %zu bytes are planned, and %zu asked for\n", items[i].op,
                items[i].bytes, asked[i]);
        good &= asked[i] == 0 || asked[i] >= items[i].bytes / 100 * 95;
    }
    return good && asked[0] > 0 && asked[1] > 0 && asked[3] > 0;
}

static void
test_method(const struct backend *be, struct method method)
{
    struct arena        arena = toy_arena();
    struct model_config c = config_of(method);
    struct model_limits limits = { .batch = { .rows = ROWS, .sequences = SEQUENCES, .chosen = ROWS,
        .words = method.notes ? MARKED : 0 }, .words = method.notes ? WORDS : 0, .training = true };
    struct model        m;
    struct model_plan   plan;
    struct reserve      reserve;
    struct batch        b;
    bool                good;
    int                 before;

    if (model_plan(&plan, &c, limits, method.real) != OK ||
        model_open(&m, &c, limits, method.real, be, &arena) != OK ||
        batch_open(&b, limits.batch, c.max_len, &arena) != OK)
        exit(1);
    fill(&b, method.notes);
    toy_weights(&m, 9);
    op_need(&reserve, "cuda", 1, &plan.need);
    memset(there->scratch, 0, sizeof there->scratch);
    before = there->allocations;
    good = step(&m, &b, method.notes ? OPTIMIZER_LAMB : OPTIMIZER_ADAMW, 1);
    ok(good && there->allocations == before, "%s, %s, %s%s: a step allocates nothing",
        config_position_name(c.position), config_objective_name(c.objective),
        method.real == BF16 ? "bf16" : "fp32", method.notes ? ", notes" : "");
    ok(as_planned(&plan.need), "and each op asks for what was planned, of %zu bytes",
        reserve.scratch_bytes);
    model_close(&m);
    arena_close(&arena);
}

/* As malloc does without it. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

/* Too little memory is told with what is needed. */
static void
test_too_much(const struct backend *be)
{
    struct need    need = { .real = F32, .rows = 1 << 30, .sequences = 1, .longest = 1,
           .width = 1 << 16, .candidates = 1 << 10, .encoder = { { 1, 1 } } };
    struct reserve reserve;
    char           want[80];

    op_need(&reserve, "cuda", 1, &need);
    snprintf(want, sizeof want, "no memory for %zu bytes of room to work in",
        reserve.device_bytes);
    ok(op_reserve(be, &need) == ERR_MEMORY && strstr(err_msg(), want) != NULL && op_sync(be) == OK,
        "too much: %s", err_msg());
}

int
main(void)
{
    const struct backend *be = toy_backend("cuda-host");
    void                 *object = dlopen(CUDA_HOST, RTLD_NOW | RTLD_NOLOAD);

    there = object != NULL ? dlsym(object, "asked_all") : NULL;
    if (there == NULL) {
        ok(false, "%s shows what is asked for", CUDA_HOST);
        return tap_done();
    }
    for (int objective = 0; objective < OBJECTIVES; objective++)
        for (int way = 0; way < 4; way++)
            test_method(be, (struct method){ .position = way == 2 ? POSITION_ABSOLUTE
                : way == 3 ? POSITION_RELATIVE : POSITION_TUPE_R,
                .objective = (enum objective)objective, .real = way % 2 ? F32 : BF16,
                .notes = way >= 2 });
    for (int way = 0; way < 2; way++)
        test_method(be, (struct method){ .position = POSITION_TUPE_R, .notes = true,
            .objective = OBJECTIVE_MC, .real = way ? F32 : BF16 });
    test_too_much(be);
    return tap_done();
}

#else

int
main(void)
{
    printf("1..0 # SKIP no C++ compiler: kernels/cuda is not there for the host\n");
    return 0;
}

#endif
