/* optimizer.h -- one step of AdamW or LAMB with warm-up, linear decay and clipping,
 * as fairseq does.
 *
 *     norm  = |g| over all parameters;  g *= clip / (norm + 1e-6) if that is below 1
 *     lr(t) = lr t / warmup up to t = warmup, then linearly down to 0 at t = steps
 *     Adam with bias correction; decay apart from the gradient (Loshchilov, Hutter 2019):
 *     w    -= lr(t) decay w
 *
 * fairseq, and so the authors of TUPE and MC-BERT, decays every parameter; Devlin et al. leave out
 * biases and layer norms.  decay_exclude chooses.
 *
 * LAMB (You et al. 2020) scales the step of each tensor to the norm of its weights (op_lamb), so
 * that large batches can have large rates.  The scaling function phi is the identity.  As in the
 * authors' code biases and layer norms are not scaled: theirs begin at 0 and would stay there.
 * Query, key and value of a layer are three tensors. */
#ifndef MODEL_OPTIMIZER_H
#define MODEL_OPTIMIZER_H

#include "model/model.h"

enum optimizer_kind { OPTIMIZER_ADAMW, OPTIMIZER_LAMB };

struct optimizer {
    enum optimizer_kind kind;
    double   lr, beta1, beta2, eps, decay;
    double   clip;          /* 0: never */
    uint32_t warmup, steps; /* warmup <= steps */
    unsigned decay_exclude; /* groups without decay: bits of param_group */
};

/* optimizer_lr -- of step t = 1 .. steps; 0 beyond. */
double optimizer_lr(const struct optimizer *o, uint32_t t);

/* optimizer_step -- step t (from 1) with the gradients in the model; the device does it when it
 * comes to it.  Where the norm of the gradient is not finite, weights and moments stay as they are:
 * that, and the norm before clipping, is heard of by model_hear. */
void optimizer_step(const struct optimizer *o, struct model *m, uint32_t t);

/* optimizer_check -- was the norm of that step a number?  Errors: ERR_NUMBER; the sentence names
 * the step and the first tensor that is to blame. */
MUST int optimizer_check(const struct model *m, const struct model_told *told);

#endif
