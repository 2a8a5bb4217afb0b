/* wordcut.h -- where the words of a text begin and end, 64 bytes at a time.
 *
 * Each byte of a block becomes one bit in each of a few masks ("is white space", "stands alone"),
 * and where words begin and end follows by shifts: a word begins at a byte that is of a word while
 * the one before it is not.  So ASCII text costs the same whatever it holds, without a branch a
 * byte; a character beyond ASCII is looked up and its bytes get its class.  Where the processor has
 * AVX2 the masks of ASCII come from table lookups on 32 bytes at once (two halves of a byte, one
 * `pshufb` each; Mula and Lemire, "Faster Base64 encoding and decoding", 2018, describe them); the
 * portable loop gives the same bits.
 *
 * Two ways of cutting:
 *     WORDCUT_BERT    at white space, and around each character that stands alone
 *     WORDCUT_BYTES   as the expression of GPT-2 does (lib/pretok.c has it)
 *
 *     wordcut_start(&c, &plan, text, len);
 *     while (wordcut_next(&c))
 *         for (size_t i = 0; i < c.count; i++)
 *             text[c.first[i] .. c.end[i] - 1] is a word */
#ifndef LIB_WORDCUT_H
#define LIB_WORDCUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wordcut_kind { WORDCUT_BERT, WORDCUT_BYTES };

enum { /* the masks, by number: of WORDCUT_BERT, and of WORDCUT_BYTES */
    WORDCUT_SPACE = 0,
    WORDCUT_ALONE = 1,
    WORDCUT_LETTER = 1,
    WORDCUT_NUMBER = 2,
    WORDCUT_BLANK = 3, /* ' ' itself */
    WORDCUT_QUOTE = 4, /* ' of a contraction */
    WORDCUT_SETS = 5
};

enum {
    WORDCUT_BLOCK = 64,
    WORDCUT_BLOCKS = 8, /* a call of wordcut_next goes through these at most */
    WORDCUT_WORDS = WORDCUT_BLOCKS * WORDCUT_BLOCK + 16,
    WORDCUT_AHEAD = 32 /* bytes that wordcut_bytes lets be read */
};

struct wordcut_masks {
    uint64_t set[WORDCUT_SETS];
    uint64_t wide;  /* not ASCII */
    uint64_t inner; /* not the first byte of its character */
};

struct wordcut_plan {
    enum wordcut_kind kind;
    int               sets;           /* how many of the masks this kind has */
    unsigned          gone;           /* flags of unidata.h: never a divider, whatever else it is */
    unsigned          alone;          /* flags of the characters that stand alone */
    uint8_t           class[128];     /* of ASCII: a bit a set */
    uint8_t           low[WORDCUT_SETS][16]; /* by the low half of a byte: a bit a high half */
    void            (*masks)(const struct wordcut_plan *plan, const char *block,
        struct wordcut_masks *m);
};

struct wordcut {
    const struct wordcut_plan *plan;
    const char                *text;
    size_t                     len, at;
    size_t                     count; /* words found by the last call */
    size_t                     first[WORDCUT_WORDS], end[WORDCUT_WORDS];
    /* what the blocks before hand on */
    size_t   firsts;    /* in first[]: one more than `count` if a word is still open */
    uint64_t before[4]; /* BERT: word, alone; BYTES: space, letter, number, other */
    uint64_t blank_before; /* BYTES: 1 if the last byte was a ' ' that belongs to what follows */
    uint64_t no_begin;     /* BYTES: bits of the next block that are inside a contraction, */
    uint64_t begin;        /* and the one behind it, where a word begins whatever it is */
    size_t   over; /* bytes of a character that ends in the next block, */
    unsigned over_class;
    bool     done;
    size_t   tail_at; /* of the tail in the text */
    char     tail[2 * WORDCUT_BLOCK];
};

/* wordcut_bert -- `gone` and `alone` as in the struct; white space divides. */
void wordcut_bert(struct wordcut_plan *plan, unsigned gone, unsigned alone);
void wordcut_byte_level(struct wordcut_plan *plan);

/* wordcut_portable -- from now on without vector instructions; the words are the same. */
void wordcut_portable(struct wordcut_plan *plan);

/* wordcut_start -- text[len] is UTF-8. */
void wordcut_start(struct wordcut *c, const struct wordcut_plan *plan, const char *text,
    size_t len);
/* wordcut_next -- false when there is no further word. */
bool wordcut_next(struct wordcut *c);

/* wordcut_bytes -- the bytes of the text from `at` on, from where WORDCUT_AHEAD may be read: those
 * behind the end of the text are 0. */
static inline const char *
wordcut_bytes(const struct wordcut *c, size_t at)
{
    return at + WORDCUT_AHEAD <= c->len ? c->text + at : c->tail + (at - c->tail_at);
}

#endif
