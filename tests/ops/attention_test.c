/* attention_test -- attention with and without bias and dropout, over sequences of many lengths. */
#include "tests/ops/host.h"

static void
fwd(const struct backend *be, const struct view *v, const void *extra)
{
    op_attention_fwd(be, v[0], v[1], v[2], v[3], v[4], v[5], *(const struct attention *)extra);
}

static void
bwd(const struct backend *be, const struct view *v, const void *extra)
{
    op_attention_bwd(be, v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8],
        *(const struct attention *)extra);
}

/* One head of one column, two positions, q = (1, 0), k = (ln 3, 0): query 0 puts 3/4 and 1/4 on the
 * values 8 and 4, query 1 a half each; a bias of ln 3 at (1, 1) makes that 1/4 and 3/4. */
static void
by_hand(void)
{
    double qkv[] = { 1, log(3), 8, 0, 0, 4 }, bias[] = { 0, 0, 0, log(3) }, out[2] = { 0, 0 };
    double           start[] = { 0, 2 }, key[] = { 0, 1 };
    struct attention att = { 1, 2, 1, { 0, 0, 0, 0 } };
    struct arg args[] = { { "out", REAL, OUT, 2, 1, out, 0 }, { "lse", WIDE, OUT, 2, 1, out, 0 },
        { "qkv", REAL, IN, 2, 3, qkv, 0 }, { "bias", WIDE, IN, 2, 2, NULL, 0 },
        { "start", INT, IN, 2, 1, start, 0 }, { "key", INT, IN, 2, 1, key, 0 } };
    struct tensor    t[6];

    execute(t, host_open("ref", 1), F64, args, 6, fwd, &att);
    ok(fabs(t[0].got[0] - 7) < 1e-14 && fabs(t[0].got[1] - 6) < 1e-14 &&
           fabs(t[1].got[0] - log(4)) < 1e-14 && fabs(t[1].got[1] - log(2)) < 1e-14,
        "attention, by hand");
    tensors_free(t, 6);
    args[3].values = bias;
    execute(t, host_open("ref", 1), F64, args, 6, fwd, &att);
    ok(fabs(t[0].got[0] - 7) < 1e-14 && fabs(t[0].got[1] - 5) < 1e-14,
        "attention with bias, by hand");
    tensors_free(t, 6);
}

struct setup {
    int    sequences, len[13], heads, head_cols, span, bias_cols; /* 0: no bias */
    float  p;
    double spread; /* of the logits, about */
};

/* gradients -- by differences, for all three parts of qkv and for bias. */
static void
gradients(const char *name, struct arg *args, struct arg *back, const struct attention *att)
{
    struct forward f = { args, 6, 0, fwd, att, back[2].values };
    double        *kept = back[1].values;
    struct tensor  u[9];

    if (kept)
        back[1].values = host_new(back[1].rows * back[1].cols);
    execute(u, host_open("ref", 1), F64, back, 9, bwd, att);
    check_gradient(name, &f, 2, u[0].got);
    if (kept) {
        check_gradient(name, &f, 3, u[1].got);
        free(back[1].values);
        back[1].values = kept;
    }
    tensors_free(u, 9);
}

static void
round_to_float(double *x, int count)
{
    for (int i = 0; i < count; i++)
        x[i] = (float)x[i];
}

static void
run_setup(const struct setup *s, bool differences, bool wrong)
{
    struct attention att = { s->heads, s->span, 0.5f, { s->p, 5, 2, 77 } };
    int cols = s->heads * s->head_cols, table = s->heads * s->bias_cols, rows = 0, longest = 1;
    double           start[14] = { 0 }, *key, *qkv, *dout, *bias = NULL, *dbias = NULL, *room;
    struct tensor    t[6];
    char             name[120];
    double           wide, terms;

    /* an exponent of 100 has 100 times the rounding of 1, and that is what it multiplies by */
    wide = s->spread > 2 ? s->spread / 2 : 1;

    for (int i = 0; i < s->sequences; i++) {
        start[i + 1] = rows += s->len[i];
        longest = s->len[i] > longest ? s->len[i] : longest;
    }
    key = host_below(rows, 3, 1 << 20);
    qkv = host_normal(rows * 3 * cols, 1, sqrt(2 * s->spread / sqrt(s->head_cols)));
    dout = host_normal(rows * cols, 2, 1);
    room = host_new(rows * 3 * cols);
    if (s->bias_cols) {
        bias = host_normal(table * s->bias_cols, 4, 1);
        dbias = host_normal(table * s->bias_cols, 5, 1);
    }
    struct arg args[] = { { "out", REAL, OUT, rows, cols, room, 0 },
        { "lse", WIDE, OUT, rows, s->heads, room, 0 }, { "qkv", REAL, IN, rows, 3 * cols, qkv, 0 },
        { "bias", WIDE, IN, table, s->bias_cols, bias, 0 },
        { "start", INT, IN, s->sequences + 1, 1, start, 0 }, { "key", INT, IN, rows, 1, key, 0 } };
    struct arg back[] = { { "dqkv", REAL, OUT, rows, 3 * cols, room, 0 },
        { "dbias", WIDE, SUM, table, s->bias_cols, dbias, 0 },
        { "dout", REAL, IN, rows, cols, dout, 0 }, { "out", REAL, IN, rows, cols, NULL, 0 },
        { "lse", WIDE, IN, rows, s->heads, NULL, 0 }, args[2], args[3], args[4], args[5] };

    terms = wide * wide * (longest > s->head_cols ? longest : s->head_cols);
    snprintf(name, sizeof name, "attention %d x %d, %d sequences to %d%s%s", s->heads, s->head_cols,
        s->sequences, longest, bias ? ", bias" : "", s->p > 0 ? ", dropout" : "");
    check_case(name, args, 6, fwd, &att, terms);
    execute(t, host_open("ref", 1), F64, args, 6, fwd, &att);
    back[3].values = t[0].got;
    back[4].values = t[1].got;
    if (differences)
        gradients(name, args, back, &att);
    round_to_float(t[0].got, rows * cols);
    round_to_float(t[1].got, rows * s->heads);
    strcat(name, " backward");
    /* lse was rounded, which is an error of its size in each exponent */
    check_case(name, back, 9, bwd, &att, 4 * terms);
    if (wrong) {
        check_wrong("attention", args, 6, fwd, &att);
        check_wrong("attention backward", back, 9, bwd, &att);
    }
    tensors_free(t, 6);
    free(key), free(qkv), free(dout), free(room), free(bias), free(dbias);
}

/* The dropout's mask, seen through values that are unit vectors: out is the dropped
 * probabilities. */
static void
mask(const char *name)
{
    enum { LEN = 5, HEADS = 2, SPAN = 7 };
    struct attention att = { HEADS, SPAN, 1, { 0.4f, 9, 8, 7 } };
    double           qkv[LEN * 3 * HEADS * LEN] = { 0 }, out[LEN * HEADS * LEN] = { 0 };
    double           start[] = { 0, LEN }, key[LEN] = { 3, 1, 4, 15, 9 };
    struct arg       args[] = { { "out", REAL, OUT, LEN, HEADS * LEN, out, 0 },
              { "lse", WIDE, OUT, LEN, HEADS, out, 0 },
                  { "qkv", REAL, IN, LEN, 3 * HEADS * LEN, qkv, 0 },
              { "bias", WIDE, IN, 0, 0, NULL, 0 }, { "start", INT, IN, 2, 1, start, 0 },
              { "key", INT, IN, LEN, 1, key, 0 } };
    struct tensor    t[6];
    bool             right = true;

    for (int j = 0; j < LEN; j++)
        for (int h = 0; h < HEADS; h++)
            qkv[j * 3 * HEADS * LEN + 2 * HEADS * LEN + h * LEN + j] = 1;
    execute(t, host_open(name, 1), F32, args, 6, fwd, &att);
    for (int i = 0; i < LEN; i++)
        for (int h = 0; h < HEADS; h++)
            for (int j = 0; j < LEN; j++) {
                uint32_t      col = (uint32_t)(h * SPAN + j);
                struct philox r = philox(7, 3, 9, 8, ((uint64_t)key[i] << 32) + col / 4);
                double        want = philox_unit(r.x[col % 4]) < 0.4f ? 0 : 1 / (0.6 * LEN);

                right &= fabs(t[0].got[(i * HEADS + h) * LEN + j] - want) < 1e-6;
            }
    ok(right, "attention on %s: which probabilities are dropped", name);
    tensors_free(t, 6);
}

int
main(void)
{
    static const struct setup setups[] = {
        { 1, { 1 }, 1, 1, 1, 0, 0, 1 },
        { 3, { 4, 1, 6 }, 2, 3, 8, 7, 0.3f, 2 },
        { 3, { 4, 1, 6 }, 2, 3, 6, 0, 0.3f, 2 },
        { 2, { 5, 3 }, 2, 4, 5, 5, 0, 2 },
        { 7, { 3, 1, 9, 2, 7, 7, 4 }, 3, 5, 16, 11, 0.1f, 2 },
        { 2, { 200, 31 }, 2, 32, 256, 256, 0.1f, 2 },
        { 2, { 300, 129 }, 1, 64, 512, 0, 0.1f, 1 },
        { 1, { 40 }, 2, 8, 40, 40, 0, 60 },
        /* tiles of 64 columns: lengths about their borders, many short ones, odd
         * spans and biases */
        { 6, { 1, 17, 64, 65, 128, 200 }, 1, 64, 256, 256, 0.1f, 2 },
        { 4, { 129, 1, 64, 33 }, 1, 64, 136, 0, 0, 2 },
        { 12, { 5, 9, 1, 30, 2, 17, 8, 8, 40, 3, 64, 12 }, 2, 64, 67, 67, 0.3f, 2 },
        { 3, { 66, 31, 16 }, 3, 64, 70, 130, 0, 2 },
        /* so many heads that two sequences share a sum of their gradients of the bias */
        { 13, { 3, 1, 16, 2, 5, 1, 4, 7, 2, 9, 1, 3, 2 }, 64, 64, 16, 16, 0.1f, 2 },
    };

    by_hand();
    for (int i = 0; i < (int)(sizeof setups / sizeof *setups); i++)
        run_setup(&setups[i], i >= 1 && i <= 4, i == 1);
    mask(getenv("BACKEND") ? getenv("BACKEND") : "ref");
    mask(getenv("BACKEND") ? getenv("BACKEND") : "cpu");
    return tap_done();
}
