/* mlm.h -- masked language modelling: what stood behind the masks: section 3.1 of
 * Devlin et al. 2018.
 *
 *     logits = LN(gelu(x W + b)) E^T + c          at the chosen rows alone; E: the word embeddings
 *
 * The head of the objective mlm, and that of a generator: in ELECTRA's W brings x to the width of
 * E, in MC-BERT's E is brought to the width of x (mc.h).  A generator gives words, too, drawn from
 * the softmax of its logits: ELECTRA's one at each chosen row, MC-BERT's several at every row.
 *
 * Logits are the largest thing in a small model (rows x vocabulary), so rows go through in groups
 * of at most MLM_ROWS, forward and backward, before the next group: the gradient needs nothing but
 * the group's own logits, because the normaliser of the loss is known beforehand; and draws need
 * those of their own row. */
#ifndef MODEL_MLM_H
#define MODEL_MLM_H

#include "model/objective.h"

enum { MLM_ROWS = 2048 };

struct mlm {
    struct view x, dense, bent, normed, stat, logits;
    struct view d, dx;
    struct view loss; /* of all chosen rows, from op_cross_entropy_fwd */
    struct view draw; /* I32 chosen x 1: a word for each chosen row; or none */
    bool        hold; /* tests: the draws there are are used again, those of mlm_draw too */
    struct view table, dtable; /* E and its gradient, V x `out`; none: the word embeddings */
};

extern const struct objective_ops mlm_objective;

/* mlm_cut -- for up to `chosen` rows of an encoder's output of `width`; E is `out` wide. */
void mlm_cut(struct model *m, int width, int out, struct slab *slab);

/* mlm_forward -- losses, from the output `x` of an encoder.
 * mlm_learn -- the same, and backward: the gradient of the output `x` of encoder `e` is where
 * encoder_backward expects it, parameters' gradients and dtable += . */
void mlm_forward(struct model *m, struct view x, const struct encoder_pass *pass);
void mlm_learn(struct model *m, struct encoder *e, struct view x, const struct encoder_pass *pass);

/* mlm_draw -- into I32 N x K, K words for each row of x, N x width, whose row keys are `key`. */
void mlm_draw(struct model *m, struct view draw, struct view x, struct view key,
    const struct encoder_pass *pass);

#endif
