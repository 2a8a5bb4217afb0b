/* reorder.c -- see reorder.h. */
#include "lib/reorder.h"

#include <string.h>

/* Counting sort for long runs. */
static int
sort_run(uint32_t *c, size_t count, unsigned (*class_of)(uint32_t), struct buf *scratch)
{
    size_t    start[257] = { 0 };
    uint32_t *sorted;
    int       rc;

    if (count <= 32) {
        for (size_t i = 1; i < count; i++) {
            uint32_t x = c[i];
            size_t   j = i;

            for (; j > 0 && class_of(c[j - 1]) > class_of(x); j--)
                c[j] = c[j - 1];
            c[j] = x;
        }
        return OK;
    }
    rc = buf_reserve(scratch, count * sizeof *sorted);
    if (rc != OK)
        return rc;
    sorted = (uint32_t *)(void *)scratch->bytes;
    for (size_t i = 0; i < count; i++)
        start[class_of(c[i]) + 1]++;
    for (int i = 1; i < 257; i++)
        start[i] += start[i - 1];
    for (size_t i = 0; i < count; i++)
        sorted[start[class_of(c[i])]++] = c[i];
    memcpy(c, sorted, count * sizeof *c);
    return OK;
}

int
reorder_marks(uint32_t *c, size_t count, unsigned (*class_of)(uint32_t), struct buf *scratch)
{
    size_t first = 0;
    int    rc = OK;

    buf_reset(scratch);
    for (size_t i = 0; i <= count && rc == OK; i++)
        if (i == count || class_of(c[i]) == 0) {
            if (i - first > 1)
                rc = sort_run(c + first, i - first, class_of, scratch);
            first = i + 1;
        }
    return rc;
}
