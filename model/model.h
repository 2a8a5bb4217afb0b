/* model.h -- a model that learns: open, feed with batches, step.
 *
 *     model_plan(&plan, &config, limits, F32);        what it will take; touches nothing
 *     model_open(&model, &config, limits, F32, backend, arena);
 *     model_start(&model, seed);                      or checkpoint_load, checkpoint_weights
 *     for each step:
 *         model_forget(&model);                       gradients = 0
 *         for each micro-batch:
 *             model_learn(&model, &batch, pass);
 *         model_sum(&model);                          where several processes share the step
 *         optimizer_step(&optimizer, &model, step);
 *         model_tell(&model, step);
 *         model_hear(&model, &told);                  of this step, or of the one before
 *
 * None of these waits for the device but model_hear.  So a loop that hears of a step when it has
 * told the next one keeps the device at work, and is never more than one step ahead of it.
 *
 * The gradient is that of (sum of losses) / pass.normaliser, added to what is there.  With the
 * number of chosen rows in the whole batch of the step as the normaliser of each of its pieces, the
 * pieces give the gradient of the mean loss of the whole, to rounding.
 *
 * Nothing here knows a device: all arithmetic goes through kernels/ops.h.  Nothing is allocated
 * after model_open, which makes the backend take what learning needs, too. */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "kernels/ops.h"
#include "lib/arena.h"
#include "model/batch.h"
#include "model/config.h"
#include "model/params.h"

struct model_limits {
    struct batch_limits batch; /* the largest batch it will be given */
    int                 words; /* different words with a note in a step, of all processes */
    bool                training; /* false: no gradients, no moments; only model_eval */
};

struct model_plan {
    uint64_t parameters;
    uint64_t weight_bytes, gradient_bytes, moment_bytes, activation_bytes; /* on the device */
    uint64_t note_bytes;     /* likewise: the table of notes, and the sums of a step */
    uint64_t device_bytes;   /* their sum: exactly what model_open allocates there */
    uint64_t host_bytes;     /* what model_open takes from the arena */
    double   flop_per_token; /* of model_learn, at full length, with limits.chosen of limits.rows */
    struct need need;        /* what the backend will be asked for (op_need) */
};

/* model_plan -- of a checked config.  `real` is the type of activations and of what products take:
 * F32, BF16 (a copy of the weights, made anew when they have changed; all else is as in F32) or F64
 * (backend "ref" only). */
MUST int model_plan(struct model_plan *plan, const struct model_config *config,
    struct model_limits limits, enum dtype real);

/* model_flop -- floating-point operations in the matrix products of one model_learn: twice the
 * multiplications, backward counted as twice forward, what backward computes again not at all.
 * rows tokens, squares the sum of squared sequence lengths, longest sequence, chosen rows. */
double model_flop(const struct model_config *config, uint64_t rows, uint64_t squares, int longest,
    uint64_t chosen);

struct encoder;
struct mlm;
struct electra;
struct mc;
struct classify;
struct notebook;
struct objective_ops;

/* What the host knows of a step on its way, whose losses and norm the device has. */
enum { MODEL_TOLD = POST_SLOTS };
struct model_step {
    uint32_t step;
    int64_t  count, proposed; /* losses */
};

struct model {
    struct model_config    config;
    struct model_limits    limits;
    struct params          params;
    const struct backend  *backend;
    enum dtype             real, wide;
    void                  *weight, *gradient, *moment1, *moment2; /* flat arrays, see params.h */
    void                  *operand; /* the weights in the real type: `weight`, or a copy in BF16 */
    bool                   is_stale; /* the copy: the weights have changed since */
    void                  *activation;
    struct batch_device    device_limits, device;
    int                    longest; /* sequence of the batch in work */
    int                    bucket_rows; /* see model_sum; 0 until another is set */
    int                    unsummed;    /* rows of params_all whose sum was not begun */
    const struct objective_ops *objective;
    struct encoder        *encoder, *generator; /* NULL without one */
    struct mlm            *mlm;
    struct electra        *electra;
    struct mc             *mc;
    struct classify       *classify;
    struct notebook       *notebook; /* NULL: there are no notes */
    struct view            stat;     /* wide, a row a loss: the loss; in the last column of two or
                                      * three 1 where the answer was right */
    struct view            proposed; /* the same of the generator, or none */
    struct view            sum;  /* wide 1 x 1, for sums of squares */
    struct view            scale;  /* wide 1 x 1, of the gradient: op_clip's */
    struct view            report; /* F64 1 x 10: two tallies (op_tally), of stat and proposed; norm
                                    * and place (op_clip) */
    struct model_step      step, way[MODEL_TOLD]; /* the step in the making; those on their way */
    unsigned               told, heard; /* steps; heard .. told - 1 are on their way */
    void                  *host;   /* room for MODEL_PIECE values to or from the device */
    double                *values; /* the same as doubles */
};

enum { MODEL_PIECE = 1 << 16 };

/* model_open -- allocate; weights are not set.  Errors: ERR_MEMORY, ERR_DEVICE; even then
 * model_close is due. */
MUST int model_open(struct model *m, const struct model_config *config, struct model_limits limits,
    enum dtype real, const struct backend *be, struct arena *arena);
void     model_close(struct model *m);

/* model_start -- initial weights of all parameters (params_start), and notes, moments 0.
 * model_start_one -- of one parameter, for instance a head that a checkpoint does not have. */
void model_start(struct model *m, uint64_t seed);
void model_start_one(struct model *m, int param, uint64_t seed);
/* model_forget_moments -- Adam begins anew. */
void model_forget_moments(struct model *m);

struct model_pass {
    double   normaliser; /* of the loss, for the gradient: chosen rows in the whole batch */
    double   tokens;     /* with a generator: tokens in the whole batch, the main
                            loss's normaliser */
    uint64_t seed;       /* of dropout */
    uint32_t step;       /* likewise: other masks in each */
    bool     last;       /* batch of the step: model_sum is next */
};

struct loss_sum {
    double  sum;
    int64_t count, correct;
};

/* Sums over chosen rows, or over all with a generator; calls add to it.  loss in nats (or squared
 * errors). */
struct model_loss {
    double          sum;
    int64_t         count, correct; /* correct: the right answer; 0 for a regression */
    struct loss_sum proposed;       /* of the generator, over chosen rows */
};

/* model_loss_add -- to += more. */
void model_loss_add(struct model_loss *to, const struct model_loss *more);

/* model_loss_mean -- what is minimised: mean, or that of the generator + choice_weight * mean. */
double model_loss_mean(const struct model_config *config, const struct model_loss *loss);

/* model_forget -- gradients = 0. */
void model_forget(struct model *m);

/* model_learn -- forward with dropout and backward; gradients += .  An empty batch or one without
 * chosen rows adds nothing. */
void model_learn(struct model *m, const struct batch *b, struct model_pass pass);

/* model_sum -- the gradient becomes the sum of those of all processes, each of which calls it
 * behind its last model_learn of a step.  While that one goes backward, the sum of what it is done
 * with is begun, bucket_rows rows of params_all at a time; with 0 nothing is, before all is there.
 * The result has the same bits either way.  Errors: ERR_DEVICE, as op_all_sum.
 * model_settled -- what goes backward says that all parameters from `param` on have their gradient,
 * of the last batch too. */
MUST int model_sum(struct model *m);
void     model_settled(struct model *m, int param);

/* What became of a step: the losses of all that was learned since the step told before, and of the
 * gradient that optimizer_step took its norm and the element to blame if that is not finite
 * (op_clip). */
struct model_told {
    uint32_t          step;
    struct model_loss loss;
    double            norm, blamed;
};

/* model_tell -- losses and norm begin their way to the host; what is learned from here on belongs
 * to the next step.  At most MODEL_TOLD steps are on their way.
 * model_hear -- of the first of them: waits for it.  told->step is set in any case.  Errors:
 * ERR_NUMBER (a loss is not finite; the sentence says at which token of which sequence of the step
 * first), ERR_DEVICE.
 * model_drop -- nothing is on its way any more: behind an error. */
void     model_tell(struct model *m, uint32_t step);
MUST int model_hear(struct model *m, struct model_told *told);
void     model_drop(struct model *m);

/* model_eval -- forward without dropout, of a model that has no step on its way; *loss +=.
 * `scores`, or NULL: of a model with classes the chosen x classes logits (or numbers) of the
 * batch.  Errors as model_hear; sequences are told by their places (batch_add). */
MUST int model_eval(struct model *m, const struct batch *b, struct model_loss *loss,
    double *scores);

/* Views of parameter `param`: its weight; the same in the real type, for products; its gradient. */
struct view model_weight(const struct model *m, int param);
struct view model_operand(const struct model *m, int param);
struct view model_gradient(const struct model *m, int param);
/* model_changed -- whoever has written weights otherwise than by model_set... says so. */
void model_changed(struct model *m);

/* Reading and writing parameters, for checkpoints and tests: elements first .. first + count - 1
 * of one as doubles, count <= MODEL_PIECE; `values` may be m->values.  And whole ones. */
enum model_array { MODEL_WEIGHT, MODEL_GRADIENT, MODEL_MOMENT1, MODEL_MOMENT2 };
void model_get_piece(const struct model *m, enum model_array array, int param, size_t first,
    size_t count, double *values);
void model_set_piece(struct model *m, enum model_array array, int param, size_t first, size_t count,
    const double *values);
/* model_upload, model_download -- the same for any view of the wide type of at most MODEL_PIECE
 * elements; model_download for one of the real type as well. */
void model_upload(struct model *m, struct view v, const double *values);
void model_download(const struct model *m, double *values, struct view v);
void model_get(const struct model *m, enum model_array array, int param, double *values);
void model_set(struct model *m, enum model_array array, int param, const double *values);

#endif
