/* export.h -- a data directory for other trainers: shard --export FORMAT -o OUT DIR.
 *
 * Each format is a function that writes one split that has samples, in the order of its samples,
 * into files below `dir`; the page, shard(1), says which.  None holds more than a few samples in
 * memory, but for mds, whose shards begin with a table of what they hold: it holds one shard. */
#ifndef TOOLS_SHARD_EXPORT_H
#define TOOLS_SHARD_EXPORT_H

#include "lib/dataset.h"
#include "lib/file.h"

enum export_format { EXPORT_NO, EXPORT_JSONL, EXPORT_MEGATRON, EXPORT_MDS };

struct export {
    const struct dataset *dataset;
    struct dataset_reader reader;
    const char           *dir;         /* where the files are made */
    uint64_t              shard_bytes; /* mds: at most, for a shard */
};

/* export_main -- the data directory `from` in `format` as the directory `to`, which appears when
 * it is complete. */
MUST int export_main(
    const char *to, const char *from, enum export_format format, uint64_t shard_bytes);

/* export_sample -- dataset_get, with a line of progress. */
MUST int export_sample(
    struct export *e, enum dataset_split_id split, uint64_t index, struct dataset_sample *sample);

/* export_path -- `dir`/NAME, where NAME is the name of the split with `ending` behind it. */
MUST int export_path(char path[PATH_BYTES], const struct export *e, enum dataset_split_id split,
    const char *ending);

/* export_ids -- append ids as u16 or, if `wide`, as 4 bytes. */
MUST int export_ids(struct buf *b, const uint32_t *ids, uint32_t count, bool wide);

/* export_number -- append a number in decimal; much faster than printf. */
MUST int export_number(struct buf *b, uint32_t number);

/* export_notes -- append the noted words as JSON, [[first, count, note], ...], as Python's
 * json.dumps writes it. */
MUST int export_notes(struct buf *b, const struct dataset_sample *sample);

/* ---- the formats ---- */

MUST int jsonl_export(struct export *e, enum dataset_split_id split);
MUST int megatron_export(struct export *e, enum dataset_split_id split);
MUST int mds_export(struct export *e, enum dataset_split_id split);

#endif
