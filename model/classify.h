/* classify.h -- the head of fine-tuning: a class or a number for a whole sequence.
 *
 *     scores = dropped(tanh(x W + b)) V + c       x: the first token's output ([CLS])
 *
 * Devlin et al. 2018, section 4.1, and the same in the TUPE authors' code; under the names of
 * BertForSequenceClassification.  Both matrices begin as N(0, 0.02) and the biases as 0, as in
 * BERT. (fairseq's begin uniform with almost the same standard deviation at width 768: 1/sqrt(3 x
 * 768) = 0.0208.)  One class is a regression with squared error. */
#ifndef MODEL_CLASSIFY_H
#define MODEL_CLASSIFY_H

#include "model/objective.h"

struct classify {
    struct view x, pooled, dropped, logits; /* logits: until the next batch, but not
                                               when learning */
    struct view d, dmore;
};

extern const struct objective_ops classify_objective;

#endif
