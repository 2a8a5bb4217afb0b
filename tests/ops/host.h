/* host.h -- how every op is tested, so that a test says only what its op takes and gives.
 *
 * A case is a list of arguments with numbers and a function that calls the op.  check_case runs it
 *
 *     on "ref" in F64          the truth
 *     on "ref" in F32          what rounding alone loses
 *     on each backend in F32   which may lose twice that, and a little for a sum made in floats
 *
 * and, where the op has real arguments, the same again with BF16 in place of F32.  The numbers are
 * first rounded to what the type holds, so that only what the op itself loses counts.  It looks
 * that NaN never passes, that the guards around every tensor and all inputs are untouched, that
 * outputs are written whole and sums added to, and that a second call and any number of threads
 * give the same bits.  BACKEND=cpu (or another) in the environment: that backend alone.
 * "cuda-host" is tests/backend.h's.
 *
 * check_wrong changes each argument's shape and type in turn and wants the program to stop.
 * check_gradient compares a backward with differences of its forward. */
#ifndef TESTS_OPS_HOST_H
#define TESTS_OPS_HOST_H

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/backend.h"
#include "tests/ops/tensor.h"

/* ---- a case ---------------------------------------------------------------------------------- */

/* host_error -- the largest difference; NaN counts as infinite. */
static inline double
host_error(const double *got, const double *want, int count)
{
    double worst = 0;

    for (int i = 0; i < count; i++) {
        double e = fabs(got[i] - want[i]);

        worst = e <= worst ? worst : e == e ? e : INFINITY;
    }
    return worst;
}

static inline double
host_largest(const double *x, int count)
{
    double most = 0;

    for (int i = 0; i < count; i++)
        most = fabs(x[i]) > most ? fabs(x[i]) : most;
    return most;
}

static inline bool
same_bits(const struct tensor *a, const struct tensor *b, int count)
{
    for (int i = 0; i < count; i++)
        if (a[i].bytes && memcmp(a[i].bytes, b[i].bytes, a[i].size))
            return false;
    return true;
}

/* sums_add -- what was in a SUM argument before is in the result, exactly but for rounding. */
static inline bool
sums_add(const struct backend *ref, const struct arg *args, int count, const struct tensor *truth,
    run_fn *run, const void *extra)
{
    struct arg    from_zero[ARGS_MAX];
    struct tensor t[ARGS_MAX];
    bool          good;

    for (int i = 0; i < count; i++) {
        from_zero[i] = args[i];
        if (args[i].use == SUM && args[i].values)
            from_zero[i].values = host_new(args[i].rows * args[i].cols);
    }
    good = execute(t, ref, F64, from_zero, count, run, extra);
    for (int i = 0; i < count; i++) {
        if (args[i].use != SUM || !args[i].values)
            continue;
        for (int k = 0; k < args[i].rows * args[i].cols; k++)
            good &= fabs(truth[i].got[k] - t[i].got[k] - args[i].values[k]) <=
                    1e-12 * (1 + fabs(truth[i].got[k]));
        free(from_zero[i].values);
    }
    tensors_free(t, count);
    return good;
}

/* within -- the rule of the errors for all outputs; `worst` and `lost` for the eye. */
static inline bool
within(const struct arg *args, int count, const struct tensor *got, const struct tensor *rounded,
    const struct tensor *truth, double terms, double *worst, double *lost)
{
    bool good = true;

    *worst = *lost = 0;
    for (int i = 0; i < count; i++) {
        int    n = args[i].rows * args[i].cols;
        double err, loss, tiny;

        if (args[i].use == IN || !args[i].values)
            continue;
        err = host_error(got[i].got, truth[i].got, n);
        loss = host_error(rounded[i].got, truth[i].got, n);
        tiny = 0x1p-23 * sqrt(terms) * (1 + host_largest(truth[i].got, n));
        good &= err <= 2 * loss + tiny;
        if (!(err <= 2 * loss + tiny))
            printf("# %s: error %.3g, rounding alone %.3g, allowed beside %.3g\n", args[i].name,
                err, loss, tiny);
        *worst = err > *worst ? err : *worst;
        *lost = loss > *lost ? loss : *lost;
    }
    return good;
}

static inline const struct backend *
host_open(const char *name, int threads)
{
    return test_backend(name, threads);
}

/* A case in one type: the label says which. */
struct trial {
    const char       *label;
    enum dtype        real;
    const struct arg *args;
    int               count;
    run_fn           *run;
    const void       *extra;
    double            terms;
};

static inline void
check_on(const char *name, const struct trial *c, const struct tensor *truth,
    const struct tensor *rounded)
{
    struct tensor first[ARGS_MAX], again[ARGS_MAX];
    double        worst, lost;
    bool          good = true, same = true;

    if (c->real == BF16 && !host_open(name, 1)->has_bf16)
        return;
    good &= execute(first, host_open(name, 1), c->real, c->args, c->count, c->run, c->extra);
    for (int threads = 1; threads <= 3; threads++) {
        good &=
            execute(again, host_open(name, threads), c->real, c->args, c->count, c->run, c->extra);
        same &= same_bits(first, again, c->count);
        tensors_free(again, c->count);
    }
    host_open(name, 1);
    good &= within(c->args, c->count, first, rounded, truth, c->terms, &worst, &lost);
    ok(good, "%s on %s: error %.2g, rounding alone %.2g", c->label, name, worst, lost);
    if (!same)
        ok(false, "%s on %s: the same bits again and for 1, 2, 3 threads", c->label, name);
    tensors_free(first, c->count);
}

static inline void
check_trial(const struct trial *c)
{
    const struct backend *ref = host_open("ref", 1);
    const char           *names[3];
    int                   backends = test_names(names);
    struct tensor         truth[ARGS_MAX], rounded[ARGS_MAX];
    bool                  good = execute(truth, ref, F64, c->args, c->count, c->run, c->extra);

    good &= execute(rounded, ref, c->real, c->args, c->count, c->run, c->extra);
    good &= sums_add(ref, c->args, c->count, truth, c->run, c->extra);
    if (!good)
        ok(false, "%s: ref keeps inputs and guards, and adds to sums", c->label);
    for (int i = 0; i < backends; i++)
        check_on(names[i], c, truth, rounded);
    tensors_free(truth, c->count);
    tensors_free(rounded, c->count);
}

/* check_case -- `terms`: how many products one output is the sum of. */
static inline void
check_case(const char *label, const struct arg *args, int count, run_fn *run, const void *extra,
    double terms)
{
    static const enum dtype types[] = { F32, BF16 };
    struct arg              held[ARGS_MAX];
    struct trial            c = { .args = held, count, run, extra, terms };
    char                    name[160];
    bool                    any = false;

    for (int i = 0; i < count; i++)
        any |= args[i].kind == REAL && args[i].values;
    for (int t = 0; t < (any ? 2 : 1); t++) {
        for (int i = 0; i < count; i++) {
            held[i] = args[i];
            if (!args[i].values)
                continue;
            held[i].values = host_copy(args[i].values, args[i].rows * args[i].cols);
            host_round(held[i].values, args[i].rows * args[i].cols,
                dtype_of(args[i].kind, types[t]));
        }
        snprintf(name, sizeof name, "%s%s", label, types[t] == BF16 ? ", bf16" : "");
        c.label = name;
        c.real = types[t];
        check_trial(&c);
        for (int i = 0; i < count; i++)
            free(held[i].values);
    }
}

/* ---- wrong calls ----------------------------------------------------------------------------- */

/* stops -- whether the call ends in SIGABRT, which is what CHECK does, and in nothing else. */
static inline bool
stops(const struct view *v, run_fn *run, const void *extra)
{
    int   status;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stderr))
            _exit(3);
        alarm(20);
        run(host_open("ref", 1), v, extra);
        _exit(0);
    }
    return waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
           WTERMSIG(status) == SIGABRT;
}

static inline void
check_wrong(const char *label, const struct arg *args, int count, run_fn *run, const void *extra)
{
    struct tensor t[ARGS_MAX];
    struct view   v[ARGS_MAX] = { { 0 } };
    int           passed = 0, tried = 0;

    for (int i = 0; i < count; i++)
        v[i] = tensor_new(&t[i], host_open("ref", 1), &args[i], F32);
    for (int i = 0; i < count; i++)
        for (unsigned what = 1; what <= FREE_TYPE; what *= 2) {
            struct view kept = v[i];

            if (args[i].free & what || !args[i].values)
                continue;
            v[i].rows += what == FREE_ROWS;
            v[i].cols += what == FREE_COLS;
            if (what == FREE_TYPE)
                v[i].dtype = v[i].dtype == I32 ? F32 : args[i].kind == WIDE ? BF16 : I32;
            tried++;
            if (stops(v, run, extra))
                passed++;
            else
                printf("# %s of %s wrong, and it goes on\n", what == 1 ? "rows" : what == 2 ? "cols"
                                                                                    : "type",
                    args[i].name);
            v[i] = kept;
        }
    ok(tried > 0 && passed == tried, "%s: %d wrong shapes and types stop the program", label,
        tried);
    for (int i = 0; i < count; i++)
        op_free(host_open("ref", 1), t[i].memory);
}

/* ---- gradients ------------------------------------------------------------------------------- */

/* A case whose outputs are weighted into one number: the loss. */
struct forward {
    const struct arg *args; /* values of IN arguments are changed and put back */
    int               count, out;
    run_fn           *run;
    const void       *extra;
    const double     *weight; /* the gradient of the loss by argument `out` */
};

static inline double
forward_loss(const struct forward *f)
{
    struct tensor t[ARGS_MAX];
    double        sum = 0;

    if (!execute(t, host_open("ref", 1), F64, f->args, f->count, f->run, f->extra))
        abort();
    for (int i = 0; i < f->args[f->out].rows * f->args[f->out].cols; i++)
        sum += f->weight[i] * t[f->out].got[i];
    tensors_free(t, f->count);
    return sum;
}

/* check_gradient -- `got`, the gradient by argument `by`, against differences of order four; 1e-8
 * of the largest element, for some 60 elements. */
static inline void
check_gradient(const char *label, const struct forward *f, int by, const double *got)
{
    const struct arg *arg = &f->args[by];
    int               count = arg->rows * arg->cols, step = count > 60 ? count / 60 : 1;
    double            worst = 0, most = host_largest(got, count), h = 1e-3;

    for (int i = 0; i < count; i += step) {
        double x = arg->values[i], d[4], at[4] = { -2 * h, -h, h, 2 * h };

        for (int k = 0; k < 4; k++) {
            arg->values[i] = x + at[k];
            d[k] = forward_loss(f);
        }
        arg->values[i] = x;
        d[0] = fabs((d[0] - 8 * d[1] + 8 * d[2] - d[3]) / (12 * h) - got[i]);
        worst = d[0] <= worst ? worst : d[0] == d[0] ? d[0] : INFINITY;
    }
    ok(most > 0 && worst <= 1e-8 * most, "%s: gradient by %s, error %.1g of its largest", label,
        arg->name, worst / most);
}

/* check_optimizer -- cases of weight, m, v, grad and scale in shapes of all kinds: one step, and a
 * hundred. */
static inline void
check_optimizer(const char *op, run_fn *step, const void *extra, run_fn *hundred,
    const void *hundred_extra)
{
    static const int shape[][2] = { { 1, 1 }, { 3, 7 }, { 257, 3 }, { 2, 1000 }, { 9, 4001 },
        { 0, 3 } };

    for (int i = 0; i < 6; i++) {
        int        rows = shape[i][0], cols = shape[i][1], n = rows * cols;
        double    *w = host_normal(n, 1, 1), *m = host_normal(n, 2, 0.1);
        double    *v = host_normal(n, 3, 0.1), *g = host_normal(n, 4, 1), scale = 0.7;
        struct arg args[] = { { "weight", WIDE, INOUT, rows, cols, w, 0 },
            { "m", WIDE, INOUT, rows, cols, m, 0 }, { "v", WIDE, INOUT, rows, cols, v, 0 },
            { "grad", WIDE, IN, rows, cols, g, 0 },
            { "scale", WIDE, IN, 1, 1, &scale, 0 } };
        char       name[40];

        for (int k = 0; k < n; k++)
            v[k] = fabs(v[k]);
        snprintf(name, sizeof name, "%s %dx%d", op, rows, cols);
        check_case(name, args, 5, step, extra, 1);
        if (n <= 2000) { /* what more steps show, fewer numbers show too */
            strcat(name, ", 100 steps");
            check_case(name, args, 5, hundred, hundred_extra, 100);
        }
        if (i == 1)
            check_wrong(name, args, 5, step, extra);
        free(w), free(m), free(v), free(g);
    }
}

/* check_stays -- with a scale that is not finite nothing moves. */
static inline void
check_stays(const char *op, run_fn *step, const void *extra)
{
    enum { ROWS = 3, COLS = 501, N = ROWS * COLS };
    const char *names[3];
    int         backends = test_names(names);
    double    *w = host_normal(N, 1, 1), *m = host_normal(N, 2, 0.1), *v = host_new(N), scale = NAN;
    double    *g = host_normal(N, 4, 1), *was[] = { w, m, v };
    struct arg args[] = { { "weight", WIDE, INOUT, ROWS, COLS, w, 0 },
        { "m", WIDE, INOUT, ROWS, COLS, m, 0 }, { "v", WIDE, INOUT, ROWS, COLS, v, 0 },
        { "grad", WIDE, IN, ROWS, COLS, g, 0 }, { "scale", WIDE, INOUT, 1, 1, &scale, 0 } };

    g[700] = INFINITY;
    for (int i = 0; i < 2 * backends; i++) {
        struct tensor t[5];
        bool          good;

        scale = i < backends ? (double)NAN : INFINITY;
        good = execute(t, host_open(names[i % backends], 1), F32, args, 5, step, extra);
        for (int k = 0; k < 3; k++)
            good &= memcmp(t[k].got, was[k], N * sizeof *w) == 0;
        ok(good, "%s on %s: nothing moves by a scale of %g", op, names[i % backends], scale);
        tensors_free(t, 5);
    }
    free(w), free(m), free(v), free(g);
}

#endif
