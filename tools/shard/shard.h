/* shard.h -- what the parts of the program share: the plan, and the counts that become the
 * manifest. */
#ifndef TOOLS_SHARD_SHARD_H
#define TOOLS_SHARD_SHARD_H

#include "lib/samples.h"
#include "lib/sort.h"

enum { TRAIN, VALID, SPLITS };

extern const char *const split_names[SPLITS];

/* Samples go through a sort (lib/sort.h), and come out of it as they stand in the files.  The key's
 * highest bit is the split, so that training comes first; the bits below are random, or the
 * sample's number if the order of the stream is kept. */
enum { SPLIT_SHIFT = 63 };

struct plan {
    const char         *dir;
    struct samples_head head;
    uint32_t            cls, sep;
    bool                keep, shuffle; /* keep: no sample holds parts of two documents */
    bool                dedup;
    double              valid;
    long long           shard_bytes, level, seed, jobs;
};

struct file_info {
    uint64_t bytes, samples, tokens;
    char     hash[HASH_HEX_BYTES];
};

/* Of one split. */
struct count {
    uint64_t          documents, sentences, samples, tokens;
    uint64_t         *seen; /* [vocabulary] occurrences of each token in the samples */
    int               files, files_max;
    struct file_info *file;
};

/* What --dedup has left out. */
struct repeated {
    uint64_t documents, sentences, tokens; /* documents of which nothing is left */
};

/* write_shards -- the sorted samples as files in DIR; fills in the files of `count`. */
MUST int write_shards(const struct plan *plan, struct sort *sort, struct count count[SPLITS]);

/* commit -- tokenizer.json, notes.tsv, and last manifest.json. */
MUST int commit(const struct plan *plan, const struct count count[SPLITS],
    const struct repeated *repeated, const struct buf *tokenizer, const struct buf *notes);

#endif
