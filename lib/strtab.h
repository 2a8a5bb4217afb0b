/* strtab.h -- a table from strings to numbers, made once and then only read.
 *
 * The hash goes byte by byte from the left, so that whoever looks for the longest of many prefixes
 * of one text hashes it once:
 *
 *     h = STRTAB_SEED;  for each byte: h = strtab_step(h, byte) is the hash of the prefix so far */
#ifndef LIB_STRTAB_H
#define LIB_STRTAB_H

#include <stdbool.h>

#include "lib/buf.h"

#define STRTAB_SEED 0xCBF29CE484222325u
#define STRTAB_NONE UINT32_MAX

struct strtab_entry {
    uint64_t hash;
    uint32_t first, len, value; /* its bytes begin at first */
};

struct strtab {
    struct buf bytes;   /* of all strings */
    struct buf entries; /* struct strtab_entry */
    struct buf slots;   /* u64: 0, or part of the hash and the index of an entry + 1 */
    size_t     mask;    /* slots - 1 */
    size_t     len_max; /* of any string */
};

static inline uint64_t
strtab_step(uint64_t hash, char byte)
{
    hash = (hash ^ (unsigned char)byte) * 0x9E3779B97F4A7C15u;
    return hash ^ hash >> 29;
}

/* strtab_add -- *added tells whether the string was new; if not, *value becomes the one that it
 * has.  ERR_LIMIT beyond 4 GiB of strings. */
MUST int strtab_add(struct strtab *t, const char *bytes, size_t len, uint32_t *value, bool *added);

/* strtab_find -- the value of a string, or STRTAB_NONE; the second with its hash known. */
uint32_t strtab_find(const struct strtab *t, const char *bytes, size_t len);
uint32_t strtab_find_hashed(const struct strtab *t, const char *bytes, size_t len, uint64_t hash);

size_t      strtab_count(const struct strtab *t);
/* strtab_get -- the i-th string that was added. */
const char *strtab_get(const struct strtab *t, size_t i, size_t *len, uint32_t *value);
void        strtab_free(struct strtab *t);

#endif
