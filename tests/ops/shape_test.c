/* shape_test -- which products are taken for alike: the numbers that follow from the tokens of a
 * batch are rounded, in steps that grow with them, and nothing else is. */
#include "kernels/cuda/shape.h"

#include "tests/ops/linear.h"

static void
test_steps(void)
{
    bool good = true;
    int  last = 0, steps = 0;

    for (int n = 1; n <= 1 << 20; n++) {
        int step = shape_step(n);

        good &= step >= n && (long long)(step - n) * SHAPE_STEPS < n && shape_step(step) == step &&
            step >= last && (n > 2 * SHAPE_STEPS || step == n);
        if (step != last && n > 1 << 19)
            steps++;
        last = step;
    }
    ok(good, "a step is less than an eighth above, and its own step");
    ok(steps == SHAPE_STEPS, "an octave has %d", steps);
    ok(shape_step(768) == 768 && shape_step(3072) == 3072 && shape_step(131072) == 131072 &&
            shape_step(130000) == 131072 && shape_step(114689) == 122880,
        "widths of models are steps");
    ok(shape_step(INT32_MAX) == INT32_MAX && shape_step((1 << 30) + 1) == (1 << 30) + (1 << 27),
        "no step is beyond an int");
}

/* y = x W^T + bias of so many rows, as op_linear_fwd asks for it, and its two gradients. */
static struct shape
shape_at(int way, int rows)
{
    static _Alignas(256) float memory[1];
    struct view                x = { memory, BF16, rows, 768 }, y = { memory, BF16, rows, 3000 };
    struct view                weight = { memory, BF16, 3000, 768 };
    struct view                dweight = { memory, F32, 3000, 768 };
    struct product             p[3] = { { x, weight, y, false, true, false, memory, NULL },
                          { y, weight, x, false, false, false, NULL, NULL },
                          { y, x, dweight, true, false, true, NULL, memory } };

    return shape_of(&p[way]);
}

static void
test_rounding(void)
{
    static const char *const names[] = { "forward", "by x", "by the weight" };

    for (int way = 0; way < 3; way++) {
        struct shape s = shape_at(way, 1000), want = s, got = shape_rounded(s);
        struct shape other = s, near, far;

        *(way == 2 ? &want.inner : &want.rows) = 1024;
        near = shape_at(way, 961);
        near = shape_rounded(near);
        far = shape_at(way, 1025);
        far = shape_rounded(far);
        ok(shape_same(&got, &want) && shape_same(&got, &near) && !shape_same(&got, &far),
            "linear, %s: the rows of the batch are rounded, and nothing else", names[way]);
        other.align[2] = 8;
        other = shape_rounded(other);
        ok(!shape_same(&got, &other), "and another alignment is another shape");
    }
}

/* So many as the backend remarks. */
static int
remarks(const struct backend *be, bool *product)
{
    const char *sentence;
    int         count = 0;

    while ((sentence = op_remark(be)) != NULL) {
        *product &= strncmp(sentence, "product ", 8) == 0;
        count++;
    }
    return count;
}

static void
linear(const struct backend *be, int rows)
{
    double    *x = host_normal(rows * 2, 1, 1), weight[6] = { 1, 2, 3, 4, 5, 6 }, bias[3] = { 0 };
    double    *y = host_new(rows * 3);
    struct arg args[] = { { "y", REAL, OUT, rows, 3, y, 0 }, { "x", REAL, IN, rows, 2, x, 0 },
        { "weight", REAL, IN, 3, 2, weight, 0 }, { "bias", REAL, IN, 1, 3, bias, 0 } };
    struct tensor t[4];

    execute(t, be, F32, args, 4, fwd, NULL);
    tensors_free(t, 4);
    free(x), free(y);
}

/* Batches of other sizes are no other products, whatever came between; but a library may not take
 * for each of them what it chose for the step. */
static void
test_remarks(const char *name)
{
    const struct backend *be = host_open(name, 1);
    bool                  is_host = strcmp(name, "cuda-host") == 0, product = true;
    int                   first, near, again, far;

    linear(be, 1000);
    first = remarks(be, &product);
    for (int rows = 961; rows <= 1024; rows += 9)
        linear(be, rows);
    near = remarks(be, &product);
    for (int rows = 961; rows <= 1024; rows += 9)
        linear(be, rows);
    again = remarks(be, &product);
    linear(be, 1025);
    far = remarks(be, &product);
    ok(product && first >= 1 && again == 0 && far >= 1 &&
            (!is_host || (first == 1 && near == 0 && far == 1)),
        "%s tells once what was chosen for a step of rows", name);
    for (int rows = 1; rows <= 300; rows++)
        linear(be, rows);
    ok(remarks(be, &product) > 0 && product && op_remark(be) == NULL, "and until nothing is left");
}

int
main(void)
{
    const char *names[3];

    test_steps();
    test_rounding();
    for (int i = 0, backends = test_names(names); i < backends; i++) {
        if (strncmp(names[i], "cuda", 4) == 0)
            test_remarks(names[i]);
        else
            ok(op_remark(host_open(names[i], 1)) == NULL, "%s has nothing to say", names[i]);
    }
    return tap_done();
}
