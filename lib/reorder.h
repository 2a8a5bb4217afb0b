/* reorder.h -- marks between two characters of class 0 are put in the order of their canonical
 * combining classes, equal ones staying in theirs (Unicode Standard Annex 15, D109).  Takes linear
 * time, in a text of nothing but marks too. */
#ifndef LIB_REORDER_H
#define LIB_REORDER_H

#include <stdint.h>

#include "lib/buf.h"

/* reorder_marks -- c[count] in place; class_of gives a character's class, 0 to 255.  What `scratch`
 * held is lost. */
MUST int reorder_marks(uint32_t *c, size_t count, unsigned (*class_of)(uint32_t),
    struct buf *scratch);

#endif
