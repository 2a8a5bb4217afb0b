/* checkpoint.h -- a run's checkpoints: written so that no crash can cost one, read only if whole.
 *
 *     RUN/step-00001000/  config.json            the model (config.h)
 *                         model.safetensors      weights, Hugging Face's names
 *                         generator.safetensors  weights of a generator alone, if there is one
 *                         tokenizer.json         as the data was made with
 *                         optimizer.safetensors  Adam's moments: NAME.exp_avg, NAME.exp_avg_sq
 *                         notes.tsv, notes.safetensors  of a model with notes: notefile.h
 *                         trainer.json           the caller's object, and under "files" the
 *                                                size and XXH3-128 of each of the others
 *     RUN/latest          symbolic link to the newest
 *
 * Writing: all of it into step-N.tmp, each file synced, then the directory; rename to step-N, sync
 * RUN; a new link renamed over `latest`, sync RUN; only then are older checkpoints removed.  So at
 * every instant RUN/latest is whole, or was never there.  Reading: the newest whose sizes and
 * hashes all agree with its trainer.json. */
#ifndef MODEL_CHECKPOINT_H
#define MODEL_CHECKPOINT_H

#include <jansson.h>

#include "lib/buf.h"
#include "model/model.h"

/* checkpoint_save -- the model as step `step` of RUN, replacing one of the same step.  `trainer` is
 * the caller's state, kept in trainer.json; it is not changed.  `keep` >= 1: how many remain, the
 * newest; 0: all.  On failure the checkpoints there were are still there. */
MUST int checkpoint_save(struct model *m, const char *run, uint32_t step,
    const struct buf *tokenizer, const json_t *trainer, int keep);

/* checkpoint_find -- *path = the newest whole checkpoint of RUN, "" if there is none at all.
 * `told` gets a sentence for each newer one that was passed over, each ended by a newline.
 * Errors: ERR_IO; ERR_FORMAT when there are checkpoints and none is whole. */
MUST int checkpoint_find(struct buf *path, struct buf *told, const char *run);

/* checkpoint_point -- make RUN/latest name RUN/`name`, where it does not yet: a run that goes on
 * from there.  Errors: ERR_IO. */
MUST int checkpoint_point(const char *run, const char *name);

/* checkpoint_verify -- sizes and hashes of the checkpoint in `dir`.  Errors: ERR_IO, ERR_FORMAT,
 * ERR_TRUNCATED, naming the file. */
MUST int checkpoint_verify(const char *dir);

/* checkpoint_config -- config.json of `dir`, which is a checkpoint or a link to one. */
MUST int checkpoint_config(struct model_config *config, const char *dir);
/* checkpoint_tokenizer -- append its tokenizer.json. */
MUST int checkpoint_tokenizer(struct buf *tokenizer, const char *dir);

/* checkpoint_load -- weights, moments and *trainer (the caller's object; json_decref it) of a
 * verified checkpoint, to go on as if never stopped.  Every tensor must be there, in its shape. */
MUST int checkpoint_load(struct model *m, json_t **trainer, const char *dir);

/* checkpoint_weights -- only the weights, to begin something else from: fine-tuning, --init.
 * Tensors of the model's head that the file lacks begin at random from `seed`; tensors of the file
 * that the model has no use for are left; `told` gets a sentence that lists both by name.
 * Anything else missing, or of another shape, is ERR_MISMATCH naming them all.  Reads F32, F16,
 * BF16 and F64, the old names LayerNorm.gamma and .beta, and either prefix, "bert." or "electra.",
 * or none.  Notes come along if there are any, and must be of the same words. */
MUST int checkpoint_weights(struct model *m, struct buf *told, const char *dir, uint64_t seed);

#endif
