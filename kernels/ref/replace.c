/* replace.c -- words drawn in place of hidden ones. */
#include "kernels/ref/ref.h"

void
ref_replace(struct view id, struct view changed, struct view text, struct view row,
    struct view target, struct view draw)
{
    int32_t *to = id.data, *is_new = changed.data;

    for (int r = 0; r < text.rows; r++) {
        to[r] = ref_int(text, r);
        is_new[r] = 0;
    }
    for (int i = 0; i < row.rows; i++) {
        int r = ref_int(row, i);

        CHECK(r >= 0 && r < text.rows && (i == 0 || ref_int(row, i - 1) < r));
        to[r] = ref_int(draw, i);
        is_new[r] = ref_int(draw, i) != ref_int(target, i);
    }
}
