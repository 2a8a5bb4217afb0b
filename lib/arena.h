/* arena.h -- memory that lives as long as the program, under one cap.
 *
 * An arena reserves `cap_bytes` of address space at once and hands it out from the bottom; the
 * system gives real pages only when they are touched.  So the cap (--memory) is a promise that can
 * be kept, nothing is freed piece by piece, and what is handed out never moves.  Scratch inside a
 * loop is bracketed by arena_mark and arena_rewind.  Memory comes zeroed the first time; after a
 * rewind it holds what was there. */
#ifndef LIB_ARENA_H
#define LIB_ARENA_H

#include <stddef.h>

#include "lib/err.h"

struct arena {
    char  *base;
    size_t used_bytes, cap_bytes;
};

MUST int arena_open(struct arena *a, size_t cap_bytes);
void     arena_close(struct arena *a);

/* arena_alloc -- count items of item_bytes each, aligned to 64: `memory` is the address of a
 * pointer, of any type, which is set to them.
 * Errors: ERR_MEMORY, with the cap in the sentence. */
MUST int arena_alloc(struct arena *a, void *memory, size_t count, size_t item_bytes);

size_t arena_mark(const struct arena *a);
void   arena_rewind(struct arena *a, size_t mark);

#endif
