/* flop_test.c -- model_flop against the products that a model really asks its backend for: each is
 * counted on its way, and the sums must be equal. */
#include "kernels/backend.h"
#include "tests/model/toy.h"

static double products; /* multiplications asked for */

static double
size_of(struct view v)
{
    return (double)v.rows * v.cols;
}

static void
linear_fwd(struct view y, struct view x, struct view weight, struct view bias)
{
    products += size_of(y) * x.cols;
    ref_backend.linear_fwd(y, x, weight, bias);
}

static void
linear_bwd_x(struct view dx, struct view dy, struct view weight)
{
    products += size_of(dx) * dy.cols;
    ref_backend.linear_bwd_x(dx, dy, weight);
}

static void
linear_bwd_w(struct view dweight, struct view dbias, struct view dy, struct view x)
{
    products += size_of(dweight) * dy.rows;
    ref_backend.linear_bwd_w(dweight, dbias, dy, x);
}

static void
choice_fwd(struct view score, struct view x, struct view weight, struct view bias,
    struct view candidate)
{
    products += size_of(score) * x.cols;
    ref_backend.choice_fwd(score, x, weight, bias, candidate);
}

static void
choice_bwd(struct view dx, struct view dweight, struct view dbias, struct view dscore,
    struct view x, struct view weight, struct view candidate)
{
    products += 2 * size_of(dscore) * x.cols;
    ref_backend.choice_bwd(dx, dweight, dbias, dscore, x, weight, candidate);
}

/* Of one product of a T x T matrix with C columns, for each sequence. */
static double
attention_product(struct view out, struct view start)
{
    const int32_t *first = start.data;
    double         squares = 0;

    for (int i = 0; i + 1 < start.rows; i++)
        squares += (double)(first[i + 1] - first[i]) * (first[i + 1] - first[i]);
    return squares * out.cols;
}

static void
attention_fwd(struct view out, struct view lse, struct view qkv, struct view bias,
    struct view start, struct view key, struct attention att)
{
    products += 2 * attention_product(out, start);
    ref_backend.attention_fwd(out, lse, qkv, bias, start, key, att);
}

/* Gradients of query, key, value and probabilities; the probabilities themselves do not count. */
static void
attention_bwd(struct view dqkv, struct view dbias, struct view dout, struct view out,
    struct view lse, struct view qkv, struct view bias, struct view start, struct view key,
    struct attention att)
{
    products += 4 * attention_product(out, start);
    ref_backend.attention_bwd(dqkv, dbias, dout, out, lse, qkv, bias, start, key, att);
}

static void
position_bias_fwd(struct view bias, struct view q, struct view k, struct view relative, int heads,
    float scale)
{
    products += (double)bias.cols * bias.cols * q.cols;
    ref_backend.position_bias_fwd(bias, q, k, relative, heads, scale);
}

static void
position_bias_bwd(struct view dq, struct view dk, struct view drelative, struct view dbias,
    struct view q, struct view k, int heads, float scale)
{
    products += 2 * (double)dbias.cols * dbias.cols * q.cols;
    ref_backend.position_bias_bwd(dq, dk, drelative, dbias, q, k, heads, scale);
}

static void
test_model(const struct backend *counting, enum position position, enum objective objective,
    int classes)
{
    struct arena        arena = toy_arena();
    struct model_config c = toy_config(position, classes);
    struct model        m;
    struct batch        b = toy_batch(&c, &arena);
    struct model_loss   loss = { 0 };
    double              flop;
    int                 rc;

    c.objective = objective;
    m = toy_model(&c, F32, counting, &arena);
    toy_weights(&m, 9);
    products = 0;
    rc = toy_learn(&m, &b, (struct model_pass){ .normaliser = 8, .tokens = 24 }, &loss);
    flop = model_flop(&c, (uint64_t)b.rows, b.squares, b.longest, (uint64_t)b.chosen);
    ok(rc == OK && flop == 2 * products, "%s, %s, %d classes: %.0f FLOP, counted %.0f",
        config_position_name(position), config_objective_name(objective), classes, flop,
        2 * products);
    model_close(&m);
    arena_close(&arena);
}

int
main(void)
{
    struct backend counting = *toy_backend("ref");

    counting.linear_fwd = linear_fwd;
    counting.linear_bwd_x = linear_bwd_x;
    counting.linear_bwd_w = linear_bwd_w;
    counting.choice_fwd = choice_fwd;
    counting.choice_bwd = choice_bwd;
    counting.attention_fwd = attention_fwd;
    counting.attention_bwd = attention_bwd;
    counting.position_bias_fwd = position_bias_fwd;
    counting.position_bias_bwd = position_bias_bwd;
    for (int position = 0; position < POSITIONS; position++) {
        for (int objective = 0; objective < OBJECTIVES; objective++)
            test_model(&counting, (enum position)position, (enum objective)objective, 0);
        test_model(&counting, (enum position)position, OBJECTIVE_MLM, 3);
        test_model(&counting, (enum position)position, OBJECTIVE_MLM, 1);
    }
    return tap_done();
}
