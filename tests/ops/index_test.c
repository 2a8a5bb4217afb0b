/* index_test -- indices that are out of range: the kernels of the GPU, compiled for the host or on
 * one (BACKEND=cuda), touch nothing beyond their tensors, the next sync names the op, and the one
 * behind it is well again.  What ref and cpu do, which is to stop, is in each op's own test. */
#include "tests/ops/host.h"

enum { ROWS = 5, COLS = 8, TABLE = 3 };

static const char *name = "cuda-host";

static void
gather_fwd(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_gather_fwd(be, v[0], v[1], v[2]);
}

static void
gather_add(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_gather_add(be, v[0], v[1], v[2]);
}

static void
gather_sum(const struct backend *be, const struct view *v, const void *extra)
{
    struct lookup words = { v[1], v[2] }, none = { view_none(), view_none() };

    (void)extra;
    op_gather_sum(be, v[0], words, none, words);
}

static void
gather_bwd(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_gather_bwd(be, v[1], v[0], v[2]);
}

static void
cross_entropy(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_cross_entropy_fwd(be, v[0], v[1], v[2]);
}

static void
logistic(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_logistic_fwd(be, v[0], v[1], v[2]);
}

static void
choice_fwd(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_choice_fwd(be, v[0], v[3], v[1], v[4], v[2]);
}

static void
choice_bwd(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_choice_bwd(be, v[3], v[1], v[4], v[0], v[5], v[6], v[2]);
}

static void
note_mix(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_note_mix(be, v[0], v[1], v[2], view_none(), view_none(), 0.5f);
}

static void
note_mix_matched(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_note_mix(be, v[0], v[1], v[3], v[1], v[2], 0.5f);
}

static void
note_mix_bwd(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_note_mix_bwd(be, v[0], v[2], 0.5f);
}

static void
note_sum(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_note_sum(be, v[1], v[0], v[2]);
}

static void
note_update(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_note_update(be, v[1], v[0], v[2], v[3], 0.5f);
}

static void
attention(const struct backend *be, const struct view *v, const void *extra)
{
    struct attention att = { 1, ROWS, 1, { 0, 0, 0, 0 } };

    (void)extra;
    op_attention_fwd(be, v[0], v[1], v[3], view_none(), v[2], v[4], att);
}

/* wrong -- argument 2 is the one with indices, of which the one at `at` becomes each of `bad`. */
static void
wrong(const char *op, struct arg *args, int count, run_fn *run, int at, const int *bad, int bads)
{
    const struct backend *be = host_open(name, 1);
    double                good = args[2].values[at];

    for (int i = 0; i < bads; i++) {
        struct tensor t[ARGS_MAX];
        struct view   v[ARGS_MAX] = { { 0 } };
        bool          told, kept = true, well;

        args[2].values[at] = bad[i];
        for (int k = 0; k < count; k++)
            v[k] = tensor_new(&t[k], be, &args[k], F32);
        run(be, v, NULL);
        told = op_sync(be) != OK && strstr(err_msg(), op) != NULL;
        well = op_sync(be) == OK;
        for (int k = 0; k < count; k++)
            kept &= tensor_end(&t[k], be, &args[k], F32);
        ok(told && well && kept, "%s, %d at %d: %s", op, bad[i], at,
            !told ? "not told" : !well ? "told twice" : !kept ? "bytes beside" : "told, once");
        tensors_free(t, count);
    }
    args[2].values[at] = good;
}

/* with -- a case of y, table, index and what else there is. */
static void
with(const char *op, run_fn *run, struct arg y, struct arg table, struct arg index, int at,
    const int *bad, int bads)
{
    struct arg args[3] = { y, table, index };

    wrong(op, args, 3, run, at, bad, bads);
}

int
main(void)
{
    static const int below[] = { -1, INT32_MIN, TABLE, INT32_MAX }, yes[] = { -1, 2 };
    static const int starts[] = { 1, 3, 4 };
    double          *x = host_normal(ROWS * 3 * COLS, 1, 1), index[] = { 0, 2, 1, 1, 2 };
    double           spans[] = { 2, 1, 2, 0, 4, 1 }, bits[] = { 1, 0, 0, 1, 1 };
    double           start[] = { 0, 2, ROWS }, times[] = { 1, 2, 1, 1, 1 };
    struct arg       y = { "y", REAL, INOUT, ROWS, COLS, x, 0 };
    struct arg       table = { "table", WIDE, INOUT, TABLE, COLS, x, 0 };
    struct arg       at = { "index", INT, IN, ROWS, 1, index, 0 };
    struct arg       span = { "span", INT, IN, 2, 3, spans, 0 };

    if (getenv("BACKEND") != NULL)
        name = getenv("BACKEND");
    if (strncmp(name, "cuda", 4) != 0 || (strcmp(name, "cuda") != 0 && !test_cuda_host())) {
        printf("ok 1 # SKIP neither a GPU nor a C++ compiler\n1..1\n");
        return 0;
    }
    with("op_gather_fwd", gather_fwd, y, table, at, 3, below, 4);
    with("op_gather_add", gather_add, y, table, at, 0, below, 4);
    with("op_gather_sum", gather_sum, y, table, at, 4, below, 4);
    with("op_gather_bwd", gather_bwd, y, table, at, 2, below + 1, 3); /* -1 is nowhere */
    for (int i = 0; i < 3; i++) {
        with("op_note_mix", note_mix, y, table, span, i, below, 2);
        with("op_note_sum", note_sum, y, table, span, 3 + i, below + 2 * (i == 0), 2);
    }
    with("op_note_mix_bwd", note_mix_bwd, y, table, span, 1, below, 2);
    {
        struct arg stat = { "stat", WIDE, INOUT, ROWS, 3, x, 0 };
        struct arg logits = { "logits", REAL, IN, ROWS, TABLE, x, 0 };
        struct arg two = { "stat", WIDE, INOUT, ROWS, 2, x, 0 };
        struct arg one = { "x", REAL, IN, ROWS, 1, x, 0 };
        struct arg target = { "target", INT, IN, ROWS, 1, bits, 0 };

        with("op_cross_entropy_fwd", cross_entropy, stat, logits, at, 1, below, 4);
        with("op_logistic_fwd", logistic, two, one, target, 1, yes, 2);
    }
    {
        struct arg matched[] = { y, table, at, { "span", INT, IN, 2, 3, spans, 0 } };
        struct arg update[] = { { "sum", WIDE, IN, TABLE, COLS, x, 0 }, table,
            { "note", INT, IN, TABLE, 1, index, 0 }, { "count", INT, IN, TABLE, 1, times, 0 } };
        struct arg score[] = { { "score", REAL, INOUT, ROWS, 1, x, 0 },
            { "weight", REAL, IN, TABLE, COLS, x, 0 }, at, { "x", REAL, IN, ROWS, COLS, x, 0 },
            { "bias", WIDE, IN, 1, TABLE, x, 0 } };
        struct arg back[] = { { "dscore", REAL, IN, ROWS, 1, x, 0 },
            { "dweight", WIDE, INOUT, TABLE, COLS, x, 0 }, at,
            { "dx", REAL, OUT, ROWS, COLS, x, 0 }, { "dbias", WIDE, INOUT, 1, TABLE, x, 0 },
            score[3], score[1] };
        struct arg attend[] = { { "out", REAL, INOUT, ROWS, COLS, x, 0 },
            { "lse", WIDE, INOUT, ROWS, 1, x, 0 }, { "start", INT, IN, 3, 1, start, 0 },
            { "qkv", REAL, IN, ROWS, 3 * COLS, x, 0 }, { "key", INT, IN, ROWS, 1, index, 0 } };

        wrong("op_note_mix", matched, 4, note_mix_matched, 1, below, 4);
        wrong("op_note_update", update, 4, note_update, 2, below, 4);
        wrong("op_choice_fwd", score, 5, choice_fwd, 2, below + 1, 3);
        wrong("op_choice_bwd", back, 7, choice_bwd, 2, below + 1, 3);
        wrong("op_attention_fwd", attend, 5, attention, 2, starts + 1, 2); /* not all rows */
        wrong("op_attention_fwd", attend, 5, attention, 0, starts, 1);
    }
    free(x);
    return tap_done();
}
