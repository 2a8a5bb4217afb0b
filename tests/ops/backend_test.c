/* backend_test -- choosing a backend, its memory, and views. */
#include "tests/ops/host.h"

static void
names(void)
{
    const struct backend *be = NULL;
    bool                  cuda = backend_open(&be, "cuda", 1) == OK;

    ok(cuda ? !strcmp(backend_name(be), "cuda")
            : strstr(err_msg(), "CUDA") || strstr(err_msg(), "GPU"), "cuda by name: %s",
        cuda ? "a GPU" : err_msg());
    ok(backend_open(&be, "auto", 1) == OK && !strcmp(backend_name(be), cuda ? "cuda" : "cpu"),
        "auto is the fastest one");
    ok(backend_open(&be, "ref", 1) == OK && !strcmp(backend_name(be), "ref"), "ref by name");
    ok(backend_open(&be, "cpu", 3) == OK && !strcmp(backend_name(be), "cpu"), "cpu by name");
    ok(load_backend(&be, "/dev/null/x.so") == ERR_DEVICE &&
            strstr(err_msg(), "/dev/null/x.so"), "%s", err_msg());
    ok(backend_open(&be, "tpu", 1) == ERR_DEVICE && strstr(err_msg(), "\"tpu\""), "%s", err_msg());
    ok(backend_open(&be, "", 1) == ERR_DEVICE, "%s", err_msg());
}

static void
memory(const char *name)
{
    const struct backend *be = host_open(name, 1);
    float                 x[6] = { 1, 2, 3, 4, 5, 6 }, y[8] = { 0 };
    void                 *memory;
    bool                  fresh = true;

    ok(op_alloc(be, &memory, sizeof y) == OK, "%s gives memory", name);
    op_download(be, y, view_of(memory, F32, 4, 2));
    for (int i = 0; i < 8; i++)
        fresh &= y[i] != y[i];
    ok(fresh, "fresh memory on %s is NaN", name);
    op_upload(be, view_of((float *)memory + 1, F32, 2, 3), x);
    op_download(be, y, view_of(memory, F32, 4, 2));
    ok(y[0] != y[0] && y[1] == 1 && y[6] == 6 && y[7] != y[7], "up and down on %s", name);
    op_download(be, y, view_rows(view_of((float *)memory + 1, F32, 3, 2), 1, 1));
    ok(y[0] == 3 && y[1] == 4, "rows of a view on %s", name);
    op_post(be, 0, view_rows(view_of((float *)memory + 1, F32, 3, 2), 2, 1));
    op_post(be, 1, view_of((float *)memory + 1, F32, 1, 4));
    op_zero(be, view_of((float *)memory + 1, F32, 3, 2));
    memset(y, 0, sizeof y);
    ok(op_take(be, y + 4, 1) == OK && op_take(be, y, 0) == OK && y[0] == 5 && y[1] == 6 && y[2] == 0
        && y[4] == 1 && y[7] == 4, "posts are of when they were made on %s", name);
    op_free(be, memory);
#ifndef __SANITIZE_ADDRESS__ /* it would stop the program, not say no */
    ok(op_alloc(be, &memory, (size_t)1 << 60) == ERR_MEMORY, "%s: %s", name, err_msg());
#endif
    ok(op_sync(be) == OK, "nothing is wrong on %s", name);
    ok(op_alloc(be, &memory, 0) == OK, "%s gives no memory", name);
    op_free(be, memory);
}

static void
beyond(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_zero(be, view_rows(v[0], 1, v[0].rows));
}

static void
overlap(const struct backend *be, const struct view *v, const void *extra)
{
    (void)extra;
    op_gelu_fwd(be, view_rows(v[0], 0, 2), view_rows(v[0], 1, 2));
}

static void
double_on_cpu(const struct backend *be, const struct view *v, const void *extra)
{
    (void)be, (void)extra;
    op_scale(host_open("cpu", 1), view_of(v[0].data, F64, 1, v[0].rows), 2);
}

static void
dropout_of_all(const struct backend *be, const struct view *v, const void *extra)
{
    struct dropout drop = { 1, 0, 0, 0 };

    (void)extra;
    op_dropout(be, v[0], v[0], view_of(v[0].data, I32, v[0].rows, 1), drop);
}

int
main(void)
{
    float       x[6] = { 0 };
    struct view v = view_of(x, F32, 3, 2);

    names();
    memory("ref");
    memory("cpu");
    if (test_cuda_host())
        memory("cuda-host");
    else
        skip("no C++ compiler: kernels/cuda is not tested");
    ok(dtype_bytes(I32) == 4 && dtype_bytes(F32) == 4 && dtype_bytes(F64) == 8 &&
            dtype_bytes(BF16) == 2,
        "bytes of the types");
    ok(stops(&v, beyond, NULL), "rows beyond a view stop the program");
    ok(stops(&v, overlap, NULL), "an output over an input stops the program");
    ok(stops(&v, dropout_of_all, NULL), "a dropout of all stops the program");
    ok(stops(&v, double_on_cpu, NULL), "a type that the backend does not have stops the program");
    return tap_done();
}
