/* arena.c -- see arena.h.  mmap with MAP_NORESERVE is what makes the cap cost nothing. */
#define _GNU_SOURCE /* MAP_ANONYMOUS, MAP_NORESERVE */
#include "lib/arena.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum { ALIGN_BYTES = 64 };

int
arena_open(struct arena *a, size_t cap_bytes)
{
    void *base = mmap(NULL, cap_bytes, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    *a = (struct arena){ 0 };
    if (base == MAP_FAILED)
        return err_set(ERR_MEMORY, "no memory: cannot reserve %zu MiB", cap_bytes >> 20);
    a->base = base;
    a->cap_bytes = cap_bytes;
    return OK;
}

void
arena_close(struct arena *a)
{
    if (a->base != NULL)
        munmap(a->base, a->cap_bytes);
    *a = (struct arena){ 0 };
}

int
arena_alloc(struct arena *a, void *memory, size_t count, size_t item_bytes)
{
    size_t start = (a->used_bytes + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES;
    void  *at;

    CHECK(item_bytes > 0);
    if (start > a->cap_bytes || count > (a->cap_bytes - start) / item_bytes)
        return err_set(ERR_MEMORY, "the memory cap of %zu MiB is too small: %zu x %zu bytes more "
            "are needed (see --memory)", a->cap_bytes >> 20, count, item_bytes);
    at = a->base + start;
    a->used_bytes = start + count * item_bytes;
    memcpy(memory, &at, sizeof at);
    return OK;
}

size_t
arena_mark(const struct arena *a)
{
    return a->used_bytes;
}

void
arena_rewind(struct arena *a, size_t mark)
{
    CHECK(mark <= a->used_bytes);
    a->used_bytes = mark;
}
