/* relative_bias_test -- a bias of attention by distance. */
#include "tests/ops/host.h"

static void
fwd(const struct backend *be, const struct view *v, const void *extra)
{
    op_relative_bias_fwd(be, v[0], v[1], *(const int *)extra);
}

static void
bwd(const struct backend *be, const struct view *v, const void *extra)
{
    op_relative_bias_bwd(be, v[0], v[1], *(const int *)extra);
}

/* Two heads, three positions: 0 on the diagonal, key to the right 17 and 18, to the left 1 and
 * 2; [CLS], the first, is no other than the rest. */
static void
by_hand(void)
{
    double        relative[64], bias[18] = { 0 };
    double        want[] = { 0, 17, 18, 1, 0, 17, 2, 1, 0 };
    int           heads = 2;
    struct arg    args[] = { { "bias", WIDE, OUT, 6, 3, bias, 0 },
           { "relative", WIDE, IN, 32, 2, relative, 0 } };
    struct tensor t[2];
    bool          good = true;

    for (int b = 0; b < 32; b++) {
        relative[2 * b] = b;
        relative[2 * b + 1] = 100 * b;
    }
    execute(t, host_open("ref", 1), F64, args, 2, fwd, &heads);
    for (int i = 0; i < 9; i++)
        good &= t[0].got[i] == want[i] && t[0].got[9 + i] == 100 * want[i];
    ok(good, "relative bias, by hand");
    tensors_free(t, 2);
}

static void
shape(int positions, int heads, bool wrong)
{
    int            count = heads * positions * positions;
    double        *relative = host_normal(32 * heads, 1, 1), *dbias = host_normal(count, 2, 1);
    double        *before = host_normal(32 * heads, 3, 1), *zero = host_new(32 * heads);
    double        *room = host_new(count);
    struct arg     args[] = { { "bias", WIDE, OUT, heads * positions, positions, room, 0 },
            { "relative", WIDE, IN, 32, heads, relative, 0 } };
    struct arg     back[] = { { "drelative", WIDE, SUM, 32, heads, zero, 0 },
            { "dbias", WIDE, IN, heads * positions, positions, dbias, 0 } };
    struct forward f = { args, 2, 0, fwd, &heads, dbias };
    struct tensor  t[2];
    char           name[80];

    snprintf(name, sizeof name, "relative bias %d positions, %d heads", positions, heads);
    check_case(name, args, 2, fwd, &heads, 1);
    if (positions < 30) {
        execute(t, host_open("ref", 1), F64, back, 2, bwd, &heads);
        check_gradient(name, &f, 1, t[0].got);
        tensors_free(t, 2);
    }
    back[0].values = before;
    strcat(name, " backward");
    check_case(name, back, 2, bwd, &heads, positions * positions);
    if (wrong) {
        check_wrong("relative bias", args, 2, fwd, &heads);
        check_wrong("relative bias backward", back, 2, bwd, &heads);
    }
    free(relative), free(dbias), free(before), free(zero), free(room);
}

int
main(void)
{
    by_hand();
    shape(1, 1, false);
    shape(3, 2, true);
    shape(26, 3, false);
    shape(200, 4, false);
    return tap_done();
}
