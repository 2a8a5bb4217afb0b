/* mask.h -- which tokens of a sequence are hidden, and behind what: section 3.1 of Devlin et
 * al. 2018.
 *
 * Of the n tokens of a sequence floor(share n + U) are chosen without replacement, U uniform in
 * [0, 1), so the expected share is exact for short sequences too.  A chosen token becomes [MASK]
 * with probability 0.8, a token drawn uniformly from the vocabulary with 0.1, and stays with 0.1;
 * the model has to predict it in all three cases.
 *
 * With `always` it becomes [MASK] in any case, as where a generator puts a word in its place.
 *
 * With whole_words the same is done with words in place of tokens: every word is as likely as any
 * other to be chosen, and then all of its tokens are, so that of the tokens, too, `share` is chosen
 * in the mean.  What becomes of a token is drawn for each apart, as in Devlin et al.'s code.  (That
 * code chooses a fixed number of tokens, and so takes long words less often.)
 *
 * Special tokens ([CLS], [SEP], [PAD], [UNK], [MASK], ...) are neither chosen nor drawn nor counted
 * in n, as in Devlin et al.'s code and in transformers.  (fairseq, and so the TUPE authors, choose
 * [CLS] and [SEP] too; they are easy, which lowers the loss: losses of the two kinds cannot be
 * compared.)
 *
 * Everything is a function of (seed, epoch, sample, position): masks are new in each epoch, and do
 * not depend on the batch a sample comes in. */
#ifndef MODEL_MASK_H
#define MODEL_MASK_H

#include "model/batch.h"

enum { MASK_SPECIALS_MAX = 1024 };

struct mask {
    double   share;
    uint32_t mask_id, vocab_size;
    uint64_t seed;
    bool     whole_words; /* false by mask_init */
    bool     always;      /* a chosen token becomes [MASK] in any case; false by mask_init */
    int      specials;
    uint32_t special[MASK_SPECIALS_MAX]; /* ascending */
};

/* mask_init -- `special` in any order, duplicates allowed; mask_id is special in any case.  Errors:
 * ERR_MISMATCH (an id beyond the vocabulary, no word left), ERR_LIMIT. */
MUST int mask_init(struct mask *m, double share, uint32_t vocab_size, uint32_t mask_id,
    const uint32_t *special, int specials, uint64_t seed);

/* mask_most -- the most rows that are chosen in a sequence of len tokens: for batch_limits.  Whole
 * words are cut off there, at twice the share and 16 tokens more: freaks of long words. */
int mask_most(const struct mask *m, int len);

/* mask_apply -- hide tokens of the sequence last added to the batch, which is number `sample` of
 * the data in this epoch.  word[i] != 0: a word begins at its token i; one begins behind a special
 * token in any case; NULL will do without whole_words.  Returns how many. */
int mask_apply(const struct mask *m, struct batch *b, const uint8_t *word, uint32_t epoch,
    uint64_t sample);

#endif
