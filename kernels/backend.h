/* backend.h -- what a backend supplies: one table of functions, every entry filled.
 *
 * Shapes and types were checked by ops.c; a backend assumes them.  An op cannot fail: a backend
 * with a device keeps the first error and gives it at the next sync.  See ops.h for what each
 * does. */
#ifndef KERNELS_BACKEND_H
#define KERNELS_BACKEND_H

#include "kernels/ops.h"

#ifdef __cplusplus
extern "C" {
#endif

struct backend {
    const char *name;
    bool        has_f64, has_bf16;
    int (*open)(int threads); /* OK or ERR_DEVICE; may be called again */
    int (*reserve)(const struct reserve *reserve);
    void (*device)(struct device_info *info); /* info is all 0 */
    const char *(*remark)(void);
    int (*alloc)(void **memory, size_t bytes);
    void (*free)(void *memory);
    void (*upload)(struct view dst, const void *src);
    void (*download)(void *dst, struct view src);
    int (*sync)(void);
    void (*post)(int slot, struct view src);
    int (*take)(void *dst, int slot); /* copies as many bytes as were posted */

    void (*all_sum_begin)(struct view y); /* these are not called when there is one process */
    int (*all_sum_end)(void);
    int (*broadcast)(struct view y);

    void (*zero)(struct view y);
    void (*add)(struct view y, struct view x);
    void (*scale)(struct view y, float factor);
    void (*cast)(struct view y, struct view x);
    void (*sum_squares)(struct view sum, struct view x);
    void (*dropout)(struct view y, struct view x, struct view key, struct dropout drop);
    void (*gather_fwd)(struct view y, struct view x, struct view index);
    void (*gather_add)(struct view y, struct view x, struct view index);
    void (*gather_sum)(struct view y, struct lookup a, struct lookup b, struct lookup c);
    void (*gather_bwd)(struct view dx, struct view dy, struct view index);
    void (*note_mix)(struct view y, struct view notes, struct view span, struct view token,
        struct view id, float weight);
    void (*note_mix_bwd)(struct view dy, struct view span, float weight);
    void (*note_sum)(struct view sum, struct view x, struct view span);
    void (*note_update)(struct view notes, struct view sum, struct view note, struct view count,
        float decay);
    void (*layernorm_fwd)(struct view y, struct view stat, struct view x, struct view gain,
        struct view bias, float eps);
    void (*layernorm_bwd)(struct view dx, struct view dgain, struct view dbias, struct view dy,
        struct view x, struct view stat, struct view gain);
    void (*residual_norm_fwd)(struct view y, struct view sum, struct view stat, struct view x,
        struct view residual, struct view gain, struct view bias, float eps, struct view key,
        struct dropout drop);
    void (*residual_norm_bwd)(struct view dsum, struct view dx, struct view dgain,
        struct view dbias, struct view dy, struct view dmore, struct view dpast, struct view sum,
        struct view stat, struct view gain, struct view key, struct dropout drop);
    void (*norm_dropout_fwd)(struct view y, struct view stat, struct view x, struct view gain,
        struct view bias, float eps, struct view key, struct dropout drop);
    void (*norm_dropout_bwd)(struct view dx, struct view dgain, struct view dbias, struct view dy,
        struct view dmore, struct view x, struct view stat, struct view gain, struct view key,
        struct dropout drop);
    void (*linear_fwd)(struct view y, struct view x, struct view weight, struct view bias);
    void (*linear_bwd_x)(struct view dx, struct view dy, struct view weight);
    void (*linear_bwd_w)(struct view dweight, struct view dbias, struct view dy, struct view x);
    void (*choice_fwd)(struct view score, struct view x, struct view weight, struct view bias,
        struct view candidate);
    void (*choice_bwd)(struct view dx, struct view dweight, struct view dbias, struct view dscore,
        struct view x, struct view weight, struct view candidate);
    void (*gelu_fwd)(struct view y, struct view x);
    void (*gelu_bwd)(struct view dx, struct view dy, struct view x);
    void (*tanh_fwd)(struct view y, struct view x);
    void (*tanh_bwd)(struct view dx, struct view dy, struct view y);
    void (*attention_fwd)(struct view out, struct view lse, struct view qkv, struct view bias,
        struct view start, struct view key, struct attention att);
    void (*attention_bwd)(struct view dqkv, struct view dbias, struct view dout, struct view out,
        struct view lse, struct view qkv, struct view bias, struct view start, struct view key,
        struct attention att);
    void (*position_bias_fwd)(struct view bias, struct view q, struct view k, struct view relative,
        int heads, float scale);
    void (*position_bias_bwd)(struct view dq, struct view dk, struct view drelative,
        struct view dbias, struct view q, struct view k, int heads, float scale);
    void (*relative_bias_fwd)(struct view bias, struct view relative, int heads);
    void (*relative_bias_bwd)(struct view drelative, struct view dbias, int heads);
    void (*cross_entropy_fwd)(struct view stat, struct view logits, struct view target);
    void (*cross_entropy_bwd)(struct view logits, struct view stat, struct view target,
        float factor);
    void (*logistic_fwd)(struct view stat, struct view x, struct view target);
    void (*logistic_bwd)(struct view x, struct view target, float factor);
    void (*square_error_fwd)(struct view loss, struct view x, struct view target);
    void (*square_error_bwd)(struct view x, struct view target, float factor);
    void (*tally)(struct view tally, struct view stat, struct view key);
    void (*sample)(struct view draw, struct view logits, struct view key, struct sample sample);
    void (*replace)(struct view id, struct view changed, struct view text, struct view row,
        struct view target, struct view draw);
    void (*offer)(struct view candidate, struct view id, struct view right, struct view text,
        struct view row, struct view target, struct view draw, struct offer offer);
    void (*clip)(struct view scale, struct view norm, struct view x, double limit);
    void (*adamw)(struct view weight, struct view m, struct view v, struct view grad,
        struct view scale, struct adamw a);
    void (*lamb)(struct view weight, struct view m, struct view v, struct view grad,
        struct view scale, struct adamw a, bool adapt);
};

/* All entries, so that each backend folder declares and lists its functions in one line:
 *     BACKEND_OPS(BACKEND_PROTOTYPE, ref)      void ref_zero(struct view y); ...
 *     BACKEND_OPS(BACKEND_ENTRY, ref)          .zero = ref_zero, ... */
#define BACKEND_OPS(DO, prefix) \
    DO(prefix, open) DO(prefix, reserve) DO(prefix, device) DO(prefix, remark) \
        DO(prefix, alloc) DO(prefix, free) DO(prefix, upload) DO(prefix, download) \
    DO(prefix, sync) DO(prefix, post) DO(prefix, take) DO(prefix, all_sum_begin) \
        DO(prefix, all_sum_end) DO(prefix, broadcast) \
    DO(prefix, zero) DO(prefix, add) DO(prefix, scale) \
    DO(prefix, cast) DO(prefix, sum_squares) \
    DO(prefix, dropout) DO(prefix, gather_fwd) DO(prefix, gather_add) \
    DO(prefix, gather_sum) DO(prefix, gather_bwd) DO(prefix, note_mix) DO(prefix, note_mix_bwd) \
        DO(prefix, note_sum) \
    DO(prefix, note_update) DO(prefix, layernorm_fwd) DO(prefix, layernorm_bwd) \
    DO(prefix, residual_norm_fwd) DO(prefix, residual_norm_bwd) \
    DO(prefix, norm_dropout_fwd) DO(prefix, norm_dropout_bwd) \
    DO(prefix, linear_fwd) DO(prefix, linear_bwd_x) DO(prefix, linear_bwd_w) \
    DO(prefix, choice_fwd) DO(prefix, choice_bwd) \
    DO(prefix, gelu_fwd) DO(prefix, gelu_bwd) DO(prefix, tanh_fwd) DO(prefix, tanh_bwd) \
    DO(prefix, attention_fwd) DO(prefix, attention_bwd) DO(prefix, position_bias_fwd) \
    DO(prefix, position_bias_bwd) DO(prefix, relative_bias_fwd) DO(prefix, relative_bias_bwd) \
    DO(prefix, cross_entropy_fwd) DO(prefix, cross_entropy_bwd) DO(prefix, logistic_fwd) \
    DO(prefix, logistic_bwd) DO(prefix, square_error_fwd) DO(prefix, square_error_bwd) \
    DO(prefix, tally) DO(prefix, sample) DO(prefix, replace) DO(prefix, offer) DO(prefix, clip) \
    DO(prefix, adamw) DO(prefix, lamb)
#define BACKEND_PROTOTYPE(prefix, op) __typeof__(*((struct backend *)0)->op) prefix##_##op;
#define BACKEND_ENTRY(prefix, op) .op = prefix##_##op,

/* The tables, one a backend folder. */
extern const struct backend ref_backend, cpu_backend;

/* What op_need says of each backend, in the programs whether it can be opened or not; reserve is
 * all 0. */
void ref_need(struct reserve *reserve, const struct need *need, int threads);
void cpu_need(struct reserve *reserve, const struct need *need, int threads);
void cuda_need(struct reserve *reserve, const struct need *need, int threads);

#ifdef __cplusplus
}
#endif

#endif
