/* config.h -- what a model is: its sizes and methods, and config.json, where they are kept.
 *
 * config.json has Hugging Face's keys for BERT, so that an `absolute` + `mlm` checkpoint is one of
 * theirs.  Keys of our own begin with "cloze_".  A model that transformers has no class for (TUPE)
 * has "model_type": "cloze", which transformers refuses by name instead of loading half of it. */
#ifndef MODEL_CONFIG_H
#define MODEL_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

enum position {
    POSITION_ABSOLUTE, /* learned, added to the word embedding (Devlin et al. 2018) */
    POSITION_RELATIVE, /* the same, and a bias by distance inside attention (T5; BERT-R of TUPE) */
    POSITION_TUPE_A,   /* untied from the words, inside attention (Ke, He, Liu 2021) */
    POSITION_TUPE_R,   /* the same, and a bias by distance */
    POSITIONS
};

/* What a position means: is a learned vector added to the word's; has [CLS] rows of its own and
 * positions a product of their own inside attention; has attention a bias by distance? */
static inline bool
position_is_added(enum position position)
{
    return position == POSITION_ABSOLUTE || position == POSITION_RELATIVE;
}

static inline bool
position_is_untied(enum position position)
{
    return position == POSITION_TUPE_A || position == POSITION_TUPE_R;
}

static inline bool
position_is_relative(enum position position)
{
    return position == POSITION_RELATIVE || position == POSITION_TUPE_R;
}

enum objective {
    OBJECTIVE_MLM,     /* what stood behind the masks (Devlin et al. 2018) */
    OBJECTIVE_ELECTRA, /* which words a small generator has replaced (Clark et al. 2020) */
    OBJECTIVE_MC,      /* which of some candidates stood there, or none (Xu et al. 2020) */
    OBJECTIVES
};

/* Notes of rare words, see notebook.h.  None in fine-tuning. */
struct notes_config {
    int   words;         /* rows of notes.tsv; 0: no notes, and the rest means nothing */
    int   window;        /* tokens on each side of a word that its note is made of */
    float weight, decay; /* of the note beside a token's embedding; of the new note */
    bool  match;         /* notes are scaled to the length of the embedding beside them */
};

struct model_config {
    int            layers, hidden, heads, ffn; /* ffn: the inner width of the feed-forward layer */
    int            vocab_size;
    int            max_len; /* positions a sequence may have */
    int            types;   /* rows of the table of segment types: 2 for absolute, else 0 */
    int            pad_id;  /* of [PAD], for transformers only: here nothing is padded */
    enum position  position;
    enum objective objective;
    int            divider; /* the main width by that of the generator; see config_generator */
    float          choice_weight; /* of the main network's loss beside the generator's */
    int            candidates; /* of mc, as the next two: among how many is chosen; at least 2 */
    bool           distinct;   /* no candidate but one is the word that stood there */
    int            reject_id;  /* of the token that says: none of these */
    struct notes_config notes;
    int            classes; /* 0: the objective's head; fine-tuning: 1 a number, else classes */
    bool           segments; /* pre-trained with two segments, as Google's BERT; ours are not */
    bool           pre_norm; /* layer norms before attention and feed-forward, not behind them */
    float          dropout, attention_dropout;
    float          layer_norm_eps;
    float          initializer; /* standard deviation of initial weights */
};

/* Limits, so that a config.json from anywhere cannot ask for what no machine has and sizes do not
 * overflow an int. */
enum {
    CONFIG_LAYERS_MAX = 1024,
    CONFIG_HIDDEN_MAX = 1 << 16,
    CONFIG_VOCAB_MAX = 1 << 24,
    CONFIG_LEN_MAX = 1 << 16,
    CONFIG_NOTES_MAX = 1 << 26,
    CONFIG_CANDIDATES_MAX = 1024
};

/* config_named -- layers, hidden, heads and ffn of a named size: tiny 2x128, mini 4x256, small
 * 4x512, medium 8x512 (Turc et al. 2019), base 12x768, large 24x1024 (Devlin et al. 2018); heads
 * of 64, ffn 4 x hidden.  Sets the methods to absolute and mlm, divider 3, choice_weight 50,
 * candidates 10, dropout to 0.1, max_len to 512, vocab_size to 0.  Errors: ERR_MISMATCH, listing
 * the names. */
MUST int config_named(struct model_config *config, const char *name);

/* config_has_generator -- is there a small network that proposes words?  ELECTRA's generator, or
 * the meta controller of MC-BERT.  Not in fine-tuning. */
static inline bool
config_has_generator(const struct model_config *c)
{
    return c->objective != OBJECTIVE_MLM && c->classes == 0;
}

/* config_generator -- the size of that network: as many layers, as the official base model and
 * MC-BERT's have, and a `divider`-th of the heads, rounded and at least one, of the main network's
 * size; so the width of base becomes 256 with 4 heads of 64, inner width 1024; of large 320, of
 * small and medium 192, of tiny and mini 64. */
struct model_size {
    int layers, hidden, heads, ffn;
};
struct model_size config_size(const struct model_config *c);
struct model_size config_generator(const struct model_config *c);

/* config_finish -- what follows from the position: types, and layer_norm_eps (1e-12 for absolute,
 * as in Devlin et al.'s code and every BERT of transformers; else 1e-5, as TUPE's authors have it
 * for their own models and for BERT-R). */
void config_finish(struct model_config *config);

/* config_check -- everything in range and fitting together.  Errors: ERR_MISMATCH, a sentence in
 * the words of train's options. */
MUST int config_check(const struct model_config *config);

/* By name: "absolute", "relative", "tupe-a", "tupe-r"; "mlm", "electra", "mc".
 * Errors: ERR_MISMATCH, listing the names. */
MUST int    config_position(enum position *position, const char *name);
MUST int    config_objective(enum objective *objective, const char *name);
const char *config_position_name(enum position position);
const char *config_objective_name(enum objective objective);

/* config_read -- from the file config.json of a checkpoint.  Errors: ERR_IO, ERR_FORMAT (not such a
 * file, a key missing or of the wrong kind), ERR_MISMATCH (a model that is not supported, naming
 * the key and its value). */
MUST int config_read(struct model_config *config, const char *path);
/* config_write -- to the file, whole and synced or not at all. */
MUST int config_write(const struct model_config *config, const char *path);

/* config_scale -- what the products of queries and keys are multiplied by: 1/sqrt(D); 1/sqrt(2 D)
 * for TUPE, where two terms of the same size are summed (Ke et al. 2021, eq. 7). */
float config_scale(const struct model_config *config);

#endif
