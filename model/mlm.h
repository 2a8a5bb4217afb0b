/* mlm.h -- masked language modelling: what stood behind the masks: section 3.1 of
 * Devlin et al. 2018.
 *
 *     logits = LN(gelu(x W + b)) E^T + c          at the chosen rows alone; E: the word embeddings
 *
 * The head of the objective mlm, and that of ELECTRA's generator, which W brings to the width of E.
 * Of the latter each chosen row gives a word, too, drawn from the softmax of its logits.
 *
 * Logits are the largest thing in a small model (chosen x vocabulary), so rows go through in groups
 * of MLM_ROWS, forward and backward, before the next group: the gradient needs nothing but the
 * group's own logits, because the normaliser of the loss is known beforehand. */
#ifndef MODEL_MLM_H
#define MODEL_MLM_H

#include "model/objective.h"

enum { MLM_ROWS = 2048 };

struct mlm {
    struct view x, dense, bent, normed, stat, logits;
    struct view d, dmore, dx;
    struct view loss; /* of all chosen rows, from op_cross_entropy_fwd */
    struct view draw; /* I32 chosen x 1; none without a generator */
};

extern const struct objective_ops mlm_objective;

/* mlm_cut -- for up to `chosen` rows of an encoder's output of `width`. */
void mlm_cut(struct model *m, int width, struct slab *slab);

/* mlm_forward -- losses, and draws if there are any, from the output `x` of encoder `e`.
 * mlm_learn -- the same, and backward: the gradient of `x` is where encoder_backward expects it,
 * parameters' gradients += . */
void mlm_forward(struct model *m, struct view x, const struct encoder_pass *pass);
void mlm_learn(struct model *m, struct encoder *e, struct view x, const struct encoder_pass *pass);

#endif
