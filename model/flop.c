/* flop.c -- model_flop of model.h. */
#include "model/model.h"

/* Multiplications of the layers. */
static double
layers_products(struct model_size size, uint64_t rows, uint64_t squares)
{
    double width = size.hidden, inner = size.ffn;

    return size.layers * ((double)rows * (4 * width * width + 2 * width * inner) +
        2 * width * (double)squares);
}

double
model_flop(const struct model_config *c, uint64_t rows, uint64_t squares, uint64_t chosen)
{
    double width = c->hidden, products = layers_products(config_size(c), rows, squares);

    if (config_has_generator(c)) {
        struct model_size size = config_generator(c);
        double            narrow = size.hidden;

        products += layers_products(size, rows, squares) + (double)rows * width * narrow +
            (double)chosen * width * (narrow + c->vocab_size) + (double)rows * width * (width + 1);
    } else {
        products += (double)chosen * width * (width + (c->classes ? c->classes : c->vocab_size));
    }
    /* 2 for a multiplication and an addition; 3 for forward and the two products of backward */
    return 2 * 3 * products;
}
