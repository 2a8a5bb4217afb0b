/* need.c -- what the CUDA backend takes for itself: part of the programs, as it is asked where no
 * GPU is, and the backend's shared object is only told the result. */
#include "kernels/cuda/room.h"
#include "kernels/team.h"

static size_t
most(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* A batch whose longest sequence is shorter may take more than the largest: its bias has fewer
 * blocks, so its sequences have more groups. */
static size_t
attention(const struct need *n)
{
    size_t bytes = 0;

    for (int i = 0; i < NEED_ENCODERS && n->encoder[i].heads > 0; i++)
        for (int len = n->longest; len > 0; len = (len - 1) / ATTENTION_QUERIES * ATTENTION_QUERIES)
            bytes = most(bytes, room_attention_bytes(room_attention(n->real, n->rows,
                n->sequences, n->has_bias ? len : 0, n->encoder[i].heads,
                n->encoder[i].head_cols)));
    return bytes;
}

static size_t
distance(const struct need *n)
{
    return n->has_bias && n->longest > 0 ? room_distance(n->encoder[0].heads, n->longest) : 0;
}

void
room_list(struct room_item items[ROOM_ITEMS], const struct need *n)
{
    size_t rows = (size_t)n->rows, cols = (size_t)n->width;
    int    normed = n->longest < n->rows ? n->rows : n->longest + 1; /* or those of positions */

    items[0] = (struct room_item){ "attention_bwd", attention(n) };
    items[1] = (struct room_item){ "gather_bwd", room_group(rows, cols) };
    items[2] = (struct room_item){ "choice_bwd", room_group(rows * (size_t)n->candidates, cols) };
    items[3] = (struct room_item){ "norm", room_norm(normed, n->width) };
    items[4] = (struct room_item){ "bias_bwd", distance(n) };
    items[5] = (struct room_item){ "linear_bwd_w",
        most(room_columns((size_t)n->outputs), room_vector((size_t)n->outputs)) };
    items[6] = (struct room_item){ "sum_squares", room_squares() };
    items[7] = (struct room_item){ "lamb", room_lamb() };
    items[8] = (struct room_item){ "note_sum", room_note((size_t)n->spans) };
}

void
cuda_need(struct reserve *reserve, const struct need *need, int threads)
{
    struct room_item items[ROOM_ITEMS];

    (void)threads;
    room_list(items, need);
    for (int i = 0; i < ROOM_ITEMS; i++)
        reserve->scratch_bytes = most(reserve->scratch_bytes, items[i].bytes);
    reserve->device_bytes = reserve->scratch_bytes + ROOM_WORKSPACE_BYTES;
    if (team_ranks() > 1)
        reserve->device_bytes += room_sum_bytes(team_ranks());
    reserve->host_bytes = ROOM_RING_BYTES + POST_SLOTS * POST_BYTES;
}
