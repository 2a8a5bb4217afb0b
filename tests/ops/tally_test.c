/* tally_test -- sums of losses, what was right, and the first that is no number. */
#include "tests/ops/host.h"

/* The tally is F64 on every backend, which no kind of argument is: so it is here, and a wide row of
 * four stands for it. */
static double before[4];

static void
run(const struct backend *be, const struct view *v, const void *extra)
{
    double got[4];
    float  narrow[4];
    void  *memory;

    (void)extra;
    if (op_alloc(be, &memory, sizeof got) != OK)
        abort();
    op_upload(be, view_of(memory, F64, 1, 4), before);
    op_tally(be, view_of(memory, F64, 1, 4), v[1], v[2]);
    op_download(be, got, view_of(memory, F64, 1, 4));
    op_free(be, memory);
    for (int i = 0; i < 4; i++)
        narrow[i] = (float)got[i];
    op_upload(be, v[0], v[0].dtype == F64 ? (const void *)got : narrow);
}

static void
shape(int rows, int cols)
{
    double    *stat = host_normal(rows * cols, 1, 3), *key = host_below(rows, 2, INT32_MAX), out[4];
    struct arg args[] = { { "tally", WIDE, OUT, 1, 4, out, 0 },
        { "stat", WIDE, IN, rows, cols, stat, 0 }, { "key", INT, IN, rows, 1, key, 0 } };
    char       name[60];

    snprintf(name, sizeof name, "tally of %d x %d", rows, cols);
    check_case(name, args, 3, run, NULL, 1);
    free(stat), free(key);
}

/* Twice, into what was there: 3 losses, then 2 of which the second is infinite and another is NaN.
 *  */
static void
by_hand(const char *name)
{
    const struct backend *be = host_open(name, 1);
    float   some[] = { 1, 9, 0, 2, 9, 1, 0.5f, 9, 1 }, more[] = { 4, 1, INFINITY, 1, NAN, 0 };
    int32_t key[] = { 3, 5, 8, 70, 77, 78 };
    double  got[4] = { 100, 10, 0, -1 };
    void   *memory;

    if (op_alloc(be, &memory, 256) != OK)
        abort();
    op_upload(be, view_of(memory, F64, 1, 4), got);
    op_upload(be, view_of((char *)memory + 64, F32, 3, 3), some);
    op_upload(be, view_of((char *)memory + 128, I32, 6, 1), key);
    op_tally(be, view_of(memory, F64, 1, 4), view_of((char *)memory + 64, F32, 3, 3),
        view_of((char *)memory + 128, I32, 3, 1));
    op_download(be, got, view_of(memory, F64, 1, 4));
    ok(got[0] == 103.5 && got[1] == 12 && got[2] == 0 && got[3] == -1, "%s: three losses", name);
    op_upload(be, view_of((char *)memory + 64, F32, 3, 2), more);
    op_tally(be, view_of(memory, F64, 1, 4), view_of((char *)memory + 64, F32, 3, 2),
        view_of((char *)memory + 140, I32, 3, 1));
    op_download(be, got, view_of(memory, F64, 1, 4));
    ok(isnan(got[0]) && got[1] == 14 && got[2] == 78 && isinf(got[3]),
        "%s: and three more, one infinite: the key of that", name);
    op_tally(be, view_of(memory, F64, 1, 4), view_of((char *)memory + 64, F32, 3, 1),
        view_of((char *)memory + 128, I32, 3, 1));
    op_download(be, got, view_of(memory, F64, 1, 4));
    ok(got[1] == 14 && got[2] == 78 && isinf(got[3]), "%s: the first stays the first", name);
    op_free(be, memory);
}

/* One that is none, anywhere among so many that they are shared out. */
static void
places(const char *name)
{
    enum { ROWS = 3000 };
    const struct backend *be = host_open(name, 1);
    static float   stat[ROWS];
    static int32_t key[ROWS];
    void          *memory;
    int            wrong = 0;

    for (int r = 0; r < ROWS; r++)
        key[r] = INT32_MAX - r;
    if (op_alloc(be, &memory, 32 + sizeof stat + sizeof key) != OK)
        abort();
    for (int bad = 0; bad < ROWS; bad = 3 * bad / 2 + 1) {
        double got[4] = { 0 };

        for (int r = 0; r < ROWS; r++)
            stat[r] = r == bad || r > ROWS - 7 ? NAN : 1;
        op_upload(be, view_of(memory, F64, 1, 4), got);
        op_upload(be, view_of((char *)memory + 32, F32, ROWS, 1), stat);
        op_upload(be, view_of((char *)memory + 32 + sizeof stat, I32, ROWS, 1), key);
        op_tally(be, view_of(memory, F64, 1, 4), view_of((char *)memory + 32, F32, ROWS, 1),
            view_of((char *)memory + 32 + sizeof stat, I32, ROWS, 1));
        op_download(be, got, view_of(memory, F64, 1, 4));
        wrong += got[2] != 1 + (double)key[bad] || !isnan(got[3]) || got[1] != 0;
    }
    ok(wrong == 0, "%s: the first of seven that are not numbers, wherever it is", name);
    op_free(be, memory);
}

int
main(void)
{
    static const int shapes[][2] = { { 1, 1 }, { 3, 2 }, { 257, 3 }, { 1025, 2 }, { 4001, 3 },
        { 0, 3 } };
    const char *names[3];

    for (int i = 0, backends = test_names(names); i < backends; i++) {
        by_hand(names[i]);
        places(names[i]);
    }
    before[0] = 17;
    before[1] = 3;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        shape(shapes[i][0], shapes[i][1]);
    return tap_done();
}
