/* cross_entropy_test -- the loss of a choice, its slope, and what counts as right. */
#include "tests/ops/host.h"

static void
fwd(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_cross_entropy_fwd(be, v[0], v[1], v[2]);
}

static void
bwd(const struct backend *be, const struct view *v, const void *extra)
{
    op_cross_entropy_bwd(be, v[0], v[1], v[2], *(const float *)extra);
}

static void
by_hand(void)
{
    static const char *const names[] = { "ref", "cpu" };
    /* odds 1 : 2 : 1; then the first of two largest, the second of them; then one far ahead */
    double     logits[] = { 0, log(2), 0, 1, 3, 3, 1, 3, 3, 1000, 0, -1000 }, stat[12] = { 0 };
    double     target[] = { 0, 1, 2, 0 };
    double     loss[] = { log(4), log(2 + exp(-2)), log(2 + exp(-2)), 0 }, right[] = { 0, 1, 0, 1 };
    struct arg  args[] = { { "stat", WIDE, OUT, 4, 3, stat, 0 },
         { "logits", REAL, IN, 4, 3, logits, 0 }, { "target", INT, IN, 4, 1, target, 0 } };
    const char *only = getenv("BACKEND");

    for (int i = 0; i < (only ? 1 : 2); i++) {
        const char   *name = only ? only : names[i];
        struct tensor t[3];
        bool          good = true;

        execute(t, host_open(name, 1), F32, args, 3, fwd, NULL);
        for (int r = 0; r < 4; r++)
            good &= fabs(t[0].got[3 * r] - loss[r]) < 1e-6 && t[0].got[3 * r + 2] == right[r];
        ok(good && fabs(t[0].got[1] - log(4)) < 1e-6, "cross entropy on %s, by hand", name);
        tensors_free(t, 3);
    }
}

static void
shape(int rows, int cols, double spread)
{
    float          factor = 0.25f;
    double *logits = host_normal(rows * cols, 1, spread), *target = host_below(rows, 2, cols);
    double        *stat = host_new(3 * rows), *weight = host_new(3 * rows);
    struct arg     args[] = { { "stat", WIDE, OUT, rows, 3, stat, 0 },
            { "logits", REAL, IN, rows, cols, logits, FREE_COLS },
            { "target", INT, IN, rows, 1, target, 0 } };
    struct arg     back[] = { { "logits", REAL, INOUT, rows, cols, logits, FREE_COLS },
            { "stat", WIDE, IN, rows, 3, NULL, 0 }, args[2] };
    struct forward f = { args, 3, 0, fwd, NULL, weight };
    struct tensor  t[3], u[3];
    char           name[80];

    for (int r = 0; r < rows; r++)
        weight[3 * r] = (double)factor;
    snprintf(name, sizeof name, "cross entropy %dx%d, spread %g", rows, cols, spread);
    check_case(name, args, 3, fwd, NULL, 1);
    execute(t, host_open("ref", 1), F64, args, 3, fwd, NULL);
    back[1].values = t[0].got;
    if (spread < 10 && cols > 1 && rows > 0) {
        execute(u, host_open("ref", 1), F64, back, 3, bwd, &factor);
        check_gradient(name, &f, 1, u[0].got);
        tensors_free(u, 3);
    }
    for (int i = 0; i < 3 * rows; i++)
        t[0].got[i] = (float)t[0].got[i];
    strcat(name, " backward");
    check_case(name, back, 3, bwd, &factor, 1);
    if (rows == 3) {
        check_wrong("cross entropy", args, 3, fwd, NULL);
        check_wrong("cross entropy backward", back, 3, bwd, &factor);
    }
    tensors_free(t, 3);
    free(logits), free(target), free(stat), free(weight);
}

/* The largest logit twice, far apart: the first of them is right.  And logits of minus infinity,
 * the whole of what some threads see. */
static void
ties(void)
{
    enum { ROWS = 3, COLS = 2900 };
    double    *logits = host_normal(ROWS * COLS, 1, 1), stat[3 * ROWS] = { 0 };
    double     target[ROWS] = { 17, 2801, 1400 };
    struct arg args[] = { { "stat", WIDE, OUT, ROWS, 3, stat, 0 },
        { "logits", REAL, IN, ROWS, COLS, logits, 0 }, { "target", INT, IN, ROWS, 1, target, 0 } };

    for (int r = 0; r < 2; r++)
        logits[r * COLS + 17] = logits[r * COLS + 2801] = 9;
    for (int c = 0; c < COLS; c++)
        logits[2 * COLS + c] = c == 1400 || c == 1401 ? 2 : -INFINITY;
    check_case("cross entropy with ties and logits of minus infinity", args, 3, fwd, NULL, 1);
    free(logits);
}

int
main(void)
{
    by_hand();
    ties();
    shape(1, 1, 1);
    shape(3, 7, 2);
    shape(257, 3, 2);
    shape(2, 1000, 5);
    shape(5, 32770, 3);
    shape(4, 50, 100);
    shape(0, 9, 1);
    return tap_done();
}
