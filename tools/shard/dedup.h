/* dedup.h -- only the first of equal sentences stays: of equal lines, if the stream was made with
 * `tokenize --sentences line`.
 *
 * Whether a sentence is the first is known when all are seen, and neither their hashes nor the
 * stream need fit in memory.  So the stream is read to its end: its documents go to a temporary
 * file, and (hash, number) of each sentence into a sort (lib/sort.h), where equal ones meet; the
 * numbers of all but the first of each go through a second sort, back into the order of the stream.
 * Then the file is read, and each document is relieved of the sentences whose turn in that order it
 * is.  The result does not depend on the memory. */
#ifndef TOOLS_SHARD_DEDUP_H
#define TOOLS_SHARD_DEDUP_H

#include "lib/sort.h"
#include "lib/tokens.h"

struct dedup {
    uint64_t           sentences, tokens; /* left out so far */
    struct out         spool;
    struct in          again; /* the spool, to be read */
    struct strm_reader reader;
    struct sort        repeats;
    bool               pending; /* is there a repeat not yet reached? */
    uint64_t           repeat;  /* its number */
    uint64_t           number;  /* of the next sentence */
};

/* dedup_read -- all of a stream whose head has been read; `memory_bytes` (at least 8 MiB) while it
 * is read, half of that afterwards.  Then d->reader gives the same documents once more. */
MUST int dedup_read(struct dedup *d, struct strm_reader *r, const struct tokens_head *head,
    const struct buf *tokenizer, const struct buf *notes, size_t memory_bytes,
    const char *temp_dir);
/* dedup_filter -- take the repeated sentences out of the next document of d->reader. */
MUST int dedup_filter(struct dedup *d, struct tokens_doc *doc);
void     dedup_close(struct dedup *d);

#endif
