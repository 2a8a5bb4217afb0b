/* pretok.h -- the pre-tokenizers of a tokenizer.json: normalised text becomes words.
 *
 * A list of steps, each cutting every piece that the one before it left.  Some also rewrite the
 * text: ByteLevel gives each byte a visible character, Metaspace writes spaces as U+2581. */
#ifndef LIB_PRETOK_H
#define LIB_PRETOK_H

#include <stdbool.h>

#include "lib/buf.h"

enum pretok_kind {
    PRETOK_BERT,             /* at white space, and around each punctuation character */
    PRETOK_WHITESPACE,       /* \w+|[^\w\s]+ */
    PRETOK_WHITESPACE_SPLIT, /* at white space only */
    PRETOK_PUNCTUATION,
    PRETOK_BYTE_LEVEL,
    PRETOK_METASPACE,
    PRETOK_UAX29             /* Unicode's words; not of a tokenizer.json: see lib/wordbreak.h */
};

enum pretok_behaviour { /* of Punctuation: what becomes of the character */
    PRETOK_ISOLATED,
    PRETOK_REMOVED,
    PRETOK_MERGED_WITH_PREVIOUS,
    PRETOK_MERGED_WITH_NEXT,
    PRETOK_CONTIGUOUS
};

enum pretok_prepend { PRETOK_NEVER, PRETOK_FIRST, PRETOK_ALWAYS };

enum { PRETOK_STEPS_MAX = 16 };

struct pretok_step {
    enum pretok_kind      kind;
    enum pretok_behaviour behaviour;
    enum pretok_prepend   prepend;     /* Metaspace: put a replacement before a piece */
    uint32_t              replacement; /* Metaspace: what a space becomes */
    /* Metaspace: cut before each; ByteLevel: by its expression */
    bool                  split;
    bool                  prefix;      /* ByteLevel: add_prefix_space */
};

/* A zeroed struct leaves the text in one piece. */
struct pretok {
    struct pretok_step steps[PRETOK_STEPS_MAX];
    int                count;
};

struct pretok_piece {
    size_t first, len; /* in text */
    bool   at_start;   /* begins where the whole text began */
};

struct wordbreak;

struct pretok_work {
    struct buf text;   /* what the pieces lie in */
    struct buf pieces; /* struct pretok_piece */
    struct buf next_text, next_pieces;
    struct wordbreak *words; /* opened when first needed */
};

/* pretok_add -- one more step; ERR_LIMIT beyond PRETOK_STEPS_MAX. */
MUST int pretok_add(struct pretok *p, const struct pretok_step *step);

/* pretok_run -- cut text[len]; at_start: it is the beginning of the whole input.  The result is in
 * work->text and work->pieces. */
MUST int pretok_run(const struct pretok *p, struct pretok_work *work, const char *text, size_t len,
    bool at_start);
void     pretok_work_free(struct pretok_work *work);

/* pretok_bytes -- append text[len] with ByteLevel's visible character for each byte. */
MUST int pretok_bytes(struct buf *out, const char *text, size_t len);

/* pretok_contraction -- the length of the 's 't 're 've 'm 'll or 'd at the start of text, or 0. */
size_t pretok_contraction(const char *text, size_t len);

/* pretok_count, pretok_get -- the pieces of the last run. */
size_t                     pretok_count(const struct pretok_work *work);
const struct pretok_piece *pretok_get(const struct pretok_work *work, size_t i);

#endif
