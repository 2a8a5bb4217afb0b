/* backend.c -- views, and a backend's choice by name, its memory and order.
 *
 * A new backend is a folder with a table (backend.h) and an entry of the list below. */
#include "kernels/check.h"
#include "kernels/load.h"

#include <stdio.h>
#include <string.h>

/* Fastest first, but for CUDA, which is loaded: "auto" takes the first that opens. */
static const struct backend *const backends[] = { &cpu_backend, &ref_backend };

enum { BACKENDS = sizeof backends / sizeof *backends };

/* ---- views ----------------------------------------------------------------------------------- */

size_t
dtype_bytes(enum dtype dtype)
{
    switch (dtype) {
    case I32:
    case F32: return 4;
    case F64: return 8;
    case BF16: return 2;
    }
    CHECK(!"a type of enum dtype");
    return 0;
}

struct view
view_of(void *data, enum dtype dtype, int rows, int cols)
{
    struct view v = { data, dtype, rows, cols };

    CHECK(rows >= 0 && cols >= 0);
    CHECK(data || !rows || !cols);
    return v;
}

struct view
view_rows(struct view v, int first, int count)
{
    CHECK(first >= 0 && count >= 0 && count <= v.rows - first);
    if (v.data)
        v.data = (char *)v.data + (size_t)first * (size_t)v.cols * dtype_bytes(v.dtype);
    v.rows = count;
    return v;
}

struct view
view_none(void)
{
    struct view v = { NULL, F32, 0, 0 };

    return v;
}

/* ---- backends, memory, order ----------------------------------------------------------------- */

static char missed[512];
static int  threads_open = 1;

int
backend_open(const struct backend **be, const char *name, int threads)
{
    bool                  any = !strcmp(name, "auto");
    const struct backend *cuda;
    int                   rc = ERR_DEVICE;

    CHECK(threads >= 1);
    threads_open = threads;
    missed[0] = '\0';
    if (any || !strcmp(name, "cuda")) {
        rc = load_cuda(&cuda);
        if (rc == OK)
            rc = cuda->open(threads);
        if (rc == OK)
            *be = cuda;
        if (rc == OK || !any)
            return rc;
        snprintf(missed, sizeof missed, "%s", err_msg());
    }
    for (int i = 0; i < BACKENDS; i++) {
        if (!any && strcmp(name, backends[i]->name))
            continue;
        rc = backends[i]->open(threads);
        if (rc == OK)
            *be = backends[i];
        if (rc == OK || !any)
            return rc;
    }
    return any ? rc : err_set(ERR_DEVICE, "there is no backend \"%s\"", name);
}

const char *
backend_name(const struct backend *be)
{
    return be->name;
}

const char *
backend_missed(void)
{
    return missed;
}

void
op_device(const struct backend *be, struct device_info *info)
{
    *info = (struct device_info){ 0 };
    be->device(info);
}

void
op_need(struct reserve *reserve, const char *name, int threads, const struct need *need)
{
    static const struct {
        const char *name;
        void (*need)(struct reserve *, const struct need *, int threads);
    } of[] = { { "ref", ref_need }, { "cpu", cpu_need }, { "cuda", cuda_need } };

    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        if (!strcmp(name, of[i].name)) {
            *reserve = (struct reserve){ 0 };
            of[i].need(reserve, need, threads);
            return;
        }
    CHECK(!"a backend's name");
}

int
op_reserve(const struct backend *be, const struct need *need)
{
    struct reserve reserve;

    op_need(&reserve, be->name, threads_open, need);
    return be->reserve(&reserve);
}

const char *
op_remark(const struct backend *be)
{
    return be->remark();
}

int
op_alloc(const struct backend *be, void **memory, size_t bytes)
{
    return be->alloc(memory, bytes);
}

void
op_free(const struct backend *be, void *memory)
{
    be->free(memory);
}

void
op_upload(const struct backend *be, struct view dst, const void *src)
{
    be->upload(dst, src);
}

void
op_download(const struct backend *be, void *dst, struct view src)
{
    be->download(dst, src);
}

int
op_sync(const struct backend *be)
{
    return be->sync();
}

void
op_post(const struct backend *be, int slot, struct view src)
{
    CHECK(slot >= 0 && slot < POST_SLOTS);
    CHECK(view_bytes(src) <= POST_BYTES);
    be->post(slot, src);
}

int
op_take(const struct backend *be, void *dst, int slot)
{
    CHECK(slot >= 0 && slot < POST_SLOTS);
    return be->take(dst, slot);
}
