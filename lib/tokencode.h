/* tokencode.h -- the way from text to ids; only lib/tokenizer.c uses it.
 *
 * Two ways, the same result.  The plain one follows tokenizer.h: cut out added tokens, normalise,
 * pre-tokenise, ask the model.  The fast one is for BERT's normalizer and pre-tokenizer: ASCII
 * white space and punctuation divide the text into stretches that no other character can join
 * again, so each is looked up, as it stands, among the words met before (lib/wordcache.h), and
 * only a new one is sent the plain way. */
#ifndef LIB_TOKENCODE_H
#define LIB_TOKENCODE_H

#include "lib/notes.h"
#include "lib/tokens.h"
#include "lib/tokjson.h"
#include "lib/wordcache.h"

enum tokencode_class { TOKENCODE_WORD, TOKENCODE_SPACE, TOKENCODE_PUNCT, TOKENCODE_OTHER };

enum tokencode_fast {
    TOKENCODE_PLAIN,
    TOKENCODE_FAST_ASCII, /* fast where the whole text is ASCII: NFC may join '<' and U+0338 */
    TOKENCODE_FAST
};

struct tokencode_plan { /* what is known about a tokenizer beforehand */
    enum tokencode_fast fast;
    bool                lower;
    uint8_t             class[256];
};

struct tokenizer_work {
    const struct tokjson        *json;
    const struct tokencode_plan *plan;
    const struct notes          *notes; /* or NULL */
    struct wordcache             cache;
    struct normalize_work        normalize;
    struct pretok_work           pretok;
    struct bpe_work              bpe;
    struct buf                   parts, parts_normalized; /* struct added_part */
    struct buf                   model_ids, lowered;
    struct buf                   ids, word, spans; /* the result */
    struct buf                  *words; /* where words go instead of ids, or NULL */
};

void     tokencode_plan(struct tokencode_plan *plan, const struct tokjson *json);
MUST int tokencode_open(struct tokenizer_work *w, const struct tokjson *json,
    const struct tokencode_plan *plan);
void     tokencode_close(struct tokenizer_work *w);
/* tokencode_run -- ids of text[len] into w->ids, w->word and w->spans; or its words, each but the
 * first behind a space, appended to w->words if that is not NULL. */
MUST int tokencode_run(struct tokenizer_work *w, const char *text, size_t len);

#endif
