/* params.h -- the one table of a model's parameters.
 *
 * A row is one tensor, under the name that it has in a checkpoint.  Sizes, initial values, decay,
 * the layout of weights, gradients and Adam's moments, and the files all follow from it.  A new
 * parameter is a new row.
 *
 * Names are those of Hugging Face's BertForMaskedLM, BertForSequenceClassification,
 * ElectraForPreTraining and, for the head of a generator, ElectraForMaskedLM; what these do not
 * have is under "cloze." and "generator.".  The norms of Pre-LN, which stand elsewhere, have the
 * names that RobertaPreLayerNormModel gives them.  Query, key and value are three tensors in a
 * checkpoint but one 3C x C product here: their rows stand in the table one after the other and
 * their values lie contiguous, so the one matrix is a view of three rows of the table. */
#ifndef MODEL_PARAMS_H
#define MODEL_PARAMS_H

#include "kernels/ops.h"
#include "lib/arena.h"
#include "model/config.h"

enum param_init { PARAM_NORMAL, PARAM_ZERO, PARAM_ONE };

/* What an optimiser may treat apart, as bits.  The rest are matrices and tables. */
enum param_group { PARAM_BIAS = 1, PARAM_NORM = 2 /* gain and bias of a layer norm */ };

enum { PARAM_NAME_BYTES = 96 };

struct param {
    char            name[PARAM_NAME_BYTES];
    int             rows, cols;
    bool            vector;  /* one-dimensional in a checkpoint (bias, gain): shape [cols] */
    enum param_init init;
    unsigned        group;   /* a param_group, or 0 */
    size_t          offset;  /* of its first element in each of the flat arrays */
};

/* Where in the table something stands; -1 if the model has none.  Of a linear layer or a layer norm
 * it is the weight (gain), and the next row is the bias; of a layer it is params_layer + these. */
enum {
    PARAMS_QKV = 0,       /* three weights, then three biases */
    PARAMS_QKV_BIAS = 3,
    PARAMS_ATTENTION = 6, /* the product behind attention */
    PARAMS_NORM1 = 8,     /* of attention: behind it, or, Pre-LN, before it */
    PARAMS_FFN_IN = 10,
    PARAMS_FFN_OUT = 12,
    PARAMS_NORM2 = 14,    /* of the feed-forward layer */
    PARAMS_LAYER = 16     /* rows a layer has */
};

/* Those of one encoder. */
struct encoder_params {
    int position;                            /* positions that are added to words */
    int type, norm;                          /* segment types; the norm of the embeddings */
    int project;                             /* generator: from the width of words to its own, */
    bool project_first;                      /* of words alone; else of the normed embeddings */
    int layer;                               /* the first one */
    int last_norm;                           /* Pre-LN: of the output; behind the last layer */
    int tupe_table, tupe_norm, tupe_q, tupe_k;
    int relative; /* 32 x heads; TUPE-R: 33, see op_position_bias_fwd */
};

struct params {
    struct param *param;
    int           params;
    size_t        elements; /* of a flat array: with padding, a multiple of PARAMS_ROW */
    uint64_t      count;    /* of parameters, without padding */
    int           word;     /* the embeddings of words, which all parts share */
    struct encoder_params main, generator;
    int           word_dense, word_norm, word_bias; /* the head that predicts words */
    int           judge_dense, judge;               /* ELECTRA's discriminator */
    int           choice_dense, choice_norm; /* MC-BERT's choice, which shares word_bias */
    int           pooler, classifier;
    int           head;             /* the first behind the main encoder */
    int           generator_first;  /* the first of the generator's own; else `params` */
};

/* A flat array is seen by the optimiser as rows of this many elements. */
enum { PARAMS_ROW = 1024 };

/* params_open -- the table of a checked config. */
MUST int params_open(struct params *p, const struct model_config *config, struct arena *arena);

/* params_view -- parameter `index` of a flat array of `dtype` that begins at `flat`.
 * params_views -- `count` of them from `index` on, which lie contiguous and are alike: matrices one
 * under the other, vectors one behind the other. */
struct view params_view(const struct params *p, void *flat, enum dtype dtype, int index);
struct view params_views(const struct params *p, void *flat, enum dtype dtype, int index,
    int count);
/* params_all -- the whole flat array, (elements / PARAMS_ROW) x PARAMS_ROW. */
struct view params_all(const struct params *p, void *flat, enum dtype dtype);

/* params_groups -- *groups = the bits of a list such as "norm,bias", or of "none".  Errors:
 * ERR_FORMAT, naming the word that is not one. */
MUST int params_groups(unsigned *groups, const char *list);

/* params_find -- index of the tensor called `name`, or -1. */
int params_find(const struct params *p, const char *name);

/* params_start -- initial values of parameter `index`, elements first .. first + count - 1 of it in
 * row order: N(0, initializer), 0 or 1.  They are keyed by (seed, name, element), so a tensor
 * begins the same in every model that has one of its name, whatever else the model has.  `first`
 * is a multiple of 4. */
void params_start(double *values, const struct params *p, int index, size_t first, size_t count,
    double initializer, uint64_t seed);
/* params_normal -- N(0, initializer) for a tensor called `name`, in the same way. */
void params_normal(double *values, const char *name, size_t first, size_t count,
    double initializer, uint64_t seed);

#endif
