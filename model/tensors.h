/* tensors.h -- a model's arrays to and from safetensors files, under the names of params.h. */
#ifndef MODEL_TENSORS_H
#define MODEL_TENSORS_H

#include "lib/safetensors.h"
#include "model/model.h"

/* tensors_save_weights, tensors_save_generator, tensors_save_moments -- write PATH, synced; hex and
 * *bytes as safetensors_finish gives them.  The weights of a generator's own have a file apart, so
 * that the other is that of a model of Hugging Face.  Moments, of all, are NAME.exp_avg and
 * NAME.exp_avg_sq. */
MUST int tensors_save_weights(struct model *m, const char *path, char hex[HASH_HEX_BYTES],
    uint64_t *bytes);
MUST int tensors_save_generator(struct model *m, const char *path, char hex[HASH_HEX_BYTES],
    uint64_t *bytes);
MUST int tensors_save_moments(struct model *m, const char *path, char hex[HASH_HEX_BYTES],
    uint64_t *bytes);

/* tensors_load_all -- weights, of the generator if there is one, and moments; every tensor must be
 * there in its shape, and no other.  Errors: ERR_MISMATCH, naming all that do not fit. */
MUST int tensors_load_all(struct model *m, const char *weights, const char *generator,
    const char *moments);

/* tensors_load_weights, tensors_load_generator -- see checkpoint_weights.
 * tensors_start_generator -- its own weights begin at random. */
MUST int tensors_load_weights(struct model *m, struct buf *told, const char *path, uint64_t seed);
MUST int tensors_load_generator(struct model *m, struct buf *told, const char *path,
    uint64_t seed);
void     tensors_start_generator(struct model *m, uint64_t seed);

#endif
