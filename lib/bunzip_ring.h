/* bunzip_ring.h -- blocks of bzip2 on their way through several threads, in order.
 *
 * One thread owns the ring: it pushes pieces and takes them, decoded, in the same order.  While it
 * waits for the first it decodes others itself, so a ring of one job has no thread of its own. */
#ifndef LIB_BUNZIP_RING_H
#define LIB_BUNZIP_RING_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/bunzip_block.h"

enum bunzip_ring_state { BUNZIP_RING_WAITING, BUNZIP_RING_BUSY, BUNZIP_RING_DONE };

struct bunzip_ring_piece {
    enum bunzip_ring_state state;
    uint64_t               at, end; /* bits of the input, the magic included */
    uint32_t               crc;
    char                   level;
    struct buf             packed;  /* the bytes that these bits stand in */
    struct buf             text;    /* as bunzip_block_expand takes it */
    int                    rc;      /* of the decoding; no message */
};

struct bunzip_ring {
    struct bunzip_ring_piece *pieces;
    size_t                    count, head, tail;
    pthread_mutex_t           lock;
    pthread_cond_t            changed;
    struct bunzip_ring_thread {
        struct bunzip_ring  *ring;
        struct bunzip_block *block;
        pthread_t            id;
    }                        *threads; /* the first is the owner */
    int                       thread_count;
    bool                      closing;
};

/* bunzip_ring_open -- Errors: ERR_MEMORY, ERR_IO (no thread); to be closed then too. */
MUST int bunzip_ring_open(struct bunzip_ring *r, int jobs);
void     bunzip_ring_close(struct bunzip_ring *r);

bool bunzip_ring_is_empty(const struct bunzip_ring *r);
bool bunzip_ring_is_full(const struct bunzip_ring *r);

/* bunzip_ring_next -- the piece to fill in, if the ring is not full; then _push gives it away. */
struct bunzip_ring_piece *bunzip_ring_next(struct bunzip_ring *r);
void                      bunzip_ring_push(struct bunzip_ring *r);

/* bunzip_ring_head -- the first piece; its place and checksum may be read at once. */
struct bunzip_ring_piece *bunzip_ring_head(struct bunzip_ring *r);
void                      bunzip_ring_wait(struct bunzip_ring *r); /* until it is decoded */
void                      bunzip_ring_pop(struct bunzip_ring *r);

void bunzip_ring_flush(struct bunzip_ring *r); /* forgets every piece */

#endif
