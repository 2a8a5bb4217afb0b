/* attention.c -- scaled dot-product attention with a bias (Vaswani et al. 2017, section 3.2.1; the
 * bias is how Ke et al. 2021 and Raffel et al. 2020 let position in), sequence by sequence, head by
 * head, query by query.
 *
 * The backward keeps no probabilities: it makes them again from the logits and `lse`, the log of
 * the sum of exponentials that the forward left (Dao et al. 2022, section 3.1). */
#include <math.h>

#include "kernels/ref/ref.h"

/* Where one query of one head is. */
struct place {
    struct view qkv, bias, key;
    int         first, len;      /* the rows of the sequence */
    int head, head_cols; /* column of q: head * head_cols; of k and v: + 1 and 2 times cols */
    int         i;               /* the query's position in the sequence */
};

static int
column(const struct place *at, int which)
{
    return which * (at->qkv.cols / 3) + at->head * at->head_cols;
}

static double
logit(const struct place *at, int j, float scale)
{
    double sum = 0;

    for (int d = 0; d < at->head_cols; d++)
        sum += ref_at(at->qkv, at->first + at->i, column(at, 0) + d) *
               ref_at(at->qkv, at->first + j, column(at, 1) + d);
    sum *= (double)scale;
    if (at->bias.data)
        sum += ref_at(at->bias, at->head * at->bias.cols + at->i, j);
    return sum;
}

static double
keep(const struct place *at, int j, struct attention att)
{
    return ref_keep(att.drop, ref_int(at->key, at->first + at->i), at->head * att.span + j);
}

/* sequence -- the rows of sequence s; what the caller promised about them is checked here. */
static void
sequence(struct place *at, struct view start, int s, struct attention att)
{
    at->first = ref_int(start, s);
    at->len = ref_int(start, s + 1) - at->first;
    CHECK(s > 0 || at->first == 0);
    CHECK(at->len >= 1 && at->len <= att.span);
    CHECK(!at->bias.data || at->len <= at->bias.cols);
    CHECK(s + 2 < start.rows || at->first + at->len == at->qkv.rows);
}

static void
query_fwd(struct view out, struct view lse, const struct place *at, struct attention att, double *a)
{
    double max = -INFINITY, sum = 0;

    for (int j = 0; j < at->len; j++) {
        a[j] = logit(at, j, att.scale);
        max = a[j] > max ? a[j] : max;
    }
    for (int j = 0; j < at->len; j++)
        sum += exp(a[j] - max);
    for (int j = 0; j < at->len; j++)
        a[j] = exp(a[j] - max) / sum * keep(at, j, att);
    for (int d = 0; d < at->head_cols; d++) {
        double mix = 0;

        for (int j = 0; j < at->len; j++)
            mix += a[j] * ref_at(at->qkv, at->first + j, column(at, 2) + d);
        ref_set(out, at->first + at->i, at->head * at->head_cols + d, mix);
    }
    ref_set(lse, at->first + at->i, at->head, max + log(sum));
}

void
ref_attention_fwd(struct view out, struct view lse, struct view qkv, struct view bias,
    struct view start, struct view key, struct attention att)
{
    struct place at = { .qkv = qkv, .bias = bias, .key = key, .head_cols = out.cols / att.heads };
    double      *a = ref_scratch((size_t)att.span);

    if (!a)
        return;
    CHECK(start.rows > 1 || qkv.rows == 0);
    for (int s = 0; s + 1 < start.rows; s++) {
        sequence(&at, start, s, att);
        for (at.head = 0; at.head < att.heads; at.head++)
            for (at.i = 0; at.i < at.len; at.i++)
                query_fwd(out, lse, &at, att, a);
    }
}

/* With p the probabilities, m the dropout's factors and out = sum_j p_j m_j v_j:
 *     dv_j   += p_j m_j dout
 *     dp_j    = m_j dout . v_j
 *     da_j    = p_j (dp_j - sum_j p_j dp_j)     and that sum is dout . out
 *     dbias_j += da_j,   dq = scale sum_j da_j k_j,   dk_j += scale da_j q
 * `sum` gathers the rows of dqkv of this sequence and head, len x 3 head_cols. */
static void
query_bwd(double *sum, struct view dbias, struct view dout, struct view out, struct view lse,
    const struct place *at, struct attention att)
{
    int    row = at->first + at->i, cols = at->head_cols, c = at->head * cols;
    double dot = 0;

    for (int d = 0; d < cols; d++)
        dot += ref_at(dout, row, c + d) * ref_at(out, row, c + d);
    for (int j = 0; j < at->len; j++) {
        double p = exp(logit(at, j, att.scale) - ref_at(lse, row, at->head));
        double m = keep(at, j, att), dp = 0, da;

        for (int d = 0; d < cols; d++)
            dp += m * ref_at(dout, row, c + d) * ref_at(at->qkv, at->first + j, column(at, 2) + d);
        da = p * (dp - dot);
        if (dbias.data)
            ref_add_to(dbias, at->head * dbias.cols + at->i, j, da);
        for (int d = 0; d < cols; d++) {
            sum[at->i * 3 * cols + d] +=
                (double)att.scale * da * ref_at(at->qkv, at->first + j, column(at, 1) + d);
            sum[j * 3 * cols + cols + d] +=
                (double)att.scale * da * ref_at(at->qkv, row, column(at, 0) + d);
            sum[j * 3 * cols + 2 * cols + d] += p * m * ref_at(dout, row, c + d);
        }
    }
}

void
ref_attention_bwd(struct view dqkv, struct view dbias, struct view dout, struct view out,
    struct view lse, struct view qkv, struct view bias, struct view start, struct view key,
    struct attention att)
{
    struct place at = { .qkv = qkv, .bias = bias, .key = key, .head_cols = out.cols / att.heads };
    int          cols = 3 * at.head_cols;
    double      *sum = ref_scratch((size_t)att.span * (size_t)cols);

    if (!sum)
        return;
    CHECK(start.rows > 1 || qkv.rows == 0);
    for (int s = 0; s + 1 < start.rows; s++) {
        sequence(&at, start, s, att);
        for (at.head = 0; at.head < att.heads; at.head++) {
            for (int i = 0; i < at.len * cols; i++)
                sum[i] = 0;
            for (at.i = 0; at.i < at.len; at.i++)
                query_bwd(sum, dbias, dout, out, lse, &at, att);
            for (int r = 0; r < at.len; r++)
                for (int c = 0; c < cols; c++)
                    ref_set(dqkv, at.first + r, column(&at, c / at.head_cols) + c % at.head_cols,
                        sum[r * cols + c]);
        }
    }
}
