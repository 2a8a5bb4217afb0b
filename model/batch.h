/* batch.h -- what a model is given at once: sequences without padding, one under the other.
 *
 *     struct batch b;
 *     batch_open(&b, limits, span, arena);
 *     for each micro-batch:
 *         batch_reset(&b);
 *         for each sample:
 *             batch_add(&b, ids, len, 0, place);
 *             mask_apply(&mask, &b, word, epoch, index);
 *             batch_note(&b, span, spans);
 *         model_learn(model, &b, pass);
 *
 * `place` is the sequence's number in the global batch of the step.  Dropout draws from it and from
 * the position, so the same numbers fall whether the batch is learned at once or in pieces, by one
 * process or many. */
#ifndef MODEL_BATCH_H
#define MODEL_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/ops.h"
#include "lib/arena.h"
#include "lib/tokens.h"

/* The most a batch can hold.  `chosen` counts the rows that something is predicted at: masked
 * words, or the first row of each sequence.  `words` counts those that have a note; 0: the model
 * has none, and batch_note does nothing.  `longest` is that of a sequence; 0: as long as the model
 * has positions. */
struct batch_limits {
    int rows, sequences, chosen, words, longest;
};

/* On the host. */
struct batch {
    struct batch_limits limits;
    int                 span;            /* the model's max_len: what keys are counted in */
    int                 sequences, rows, chosen, words;
    int                 longest;         /* of those it holds */
    uint64_t            squares;         /* sum of squared lengths: what attention costs */
    int32_t            *start;           /* [sequences + 1] first row of each, and rows */
    int32_t            *id, *type;       /* [rows] token, segment type */
    int32_t            *position, *key;  /* [rows] in the sequence; place * span + position */
    int32_t            *row, *row_key;   /* [chosen] ascending; its key */
    int32_t            *target;          /* [chosen] the token that stood there, or the class */
    double             *value;           /* [chosen] the number to predict, of a regression */
    int32_t            *word;            /* [words][3] note, first row, rows; ascending */
};

/* batch_open -- empty, with room for `limits`.  batch_bytes -- what it takes from the arena. */
MUST int batch_open(struct batch *b, struct batch_limits limits, int span, struct arena *arena);
size_t   batch_bytes(struct batch_limits limits);
void     batch_reset(struct batch *b);

/* batch_fits -- one more sequence of len tokens, with `chosen` chosen rows, can be added. */
bool batch_fits(const struct batch *b, int len, int chosen);

/* batch_add -- append a sequence; 1 <= len <= span.  Tokens from `second` on have segment type 1;
 * 0: all have type 0.  It must fit.  place * span must stay below 2^31. */
void batch_add(struct batch *b, const uint32_t *ids, int len, int second, int place);

/* batch_choose -- predict `target` at `position` of the last sequence added; positions ascend. */
void batch_choose(struct batch *b, int position, int target);
/* batch_label, batch_value -- the class or the number to predict for the last sequence added. */
void batch_label(struct batch *b, int label);
void batch_value(struct batch *b, double value);

/* batch_note -- the words of the last sequence added that have a note, in order of their places in
 * it.  A word with a chosen token is left out, so choose before. */
void batch_note(struct batch *b, const struct span *span, uint32_t spans);

/* The same on the device: columns of I32, and the values in the wide type.  `limits` are the
 * columns as allocated; batch_upload fills as much of them as the batch holds and gives views of
 * that much.  `scratch` is room for a float a chosen row. */
struct batch_device {
    struct view start, id, type, position, key, row, row_key, target, value, word;
};
void batch_upload(const struct backend *be, struct batch_device *device,
    const struct batch_device *limits, const struct batch *b, void *scratch);

#endif
