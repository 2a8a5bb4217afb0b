/* tokencode.h -- the way from text to tokens; only lib/tokenizer.c uses it.
 *
 * Two ways, the same result.  The plain one follows tokenizer.h: cut out added tokens, normalise,
 * pre-tokenise, ask the model.  The fast one is for BERT's normalizer and pre-tokenizer, and for
 * ByteLevel without a normalizer: what divides words in the text as it stands (lib/wordcut.h)
 * divides them behind the normalizer too, because no character can join what lies on its two
 * sides.  So each stretch between two dividers is looked up, as it stands, among those met before
 * (lib/wordcache.h), and only a new one is normalised and goes to the model.
 *
 * The result is written in the form that is wanted at the end, and remembered in it: a word of a
 * text that becomes "1996 " costs as little as one that becomes a number. */
#ifndef LIB_TOKENCODE_H
#define LIB_TOKENCODE_H

#include "lib/notes.h"
#include "lib/tokens.h"
#include "lib/tokjson.h"
#include "lib/wordcache.h"
#include "lib/wordcut.h"

enum tokencode_fast {
    TOKENCODE_PLAIN,
    TOKENCODE_FAST_ASCII, /* fast where the whole text is ASCII: NFC may join '<' and U+0338 */
    TOKENCODE_FAST
};

struct tokencode_plan { /* what is known about a tokenizer beforehand */
    enum tokencode_fast fast;
    bool                lower;
    bool                prefix;     /* ByteLevel: add_prefix_space */
    bool                plain[256]; /* bytes of words that need no normalizer but `lower` */
    struct wordcut_plan cut;
};

struct tokenizer_work {
    const struct tokenizer      *tokenizer;
    const struct tokjson        *json;
    const struct tokencode_plan *plan;
    const struct notes          *notes; /* or NULL */
    enum tokenizer_form          form;  /* of all that is in the cache */
    struct wordcache             cache;
    struct wordcut               cut;
    struct normalize_work        normalize;
    struct pretok_work           pretok;
    struct bpe_work              bpe;
    struct buf                   parts, parts_normalized; /* struct added_part */
    struct buf                   model_ids, mapped, prefixed;
    struct buf                   spans; /* the notes of the last text */
    struct buf                  *out;   /* where the result goes, from `start` on */
    size_t                       start;
    struct buf                   marked, ids, word; /* for tokenizer_encode */
};

void     tokencode_plan(struct tokencode_plan *plan, const struct tokjson *json);
MUST int tokencode_open(struct tokenizer_work *w, const struct tokenizer *t,
    const struct tokjson *json, const struct tokencode_plan *plan);
void     tokencode_close(struct tokenizer_work *w);
/* tokencode_run -- append what text[len] becomes to `out`, in this form; the notes are in
 * w->spans. */
MUST int tokencode_run(struct tokenizer_work *w, enum tokenizer_form form, const char *text,
    size_t len, struct buf *out);
/* tokencode_put -- append one token that begins a word. */
MUST int tokencode_put(struct tokenizer_work *w, enum tokenizer_form form, uint32_t id,
    struct buf *out);

#endif
