/* pack.h -- from sentences to samples: [CLS] s1 [SEP] s2 [SEP] ... up to seq_len tokens.
 *
 * Sentences stay whole: one that no longer fits begins the next sample (fairseq's "complete" break
 * mode, as RoBERTa's FULL-SENTENCES and TUPE use it).  A sentence too long for any sample is cut
 * into parts of at most seq_len - 2 tokens, where possible in front of a word; each part is then a
 * sentence of its own, so nothing is lost.  A noted word that is cut keeps its note on both
 * sides. */
#ifndef TOOLS_SHARD_PACK_H
#define TOOLS_SHARD_PACK_H

#include "lib/tokens.h"

struct pack {
    uint32_t          seq_len, cls, sep;
    struct tokens_doc sample; /* being filled; tokens 0: empty */
    int (*emit)(void *context, const struct tokens_doc *sample);
    void *context;
};

/* pack_init -- `emit` gets each sample as it is full. */
void pack_init(struct pack *p, uint32_t seq_len, uint32_t cls, uint32_t sep,
    int (*emit)(void *context, const struct tokens_doc *sample), void *context);
/* pack_doc -- add the sentences of a document, or of a part of one. */
MUST int pack_doc(struct pack *p, const struct tokens_doc *doc);
/* pack_flush -- emit what is there, if anything. */
MUST int pack_flush(struct pack *p);
void     pack_free(struct pack *p);

#endif
