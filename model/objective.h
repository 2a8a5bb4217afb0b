/* objective.h -- what a model learns: how a batch becomes losses, and their gradients.
 *
 * Each objective is a file of its own with one of these tables; model.c takes the one that the
 * configuration names.  mlm.h: the words behind masks; electra.h: which words were replaced; mc.h:
 * which of some candidates stood there; classify.h: fine-tuning. */
#ifndef MODEL_OBJECTIVE_H
#define MODEL_OBJECTIVE_H

#include "model/encoder.h"

struct objective_ops {
    /* its memory; sets m->stat, and m->proposed if a generator has a loss of its own */
    void (*cut)(struct model *m, struct slab *slab);
    /* the batch in m->device: fills m->stat and m->proposed; when learning, gradients += */
    void (*run)(struct model *m, const struct encoder_pass *pass);
};

#endif
