/* tensor.h -- the arguments of an op under test: numbers, packed in any type and laid between
 * guards in the memory of a backend; and one call with them. */
#ifndef TESTS_OPS_TENSOR_H
#define TESTS_OPS_TENSOR_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/backend.h"
#include "lib/bf16.h"
#include "lib/philox.h"
#include "tests/tap.h"

enum { ARGS_MAX = 12, GUARD_BYTES = 264 /* views are not aligned to more than a number */ };

enum kind { REAL, WIDE, INT };
enum use { IN, OUT, SUM, INOUT };        /* SUM: "+=" */
enum { FREE_ROWS = 1, FREE_COLS = 2, FREE_TYPE = 4 }; /* for check_wrong: any is right */

struct arg {
    const char *name;
    enum kind   kind;
    enum use    use;
    int         rows, cols;
    double     *values; /* NULL: none, a view_none */
    unsigned    free;
};

typedef void run_fn(const struct backend *be, const struct view *v, const void *extra);

/* ---- numbers --------------------------------------------------------------------------------- */

static inline double *
host_new(int count)
{
    double *x = calloc(count > 0 ? (size_t)count : 1, sizeof *x);

    if (!x)
        abort();
    return x;
}

/* host_normal -- normal numbers (Box, Muller 1958), rounded to F32. */
static inline double *
host_normal(int count, uint32_t stream, double scale)
{
    double *x = host_new(count);

    for (int i = 0; i < count; i++) {
        struct philox r = philox(7, PHILOX_DATA, stream, 0, (uint64_t)i);
        double        u = (r.x[0] + 0.5) / 4294967296.0, w = r.x[1] / 4294967296.0;

        x[i] = (float)(scale * sqrt(-2 * log(u)) * cos(6.283185307179586 * w));
    }
    return x;
}

/* host_below -- whole numbers in 0 .. limit - 1. */
static inline double *
host_below(int count, uint32_t stream, int limit)
{
    double *x = host_new(count);

    for (int i = 0; i < count; i++)
        x[i] = philox(7, PHILOX_DATA, stream, 1, (uint64_t)i).x[0] % (uint32_t)limit;
    return x;
}

static inline double *
host_copy(const double *from, int count)
{
    double *x = host_new(count);

    memcpy(x, from, (size_t)count * sizeof *x);
    return x;
}

/* ---- one call -------------------------------------------------------------------------------- */

struct tensor {
    void          *memory;
    unsigned char *bytes; /* after the call, guards and all */
    size_t         size;
    double        *got;
};

static inline enum dtype
dtype_of(enum kind kind, enum dtype real)
{
    return kind == INT ? I32 : kind == REAL ? real : real == F64 ? F64 : F32;
}

static inline void
pack(void *to, enum dtype dtype, const double *from, int count)
{
    for (int i = 0; i < count; i++)
        if (dtype == I32)
            ((int32_t *)to)[i] = (int32_t)from[i];
        else if (dtype == F32)
            ((float *)to)[i] = (float)from[i];
        else if (dtype == BF16)
            ((uint16_t *)to)[i] = bf16_round((float)from[i]);
        else
            ((double *)to)[i] = from[i];
}

static inline void
unpack(double *to, enum dtype dtype, const void *from, int count)
{
    for (int i = 0; i < count; i++)
        to[i] = dtype == I32    ? ((const int32_t *)from)[i]
                : dtype == F32  ? (double)((const float *)from)[i]
                : dtype == BF16 ? (double)bf16_float(((const uint16_t *)from)[i])
                                : ((const double *)from)[i];
}

/* host_round -- to what `dtype` holds of them. */
static inline void
host_round(double *x, int count, enum dtype dtype)
{
    double held; /* room for one of any type */

    for (int i = 0; i < count; i++) {
        pack(&held, dtype, x + i, 1);
        unpack(x + i, dtype, &held, 1);
    }
}

static inline struct view
tensor_new(struct tensor *t, const struct backend *be, const struct arg *arg, enum dtype real)
{
    int         count = arg->rows * arg->cols;
    struct view v;
    void       *packed;

    memset(t, 0, sizeof *t);
    if (!arg->values)
        return view_none();
    t->size = (size_t)count * dtype_bytes(dtype_of(arg->kind, real)) + 2 * (size_t)GUARD_BYTES;
    if (op_alloc(be, &t->memory, t->size) != OK)
        abort();
    v = view_of((char *)t->memory + GUARD_BYTES, dtype_of(arg->kind, real), arg->rows, arg->cols);
    packed = malloc(t->size);
    pack(packed, v.dtype, arg->values, count);
    if (arg->use != OUT)
        op_upload(be, v, packed);
    free(packed);
    return v;
}

/* tensor_end -- fetch the numbers; false if a guard or an input has changed. */
static inline bool
tensor_end(struct tensor *t, const struct backend *be, const struct arg *arg, enum dtype real)
{
    bool good = true;
    int  count = arg->rows * arg->cols;

    if (!arg->values)
        return true;
    t->bytes = malloc(t->size);
    op_download(be, t->bytes, view_of(t->memory, BF16, (int)(t->size / 2), 1));
    op_free(be, t->memory);
    for (int i = 0; i < GUARD_BYTES; i++)
        good &= t->bytes[i] == 0xff && t->bytes[t->size - 1 - (size_t)i] == 0xff;
    t->got = host_new(count);
    unpack(t->got, dtype_of(arg->kind, real), t->bytes + GUARD_BYTES, count);
    for (int i = 0; i < count && arg->use == IN; i++) {
        double given = arg->values[i];

        host_round(&given, 1, dtype_of(arg->kind, real));
        good &= t->got[i] == given;
    }
    return good;
}

static inline bool
execute(struct tensor *t, const struct backend *be, enum dtype real, const struct arg *args,
    int count, run_fn *run, const void *extra)
{
    struct view v[ARGS_MAX] = { { 0 } };
    bool        good = true;

    for (int i = 0; i < count; i++)
        v[i] = tensor_new(&t[i], be, &args[i], real);
    run(be, v, extra);
    good &= op_sync(be) == OK;
    for (int i = 0; i < count; i++)
        good &= tensor_end(&t[i], be, &args[i], real);
    return good;
}

static inline void
tensors_free(struct tensor *t, int count)
{
    for (int i = 0; i < count; i++) {
        free(t[i].bytes);
        free(t[i].got);
    }
}

#endif
