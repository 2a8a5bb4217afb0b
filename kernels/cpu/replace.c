/* replace.c -- words drawn in place of hidden ones: a copy, and what is written over it. */
#include <string.h>

#include "kernels/cpu/cpu.h"

void
cpu_replace(struct view id, struct view changed, struct view text, struct view row,
    struct view target, struct view draw)
{
    const int32_t *rows = row.data, *was = target.data, *drawn = draw.data;
    size_t         bytes = (size_t)text.rows * sizeof(int32_t);

    if (bytes == 0)
        return;
    memcpy(id.data, text.data, bytes);
    memset(changed.data, 0, bytes);
    for (int i = 0; i < row.rows; i++) {
        CHECK(rows[i] >= 0 && rows[i] < text.rows);
        ((int32_t *)id.data)[rows[i]] = drawn[i];
        ((int32_t *)changed.data)[rows[i]] = drawn[i] != was[i];
    }
}
