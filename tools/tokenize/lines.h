/* lines.h -- what one thread makes of one batch of lines, and how the batches are joined again. */
#ifndef TOOLS_TOKENIZE_LINES_H
#define TOOLS_TOKENIZE_LINES_H

#include "lib/notes.h"
#include "lib/sentence.h"
#include "lib/tokenizer.h"
#include "lib/tokens.h"

enum lines_sentences { LINES_ICU, LINES_LINE, LINES_NONE };
enum lines_format { LINES_STREAM, LINES_IDS, LINES_PIECES, LINES_WORDS };
enum lines_invalid { LINES_REPLACE, LINES_SKIP, LINES_FAIL };

struct lines_plan { /* the same for all threads */
    const struct tokenizer *tokenizer;
    const struct notes     *notes; /* or NULL */
    const char             *locale;
    enum lines_sentences    sentences;
    enum lines_format       format;
    enum lines_invalid      invalid;
    bool                    special;
    struct tokens_head      head;
};

struct lines_frame { /* a document or a part of one, in batch.out */
    size_t   len;
    bool     continues; /* the document of the frame before */
    uint64_t sentences, tokens;
};

struct lines {
    struct buf  text; /* whole lines */
    const char *name; /* of the file */
    uint64_t    offset;
    bool        file_end;
    /* results */
    struct buf  out;    /* text, or frame payloads */
    struct buf  frames; /* struct lines_frame */
    bool        border_first; /* an empty line before the first sentence */
    bool        border_last;  /* and behind the last; both if there is no sentence but a border */
    bool        any;          /* there is a sentence */
    uint64_t    invalid, invalid_first; /* how many; where the first stands in the file */
};

struct lines_worker; /* the scratch of one thread */

/* lines_worker_open -- on failure *w is NULL. */
MUST int lines_worker_open(struct lines_worker **w, const struct lines_plan *plan);
void     lines_worker_close(struct lines_worker *w);
MUST int lines_work(struct lines_worker *w, struct lines *b);
void     lines_free(struct lines *b);

#endif
