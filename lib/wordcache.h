/* wordcache.h -- the words met last and what became of them.
 *
 * Text repeats its words: all but a few in a hundred are found here, and need neither normalizer
 * nor model.  An entry holds the word as it stood in the text and the bytes that it became, ready
 * to be copied to the output, so a word that is found costs one cache line and no loop: its 32
 * bytes are masked to its length, hashed and compared as four numbers, or 16 as two.
 *
 * A fixed number of entries; two compete for a place, the one used last stays.  Not shared between
 * threads; what it holds never changes a result. */
#ifndef LIB_WORDCACHE_H
#define LIB_WORDCACHE_H

#include <stdbool.h>
#include <string.h>

#include "lib/buf.h"

#define WORDCACHE_NO_NOTE UINT32_MAX

enum {
    WORDCACHE_KEY_MAX = 32, /* so many bytes must be readable where a key begins */
    WORDCACHE_SHORT = 16,   /* of a key up to this length half is looked at */
    WORDCACHE_RESULT_MAX = 24,
    WORDCACHE_COPY = 32,    /* so many may be copied from a result, whatever its length */
    WORDCACHE_PLACES_LOG = 16,
    WORDCACHE_BYTES = 2 * 64 << WORDCACHE_PLACES_LOG /* of memory */
};

struct wordcache_entry {
    uint64_t key[4]; /* padded with 0; of a short one, the first two */
    char     result[WORDCACHE_RESULT_MAX];
    uint32_t note;   /* of the one word it is, or WORDCACHE_NO_NOTE */
    uint8_t  key_len, result_len;
    uint8_t  unused[2];
};

struct wordcache {
    struct wordcache_entry *entries; /* each in one cache line */
};

struct wordcache_key {
    uint64_t word[4];
    size_t   len, place;
};

MUST int wordcache_open(struct wordcache *w);
void     wordcache_clear(struct wordcache *w);
void     wordcache_close(struct wordcache *w);
/* wordcache_put -- remember a key of 1 .. WORDCACHE_KEY_MAX bytes; returns its entry, with result,
 * its length and note to be filled in. */
struct wordcache_entry *wordcache_put(struct wordcache *w, const struct wordcache_key *key);

extern const uint8_t wordcache_mask[2 * WORDCACHE_KEY_MAX];

/* wordcache_key -- of bytes[len], of which WORDCACHE_KEY_MAX can be read.  The factors are odd and
 * look random: 2^64 over the golden ratio (Knuth, volume 3, section 6.4), and those of known
 * mixers, degski's and Wang Yi's wyhash.  Words that meet cost time only. */
static inline void
wordcache_key(struct wordcache_key *key, const char *bytes, size_t len)
{
    const uint8_t *mask = wordcache_mask + WORDCACHE_KEY_MAX - len;
    uint64_t       bits[4], hash;

    memcpy(key->word, bytes, sizeof key->word);
    memcpy(bits, mask, sizeof bits);
    key->word[0] &= bits[0];
    key->word[1] &= bits[1];
    hash = key->word[0] * 0x9E3779B97F4A7C15u + key->word[1] * 0xD6E8FEB86659FD93u;
    if (len > WORDCACHE_SHORT) {
        key->word[2] &= bits[2];
        key->word[3] &= bits[3];
        hash += key->word[2] * 0xA0761D6478BD642Fu + key->word[3] * 0xE7037ED1A0B428DBu;
    }
    key->len = len;
    key->place = (size_t)(hash >> (64 - WORDCACHE_PLACES_LOG));
}

static inline void
wordcache_prefetch(const struct wordcache *w, const struct wordcache_key *key)
{
    __builtin_prefetch(w->entries + 2 * key->place);
}

static inline bool
wordcache_is(const struct wordcache_entry *e, const struct wordcache_key *key)
{
    uint64_t differs = (e->key[0] ^ key->word[0]) | (e->key[1] ^ key->word[1])
        | (e->key_len ^ key->len);

    if (key->len > WORDCACHE_SHORT)
        differs |= (e->key[2] ^ key->word[2]) | (e->key[3] ^ key->word[3]);
    return differs == 0;
}

/* wordcache_find -- NULL if it is not there. */
static inline const struct wordcache_entry *
wordcache_find(struct wordcache *w, const struct wordcache_key *key)
{
    struct wordcache_entry *pair = w->entries + 2 * key->place;

    if (wordcache_is(&pair[0], key))
        return &pair[0];
    if (wordcache_is(&pair[1], key)) {
        struct wordcache_entry was = pair[0];

        pair[0] = pair[1];
        pair[1] = was;
        return &pair[0];
    }
    return NULL;
}

/* wordcache_copy -- the result to where WORDCACHE_COPY bytes may be written; what lies behind
 * result_len has no meaning. */
static inline void
wordcache_copy(char *to, const struct wordcache_entry *e)
{
    memcpy(to, (const char *)e + offsetof(struct wordcache_entry, result), WORDCACHE_COPY);
}

#endif
