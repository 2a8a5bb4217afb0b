/* mlm.h -- masked language modelling: what stood behind the masks: section 3.1 of
 * Devlin et al. 2018.
 *
 *     logits = LN(gelu(x W + b)) E^T + c          at the chosen rows alone; E: the word embeddings
 *
 * Logits are the largest thing in a small model (chosen x vocabulary), so rows go through in groups
 * of MLM_ROWS, forward and backward, before the next group: the gradient needs nothing but the
 * group's own logits, because the normaliser of the loss is known beforehand. */
#ifndef MODEL_MLM_H
#define MODEL_MLM_H

#include "model/model.h"
#include "model/slab.h"

enum { MLM_ROWS = 2048 };

struct mlm {
    struct view x, dense, bent, normed, stat, logits;
    struct view d, dmore;
};

void mlm_cut(struct mlm *h, const struct model_config *c, int chosen, bool training,
    enum dtype real, enum dtype wide, struct slab *slab);

/* mlm_forward -- fill m->stat from the encoder's output `x`.
 * mlm_learn -- the same, and backward: d = the gradient of `x`, parameters' gradients += , of the
 * sum of losses times `factor`. */
void mlm_forward(struct model *m, struct view x);
void mlm_learn(struct model *m, struct view d, struct view x, float factor);

#endif
