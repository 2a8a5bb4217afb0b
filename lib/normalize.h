/* normalize.h -- the normalizers of a tokenizer.json: a list of steps over characters.
 *
 * Every step does what the component of that name in Hugging Face `tokenizers` does; Sequence is
 * the list itself. */
#ifndef LIB_NORMALIZE_H
#define LIB_NORMALIZE_H

#include <stdbool.h>

#include "lib/buf.h"

enum normalize_kind {
    NORMALIZE_CLEAN,   /* BertNormalizer clean_text: drop control characters, white space is ' ' */
    NORMALIZE_HAN,     /* handle_chinese_chars: a space around each */
    NORMALIZE_BERT_MN, /* strip_accents: NFD, then nonspacing marks go */
    NORMALIZE_LOWER,   /* character by character */
    NORMALIZE_NFC,
    NORMALIZE_NFD,
    NORMALIZE_NFKC,
    NORMALIZE_NFKD,
    NORMALIZE_MARKS,  /* StripAccents: all marks go; does not decompose first */
    NORMALIZE_STRIP_LEFT, /* white space at the beginning, or the end, goes */
    NORMALIZE_STRIP_RIGHT,
    NORMALIZE_PREPEND, /* a string before a text that is not empty */
    NORMALIZE_REPLACE, /* each occurrence of a string by another */
    /* google-research/bert's words, spaces between them; see lib/basictok.h */
    NORMALIZE_GOOGLE_CASED,
    NORMALIZE_GOOGLE_UNCASED
};

enum { NORMALIZE_STEPS_MAX = 32 };

struct normalize_step {
    enum normalize_kind kind;
    struct buf          from, to; /* u32 characters; NORMALIZE_PREPEND: only to */
};

/* A zeroed struct does nothing to the text. */
struct normalizer {
    struct normalize_step steps[NORMALIZE_STEPS_MAX];
    int                   count;
};

struct normalize_work {
    struct buf text;        /* the result, UTF-8 */
    struct buf codes, next; /* u32 characters, before and after a step */
};

/* normalize_add -- one more step; ERR_LIMIT beyond NORMALIZE_STEPS_MAX. */
MUST int normalize_add(struct normalizer *n, enum normalize_kind kind);
/* normalize_replace -- the last step, of kind NORMALIZE_REPLACE, replaces `from` (not empty); or of
 * kind NORMALIZE_PREPEND, puts `to` there (from is empty). */
MUST int normalize_replace(struct normalizer *n, const char *from, size_t from_len, const char *to,
    size_t to_len);
void     normalize_free(struct normalizer *n);

/* normalize_run -- work->text becomes what the steps make of text[len], which is UTF-8. */
MUST int normalize_run(const struct normalizer *n, struct normalize_work *work, const char *text,
    size_t len);
void     normalize_work_free(struct normalize_work *work);

#endif
