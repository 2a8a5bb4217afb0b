/* position.h -- where a word stands: added to its embedding, or inside attention.
 *
 * absolute: a learned vector for each position is added to the word's (encoder.c does it).
 * relative: the same, and every layer adds one learned number a head and bucket of distance to the
 * logits of attention (T5; Raffel et al. 2020): what Ke et al. compare with as BERT-R.
 * TUPE (Ke, He, Liu, "Rethinking positional encoding in language pre-training", ICLR 2021): words
 * and positions do not mix.  Positions have a table of their own, normalised and projected by a
 * pair of matrices of their own, and their products are a bias of the attention logits: the same
 * for all layers and sequences, so it is computed once a batch, and its gradient, summed over
 * layers and sequences, goes back once.  [CLS] is untied: as query and as key it has rows of its
 * own in the table.  TUPE-R adds a learned bias by distance. */
#ifndef MODEL_POSITION_H
#define MODEL_POSITION_H

#include "model/model.h"
#include "model/slab.h"

struct position_state {
    struct view normed, stat, q, k; /* wide; of the rows of the table that are in use */
    struct view bias, dbias;        /* wide, heads T x T; none for absolute */
    struct view dq, dk, dnormed, dmore;
    int         longest;            /* T of the batch in work */
};

struct encoder;

/* position_cut -- the memory for sequences of up to `longest`. */
void position_cut(struct position_state *s, enum position position, struct model_size size,
    int longest, bool training, enum dtype wide, struct slab *slab);

/* position_bias -- H T x T for the batch in work, and its gradient; none for absolute. */
struct view position_bias(const struct encoder *e);
struct view position_dbias(const struct encoder *e);

/* position_forward -- the bias for sequences of up to `longest` tokens; none for absolute.
 * position_forget -- its gradient = 0.  position_backward -- the gradient back to the
 * parameters. */
void position_forward(struct model *m, struct encoder *e, int longest);
void position_forget(struct model *m, struct encoder *e);
void position_backward(struct model *m, struct encoder *e);

#endif
