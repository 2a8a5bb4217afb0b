/* ops.h -- every operation a model may ask for, and what each promises.
 *
 * This is the whole interface between model/ and kernels/.  A model never touches device memory;
 * it calls op_* with views.
 *
 * Notation.  R x C is rows x columns, row-major, contiguous: there are no strides.  N tokens stand
 * one under the other, sequence after sequence, without padding; B sequences; T positions a
 * sequence may have; C width; H heads; D = C / H; V vocabulary; M chosen rows.
 *   real   F32, BF16 or F64, alike for all real arguments of one call (F64: backend "ref" only)
 *   wide   the type that sums and parameters are kept in: F64 beside F64, else F32
 *   I32    indices and counts
 * What is F64 whatever the others are, such as a tally, is so on every backend.
 * Outputs come first.  Outputs never overlap inputs unless it says "in place".  A d-prefix is the
 * gradient of the loss by that tensor; "+=" adds to what is there, "=" overwrites.
 *
 * Ops return nothing.  A wrong shape or type is a bug in the caller and stops the program (CHECK,
 * in ops.c, once for all backends).  Indices are data: an index out of range is a bug too, checked
 * by the backends that can.  A failing device is told by the next op_sync.  Every backend has every
 * op, and called twice on the same bytes an op gives the same bits, for any number of threads. */
#ifndef KERNELS_OPS_H
#define KERNELS_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#ifdef __cplusplus
extern "C" {
#endif

enum dtype { I32, F32, F64, BF16 };

struct view {
    void      *data;
    enum dtype dtype;
    int        rows, cols;
};

/* A dropout: each element is 0 with probability p, else divided by 1 - p.  Element c of a row with
 * key k is dropped iff philox_unit(word c % 4 of philox(seed, PHILOX_DROPOUT, step, site,
 * (uint64_t)k << 32 | c / 4)) < p.  The key of a row is (sequence's place in the global batch) * T
 * + position, so a mask does not depend on how the batch is cut.  `site` numbers the places in the
 * model.  p = 0 is the identity. */
struct dropout {
    float    p;
    uint32_t step, site;
    uint64_t seed;
};

struct backend;

size_t dtype_bytes(enum dtype dtype);

/* view_of -- rows x cols at data.  view_rows -- rows first .. first + count - 1 of v.
 * view_none -- no tensor: 0 x 0, where an argument says it may be left out. */
struct view view_of(void *data, enum dtype dtype, int rows, int cols);
struct view view_rows(struct view v, int first, int count);
struct view view_none(void);

/* ---- backends, memory, order ------------------------------------------------------------- */

/* backend_open -- by name: "ref" (the definition, double inside), "cpu" (fast), "cuda" (a GPU),
 * "auto" (the fastest here).  `threads` is for those that have threads.  Errors: ERR_DEVICE, naming
 * what is missing. */
MUST int    backend_open(const struct backend **be, const char *name, int threads);
const char *backend_name(const struct backend *be);

/* backend_missed -- why the last "auto" did not take what is faster: a sentence, or "". */
const char *backend_missed(void);

/* A device with memory of its own; of a backend without, whose tensors lie in the
 * host's, all is 0. */
struct device_info {
    char   name[64]; /* "NVIDIA H200" */
    size_t free_bytes, total_bytes;
};
void op_device(const struct backend *be, struct device_info *info);

/* What a model will ask for while it learns: the most of everything in one batch. */
enum { NEED_ENCODERS = 2 };
struct need {
    enum dtype real;
    int        rows, sequences, longest; /* N, B, T: of those there */
    int        positions, width;         /* attention's span; C */
    int        outputs;                  /* of any linear layer */
    int        candidates, spans;        /* K of op_choice; of op_note_sum; or 0 */
    bool       has_bias;                 /* attention */
    struct {
        int heads, head_cols; /* 0: there is no such encoder */
    } encoder[NEED_ENCODERS];
};

/* What a backend takes for itself, beside the tensors; scratch is a part of it that all ops share.
 * op_need -- that of this name, with so many threads, at most; opens nothing.
 * op_reserve -- it is taken now, so that nothing is allocated while the model learns.  Errors:
 * ERR_MEMORY, with the numbers. */
struct reserve {
    size_t device_bytes, host_bytes, scratch_bytes;
};
void     op_need(struct reserve *reserve, const char *name, int threads, const struct need *need);
MUST int op_reserve(const struct backend *be, const struct need *need);

/* op_remark -- what the backend has chosen by itself, such as a library's algorithm for a shape:
 * a sentence a call, which stays until the next; NULL: there is nothing new.  128 are kept. */
const char *op_remark(const struct backend *be);

/* op_alloc -- *memory = bytes of device memory, filled with 0xff so that a forgotten write is
 * NaN. */
MUST int op_alloc(const struct backend *be, void **memory, size_t bytes);
void     op_free(const struct backend *be, void *memory);

/* host to device, device to host; complete when they return. */
void op_upload(const struct backend *be, struct view dst, const void *src);
void op_download(const struct backend *be, void *dst, struct view src);

/* op_sync -- wait for all that was asked; the first failure since the last call, with its op. */
MUST int op_sync(const struct backend *be);

/* A few bytes to the host, with no wait for what is asked behind them.
 * op_post -- src, any type, of at most POST_BYTES, as it is once all asked so far is done, into one
 * of POST_SLOTS; returns at once.
 * op_take -- waits for the last post into that slot and copies it to dst.  Errors as op_sync, of
 * what has been noticed by then. */
enum { POST_SLOTS = 2, POST_BYTES = 128 };
void     op_post(const struct backend *be, int slot, struct view src);
MUST int op_take(const struct backend *be, void *dst, int slot);

/* ---- several processes -------------------------------------------------------------------- */

/* A computation may be shared among processes, its ranks 0 .. ranks - 1, which mpirun, torchrun or
 * a batch system has started: launch.h tells how they are known.  Every call of this section but
 * team_host and team_abort is made by all ranks in the same order, from the thread that called
 * team_open, and returns once its own part is done.  Sums are made in the order of ranks: the same
 * bits on every rank, and each time.  With one process nothing is done at all.
 *
 * Errors are ERR_DEVICE: a rank that does not answer in time is named with its host.  There is no
 * going on behind that: say it, and team_abort. */
struct team {
    int         rank, ranks;
    const char *found; /* the environment variable that told of the others; NULL: none did */
};

/* How long to wait for another rank; and what is called ten times a second meanwhile, with the rank
 * that is waited for, or -1 where that is not known. */
struct team_patience {
    double timeout_s;
    void (*waiting)(int rank, double waited_s);
};

/* team_open -- who else is there?  A single process opens nothing: MPI, or connections of TCP where
 * the launcher speaks no MPI, are only begun where one has left its mark in the environment.
 * Errors: a rank does not come; several were started for MPI and this build has none. */
MUST int    team_open(struct team *team, struct team_patience patience);
const char *team_host(int rank);
/* team_beside -- *ranks = how many, this one among them, may use the same processors
 * of this host. */
MUST int team_beside(int *ranks);
/* team_bear -- another rank is waited for so long from now on. */
void team_bear(double timeout_s);
/* team_close -- all are done.  team_abort -- end all processes with status 1, this one too.  It
 * comes back where there is one process alone, or where they are joined by TCP: then the caller
 * ends this one, and the others find it gone. */
void team_close(void);
void team_abort(void);

enum { TEAM_NUMBERS_MAX = 64 };

/* team_sum -- numbers[i] = sum over ranks; count <= TEAM_NUMBERS_MAX.
 * team_spread -- the bytes of rank 0 to all.  team_gather -- all[rank] = mine, for every rank. */
MUST int team_sum(double *numbers, int count);
MUST int team_spread(void *bytes, size_t count);
MUST int team_gather(void *all, const void *mine, size_t bytes);
/* team_all_sum -- y = sum over ranks of y, F32 or F64 in the host's memory, added in double and
 * rounded once. */
MUST int team_all_sum(struct view y);

/* op_all_sum -- y = sum over ranks of y, wide R x C.  op_broadcast -- y = y of rank 0, any type.
 * op_all_sum_begin -- the same sum, behind all that was asked before, but beside what is asked
 * next: until op_all_sum_end y is left alone, and no other call of this section is made but these.
 * op_all_sum_end -- all sums that were begun are made. */
MUST int op_all_sum(const struct backend *be, struct view y);
void     op_all_sum_begin(const struct backend *be, struct view y);
MUST int op_all_sum_end(const struct backend *be);
MUST int op_broadcast(const struct backend *be, struct view y);

/* ---- simple ones -------------------------------------------------------------------------- */

/* op_zero -- y = 0, any type. */
void op_zero(const struct backend *be, struct view y);
/* op_add -- y += x, real R x C. */
void op_add(const struct backend *be, struct view y, struct view x);
/* op_scale -- y *= factor, in place, real R x C. */
void op_scale(const struct backend *be, struct view y, float factor);
/* op_cast -- y = x, rounded to y's type: to the nearest, of two alike the even one.  y real R x C;
 * x wide R x C. */
void op_cast(const struct backend *be, struct view y, struct view x);
/* op_sum_squares -- sum wide 1 x 1 = sum of x^2, x real R x C, summed in double in a fixed
 * order. */
void op_sum_squares(const struct backend *be, struct view sum, struct view x);

/* op_dropout -- y = dropped(x); y may be x.  Its own backward: dx = dropped(dy).
 *   y, x real N x C; key I32 N x 1, the row keys. */
void op_dropout(const struct backend *be, struct view y, struct view x, struct view key,
    struct dropout drop);

/* ---- rows --------------------------------------------------------------------------------- */

/* op_gather_fwd -- y[r] = x[index[r]].  op_gather_add -- y[r] += x[index[r]].
 *   y real M x C; x real R x C or wide R x C (a parameter table); index I32 M x 1, in 0 .. R - 1.
 * The choice of masked rows, and embeddings. */
void op_gather_fwd(const struct backend *be, struct view y, struct view x, struct view index);
void op_gather_add(const struct backend *be, struct view y, struct view x, struct view index);
/* op_gather_sum -- y[r] = the sum over three tables of table[index[r]], rounded once: word,
 * position and type.  The second and the third may be none, table and index. */
struct lookup {
    struct view table, index;
};
void op_gather_sum(const struct backend *be, struct view y, struct lookup a, struct lookup b,
    struct lookup c);
/* op_gather_bwd -- dx[index[r]] += dy[r]; rows that occur several times are added in order of r.
 *   dx real or wide R x C; dy real M x C. */
void op_gather_bwd(const struct backend *be, struct view dx, struct view dy, struct view index);

/* ---- notes ---------------------------------------------------------------------------------- */

/* Notes of rare words (Wu et al. 2021): a table of what surrounded a word wherever it stood.
 *   notes wide R x C
 *   span  I32 S x 3: each a row of the table, the first of some rows of tokens, and how many (at
 *         least 1)
 *
 * op_note_mix -- in place, at the rows r of each span, with note v = notes[span's]:
 *     y[r] = (1 - weight) y[r] + weight scale v
 *     scale = |token[id[r]]| / |v|, Euclidean norms, 1 where v is 0; without a token table: 1
 *   y real N x C; token wide V x C and id I32 N x 1, or none both; no row is in two spans
 * op_note_mix_bwd -- in place: dy[r] *= 1 - weight at the same rows.  Notes are constants, and so
 * is the scale. */
void op_note_mix(const struct backend *be, struct view y, struct view notes, struct view span,
    struct view token, struct view id, float weight);
void op_note_mix_bwd(const struct backend *be, struct view dy, struct view span, float weight);
/* op_note_sum -- sum[span's] += the mean of the rows of x in the span, span after span.
 *   sum wide R x C; x real N x C; spans may overlap */
void op_note_sum(const struct backend *be, struct view sum, struct view x, struct view span);
/* op_note_update -- n = notes[note[k]] becomes n + decay (sum[k] / count[k] - n).
 *   sum wide K x C; note, count I32 K x 1: no note twice, counts from 1 */
void op_note_update(const struct backend *be, struct view notes, struct view sum, struct view note,
    struct view count, float decay);

/* ---- layer norm ----------------------------------------------------------------------------- */

/* op_layernorm_fwd -- y = (x - mean) / sqrt(var + eps) * gain + bias, row by row.
 *   y, x real N x C; gain, bias wide 1 x C
 *   stat wide N x 2: column 0 mean, column 1 1/sqrt(var + eps); for _bwd
 *   eps  added to the variance: 1e-12 in Devlin et al.'s code, 1e-5 in fairseq
 * var is the biased variance (divides by C).  Ba, Kiros, Hinton 2016, arXiv:1607.06450, section
 * 3. */
void op_layernorm_fwd(const struct backend *be, struct view y, struct view stat, struct view x,
    struct view gain, struct view bias, float eps);
/* op_layernorm_bwd -- dx =, dgain +=, dbias +=.  dx may be dy. */
void op_layernorm_bwd(const struct backend *be, struct view dx, struct view dgain,
    struct view dbias, struct view dy, struct view x, struct view stat, struct view gain);

/* Layer norm and the dropout before or behind it, in one pass over memory.  Shapes as
 * op_layernorm_fwd and op_dropout; gradients that come from two places are not added up before.
 *
 * op_residual_norm_fwd -- sum = residual + dropped(x);  y = layer norm of sum.
 *   sum, residual real N x C; sum may be x
 * op_residual_norm_bwd -- with dy, or dy + dmore, the gradient of y, and dpast, if any, that of sum
 * on ways that do not lead through y:
 *     dsum = that of sum, and so of residual;  dx = dropped(dsum);  dgain +=, dbias +=
 *   dsum may be dy or dpast; dx may be dmore, or dy; dmore (Post-LN) or dpast (Pre-LN) is none */
void op_residual_norm_fwd(const struct backend *be, struct view y, struct view sum,
    struct view stat, struct view x, struct view residual, struct view gain, struct view bias,
    float eps, struct view key, struct dropout drop);
void op_residual_norm_bwd(const struct backend *be, struct view dsum, struct view dx,
    struct view dgain, struct view dbias, struct view dy, struct view dmore, struct view dpast,
    struct view sum, struct view stat, struct view gain, struct view key, struct dropout drop);

/* op_norm_dropout_fwd -- y = dropped(layer norm of x).
 * op_norm_dropout_bwd -- dx =, dgain +=, dbias +=, with dy and dmore as above.  dx may be dy. */
void op_norm_dropout_fwd(const struct backend *be, struct view y, struct view stat, struct view x,
    struct view gain, struct view bias, float eps, struct view key, struct dropout drop);
void op_norm_dropout_bwd(const struct backend *be, struct view dx, struct view dgain,
    struct view dbias, struct view dy, struct view dmore, struct view x, struct view stat,
    struct view gain, struct view key, struct dropout drop);

/* ---- linear layers ------------------------------------------------------------------------ */

/* op_linear_fwd -- y = x weight^T + bias.
 *   y real N x O; x real N x I; weight real O x I (as Hugging Face stores it); bias real 1 x O,
 *   which is what a GPU's library of products adds on the way out without a pass of its own. */
void op_linear_fwd(const struct backend *be, struct view y, struct view x, struct view weight,
    struct view bias);
/* op_linear_bwd_x -- dx = dy weight. */
void op_linear_bwd_x(const struct backend *be, struct view dx, struct view dy, struct view weight);
/* op_linear_bwd_w -- dweight += dy^T x, wide; dbias += sum of dy over rows. */
void op_linear_bwd_w(const struct backend *be, struct view dweight, struct view dbias,
    struct view dy, struct view x);

/* ---- choices --------------------------------------------------------------------------------- */

/* A linear layer of which each row asks for a few outputs, by number.
 *
 * op_choice_fwd -- score[r][k] = x[r] . weight[c] + bias[c] with c = candidate[r][k]; for a c of
 * -1, which is no candidate, minus infinity.
 *   score real N x K; x real N x C; weight real V x C; bias wide 1 x V
 *   candidate I32 N x K, in -1 .. V - 1; a row may have the same several times
 * op_choice_bwd -- of the (r, k) whose c is not -1, dscore of the others is not looked at:
 *     dx[r] = sum over k of dscore[r][k] weight[c]
 *     dweight[c] += dscore[r][k] x[r],  dbias[c] += dscore[r][k]      in order of r, then of k
 *   dx real N x C; dweight wide V x C; dbias wide 1 x V; the others as above */
void op_choice_fwd(const struct backend *be, struct view score, struct view x, struct view weight,
    struct view bias, struct view candidate);
void op_choice_bwd(const struct backend *be, struct view dx, struct view dweight,
    struct view dbias, struct view dscore, struct view x, struct view weight,
    struct view candidate);

/* ---- pointwise functions ---------------------------------------------------------------- */

/* op_gelu_fwd -- y = x Phi(x), the erf form (Hendrycks, Gimpel 2016, section 2); y, x real R x
 * C. */
void op_gelu_fwd(const struct backend *be, struct view y, struct view x);
/* op_gelu_bwd -- dx = dy (Phi(x) + x phi(x)); dx may be dy. */
void op_gelu_bwd(const struct backend *be, struct view dx, struct view dy, struct view x);
/* op_tanh_fwd -- y = tanh x; y may be x.  op_tanh_bwd -- dx = dy (1 - y^2); dx may be dy. */
void op_tanh_fwd(const struct backend *be, struct view y, struct view x);
void op_tanh_bwd(const struct backend *be, struct view dx, struct view dy, struct view y);

/* ---- attention ------------------------------------------------------------------------------ */

/* op_attention_fwd -- for each sequence s and head h, over the rows of s alone:
 *     out = dropped(softmax(scale q k^T + bias[h])) v
 *   out   real N x C           heads side by side, D columns each
 *   lse   wide N x H           log of the sum of exponentials of each row of logits; for _bwd
 *   qkv   real N x 3C          q, k, v side by side, each as `out`
 *   bias  wide H T x T         row h T + i, column j: added to the logit of query i, key j, i and j
 *                              positions within a sequence; or none
 *   start I32 (B + 1) x 1      sequence s has rows start[s] .. start[s + 1] - 1, at most T (with a
 *                              bias), at least 1; start[0] = 0, start[B] = N
 *   key   I32 N x 1            row keys; the element of query row r, head h, key position j has
 *                              column h T' + j, where T' is `span`
 *   heads, scale               H; 1/sqrt(D) in BERT, 1/sqrt(2 D) in TUPE (Ke et al. 2021, eq. 7)
 *   span  at least the longest sequence; a constant of the model (its maximum length)
 * Vaswani et al. 2017, section 3.2. */
struct attention {
    int            heads, span;
    float          scale;
    struct dropout drop;
};
void op_attention_fwd(const struct backend *be, struct view out, struct view lse, struct view qkv,
    struct view bias, struct view start, struct view key, struct attention att);
/* op_attention_bwd -- dqkv =, dbias += (summed over sequences in a fixed order; none if bias
 * is). */
void op_attention_bwd(const struct backend *be, struct view dqkv, struct view dbias,
    struct view dout, struct view out, struct view lse, struct view qkv, struct view bias,
    struct view start, struct view key, struct attention att);

/* op_position_bias_fwd -- the bias of TUPE, for all layers at once (Ke et al. 2021, eq. 7 to 11):
 *     v[h,i,j] = scale q[i + 1] . k[j + 1] over the D columns of head h
 *     bias[h,i,j] = theta1[h] if i = 0, else theta2[h] if j = 0, else v[h,i,j]; then
 *                   + relative[bucket(i, j)][h] if there is a relative table
 *     theta1[h] = scale q[0] . k[0],  theta2[h] = scale q[1] . k[1]      (head h)
 *   bias      wide H T x T
 *   q, k      wide (T + 1) x C   projected, normalised position table: row 0 belongs to [CLS] as
 *                                query, row 1 to [CLS] as key (and to position 0, which is
 *                                overwritten), row i + 1 to position i
 *   relative  wide 33 x H, or none (TUPE-A): bucket(i, j) is 16 for i = 0, else 32 for j = 0, else
 *             op_bucket(j - i); added behind the reset as the authors' code does */
void op_position_bias_fwd(const struct backend *be, struct view bias, struct view q, struct view k,
    struct view relative, int heads, float scale);
/* op_position_bias_bwd -- dq =, dk =, drelative += (none if the forward had none). */
void op_position_bias_bwd(const struct backend *be, struct view dq, struct view dk,
    struct view drelative, struct view dbias, struct view q, struct view k, int heads, float scale);

/* op_relative_bias_fwd -- a bias by distance alone, as T5 has it and the TUPE authors' BERT-R:
 *     bias[h,i,j] = relative[op_bucket(j - i)][h]
 *   bias wide H T x T; relative wide 32 x H
 * op_relative_bias_bwd -- drelative +=. */
void op_relative_bias_fwd(const struct backend *be, struct view bias, struct view relative,
    int heads);
void op_relative_bias_bwd(const struct backend *be, struct view drelative, struct view dbias,
    int heads);

/* op_bucket -- 0 .. 31 of a distance delta = key - query (T5; Raffel et al. 2020, code): + 16 when
 * delta > 0; |delta| < 8 exact, else 8 + floor(8 ln(|delta| / 8) / ln 16), at most 15. */
int op_bucket(int delta);

/* ---- losses --------------------------------------------------------------------------------- */

/* op_cross_entropy_fwd -- stat wide M x 3: column 0 the loss -log softmax(logits[r])[target[r]],
 * column 1 the log of the sum of exponentials, column 2 1 where target is the first largest logit,
 * else 0.  logits real M x V; target I32 M x 1. */
void op_cross_entropy_fwd(const struct backend *be, struct view stat, struct view logits,
    struct view target);
/* op_cross_entropy_bwd -- in place: logits = (softmax(logits) - onehot(target)) * factor. */
void op_cross_entropy_bwd(const struct backend *be, struct view logits, struct view stat,
    struct view target, float factor);
/* op_logistic_fwd -- stat wide M x 2: column 0 the loss of a yes or no, -log s(x) for target 1 and
 * -log s(-x) for 0, s the logistic function; column 1 1 where x > 0 says the same as target, else
 * 0.  x real M x 1; target I32 M x 1, 0 or 1. */
void op_logistic_fwd(const struct backend *be, struct view stat, struct view x, struct view target);
/* op_logistic_bwd -- in place: x = (s(x) - target) * factor. */
void op_logistic_bwd(const struct backend *be, struct view x, struct view target, float factor);
/* op_square_error_fwd -- loss wide M x 1 = (x - target)^2; x real M x 1, target wide M x 1. */
void op_square_error_fwd(const struct backend *be, struct view loss, struct view x,
    struct view target);
/* op_square_error_bwd -- in place: x = 2 (x - target) * factor. */
void op_square_error_bwd(const struct backend *be, struct view x, struct view target, float factor);

/* op_tally -- add up the losses of some rows, tally F64 1 x 4:
 *     column 0 += the sum of column 0 of stat, in double in a fixed order
 *     column 1 += how many rows of stat have more than 0 in their last column, if that is not the
 *     first
 *     columns 2 and 3, if column 2 is 0: of the first row whose loss is not finite 1 + key and
 *     the loss; if there is none they stay
 *   stat wide M x 1, 2 or 3, as the losses above leave it; key I32 M x 1, row keys, at least 0 */
void op_tally(const struct backend *be, struct view tally, struct view stat, struct view key);

/* ---- draws ----------------------------------------------------------------------------------- */

/* op_sample -- draw[r][k]: independent draws from softmax(logits[r]), so a column may come several
 * times: the first column c whose softmax, summed over columns 0 .. c, is above
 * op_sample_unit(sample, key[r], k).
 *   draw I32 M x K; logits real M x V; key I32 M x 1, row keys as a dropout's */
struct sample {
    uint32_t step;
    uint64_t seed;
};
void op_sample(const struct backend *be, struct view draw, struct view logits, struct view key,
    struct sample sample);
/* op_sample_unit -- the uniform number of draw k of the row with `key`: in [0, 1), of 53 bits of
 * philox(seed, PHILOX_SAMPLE, step, k / 2, key). */
double op_sample_unit(struct sample sample, int key, int k);

/* Words that were drawn take places in a batch of N tokens; M of them, at the rows `row`, are
 * hidden from a model, and `target` is what stands there in the text.
 *   id, text, changed, right I32 N x 1; row, target I32 M x 1, rows ascending, none twice
 *
 * op_replace -- ELECTRA's discriminator (Clark et al. 2020): the text with the words drawn in place
 * of the hidden ones:
 *     id[row[i]] = draw[i], changed[row[i]] = 1 where that is not target[i], else 0
 *     id[r] = text[r], changed[r] = 0 at all other rows r
 *   draw I32 M x 1 */
void op_replace(const struct backend *be, struct view id, struct view changed, struct view text,
    struct view row, struct view target, struct view draw);
/* op_offer -- the choice of MC-BERT's main network (Xu et al. 2020): at row r stood o, which is
 * target[i] for r = row[i], else text[r]; and
 *     id[r] = draw[r][0] where r is a row[i], else o
 *     right[r] = 1 where id[r] is not o, else 0: the number of the candidate that is right
 *     candidate[r][0] = reject
 *     candidate[r][1] = o where right[r] is 1
 *     candidate[r][k] = draw[r][k] otherwise; if `distinct`, -1 (no candidate) for a draw of o
 *   candidate, draw I32 N x K, K at least 2 */
struct offer {
    int  reject;
    bool distinct;
};
void op_offer(const struct backend *be, struct view candidate, struct view id, struct view right,
    struct view text, struct view row, struct view target, struct view draw, struct offer offer);

/* ---- the optimiser --------------------------------------------------------------------------- */

/* op_clip -- what a gradient is to be multiplied by, so that its norm is at most `limit`:
 *     norm[0] = |x|, Euclidean, the root of what op_sum_squares gives
 *     scale = limit / (|x| + 1e-6) if limit > 0 and |x| > limit, else 1: fairseq's and PyTorch's
 *     scale is not a number if |x| is not finite; norm[1] is then 1 + the number, counted row after
 *     row, of the first element of x whose square is not finite in the wide type, else 0
 *   scale wide 1 x 1; norm F64 1 x 2; x wide R x C */
void op_clip(const struct backend *be, struct view scale, struct view norm, struct view x,
    double limit);

/* op_adamw -- one step of Adam with decoupled decay, fairseq's form (Loshchilov, Hutter 2019;
 * Kingma, Ba 2015):
 *     g = grad * scale
 *     m = beta1 m + (1 - beta1) g
 *     v = beta2 v + (1 - beta2) g^2
 *     w = w - lr * decay * w - lr sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + eps)
 *   weight, m, v, grad wide R x C; scale wide 1 x 1: where it is not finite nothing changes
 *   t counts from 1; eps > 0 */
struct adamw {
    float lr, beta1, beta2, eps, decay;
    int   t;
};
void op_adamw(const struct backend *be, struct view weight, struct view m, struct view v,
    struct view grad, struct view scale, struct adamw a);

/* op_lamb -- one step of LAMB (You et al. 2020, arXiv:1904.00962, algorithm 2) on one tensor:
 * scale, g, m and v as op_adamw, then
 *     u = m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps) + decay * w
 *     w = w - lr * ratio * u,   ratio = |w| / |u| if `adapt` and neither norm is 0, else 1
 * The norms are Euclidean, over all of the tensor, summed in double in a fixed order. */
void op_lamb(const struct backend *be, struct view weight, struct view m, struct view v,
    struct view grad, struct view scale, struct adamw a, bool adapt);

#ifdef __cplusplus
}
#endif

#endif
