/* ops -- time every op of a training step at the shapes of a BERT, and say what a step is made of.
 *
 *     make build/bench/ops && build/bench/ops [BACKEND [THREADS [REPEATS [TYPE [SHAPE...]]]]]
 *
 * TYPE is that of activations, f32 or bf16; SHAPEs are named in the list at the end, and without
 * any the two small ones are taken.  One line an op, as it is done: milliseconds of a call (the
 * shortest of REPEATS), calls in a step, their product, and GFLOP/s or GB/s as fits; then their
 * sum.  An op that fails is named, and the others are timed; the exit status is then 1.
 * Not a test: other work on the machine shows.  With one thread (the default) of a processor its
 * time is taken, which that shows least in; with more, and of a device, the clock's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernels/ops.h"

struct shape {
    const char *name;
    int         layers, cols, heads, sequences, len, vocabulary;
};

struct line {
    const char *name;
    double      ms, calls, amount; /* amount: floating-point operations, or bytes */
    bool        is_flops;
};

static const struct backend *be;
static enum dtype            real = F32;
static int                   repeats = 20;
static double                step_ms;
static bool                  has_failed;
static clockid_t             used_clock = CLOCK_PROCESS_CPUTIME_ID;

static double
now_ms(void)
{
    struct timespec t;

    clock_gettime(used_clock, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static void
fail(void)
{
    fprintf(stderr, "ops: %s\n", err_msg());
    exit(1);
}

/* filled -- element i is what `put` makes of i; from a small buffer, as a device's tensors are
 * large. */
static struct view
filled(enum dtype dtype, int rows, int cols, void put(void *at, size_t i, int a, int b), int a,
    int b)
{
    static uint64_t room[1 << 17];
    size_t          width = dtype_bytes(dtype), most = sizeof room / width;
    size_t          count = (size_t)rows * (size_t)cols;
    void           *memory;

    if (op_alloc(be, &memory, count * width) != OK)
        fail();
    for (size_t at = 0; at < count; at += most) {
        size_t here = count - at < most ? count - at : most;

        for (size_t i = 0; i < here; i++)
            put((char *)room + i * width, at + i, a, b);
        op_upload(be, view_of((char *)memory + at * width, dtype, 1, (int)here), room);
    }
    return view_of(memory, dtype, rows, cols);
}

/* Numbers from -1 to 1; the upper half of a float's bits is a bf16. */
static uint32_t
number_bits(size_t i)
{
    float    x = (float)(((i * 2654435761u) >> 8) % 2001) * 0.001f - 1;
    uint32_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static void
put_wide(void *at, size_t i, int a, int b)
{
    (void)a, (void)b;
    *(uint32_t *)at = number_bits(i);
}

static void
put_bf16(void *at, size_t i, int a, int b)
{
    (void)a, (void)b;
    *(uint16_t *)at = (uint16_t)(number_bits(i) >> 16);
}

static void
put_int(void *at, size_t i, int step, int limit)
{
    *(int32_t *)at = (int32_t)((long long)i * step % limit);
}

/* wide -- a parameter, or a sum; made -- an activation; made_ints -- 0, step, 2 step ... modulo
 * limit. */
static struct view
wide(int rows, int cols)
{
    return filled(F32, rows, cols, put_wide, 0, 0);
}

static struct view
made(int rows, int cols)
{
    return filled(real, rows, cols, real == BF16 ? put_bf16 : put_wide, 0, 0);
}

static struct view
made_ints(int rows, int cols, int step, int limit)
{
    return filled(I32, rows, cols, put_int, step, limit);
}

static void
release(struct view *v, int count)
{
    for (int i = 0; i < count; i++)
        op_free(be, v[i].data);
}

static void
add(struct line l, int rc)
{
    double rate = l.amount / l.ms * 1e-6;
    bool   tera = l.is_flops && rate >= 1e4;

    if (rc != OK) {
        fprintf(stderr, "ops: %s: %s\n", l.name, err_msg());
        has_failed = true;
        return;
    }
    printf("  %-22s %9.3f ms x %3.0f = %9.2f ms  %7.1f %s\n", l.name, l.ms, l.calls,
        l.ms * l.calls, tera ? rate / 1000 : rate,
        tera ? "TFLOP/s" : l.is_flops ? "GFLOP/s" : "GB/s");
    fflush(stdout);
    step_ms += l.ms * l.calls;
}

/* TIME -- the shortest of `repeats` calls. */
#define TIME(label, calls_a_step, how_much, flops, call) \
    do { \
        double best = 1e30; \
        int    rc = OK; \
        for (int repeat = 0; rc == OK && repeat < repeats; repeat++) { \
            double ms = now_ms(); \
            call; \
            rc = op_sync(be); \
            ms = now_ms() - ms; \
            best = ms < best ? ms : best; \
        } \
        add((struct line){ label, best, calls_a_step, how_much, flops }, rc); \
    } while (0)

/* linear -- three products: forward, by x, by w. */
static void
linear(const char *const names[3], int calls, int rows, int in, int out)
{
    struct view t[] = { made(rows, out), made(rows, in), made(out, in), made(1, out),
        wide(out, in), wide(1, out) };
    double      flops = 2.0 * rows * in * out;

    TIME(names[0], calls, flops, true, op_linear_fwd(be, t[0], t[1], t[2], t[3]));
    TIME(names[1], calls, flops, true, op_linear_bwd_x(be, t[1], t[0], t[2]));
    TIME(names[2], calls, flops, true, op_linear_bwd_w(be, t[4], t[5], t[0], t[1]));
    release(t, 6);
}

static void
products(const struct shape *s)
{
    static const char *const names[][3] = { { "qkv", "qkv by x", "qkv by w" },
        { "proj", "proj by x", "proj by w" }, { "ffn up", "ffn up by x", "ffn up by w" },
        { "ffn down", "ffn down by x", "ffn down by w" }, { "words", "words by x", "words by w" } };
    int rows = s->sequences * s->len, cols = s->cols;

    linear(names[0], s->layers, rows, cols, 3 * cols);
    linear(names[1], s->layers, rows, cols, cols);
    linear(names[2], s->layers, rows, cols, 4 * cols);
    linear(names[3], s->layers, rows, 4 * cols, cols);
    linear(names[4], 1, rows * 15 / 100, cols, s->vocabulary);
}

static void
attention(const struct shape *s)
{
    int              n = s->sequences * s->len, table = s->heads * s->len, len = s->len;
    struct attention plain = { s->heads, len, 0.125f, { 0, 0, 0, 0 } }, drop = plain;
    struct view      none = view_none(), start = made_ints(s->sequences + 1, 1, len, n + 1);
    struct view      t[] = { made(n, s->cols), wide(n, s->heads), made(n, 3 * s->cols),
             wide(table, len), made_ints(n, 1, 1, n), made(n, s->cols), made(n, 3 * s->cols),
             wide(table, len), start };
    struct view      out = t[0], lse = t[1], qkv = t[2], bias = t[3], key = t[4], dout = t[5];
    struct view      dqkv = t[6], dbias = t[7];
    double           flops = 4.0 * n * len * s->cols, back = 2.5 * flops;

    drop.drop.p = 0.1f;
    TIME("(attention plain)", 0, flops, true,
        op_attention_fwd(be, out, lse, qkv, none, start, key, plain));
    TIME("(attention plain bwd)", 0, back, true,
        op_attention_bwd(be, dqkv, none, dout, out, lse, qkv, none, start, key, plain));
    TIME("(attention bias)", 0, flops, true,
        op_attention_fwd(be, out, lse, qkv, bias, start, key, plain));
    TIME("(attention bias bwd)", 0, back, true,
        op_attention_bwd(be, dqkv, dbias, dout, out, lse, qkv, bias, start, key, plain));
    TIME("attention", s->layers, flops, true,
        op_attention_fwd(be, out, lse, qkv, bias, start, key, drop));
    TIME("attention bwd", s->layers, back, true,
        op_attention_bwd(be, dqkv, dbias, dout, out, lse, qkv, bias, start, key, drop));
    release(t, 9);
}

static void
position_bias(const struct shape *s)
{
    int         rows = s->len + 1, heads = s->heads;
    struct view t[] = { wide(rows, s->cols), wide(rows, s->cols), wide(rows, s->cols),
        wide(rows, s->cols), wide(33, heads), wide(33, heads), wide(heads * s->len, s->len) };
    double      bytes = 4.0 * heads * s->len * s->len;

    TIME("position bias", 1, bytes, false,
        op_position_bias_fwd(be, t[6], t[0], t[1], t[4], heads, 0.1f));
    TIME("position bias bwd", 1, bytes, false,
        op_position_bias_bwd(be, t[2], t[3], t[5], t[6], t[0], t[1], heads, 0.1f));
    release(t, 7);
}

static void
layers(const struct shape *s)
{
    int            n = s->sequences * s->len, c = s->cols, L = s->layers;
    struct dropout drop = { 0.1f, 1, 2, 3 };
    struct view    t[] = { made(n, c), made(n, c), made(n, c), wide(1, c), wide(1, c), wide(n, 2),
           made(n, 4 * c), made(n, 4 * c), made_ints(n, 1, 1, n),
           made_ints(n, 1, 7919, s->vocabulary), wide(s->vocabulary, c), wide(1, c), made(n, c),
           made_ints(n, 1, 1, s->len), made_ints(n, 1, 1, 2) };
    double         small = (double)dtype_bytes(real) * n * c, large = 4 * small;
    struct lookup  words = { t[10], t[9] }, places = { view_rows(t[10], 0, s->len), t[13] };
    struct lookup  types = { view_rows(t[10], 0, 2), t[14] };

    TIME("(layernorm)", 0, 2 * small, false,
        op_layernorm_fwd(be, t[1], t[5], t[0], t[3], t[4], 1e-12f));
    TIME("(layernorm bwd)", 0, 3 * small, false,
        op_layernorm_bwd(be, t[2], t[11], t[4], t[1], t[0], t[5], t[3]));
    TIME("residual and norm", 2 * L, 4 * small, false,
        op_residual_norm_fwd(be, t[1], t[0], t[5], t[0], t[2], t[3], t[4], 1e-12f, t[8], drop));
    TIME("residual and norm bwd", 2 * L, 5 * small, false,
        op_residual_norm_bwd(be, t[1], t[2], t[11], t[4], t[1], t[2], view_none(), t[0], t[5], t[3],
            t[8], drop));
    TIME("norm and dropout", 1, 2 * small, false,
        op_norm_dropout_fwd(be, t[1], t[5], t[0], t[3], t[4], 1e-12f, t[8], drop));
    TIME("norm and dropout bwd", 1, 4 * small, false,
        op_norm_dropout_bwd(be, t[1], t[11], t[4], t[1], t[2], t[0], t[5], t[3], t[8], drop));
    TIME("gelu", L, 2 * large, false, op_gelu_fwd(be, t[6], t[7]));
    TIME("gelu bwd", L, 3 * large, false, op_gelu_bwd(be, t[6], t[6], t[7]));
    TIME("(dropout)", 0, 2 * small, false, op_dropout(be, t[1], t[0], t[8], drop));
    TIME("(add)", 0, 3 * small, false, op_add(be, t[1], t[0]));
    TIME("(gather)", 0, 2 * small, false, op_gather_fwd(be, t[0], t[10], t[9]));
    TIME("gather of three", 1, 2 * small, false, op_gather_sum(be, t[0], words, places, types));
    TIME("gather bwd", 1, 3 * small, false, op_gather_bwd(be, t[10], t[0], t[9]));
    release(t, 15);
}

static void
loss_and_step(const struct shape *s)
{
    int          chosen = s->sequences * s->len * 15 / 100;
    int          rows = s->layers * 12 * s->cols + s->vocabulary;
    struct view  t[] = { made(chosen, s->vocabulary), wide(chosen, 3),
        made_ints(chosen, 1, 31, 999),
         wide(rows, s->cols), wide(rows, s->cols), wide(rows, s->cols), wide(rows, s->cols),
         wide(1, 1), wide(1, 1) };
    struct adamw a = { 1e-4f, 0.9f, 0.999f, 1e-6f, 0.01f, 1 };
    double       words = (double)dtype_bytes(real) * chosen * s->vocabulary;
    double       all = 4.0 * rows * s->cols;

    op_zero(be, t[5]);
    TIME("cross entropy", 1, words, false, op_cross_entropy_fwd(be, t[1], t[0], t[2]));
    TIME("cross entropy bwd", 1, 2 * words, false,
        op_cross_entropy_bwd(be, t[0], t[1], t[2], 0.001f));
    TIME("zero gradients", 1, all, false, op_zero(be, t[6]));
    TIME("sum of squares", 1, all, false, op_sum_squares(be, t[7], t[6]));
    TIME("adamw", 1, 7 * all, false, op_adamw(be, t[3], t[4], t[5], t[6], t[8], a));
    release(t, 9);
    if (real != BF16)
        return;
    struct view w[] = { wide(rows, s->cols), made(rows, s->cols) };

    TIME("weights to bf16", 1, 1.5 * all, false, op_cast(be, w[1], w[0]));
    release(w, 2);
}

/* Of objective mc, which the step below does not count: ten candidates for each token. */
static void
choice(const struct shape *s)
{
    int         n = s->sequences * s->len, c = s->cols;
    struct view t[] = { made(n, 10), made(n, c), made(s->vocabulary, c), wide(1, s->vocabulary),
        made_ints(n, 10, 7919, s->vocabulary), made(n, c), wide(s->vocabulary, c),
        wide(1, s->vocabulary) };
    double      flops = 20.0 * n * c;

    TIME("(choice)", 0, flops, true, op_choice_fwd(be, t[0], t[1], t[2], t[3], t[4]));
    TIME("(choice bwd)", 0, 2 * flops, true,
        op_choice_bwd(be, t[5], t[6], t[7], t[0], t[1], t[2], t[4]));
    release(t, 8);
}

static void
table_of(const struct shape *s)
{
    double multiplied;

    step_ms = 0;
    printf("%s: %d layers of %d, %d heads, %d sequences of %d, on %s in %s\n", s->name, s->layers,
        s->cols, s->heads, s->sequences, s->len, backend_name(be), real == BF16 ? "bf16" : "fp32");
    products(s);
    multiplied = step_ms;
    attention(s);
    position_bias(s);
    layers(s);
    loss_and_step(s);
    choice(s);
    if (!has_failed)
        printf("  step %.1f ms, of it products %.1f ms; %.0f tokens/s\n", step_ms, multiplied,
            s->sequences * s->len / step_ms * 1e3);
}

static const struct shape shapes[] = {
    { "mini", 4, 256, 4, 32, 128, 32768 },
    { "base", 12, 768, 12, 8, 128, 32768 },
    { "base128", 12, 768, 12, 1024, 128, 32768 },
    { "base512", 12, 768, 12, 256, 512, 32768 },
};

static void
named(const char *name)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (!strcmp(name, shapes[i].name)) {
            table_of(&shapes[i]);
            return;
        }
    fprintf(stderr, "ops: there is no shape %s\n", name);
    exit(2);
}

int
main(int argc, char **argv)
{
    int threads = argc > 2 ? atoi(argv[2]) : 1;

    if (backend_open(&be, argc > 1 ? argv[1] : "cpu", threads) != OK)
        fail();
    if (threads > 1 || !strcmp(backend_name(be), "cuda"))
        used_clock = CLOCK_MONOTONIC;
    if (argc > 3)
        repeats = atoi(argv[3]);
    if (argc > 4)
        real = !strcmp(argv[4], "bf16") ? BF16 : F32;
    for (int i = 5; i < argc; i++)
        named(argv[i]);
    for (int i = 0; i < 2 && argc <= 5; i++)
        table_of(&shapes[i]);
    return has_failed;
}
