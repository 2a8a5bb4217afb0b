/* shard.h -- one shard: a seekable zstd file whose content is a stream of samples (samples.h). */
#ifndef LIB_SHARD_H
#define LIB_SHARD_H

#include "lib/samples.h"
#include "lib/zseek.h"

struct shard {
    struct zseek        file;
    struct samples_head head;
    char                split[16];
    uint32_t            number;
    uint32_t            blocks;
    uint64_t            samples, tokens; /* as the end frame counts them */
    uint64_t            prefix_hash; /* low half of XXH3-128 of the bytes before the end frame */
    size_t              block_bytes; /* of a block's frame, at most */
};

/* shard_open -- read the seek table, the header and the end frame.  `d` is scratch.
 * Errors: ERR_IO, ERR_FORMAT, ERR_TRUNCATED, ERR_LIMIT, ERR_MEMORY. */
MUST int shard_open(struct shard *s, struct zseek_decoder *d, const char *path);
void     shard_close(struct shard *s);

/* shard_order -- the order of its tokens; samples_order_free gives it back. */
MUST int shard_order(const struct shard *s, struct zseek_decoder *d, struct samples_order *order);

/* shard_block -- unpack block `block` into `frame` and check all of it that can be checked;
 * *columns, which lie in `frame`, are for samples_decode. */
MUST int shard_block(const struct shard *s, struct zseek_decoder *d, uint32_t block,
    struct buf *frame, struct samples_columns *columns);

enum { SHARD_PARTS = 2 }; /* zstd frames of a block */

/* shard_pack_block -- what samples_frame has made, as the zstd frames of a block; len[i] is the
 * length of packed[i]'s content. */
MUST int shard_pack_block(struct zseek_packer *p, struct buf packed[SHARD_PARTS],
    size_t len[SHARD_PARTS], const struct buf *frame, const struct samples_cuts *cuts);

/* shard_verify -- every byte: all blocks, all samples, the counts, the bytes of the file.  `hex`
 * gets XXH3-128 of the file. */
MUST int shard_verify(const struct shard *s, char hex[HASH_HEX_BYTES]);

#endif
