/* tensors.h -- a model's arrays to and from safetensors files, under the names of params.h. */
#ifndef MODEL_TENSORS_H
#define MODEL_TENSORS_H

#include "lib/safetensors.h"
#include "model/model.h"

/* tensors_save_weights, tensors_save_moments -- write PATH, synced; hex and *bytes as
 * safetensors_finish gives them.  Moments are NAME.exp_avg and NAME.exp_avg_sq. */
MUST int tensors_save_weights(struct model *m, const char *path, char hex[HASH_HEX_BYTES],
    uint64_t *bytes);
MUST int tensors_save_moments(struct model *m, const char *path, char hex[HASH_HEX_BYTES],
    uint64_t *bytes);

/* tensors_load_all -- weights and moments; every tensor must be there in its shape, and no other.
 * Errors: ERR_MISMATCH, naming all that do not fit. */
MUST int tensors_load_all(struct model *m, const char *weights, const char *moments);

/* tensors_load_weights -- see checkpoint_weights. */
MUST int tensors_load_weights(struct model *m, struct buf *told, const char *path, uint64_t seed);

#endif
