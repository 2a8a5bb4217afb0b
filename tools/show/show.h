/* show.h -- what the parts of the program share.
 *
 * Each kind of thing has one function, which fills `report`, a JSON object: --json prints it as it
 * is, otherwise report.c prints it as text.  With ask->verify it also checks every byte it can. */
#ifndef TOOLS_SHOW_SHOW_H
#define TOOLS_SHOW_SHOW_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/file.h"
#include "lib/tokens.h"

struct ask {
    bool        verify, cat;
    const char *neighbours; /* a word, or NULL */
    long long limit; /* of samples, sentences, rows; 0: none */
    struct out out;  /* where --cat prints */
};

enum kind {
    KIND_STREAM,
    KIND_SHARD,
    KIND_DATA,
    KIND_MODEL,
    KIND_RUN,
    KIND_TENSORS,
    KIND_TOKENIZER,
    KIND_WORDS
};

/* kind_of -- by content.  ERR_FORMAT naming the first bytes if it is none of them. */
MUST int kind_of(enum kind *kind, const char *path);

MUST int stream_show(json_t *report, const char *path, struct ask *ask);
MUST int shard_show(json_t *report, const char *path, struct ask *ask);
MUST int data_show(json_t *report, const char *path, struct ask *ask);
MUST int model_show(json_t *report, const char *path, struct ask *ask);
MUST int run_show(json_t *report, const char *path, struct ask *ask);
MUST int tensors_show(json_t *report, const char *path, struct ask *ask);
MUST int tokenizer_show(json_t *report, const char *path, struct ask *ask);
MUST int words_show(json_t *report, const char *path, struct ask *ask);

/* neighbours_show -- the notes of a checkpoint or a run that are nearest to that of
 * ask->neighbours. */
MUST int neighbours_show(json_t *report, const char *path, enum kind kind, struct ask *ask);

/* report_* -- add to a report.  report_json -- any value, which the report then owns.
 * report_is_whole -- no memory has been missing for any of that. */
bool report_is_whole(void);
void report_json(json_t *report, const char *key, json_t *value);
void report_string(json_t *report, const char *key, const char *text);
void report_count(json_t *report, const char *key, uint64_t count);
void report_real(json_t *report, const char *key, double value);
/* report_text -- append the report as aligned text, `name` above it. */
MUST int report_text(struct buf *text, const json_t *report, const char *name);

/* ---- tokens as text ---- */

struct pieces {
    json_t      *root;  /* holds the strings */
    const char **piece; /* [vocab_size]; NULL where tokenizer.json has none */
    uint32_t     vocab_size;
};

MUST int pieces_open(
    struct pieces *p, const struct buf *tokenizer, uint32_t vocab_size, const char *where);
void pieces_close(struct pieces *p);
/* pieces_print -- ids as pieces, one space between them, then a newline. */
MUST int pieces_print(
    struct out *out, const struct pieces *p, const uint32_t *ids, uint32_t count);

#endif
