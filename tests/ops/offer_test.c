/* offer_test -- what MC-BERT's main network may choose from: by hand, and by the rule. */
#include "tests/ops/hidden.h"

enum { REJECT = 5 };

static void
run(const struct backend *be, const struct view *v, const void *extra)
{
    op_offer(be, v[0], v[1], v[2], v[3], v[4], v[5], v[6], *(const struct offer *)extra);
}

/* Tokens 1 0 0 4, of which 8 and 9 stood at the second and the third. */
static void
by_hand(bool distinct)
{
    double     text[] = { 1, 0, 0, 4 }, row[] = { 1, 2 }, target[] = { 8, 9 };
    double     draw[] = { 7, 6, 1, 7, /* stays 1, which is drawn once more */
            8, 3, 8, 2,               /* filled rightly */
            7, 6, 9, 11,              /* becomes 7: the right one is offered, and drawn once more */
            6, 4, REJECT, 4 };        /* stays 4, drawn twice; the reject option, too */
    double     all[] = { REJECT, 6, 1, 7, REJECT, 3, 8, 2, REJECT, 9, 9, 11, REJECT, 4, REJECT, 4 };
    double     some[] = { REJECT, 6, -1, 7, REJECT, 3, -1, 2, REJECT, 9, -1, 11, REJECT, -1, REJECT,
            -1 };
    double     ids[] = { 1, 8, 7, 4 }, rights[] = { 0, 0, 1, 0 };
    double    *want[] = { distinct ? some : all, ids, rights };
    double     candidate[16] = { 0 }, id[4] = { 0 }, right[4] = { 0 };
    struct arg args[] = { { "candidate", INT, OUT, 4, 4, candidate, 0 },
        { "id", INT, OUT, 4, 1, id, 0 }, { "right", INT, OUT, 4, 1, right, 0 },
        { "text", INT, IN, 4, 1, text, 0 }, { "row", INT, IN, 2, 1, row, 0 },
        { "target", INT, IN, 2, 1, target, 0 }, { "draw", INT, IN, 4, 4, draw, 0 } };
    struct offer offer = { REJECT, distinct };

    check_same(distinct ? "offer, distinct, by hand" : "offer, by hand", args, 7, 3, run, &offer,
        want);
    check_wrong("offer", args, 7, run, &offer);
}

static void
shape(int rows, int draws, int every, bool distinct)
{
    double    *row = host_new(rows), *text = host_below(rows, 1, 9);
    int        hidden = hidden_rows(row, rows, every), next = 0;
    double    *target = host_below(hidden, 2, 9), *draw = host_below(rows * draws, 3, 9);
    double    *candidate = host_new(rows * draws), *id = host_new(rows), *right = host_new(rows);
    double    *want[] = { host_copy(draw, rows * draws), host_copy(text, rows), host_new(rows) };
    struct arg args[] = { { "candidate", INT, OUT, rows, draws, candidate, 0 },
        { "id", INT, OUT, rows, 1, id, 0 }, { "right", INT, OUT, rows, 1, right, 0 },
        { "text", INT, IN, rows, 1, text, 0 }, { "row", INT, IN, hidden, 1, row, 0 },
        { "target", INT, IN, hidden, 1, target, 0 },
        { "draw", INT, IN, rows, draws, draw, 0 } };
    struct offer offer = { 8, distinct };
    char         name[80];

    for (int r = 0; r < rows; r++) {
        bool    is_hidden = next < hidden && (int)row[next] == r;
        double  stood = is_hidden ? target[next++] : text[r];
        double *to = want[0] + r * draws;

        want[1][r] = is_hidden ? draw[r * draws] : stood;
        want[2][r] = want[1][r] != stood;
        for (int k = 0; k < draws; k++)
            if (k == 0)
                to[k] = 8;
            else if (k == 1 && want[2][r] == 1)
                to[k] = stood;
            else if (distinct && to[k] == stood)
                to[k] = -1;
    }
    snprintf(name, sizeof name, "offer %d at %d rows, %d hidden%s", draws, rows, hidden,
        distinct ? ", distinct" : "");
    check_same(name, args, 7, 3, run, &offer, want);
    check_case(name, args, 7, run, &offer, 0);
    free(row), free(text), free(target), free(draw), free(candidate), free(id), free(right);
    for (int i = 0; i < 3; i++)
        free(want[i]);
}

int
main(void)
{
    for (int distinct = 0; distinct < 2; distinct++) {
        by_hand(distinct);
        shape(0, 4, 1, distinct);
        shape(1, 2, 1, distinct);
        shape(7, 3, 1000, distinct);
        shape(300, 10, 7, distinct);
        shape(2000, 10, 6, distinct);
        shape(257, 5, 1, distinct);
    }
    return tap_done();
}
