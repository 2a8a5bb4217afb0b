/* tokenizer.h -- text to token ids, exactly as Hugging Face `tokenizers` does it.
 *
 * A tokenizer is read from the bytes of a tokenizer.json:
 *
 *     text -> added tokens cut out -> normalizer -> pre-tokenizer -> words -> model -> ids
 *
 * The model is WordPiece or BPE.  A component that is not known is refused by name, never ignored.
 * A tokenizer does not change once open, so any number of threads may encode with it, each with a
 * scratch of its own; the scratch also remembers the words it has met, which is where the speed
 * comes from.
 *
 *     struct tokenizer *t;  struct tokenizer_scratch *s;
 *     rc = tokenizer_open(&t, json, json_len, "tokenizer.json");
 *     rc = tokenizer_scratch_open(&s, t);
 *     rc = tokenizer_encode(s, text, len);  s->ids[0 .. s->count - 1]
 */
#ifndef LIB_TOKENIZER_H
#define LIB_TOKENIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

struct tokenizer;
struct notes;
struct span;

#define TOKENIZER_NONE UINT32_MAX /* no such id */

enum { TOKENIZER_BYTES_MAX = 256 << 20, TOKENIZER_TOKENS_MAX = 1 << 24 };

/* tokenizer_open -- read the bytes of a tokenizer.json; `name` begins the sentence on failure and
 * need not outlive the call.  Errors: ERR_FORMAT (not JSON, a component that is not supported, ids
 * or merges that do not fit together), ERR_LIMIT, ERR_MEMORY. */
MUST int tokenizer_open(struct tokenizer **t, const void *bytes, size_t len, const char *name);

/* tokenizer_of_vocab -- the tokenizer.json of a vocab.txt (one token a line, id = line number from
 * 0): WordPiece with BERT's normalizer, pre-tokenizer and template.  Appends to `json`.
 * Errors: ERR_FORMAT naming the line: a duplicate, an empty line, CRLF, space at the end, not
 * UTF-8; [UNK], [CLS] or [SEP] missing. */
MUST int tokenizer_of_vocab(struct buf *json, const void *bytes, size_t len, bool lowercase,
    const char *name);

/* tokenizer_of_merges -- the tokenizer.json of GPT-2's vocab.json and merges.txt: BPE behind
 * ByteLevel, and <|endoftext|>, which is added.  Appends to `json`.  tokenizer_is_vocab_json --
 * whether these are the bytes of a vocab.json.
 * Errors: ERR_FORMAT naming the line of a merge; a vocabulary that is not 256 bytes, a token for
 * each merge and <|endoftext|>. */
MUST int tokenizer_of_merges(struct buf *json, const struct buf *vocab, const struct buf *merges,
    const char *vocab_name, const char *merges_name);
bool     tokenizer_is_vocab_json(const void *bytes, size_t len);

/* tokenizer_of_google -- the tokenizer.json becomes one of google-research/bert's dialect; see
 * lib/tokcompat.h.  ERR_FORMAT if it has no BertNormalizer; the rest is found by tokenizer_open. */
MUST int tokenizer_of_google(struct buf *json, const char *name);
/* tokenizer_is_google -- it is of that dialect. */
bool tokenizer_is_google(const struct tokenizer *t);

/* tokenizer_is_json -- whether these are the bytes of a tokenizer.json, or of a vocab.json (the
 * first character is '{'), and not of a vocab.txt. */
bool tokenizer_is_json(const void *bytes, size_t len);

/* tokenizer_open_words -- a tokenizer that has no model and can only write TOKENIZER_WORDS: one of
 * these normalizers, and behind it BERT's pre-tokenizer; or both as google-research/bert has them
 * (only the first two); or Unicode's words, lib/wordbreak.h. */
enum tokenizer_normalizer { TOKENIZER_BERT_UNCASED, TOKENIZER_BERT_CASED, TOKENIZER_NFC,
    TOKENIZER_PLAIN };
enum tokenizer_splitter { TOKENIZER_BERT_WORDS, TOKENIZER_GOOGLE_WORDS, TOKENIZER_UAX29_WORDS };
MUST int tokenizer_open_words(struct tokenizer **t, enum tokenizer_normalizer normalizer,
    enum tokenizer_splitter splitter);

void tokenizer_close(struct tokenizer *t);

/* tokenizer_size -- one more than the largest id, added tokens included. */
uint32_t tokenizer_size(const struct tokenizer *t);
/* tokenizer_id -- the id of a token by its string, such as "[MASK]"; TOKENIZER_NONE if absent. */
uint32_t tokenizer_id(const struct tokenizer *t, const char *token);
/* tokenizer_token -- the string of an id and its length; NULL for an id that no token has. */
const char *tokenizer_token(const struct tokenizer *t, uint32_t id, size_t *len);
/* tokenizer_is_added -- the id is that of an added token, such as [SEP]. */
bool tokenizer_is_added(const struct tokenizer *t, uint32_t id);
/* The post-processor's template: what stands around one text or a pair of them. */
struct tokenizer_part {
    int      sequence; /* 0 or 1: the first or the second text; -1: the token `id` */
    uint32_t id, type; /* type is the segment id */
};
/* tokenizer_template -- *parts and how many; for no post-processor just the texts. */
size_t tokenizer_template(const struct tokenizer *t, bool pair,
    const struct tokenizer_part **parts);

/* ---- encoding ---- */

struct tokenizer_work; /* memory that calls reuse */

struct tokenizer_scratch {
    uint32_t    *ids;   /* [count] of the last tokenizer_encode */
    uint8_t     *word;  /* [count] 1 where the token begins a word; added tokens do */
    struct span *spans; /* [span_count] the words that have a note; see lib/tokens.h */
    size_t       count, span_count;
    struct tokenizer_work *work;
};

MUST int tokenizer_scratch_open(struct tokenizer_scratch **s, const struct tokenizer *t);
void     tokenizer_scratch_close(struct tokenizer_scratch *s);
/* tokenizer_scratch_notes -- from now on fill `spans`: a word (normalised pre-token) found in
 * `notes` (lib/notes.h) gives one.  `notes` must outlive the scratch. */
void tokenizer_scratch_notes(struct tokenizer_scratch *s, const struct notes *notes);

/* tokenizer_encode -- the ids of `text`, without the template's tokens.  `text` must be UTF-8 (see
 * lib/utf8.h to make it so).  The result lies in *s until the next call.  Errors: ERR_MEMORY;
 * ERR_FORMAT where the model has no token for a word and no unknown token. */
MUST int tokenizer_encode(struct tokenizer_scratch *s, const char *text, size_t len);

/* tokenizer_write -- append what `text` becomes to `out`, in one of these forms, of which a scratch
 * is best asked for one only; spans are as after tokenizer_encode, and only TOKENIZER_TOKENS has
 * them.  tokenizer_write_id -- the same for one token that is none of a text. */
enum tokenizer_form {
    TOKENIZER_TOKENS, /* u32 ids, with TOKENS_BEGIN of lib/tokens.h where a word begins */
    TOKENIZER_IDS,    /* decimal numbers, a space behind each */
    TOKENIZER_PIECES, /* the strings of the tokens, likewise */
    TOKENIZER_WORDS   /* normalised words (what --notes and freqstat call a word), likewise */
};
MUST int tokenizer_write(struct tokenizer_scratch *s, enum tokenizer_form form, const char *text,
    size_t len, struct buf *out);
MUST int tokenizer_write_id(struct tokenizer_scratch *s, enum tokenizer_form form, uint32_t id,
    struct buf *out);

#endif
