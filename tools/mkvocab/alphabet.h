/* alphabet.h -- the words to learn from, and the tokens that stand before anything is learned: the
 * special ones and the characters.
 *
 * A character at the beginning of a word and the same character further on are different tokens,
 * "c" and "##c", as in WordPiece.  Every character that is kept has the first form, and the second
 * too if it occurs further on. */
#ifndef TOOLS_MKVOCAB_ALPHABET_H
#define TOOLS_MKVOCAB_ALPHABET_H

#include "lib/arena.h"
#include "lib/wordmap.h"

enum { SPECIALS = 6 };

extern const char *const alphabet_specials[SPECIALS]; /* at ids 0 to 5 */

struct token {
    const char *bytes; /* as it is written, "##" included; ends with 0, which len does not count */
    uint32_t    len;
};

struct vocab {
    struct arena  *arena;
    struct token  *tokens;
    uint32_t       count, size; /* tokens there are, and may be */
    struct wordmap ids;         /* token -> id + 1 */
};

/* alphabet_read -- read the table at `path` into *words, sorted; rows that occur twice are added
 * up.  Words must be UTF-8.  *characters: code points in all rows. */
MUST int alphabet_read(struct wordmap *words, const char *path, uint64_t *characters);

/* vocab_open -- with the special tokens; `size` is at least SPECIALS.  ids: at most ids_bytes. */
MUST int vocab_open(struct vocab *v, uint32_t size, struct arena *arena, size_t ids_bytes);
void     vocab_close(struct vocab *v);
/* vocab_add -- the id of this token, new if it is not yet there. */
MUST int vocab_add(struct vocab *v, const char *bytes, size_t len, uint32_t *id);

struct alphabet {
    uint32_t *first, *inner; /* [0x110000] id of the character's two forms; 0: none */
    uint32_t  seen, kept;    /* characters */
    uint32_t  forms;         /* tokens of those kept */
    uint64_t  lost;          /* occurrences of those that were not kept */
    uint64_t  total;         /* occurrences of all */
};

/* alphabet_build -- add the characters that occur at least count_min times to `v`: at most
 * `kept_max` of them, and no more than fit; the commonest first, then by code point. */
MUST int alphabet_build(struct alphabet *a, struct vocab *v, const struct wordmap *words,
    uint64_t count_min, uint32_t kept_max);

/* alphabet_next -- the code point at text[*at], moving *at on; `text` must be UTF-8. */
uint32_t alphabet_next(const char *text, size_t *at);

#endif
