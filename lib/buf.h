/* buf.h -- a growing array of bytes.
 *
 * Growth doubles, so appending is linear in all.  Every call that may grow returns OK or
 * ERR_MEMORY.  `bytes` is followed by a 0 that `len` does not count, so text in a buf is a C string
 * as well.  A zeroed struct is an empty buf. */
#ifndef LIB_BUF_H
#define LIB_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

struct buf {
    char  *bytes;
    size_t len;
    size_t max; /* allocated */
};

/* room for `more` beyond len */
MUST int buf_reserve(struct buf *b, size_t more);
MUST int buf_add(struct buf *b, const void *bytes, size_t len);      /* append bytes */
MUST int buf_adds(struct buf *b, const char *text);                  /* append a C string */
MUST int buf_addc(struct buf *b, char c);                            /* append one byte */
MUST int buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void     buf_reset(struct buf *b);                                   /* empty, keeps the memory */
void     buf_free(struct buf *b);                                    /* empty, gives it back */

/* exchange what two hold */
static inline void
buf_swap(struct buf *a, struct buf *b)
{
    struct buf was = *a;

    *a = *b;
    *b = was;
}

#endif
