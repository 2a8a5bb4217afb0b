/* square_error_test -- the loss of a regression. */
#include "tests/ops/host.h"

static void
fwd(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_square_error_fwd(be, v[0], v[1], v[2]);
}

static void
bwd(const struct backend *be, const struct view *v, const void *extra)
{
    op_square_error_bwd(be, v[0], v[1], *(const float *)extra);
}

int
main(void)
{
    static const int rows[] = { 1, 3, 257, 0 };
    float            factor = 0.125f;

    for (int i = 0; i < 4; i++) {
        int            n = rows[i];
        double *x = host_normal(n, 1, 1), *target = host_normal(n, 2, 1), *loss = host_new(n);
        double        *weight = host_new(n);
        struct arg args[] = { { "loss", WIDE, OUT, n, 1, loss, 0 }, { "x", REAL, IN, n, 1, x, 0 },
            { "target", WIDE, IN, n, 1, target, 0 } };
        struct arg     back[] = { { "x", REAL, INOUT, n, 1, x, 0 }, args[2] };
        struct forward f = { args, 3, 0, fwd, NULL, weight };
        struct tensor  t[2];
        char           name[40];

        snprintf(name, sizeof name, "square error of %d", n);
        check_case(name, args, 3, fwd, NULL, 1);
        check_case(name, back, 2, bwd, &factor, 1);
        for (int k = 0; k < n; k++)
            weight[k] = (double)factor;
        execute(t, host_open("ref", 1), F64, back, 2, bwd, &factor);
        if (n > 0)
            check_gradient(name, &f, 1, t[0].got);
        tensors_free(t, 2);
        if (n == 3) {
            execute(t, host_open("ref", 1), F64, back, 2, bwd, &factor);
            ok(t[0].got[1] == (x[1] - target[1]) * 0.25, "square error, by hand");
            tensors_free(t, 2);
            check_wrong(name, args, 3, fwd, NULL);
            check_wrong(name, back, 2, bwd, &factor);
        }
        free(x), free(target), free(loss), free(weight);
    }
    return tap_done();
}
