/* dataset.h -- a data directory, as shard(1) writes it and training reads it.
 *
 * DIR holds manifest.json, tokenizer.json, notes.tsv if words have notes, and shards: seekable zstd
 * files whose content is a stream of kind "samples" (samples.h).  Samples are numbered from 0
 * within their split, through its shards in order.  The page is data(5).
 *
 * Opening reads the manifest, the two text files and the seek table and header of every shard, and
 * refuses what does not fit together.  Samples are read through a dataset_reader, one a thread; the
 * dataset itself is then constant.  Each block is checked as a whole (length, zstd's checksum, the
 * seek table's and the stream's) before a byte of it is used. */
#ifndef LIB_DATASET_H
#define LIB_DATASET_H

#include "lib/shard.h"

enum dataset_split_id { DATASET_TRAIN, DATASET_VALID, DATASET_SPLITS };

struct dataset_shard {
    struct shard shard;
    uint64_t     first;                /* its first sample's number in the split */
    char         hash[HASH_HEX_BYTES]; /* XXH3-128 of the file */
};

struct dataset_split {
    const char *name;                                  /* "train", "valid" */
    uint64_t    documents, sentences, samples, tokens; /* tokens: with [CLS] and [SEP] */
    /* entropy in nats of a token drawn from the split: the loss of a model that knows how often
     * each token occurs in it and nothing else.  Of all tokens, and of those that are neither [CLS]
     * nor [SEP]. */
    double                entropy, entropy_words;
    int                   shards;
    struct dataset_shard *shard;
};

/* What `shard --dedup` has left out. */
struct dataset_repeated {
    bool     asked; /* without --dedup nothing was looked for */
    uint64_t documents, sentences, tokens;
};

struct dataset {
    char               *dir, *options; /* options: what shard was asked for, as on a command line */
    struct samples_head head;          /* vocabulary and notes: size and hash; seq_len */
    struct samples_order order;        /* of the tokens, the same in every shard */
    uint32_t            cls, sep;
    struct buf          tokenizer, notes; /* the bytes of tokenizer.json and notes.tsv */
    struct dataset_split split[DATASET_SPLITS];
    struct dataset_repeated repeated;
};

/* dataset_open -- Errors: ERR_IO, ERR_FORMAT (not a data directory, damaged), ERR_MISMATCH (another
 * version, files that do not belong together), ERR_MEMORY.  The sentence names the file. */
MUST int dataset_open(struct dataset *d, const char *dir);
void     dataset_close(struct dataset *d);

/* dataset_verify -- every byte of every file of `split`, one after the other: the hash of the file,
 * every frame, every sample, the counts. */
MUST int dataset_verify(const struct dataset *d, enum dataset_split_id split);

/* ---- samples ---- */

struct dataset_sample {
    uint32_t        len; /* tokens, 1 .. seq_len */
    uint32_t        sentences, spans;
    const uint32_t *ids;     /* [len] as the model gets them, [CLS] and [SEP] included */
    const uint8_t  *word;    /* [len] 1 where a word begins; 0 at [CLS] and [SEP] */
    const uint32_t *lengths; /* [sentences] each with its [SEP], the first with [CLS]; sum: len */
    const struct span *span; /* [spans] noted words, in order, not overlapping */
};

enum { DATASET_CACHE_BLOCKS = 8 };

struct dataset_reader {
    const struct dataset *dataset;
    struct zseek_decoder  decoder;
    struct tokens_doc     doc;
    struct dataset_block { /* decoded and checked; least recently used goes first */
        const struct dataset_shard *shard;
        uint32_t                    block;
        uint64_t                    used; /* 0: never */
        struct buf                  bytes;
        struct samples_columns      columns; /* in `bytes` */
    } cache[DATASET_CACHE_BLOCKS];
    uint64_t uses;
};

MUST int dataset_reader_open(struct dataset_reader *r, const struct dataset *d);
void     dataset_reader_close(struct dataset_reader *r);

/* dataset_get -- sample `index` of `split`, good until the reader's next call. */
MUST int dataset_get(struct dataset_reader *r, enum dataset_split_id split, uint64_t index,
    struct dataset_sample *sample);

/* dataset_order -- which of `samples` samples stands at `position` of epoch `epoch`: a pure
 * function, a permutation for each (seed, epoch). */
uint64_t dataset_order(uint64_t seed, uint32_t epoch, uint64_t samples, uint64_t position);

#endif
