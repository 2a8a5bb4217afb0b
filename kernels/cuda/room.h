/* room.h -- how much memory the CUDA backend takes for itself, by shapes alone.
 *
 * An op asks cuda_scratch for what room_* says, and so does the plan of a run (need.c), which
 * takes the largest: so what is planned is what is asked.  This is C as well as C++, as plans are
 * made on machines without a GPU too. */
#ifndef KERNELS_CUDA_ROOM_H
#define KERNELS_CUDA_ROOM_H

#include "kernels/backend.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ROOM_WORKSPACE_BYTES = 32 << 20, /* of cuBLASLt: what NVIDIA recommends for Hopper */
    ROOM_RING_BYTES = 16 << 20,      /* pinned: what is on its way between host and device */
    ROOM_SUM_FLOATS = 1 << 23 /* summed over ranks at a time: with 8 of them messages of 4 MB */
};

/* room_pieces -- how many pieces of `size` cover `count`. */
static inline size_t
room_pieces(size_t count, size_t size)
{
    return (count + size - 1) / size;
}

/* ---- attention ------------------------------------------------------------------------------- */

enum {
    ATTENTION_HEAD = 64,     /* columns of a head that the tensor cores are used for */
    ATTENTION_QUERIES = 64,  /* of a block of the pass by queries */
    ATTENTION_BLOCKS = 768,  /* of it, at least: three waves of two a multiprocessor */
    ATTENTION_SEGMENT = 128  /* keys whose gradient of the bias fits shared memory anywhere */
};

/* Of attention's backward, in floats: dbias of each group of sequences, the part of dq that waits
 * for the next segment of keys, and a number for each row and head.  The GPU's shared memory
 * decides whether there are several segments; their room is asked for in any case. */
struct room_attention {
    int    groups;
    size_t slabs, partial, deltas;
};

/* room_attention -- `positions` of the bias, 0: there is none. */
static inline struct room_attention
room_attention(enum dtype real, int rows, int sequences, int positions, int heads, int head_cols)
{
    struct room_attention room = { sequences, 0, 0, (size_t)rows * (size_t)heads };
    int                   blocks, groups;

    if (real != BF16 || head_cols != ATTENTION_HEAD || positions == 0 || sequences == 0)
        return room;
    blocks = heads * (int)room_pieces((size_t)positions, ATTENTION_QUERIES);
    groups = (ATTENTION_BLOCKS + blocks - 1) / blocks;
    room.groups = groups < sequences ? groups : sequences;
    room.slabs = (size_t)room.groups * (size_t)heads * (size_t)positions * (size_t)positions;
    if (positions > ATTENTION_SEGMENT)
        room.partial = room.deltas * (size_t)head_cols;
    return room;
}

static inline size_t
room_attention_bytes(struct room_attention room)
{
    return (room.slabs + room.partial + room.deltas) * sizeof(float);
}

/* ---- sums of rows that go to the same place -------------------------------------------------- */

enum {
    GROUP_TILE = 512,   /* entries that a block sorts */
    GROUP_DIGITS = 256, /* by so many digits */
    GROUP_PIECE = 64    /* entries that a block adds up */
};

/* room_sort -- of `count` entries: where digits begin, and places and entries before and behind. */
static inline size_t
room_sort(size_t count)
{
    return (GROUP_DIGITS * room_pieces(count, GROUP_TILE) + 4 * count) * sizeof(int);
}

/* room_shares -- doubles: the shares of runs that lie in several pieces. */
static inline size_t
room_shares(size_t count, size_t cols)
{
    return room_pieces(count, GROUP_PIECE) * 2 * cols;
}

static inline size_t
room_group(size_t count, size_t cols)
{
    return room_shares(count, cols) * sizeof(double) + room_sort(count);
}

/* room_note -- of so many spans: the sort, and which row each has. */
static inline size_t
room_note(size_t spans)
{
    return room_sort(spans) + spans * sizeof(int);
}

/* ---- sums over rows -------------------------------------------------------------------------- */

enum {
    NORM_WARPS = 8,   /* rows of a block at a time */
    NORM_PARTS = 264, /* blocks at most: two a multiprocessor of an H200 */
    COLUMNS_BLOCKS = 528,
    COLUMNS_WIDTH = 256, /* columns of a block at most */
    SQUARES_BLOCKS = 1024,
    LAMB_BLOCKS = 1024
};

/* room_norm_parts -- blocks that leave sums of `rows` rows; room_norm -- of gain and bias. */
static inline int
room_norm_parts(int rows)
{
    size_t parts = room_pieces((size_t)rows, NORM_WARPS);

    return parts < NORM_PARTS ? (int)parts : NORM_PARTS;
}

static inline size_t
room_norm(int rows, int cols)
{
    return (size_t)room_norm_parts(rows) * 2 * (size_t)cols * sizeof(float);
}

/* room_columns -- all slices of all columns: no more than the blocks' columns, or one slice. */
static inline size_t
room_columns(size_t cols)
{
    size_t most = (size_t)COLUMNS_BLOCKS * COLUMNS_WIDTH;

    return (cols > most ? cols : most) * sizeof(float);
}

static inline size_t
room_squares(void)
{
    return SQUARES_BLOCKS * sizeof(double);
}

/* room_lamb -- two sums a block, and the rate. */
static inline size_t
room_lamb(void)
{
    return (LAMB_BLOCKS + 1) * 2 * sizeof(double);
}

/* room_distance -- the diagonals of a bias, of each head. */
static inline size_t
room_distance(int heads, int positions)
{
    return (size_t)heads * (2 * (size_t)positions - 1) * sizeof(double);
}

/* room_vector -- what a product's epilogue reads or writes beside its matrix. */
static inline size_t
room_vector(size_t outputs)
{
    return outputs * sizeof(float);
}

/* room_sum_bytes -- of sums over ranks: what they send of a chunk, and what rounds their slices. */
static inline size_t
room_sum_bytes(int ranks)
{
    return ((size_t)ROOM_SUM_FLOATS + (size_t)ranks) * sizeof(float);
}

/* ---- all ------------------------------------------------------------------------------------- */

/* room_list -- the most that each op asks for, while a model learns. */
struct room_item {
    const char *op; /* or a word of its name */
    size_t      bytes;
};
enum { ROOM_ITEMS = 9 };
void room_list(struct room_item items[ROOM_ITEMS], const struct need *need);

#ifdef __cplusplus
}
#endif

#endif
