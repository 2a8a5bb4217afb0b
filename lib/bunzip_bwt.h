/* bunzip_bwt.h -- the Burrows-Wheeler transform undone; see bunzip_bwt.c. */
#ifndef LIB_BUNZIP_BWT_H
#define LIB_BUNZIP_BWT_H

#include <stddef.h>
#include <stdint.h>

enum {
    BUNZIP_BWT_MAX = 900000,
    BUNZIP_BWT_STARTS = 256,       /* places where a walk begins */
    BUNZIP_BWT_CHUNK_BYTES = 512,
    /* each part's last is not full */
    BUNZIP_BWT_CHUNKS = BUNZIP_BWT_MAX / BUNZIP_BWT_CHUNK_BYTES + BUNZIP_BWT_STARTS + 16
};

/* A walk from one start to the next. */
struct bunzip_bwt_walk {
    uint32_t len;
    uint16_t next;  /* the walk that goes on where this one ends */
    uint16_t chunk; /* its first; the others follow in `after` */
};

struct bunzip_bwt {
    uint32_t               next[BUNZIP_BWT_MAX + 1];
    unsigned char          pool[BUNZIP_BWT_CHUNKS][BUNZIP_BWT_CHUNK_BYTES];
    uint16_t               after[BUNZIP_BWT_CHUNKS];
    struct bunzip_bwt_walk walks[BUNZIP_BWT_STARTS + 1];
};

/* bunzip_bwt_undo -- the `len` letters (> 0) in w->next, which is used up, to `text`.  `origin` <
 * len is where in the sorted rotations the text itself stands; counts say how often each letter
 * occurs. */
void bunzip_bwt_undo(struct bunzip_bwt *w, size_t len, uint32_t origin, const uint32_t counts[256],
    char *text);

#endif
