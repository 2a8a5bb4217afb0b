/* electra.h -- which words were replaced: Clark et al. 2020, and their code.
 *
 * A small generator learns what stood behind the masks, and one word drawn from its softmax takes
 * the place of each.  The main network, the discriminator, then tells for every token whether it is
 * the one of the text:
 *
 *     score = gelu(x W + b) v + c;    target 1: replaced;
 *     a word drawn right counts as the text's
 *     loss  = mean of the generator's over the masks + choice_weight * mean of this over all tokens
 *
 * Nothing goes back through the draw, so the generator learns from its own loss alone.  Both share
 * the embeddings of words, positions and segment types and their norm at full width, from which the
 * generator has a projection to its own.  Where the masks go, and that all are [MASK], is mask.h's
 * (the official code leaves 15 % of them as they are and draws positions that may fall together;
 * the authors of MC-BERT do as here).  With TUPE or a relative bias the generator has its own
 * tables.  Evaluations draw too, always the same numbers: those of step 0 and seed 0. */
#ifndef MODEL_ELECTRA_H
#define MODEL_ELECTRA_H

#include "model/objective.h"

struct electra {
    struct view id, target;           /* I32, a row a token: what the discriminator is given */
    struct view dense, bent, score, d;
};

extern const struct objective_ops electra_objective;

#endif
