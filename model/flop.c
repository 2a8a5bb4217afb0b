/* flop.c -- model_flop of model.h. */
#include "model/model.h"

/* Multiplications of an encoder: its layers, and TUPE's positions, once for all of the batch. */
static double
encoder_products(const struct model_config *c, struct model_size size, uint64_t rows,
    uint64_t squares, int longest)
{
    double width = size.hidden, inner = size.ffn, span = longest;
    double positions = 2 * (span + 1) * width * width + span * span * width;

    return size.layers * ((double)rows * (4 * width * width + 2 * width * inner) +
        2 * width * (double)squares) + (position_is_untied(c->position) ? positions : 0);
}

/* Of the two networks of ELECTRA: beside the layers the projection of the embeddings, the head of
 * the generator, and that of the discriminator. */
static double
electra_products(const struct model_config *c, uint64_t rows, uint64_t chosen)
{
    double width = c->hidden, narrow = config_generator(c).hidden;

    return (double)rows * width * narrow + (double)chosen * width * (narrow + c->vocab_size) +
        (double)rows * width * (width + 1);
}

/* Of those of MC-BERT: the projections of the words, and of the whole table of them; the head of
 * the controller, and the choice.  The draws, at all rows, are forward alone: a third. */
static double
mc_products(const struct model_config *c, uint64_t rows, uint64_t chosen)
{
    double width = c->hidden, narrow = config_generator(c).hidden, vocab = c->vocab_size;

    return ((double)rows + vocab) * width * narrow +
        ((double)chosen + (double)rows / 3) * narrow * (narrow + vocab) +
        (double)rows * width * (width + c->candidates);
}

double
model_flop(const struct model_config *c, uint64_t rows, uint64_t squares, int longest,
    uint64_t chosen)
{
    double width = c->hidden;
    double products = encoder_products(c, config_size(c), rows, squares, longest);

    if (config_has_generator(c))
        products += encoder_products(c, config_generator(c), rows, squares, longest) +
            (c->objective == OBJECTIVE_MC ? mc_products(c, rows, chosen)
                                          : electra_products(c, rows, chosen));
    else
        products += (double)chosen * width * (width + (c->classes ? c->classes : c->vocab_size));
    /* 2 for a multiplication and an addition; 3 for forward and the two products of backward */
    return 2 * 3 * products;
}
