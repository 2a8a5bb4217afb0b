/* seal.h -- trainer.json, which says what a whole checkpoint is.
 *
 *     { ... the trainer's own keys ...,
 *       "files": { "model.safetensors": { "bytes": 17553496, "xxh3_128": "..." }, ... },
 *       "xxh3_128": "..." }
 *
 * The last hash is that of the object itself without it, spelled compactly with sorted keys; so
 * trainer.json vouches for every byte beside it and for itself. */
#ifndef MODEL_SEAL_H
#define MODEL_SEAL_H

#include <jansson.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/hash.h"

/* seal_add -- note file `name` of `dir`: with its hash and size if they are known, else (hex NULL)
 * by reading it. */
MUST int seal_add(json_t *files, const char *dir, const char *name, const char *hex,
    uint64_t bytes);

/* seal_write -- DIR/trainer.json of the trainer's object and `files`, synced. */
MUST int seal_write(const char *dir, const json_t *trainer, json_t *files);

/* seal_read -- trainer.json, checked by its own hash; seal_verify -- and every file it names, among
 * them the `count` in `names`.  *root, json_decref it, is the object with "files".  Errors: ERR_IO,
 * ERR_FORMAT, ERR_TRUNCATED, naming the file. */
MUST int seal_read(json_t **root, const char *dir);
MUST int seal_verify(json_t **root, const char *dir, const char *const *names, size_t count);

#endif
