/* notebook.h -- notes of rare words: Wu et al., "Taking notes on the fly helps language
 * pre-training", ICLR 2021 (TNF).
 *
 * A table holds a vector for each word of notes.tsv.  Where such a word stands in the input, the
 * embedding of each of its tokens, before the layer norm, is
 *
 *     (1 - weight) (word + position + type) + weight note          TUPE: (1 - weight) word + ...
 *
 * and behind the forward pass the note moves towards what now surrounds the word,
 *
 *     note = (1 - decay) note + decay mean of the last layer's outputs in the window
 *
 * where the window is the word and up to `window` tokens on each side, of the same sequence and
 * without its [CLS].  Where the paper is silent:
 *   - a word that occurs several times in the batch of a step moves once, by the mean over its
 *     occurrences; all of the step reads the notes of before;
 *   - a word with a token in the mask set has no note there, given or taken: it would name the
 *     answer (batch_note);
 *   - notes are constants to the gradient;
 *   - with `match` a note is as long as the embedding of the token it stands beside:
 *     outputs behind a
 *     layer norm are far longer than young embeddings, and drown them (default: as the paper).
 *
 *     notebook_begin(&model, pieces, count)       which words there will be in the step
 *     for each piece: model_learn(...)            reads notes, sums outputs
 *     notebook_end(&model)                        the update
 *
 * Any encoder of a model reads the table; outputs are those of the main one.  With several
 * processes all of this is of the batch of all; the sums are added in the order of ranks.  A model
 * without notes (model->notebook NULL) passes through all of it. */
#ifndef MODEL_NOTEBOOK_H
#define MODEL_NOTEBOOK_H

#include "lib/buf.h"
#include "model/model.h"
#include "model/slab.h"

/* Spans that go to the device at a time: model.host has room for them. */
enum { NOTEBOOK_SPANS = MODEL_PIECE / 2 };

struct notebook {
    const struct buf *words;   /* the bytes of notes.tsv, for checkpoints; the caller's */
    void             *memory;  /* of the next four, on the device */
    struct view       table;   /* wide R x C */
    struct view       sum;     /* wide S x C: row k is of word met[k] of this step */
    struct view       note, count; /* I32 S x 1: met and their occurrences */
    struct view       window;  /* I32 W x 3, of a batch */
    int32_t          *times;   /* [R] occurrences in this step */
    int32_t          *slot;    /* [R] row of `sum`, where times > 0 */
    int32_t          *met;     /* [S] ascending; occurrences, behind that */
    int               words_met;
};

/* notebook_host -- what the host needs; the limits and the config are m's.  notebook_cut -- `own`:
 * the table and the sums; `slab`: what is scratch. */
MUST int notebook_host(struct notebook *n, const struct model *m, struct arena *arena);
void     notebook_cut(struct notebook *n, const struct model *m, struct slab *own,
    struct slab *slab);

/* notebook_start -- N(0, initializer), keyed by (seed, element).
 * notebook_get, notebook_set -- elements first .. first + count - 1 of the table, count <=
 * MODEL_PIECE, as model_get_piece. */
void notebook_start(struct model *m, uint64_t seed);
void notebook_get(const struct model *m, size_t first, size_t count, double *values);
void notebook_set(struct model *m, size_t first, size_t count, const double *values);

/* notebook_begin, notebook_end -- see above.  Errors: ERR_DEVICE; ERR_LIMIT: more different words
 * than model_limits.words. */
MUST int notebook_begin(struct model *m, const struct batch *pieces, int count);
MUST int notebook_end(struct model *m);

/* ---- for the encoder: of the batch in m->device ---- */

/* notebook_mix -- into the sum of embeddings of the tokens `id`; notebook_mix_bwd -- into
 * its gradient. */
void notebook_mix(const struct model *m, struct view sum, struct view id);
void notebook_mix_bwd(const struct model *m, struct view d);
/* notebook_sum -- add up the windows of batch `b` over the outputs x. */
void notebook_sum(struct model *m, const struct batch *b, struct view x);

#endif
