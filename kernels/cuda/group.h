/* group.h -- sums of rows that go to the same place, without atomics. */
#ifndef KERNELS_CUDA_GROUP_H
#define KERNELS_CUDA_GROUP_H

#include "kernels/ops.h"

/* cuda_sort -- the entries 0 .. count - 1 in the order of their places, those of a place in their
 * own.  place: in 0 .. rows - 1, or -1, nowhere, which comes last and becomes `rows`; room:
 * room_sort(count) bytes of the device. */
struct cuda_sorted {
    const int *place, *entry;
};
struct cuda_sorted cuda_sort(const char *op, void *room, const int *place, int count, int rows);

/* cuda_group_add -- for all e in order: to[place[e]] += factor[e] * from[e / per], in double and
 * rounded once.
 *   to     real or wide R x C; from real M x C
 *   place  I32, M * per of them, in 0 .. R - 1, or -1: nowhere
 *   factor real, as many; without data: 1 */
void cuda_group_add(const char *op, struct view to, struct view from, struct view place, int per,
    struct view factor);

#endif
