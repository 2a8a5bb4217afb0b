/* replace_test -- words drawn in place of hidden ones: by hand, and by the rule. */
#include "tests/ops/hidden.h"

static void
run(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_replace(be, v[0], v[1], v[2], v[3], v[4], v[5]);
}

/* Tokens 1 0 3 0, of which 8 and 9 stood at the second and the last: 8 is drawn again, 7 for 9. */
static void
by_hand(void)
{
    double        text[] = { 1, 0, 3, 0 }, row[] = { 1, 3 }, target[] = { 8, 9 }, draw[] = { 8, 7 };
    double        id[4] = { 0 }, changed[4] = { 0 };
    double        ids[] = { 1, 8, 3, 7 }, changes[] = { 0, 0, 0, 1 }, *want[] = { ids, changes };
    struct arg    args[] = { { "id", INT, OUT, 4, 1, id, 0 },
        { "changed", INT, OUT, 4, 1, changed, 0 },
           { "text", INT, IN, 4, 1, text, 0 }, { "row", INT, IN, 2, 1, row, 0 },
           { "target", INT, IN, 2, 1, target, 0 }, { "draw", INT, IN, 2, 1, draw, 0 } };

    check_same("replace, by hand", args, 6, 2, run, NULL, want);
    check_wrong("replace", args, 6, run, NULL);
}

static void
shape(int rows, int every)
{
    double    *row = host_new(rows), *text = host_below(rows, 1, 50);
    int        hidden = hidden_rows(row, rows, every);
    double    *target = host_below(hidden, 2, 5), *draw = host_below(hidden, 3, 5);
    double    *id = host_new(rows), *changed = host_new(rows);
    double    *want[] = { host_copy(text, rows), host_new(rows) };
    struct arg args[] = { { "id", INT, OUT, rows, 1, id, 0 },
        { "changed", INT, OUT, rows, 1, changed, 0 }, { "text", INT, IN, rows, 1, text, 0 },
        { "row", INT, IN, hidden, 1, row, 0 }, { "target", INT, IN, hidden, 1, target, 0 },
        { "draw", INT, IN, hidden, 1, draw, 0 } };
    char       name[60];

    for (int i = 0; i < hidden; i++) {
        want[0][(int)row[i]] = draw[i];
        want[1][(int)row[i]] = draw[i] != target[i];
    }
    snprintf(name, sizeof name, "replace %d of %d", hidden, rows);
    check_same(name, args, 6, 2, run, NULL, want);
    check_case(name, args, 6, run, NULL, 0);
    free(row), free(text), free(target), free(draw), free(id), free(changed);
    free(want[0]), free(want[1]);
}

int
main(void)
{
    by_hand();
    shape(0, 1);
    shape(1, 1);
    shape(7, 1000);
    shape(300, 7);
    shape(4000, 6);
    shape(513, 1);
    return tap_done();
}
