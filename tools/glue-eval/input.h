/* input.h -- examples as a model is given them: [CLS] A [SEP], or [CLS] A [SEP] B [SEP].
 *
 * A pair that is too long loses the last token of its longer text (of the second, if they are
 * equally long) until it fits, as in Devlin et al.'s code: the separators stay, and of a short text
 * beside a long one nothing is lost.  A single text loses its end. */
#ifndef TOOLS_GLUE_EVAL_INPUT_H
#define TOOLS_GLUE_EVAL_INPUT_H

#include <stdint.h>

#include "tools/glue-eval/example.h"
#include "lib/tokenizer.h"

enum { INPUT_LEN_MIN = 8 }; /* tokens an input may always have: a pair, and some of both texts */

struct input_rule {
    const struct tokenizer *tokenizer;
    uint32_t                cls, sep; /* ids */
    int                     len_max;
    int                     jobs;
};

struct inputs {
    uint32_t *ids;
    size_t   *start;  /* [count + 1] input i has ids[start[i]] .. ids[start[i + 1] - 1] */
    int      *second; /* [count] where B begins; 0: a single text */
    float    *label;  /* [count] */
    size_t    count;
    int       longest;
    size_t    truncated, mended; /* inputs too long; ill-formed UTF-8 sequences replaced */
    struct buf memory[4];
};

/* input_rule_init -- the rule of a tokenizer.  Errors: ERR_MISMATCH if it lacks [CLS] or [SEP], or
 * len_max is below INPUT_LEN_MIN. */
MUST int input_rule_init(struct input_rule *rule, const struct tokenizer *t, int len_max, int jobs);

/* inputs_make -- tokenise `e` with rule->jobs threads; the same for any number.  `e` may be freed
 * then.  Errors: ERR_MEMORY, ERR_FORMAT (a word that the tokenizer has no token for). */
MUST int inputs_make(struct inputs *in, const struct examples *e, const struct input_rule *rule);
void     inputs_free(struct inputs *in);

/* input_cut -- how many tokens of two texts stay if together they may have at most `room`. */
void input_cut(size_t *a, size_t *b, size_t room);

#endif
