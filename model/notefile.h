/* notefile.h -- the notes of a model to and from a checkpoint: notes.tsv, the words, and
 * notes.safetensors, one tensor `notes` of a row a word, whose metadata has the hash of the words,
 * so that neither can be taken for another's. */
#ifndef MODEL_NOTEFILE_H
#define MODEL_NOTEFILE_H

#include "lib/safetensors.h"
#include "model/notebook.h"

/* notefile_save -- of a model with notes; hex and *bytes as safetensors_finish gives them. */
MUST int notefile_save(struct model *m, const char *path, char hex[HASH_HEX_BYTES],
    uint64_t *bytes);

/* notefile_load -- Errors: ERR_MISMATCH: of other words, or another shape. */
MUST int notefile_load(struct model *m, const char *path);

#endif
