/* mc.h -- a choice at every token: MC-BERT; Xu et al., "MC-BERT: efficient language pre-training
 * via a meta controller" (2020), and their code.
 *
 * The meta controller, a small encoder of its own, learns what stood behind the masks:
 *
 *     input  = dropped(LN(E[word] P + p + position))
 *     logits = LN(gelu(h W + w)) (E P + p)^T + b
 *
 * with E the word embeddings and b a bias a word, both shared with the main network, and P and p
 * that bring E to its width.  From the softmax of its logits K words are drawn at every token of
 * the text, masked or not, each for itself, so that a word may come several times.  The first one
 * drawn takes the place of a mask; other tokens stay.  Then the main network has to say what stood
 * at each place, out of K:
 *
 *     candidate 0       [NOTA], none of the others: right where the token is that of the text, also
 *                       where a mask was filled with it
 *     candidate 1       where the token is another: the text's, which is right; else a word drawn
 *     candidates 2 ..   words drawn
 *     score = LN(gelu(x U + u)) . E[candidate] + b[candidate]
 *     loss  = mean of the controller's over the masks + choice_weight * mean of this over all
 *
 * A word drawn may be the right one once more, or at a token that stayed a wrong one that is right:
 * the authors' code leaves these in; with `distinct` they are no candidates.  Nothing goes back
 * through a draw: the controller learns from its own loss alone, E and b from all.  Which tokens
 * are masked is mask.h's; special tokens are not, though the authors do.  With TUPE or a relative
 * bias the controller has its own tables.  Evaluations draw the numbers of step 0 and seed 0.
 *
 * E P + p is made once a batch.  Logits of all tokens would be the largest thing there is: they are
 * never there but for a group of rows (mlm.h), and a draw depends on its own row only. */
#ifndef MODEL_MC_H
#define MODEL_MC_H

#include "model/objective.h"

struct mc {
    struct view dword;                /* some rows of the gradient of E */
    struct view draw, candidate;      /* I32 rows x K */
    struct view id, label;            /* I32, a row a token: what the main network is given */
    struct view dense, bent, normed, norm_stat, score, d;
};

extern const struct objective_ops mc_objective;

#endif
