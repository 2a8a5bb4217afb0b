/* encoder.h -- the Transformer encoder of BERT, forward and backward (Devlin et al. 2018, after
 * Vaswani et al. 2017), with layer norm behind each residual sum:
 *
 *     x0 = dropped(LN(word + position + type))        TUPE: the word alone; notes: see notebook.h
 *     y  = LN(x + dropped(attention(x) Wo))           in each layer
 *     x' = LN(y + dropped(gelu(y W1) W2))
 *
 * or, Pre-LN, before attention and before the feed-forward layer, so that sums go on from the
 * embeddings to the end as they are, where a last norm brings them to the scale that heads and
 * notes expect (Xiong et al. 2020, "On layer normalization in the Transformer architecture",
 * figure 1):
 *
 *     s0 = x0,  x = LN(s0)
 *     t  = s + dropped(attention(x) Wo),  y  = LN(t)  in each layer
 *     s' = t + dropped(gelu(y W1) W2),    x' = LN(s')
 *
 * Either way there are as many sums, and a norm reads each; what differs is whose norm that is, and
 * whether the next sum begins with what it gives or with the sum.
 *
 * A model has one, or beside it a second, smaller one that proposes words.  The x0 of ELECTRA's
 * generator is a projection of the main one's, before the dropout of which each draws its own; that
 * of MC-BERT's controller is dropped(LN(projected word + position of its own)).
 *
 * Every intermediate result that backward needs is kept: 8 C + 2 F numbers a token and layer, no
 * T x T matrix but the one bias that all layers share.  A model that only evaluates uses the memory
 * of one layer again and again. */
#ifndef MODEL_ENCODER_H
#define MODEL_ENCODER_H

#include "model/position.h"

struct encoder_layer {
    struct view qkv, lse, mixed;  /* attention: its input, log sums, output */
    struct view sum1, stat1, y;   /* residual sum, its statistics, normalised */
    struct view inner, bent;      /* feed-forward: before and behind gelu */
    struct view sum2, stat2, out;
};

struct encoder {
    struct model_size            size;
    struct encoder_params        params;
    int                          site;      /* of its first dropout */
    struct encoder_layer        *layer;     /* [layers] */
    struct position_state        positions;
    struct view                  words, normed, dwords; /* of one that projects: its input */
    struct view                  sum0, stat0, out0;     /* embeddings */
    struct view                  entry, entry_stat;     /* Pre-LN: these normalised, for layer 0 */
    struct view                  d, dmore, dqkv, dinner; /* gradients, of one layer at a time */
    struct view                  id;        /* the tokens of the batch in work */
};

/* One forward, or forward and backward: dropout falls only when learning.  The gradient is that of
 * the sum of losses at the chosen rows times `factor`, and of those at all rows times
 * `choice_factor`.  Behind the backward of the `last` pass of a step nothing more is added. */
struct encoder_pass {
    bool     learning, last;
    uint64_t seed;
    uint32_t step;
    float    factor, choice_factor;
};

/* encoder_cut -- the memory of batches of up to `rows`, sequences of up to `longest`.  `layer` is
 * [layers]. */
void encoder_cut(struct encoder *e, struct encoder_layer *layer, const struct model *m, int rows,
    int longest, struct slab *slab);

/* The dropout of a place in an encoder.  Sites: 0 the embeddings; of layer l 3 l + 1 attention,
 * 3 l + 2 and 3 l + 3 the two residual sums; 3 layers + 1 a head.  Those of the
 * generator follow. */
struct dropout encoder_dropout(const struct encoder *e, const struct encoder_pass *pass, float p,
    int site);

/* encoder_forward -- of the tokens `id` at the places of the batch in m->device; the last layer's
 * output, rows x C. */
struct view encoder_forward(struct model *m, struct encoder *e, struct view id,
    const struct encoder_pass *pass);

/* encoder_output -- that output again, behind a forward of a model that trains.
 * encoder_gradient -- where the gradient of that output belongs before encoder_backward, which
 * uses it up and adds to the gradients of the parameters. */
struct view encoder_output(const struct encoder *e);
struct view encoder_gradient(const struct encoder *e);
void        encoder_backward(struct model *m, struct encoder *e, const struct encoder_pass *pass);

#endif
