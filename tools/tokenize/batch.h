/* batch.h -- what one thread makes of one batch of lines, and how the batches are joined again. */
#ifndef TOOLS_TOKENIZE_BATCH_H
#define TOOLS_TOKENIZE_BATCH_H

#include "lib/notes.h"
#include "lib/sentence.h"
#include "lib/tokenizer.h"
#include "lib/tokens.h"

enum batch_sentences { BATCH_ICU, BATCH_LINE, BATCH_NONE };
enum batch_format { BATCH_STREAM, BATCH_IDS, BATCH_PIECES, BATCH_WORDS };
enum batch_invalid { BATCH_REPLACE, BATCH_SKIP, BATCH_FAIL };

struct batch_plan { /* the same for all threads */
    const struct tokenizer *tokenizer;
    const struct notes     *notes; /* or NULL */
    const char             *locale;
    enum batch_sentences    sentences;
    enum batch_format       format;
    enum batch_invalid      invalid;
    bool                    special;
    struct tokens_head      head;
};

struct batch_frame { /* a document or a part of one, in batch.out */
    size_t   len;
    bool     continues; /* the document of the frame before */
    uint64_t sentences, tokens;
};

struct batch {
    struct buf  text; /* whole lines */
    const char *name; /* of the file */
    uint64_t    offset;
    bool        file_end;
    /* results */
    struct buf  out;    /* text, or frame payloads */
    struct buf  frames; /* struct batch_frame */
    bool        border_first; /* an empty line before the first sentence */
    bool        border_last;  /* and behind the last; both if there is no sentence but a border */
    bool        any;          /* there is a sentence */
    uint64_t    invalid, invalid_first; /* how many; where the first stands in the file */
};

struct batch_worker; /* the scratch of one thread */

MUST int batch_worker_open(struct batch_worker **w, const struct batch_plan *plan);
void     batch_worker_close(struct batch_worker *w);
MUST int batch_work(struct batch_worker *w, struct batch *b);
void     batch_free(struct batch *b);

#endif
