/* attention.c -- attention in tiles of queries: TILE queries of one head against all keys of their
 * sequence.  A thread holds one tile of logits (two in the backward), never all of a head.
 *
 * The backward makes the probabilities again from `lse`, see ref/attention.c for the formulas.  Its
 * dbias is a sum over sequences: they are cut into at most GROUPS runs, a thread takes one head of
 * one run, and the runs' sums are added up in order.  The runs but the first need heads x longest x
 * longest floats of scratch each. */
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/vmath.h"

enum { TILE = 128, GROUPS = 4 };

struct job {
    struct attention att;
    const float     *qkv, *bias, *dout, *out;
    float           *lse, *result; /* out or dqkv */
    const int32_t   *start, *key;
    int              cols, bias_cols, sequences, longest;
};

/* A tile: queries `query` .. query + queries - 1 of a sequence and head. */
struct tile {
    int          first, len, query, queries, head, head_cols, stride;
    const float *q, *k, *v;
};

/* job_of -- what the forward and the backward have alike; the caller's promises are checked. */
static struct job
job_of(struct view qkv, struct view bias, struct view start, struct view key, struct attention att)
{
    struct job job = { .att = att, .qkv = qkv.data, .bias = bias.data, .start = start.data,
        .key = key.data, .cols = qkv.cols / 3, .bias_cols = bias.cols,
        .sequences = start.rows - 1 };

    CHECK(job.start[0] == 0 && job.start[job.sequences] == qkv.rows);
    for (int s = 0; s < job.sequences; s++) {
        int len = job.start[s + 1] - job.start[s];

        CHECK(len >= 1 && len <= att.span && (!job.bias || len <= bias.cols));
        job.longest = len > job.longest ? len : job.longest;
    }
    return job;
}

static struct tile
tile_of(const struct job *job, int sequence, int head, int query)
{
    struct tile t = { .first = job->start[sequence], .head = head, .query = query };

    t.len = job->start[sequence + 1] - t.first;
    t.queries = t.len - query < TILE ? t.len - query : TILE;
    t.head_cols = job->cols / job->att.heads;
    t.stride = 3 * job->cols;
    t.k = job->qkv + (size_t)t.first * (size_t)t.stride + job->cols + head * t.head_cols;
    t.v = t.k + job->cols;
    t.q = t.k - job->cols + (size_t)query * (size_t)t.stride;
    return t;
}

/* logits -- queries x len numbers, row after row. */
static void
logits(float *a, const struct job *job, const struct tile *t)
{
    for (int i = 0; job->bias && i < t->queries; i++)
        memcpy(a + (size_t)i * (size_t)t->len,
            job->bias + ((size_t)t->head * (size_t)job->bias_cols + (size_t)(t->query + i)) *
                            (size_t)job->bias_cols,
            (size_t)t->len * sizeof *a);
    cpu_product(&(struct product){ .rows = t->queries, .cols = t->len, .inner = t->head_cols,
        .a = t->q, .a_stride = t->stride,
        .b = t->k, .b_stride = t->stride, .b_turned = true,
        .c = a, .c_stride = t->len, .factor = job->att.scale, .keep = job->bias != NULL });
}

/* keep_row -- the dropout's factors of query i of the tile; all 1 without dropout. */
static void
keep_row(float *keep, const struct job *job, const struct tile *t, int i)
{
    if (job->att.drop.p > 0)
        cpu_keep(keep, job->att.drop, job->key[t->first + t->query + i],
            t->head * job->att.span, t->len);
}

/* ---- forward --------------------------------------------------------------------------------- */

/* softmax -- a row of logits into probabilities times keep; returns lse. */
WIDE static float
softmax(float *a, const float *keep, int count)
{
    float max = -INFINITY, sum = 0, inverse;

    SIMD_MAX(max)
    for (int j = 0; j < count; j++)
        max = a[j] > max ? a[j] : max;
    SIMD_SUM(sum)
    for (int j = 0; j < count; j++) {
        a[j] = vmath_exp(a[j] - max);
        sum += a[j];
    }
    inverse = 1 / sum;
    SIMD
    for (int j = 0; j < count; j++)
        a[j] *= inverse * keep[j];
    return max + logf(sum);
}

static void
ones(float *keep, int count)
{
    for (int j = 0; j < count; j++)
        keep[j] = 1;
}

static void
sequence_fwd(const struct job *job, int sequence, int head)
{
    float *keep = cpu_scratch_own(), *a = keep + job->longest;
    int    len = job->start[sequence + 1] - job->start[sequence];

    ones(keep, len);
    for (int query = 0; query < len; query += TILE) {
        struct tile t = tile_of(job, sequence, head, query);
        size_t      row = (size_t)(t.first + query);

        logits(a, job, &t);
        for (int i = 0; i < t.queries; i++) {
            keep_row(keep, job, &t, i);
            job->lse[(row + (size_t)i) * (size_t)job->att.heads + (size_t)head] =
                softmax(a + (size_t)i * (size_t)t.len, keep, t.len);
        }
        cpu_product(&(struct product){ .rows = t.queries, .cols = t.head_cols, .inner = t.len,
            .a = a, .a_stride = t.len,
            .b = t.v, .b_stride = t.stride,
            .c = job->result + row * (size_t)job->cols + (size_t)(head * t.head_cols),
            .c_stride = job->cols, .factor = 1 });
    }
}

void
cpu_attention_fwd(struct view out, struct view lse, struct view qkv, struct view bias,
    struct view start, struct view key, struct attention att)
{
    struct job job = job_of(qkv, bias, start, key, att);
    int        pieces = job.sequences * att.heads;

    job.result = out.data;
    job.lse = lse.data;
    if (!cpu_scratch(0, (TILE + 1) * (size_t)job.longest))
        return;
    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++)
        sequence_fwd(&job, i / att.heads, i % att.heads);
}

/* ---- backward -------------------------------------------------------------------------------- */

/* attention_row_bwd -- logits a and dp = dout v^T of one query become p keep and da. */
WIDE static void
attention_row_bwd(float *a, float *dp, const float *keep, float lse, float dot, int count)
{
    SIMD
    for (int j = 0; j < count; j++) {
        float p = vmath_exp(a[j] - lse);

        a[j] = p * keep[j];
        dp[j] = p * (dp[j] * keep[j] - dot);
    }
}

WIDE static void
attention_add(float *y, const float *x, int count)
{
    SIMD
    for (int i = 0; i < count; i++)
        y[i] += x[i];
}

static float
dot_of(const float *x, const float *y, int count)
{
    float sum = 0;

    for (int i = 0; i < count; i++)
        sum += x[i] * y[i];
    return sum;
}

/* tile_bwd -- dq of the tile's queries; what they give to dk and dv of the whole sequence; and to
 * dbias, whose rows are `stride` apart, if there is one. */
static void
tile_bwd(float *dbias, size_t stride, const struct job *job, const struct tile *t)
{
    float *keep = cpu_scratch_own(), *a = keep + job->longest;
    float *dp = a + TILE * (size_t)job->longest;
    size_t row = (size_t)(t->first + t->query), heads = (size_t)job->att.heads;
    size_t at = row * (size_t)job->cols + (size_t)(t->head * t->head_cols);
    float *dk = job->result + (t->k - job->qkv);
    struct product p = { .rows = t->queries, .cols = t->len, .inner = t->head_cols,
        .a = job->dout + at, .a_stride = job->cols,
        .b = t->v, .b_stride = t->stride, .b_turned = true,
        .c = dp, .c_stride = t->len, .factor = 1 };

    logits(a, job, t);
    cpu_product(&p);
    for (int i = 0; i < t->queries; i++) {
        size_t place = (size_t)i * (size_t)t->len, beside = at + (size_t)i * (size_t)job->cols;

        keep_row(keep, job, t, i);
        attention_row_bwd(a + place, dp + place, keep,
            job->lse[(row + (size_t)i) * heads + (size_t)t->head],
            dot_of(job->dout + beside, job->out + beside, t->head_cols), t->len);
        if (dbias)
            attention_add(dbias + (size_t)(t->query + i) * stride, dp + place, t->len);
    }
    cpu_product(&(struct product){ .rows = t->queries, .cols = t->head_cols, .inner = t->len,
        .a = dp, .a_stride = t->len,
        .b = t->k, .b_stride = t->stride,
        .c = job->result + (t->q - job->qkv), .c_stride = t->stride, .factor = job->att.scale });
    p = (struct product){ .rows = t->len, .cols = t->head_cols, .inner = t->queries,
        .a = dp, .a_stride = t->len, .a_turned = true,
        .b = t->q, .b_stride = t->stride,
        .c = dk, .c_stride = t->stride, .factor = job->att.scale, .keep = t->query > 0 };
    cpu_product(&p);
    p.a = a;
    p.b = job->dout + at;
    p.b_stride = job->cols;
    p.c = dk + job->cols;
    p.factor = 1;
    cpu_product(&p);
}

static void
sequence_bwd(float *dbias, size_t stride, const struct job *job, int sequence, int head)
{
    int len = job->start[sequence + 1] - job->start[sequence];

    ones(cpu_scratch_own(), len);
    for (int query = 0; query < len; query += TILE) {
        struct tile t = tile_of(job, sequence, head, query);

        tile_bwd(dbias, stride, job, &t);
    }
}

/* run_bwd -- one head of one run of sequences; only the first run adds to dbias itself. */
static void
run_bwd(float *dbias, float *parts, const struct job *job, int run, int runs, int head)
{
    size_t longest = (size_t)job->longest, stride = run ? longest : (size_t)job->bias_cols;
    float *sum = dbias + (size_t)head * stride * stride;
    int    first = job->sequences * run / runs, end = job->sequences * (run + 1) / runs;

    if (run > 0) {
        sum =
            parts + ((size_t)(run - 1) * (size_t)job->att.heads + (size_t)head) * longest * longest;
        memset(sum, 0, longest * longest * sizeof *sum);
    }
    for (int s = first; s < end; s++)
        sequence_bwd(sum, stride, job, s, head);
}

static void
add_runs(float *dbias, const float *parts, const struct job *job, int runs)
{
    size_t longest = (size_t)job->longest, stride = (size_t)job->bias_cols;
    int    heads = job->att.heads;

    PARALLEL(heads)
    for (int h = 0; h < heads; h++)
        for (int run = 1; run < runs; run++)
            for (size_t i = 0; i < longest; i++)
                attention_add(dbias + ((size_t)h * stride + i) * stride,
                    parts +
                        (((size_t)(run - 1) * (size_t)heads + (size_t)h) * longest + i) * longest,
                    job->longest);
}

void
cpu_attention_bwd(struct view dqkv, struct view dbias, struct view dout, struct view out,
    struct view lse, struct view qkv, struct view bias, struct view start, struct view key,
    struct attention att)
{
    struct job job = job_of(qkv, bias, start, key, att);
    int        heads = att.heads, runs = job.sequences < GROUPS ? job.sequences : GROUPS;
    int        pieces = (bias.data ? runs : job.sequences) * heads;
    size_t     longest = (size_t)job.longest;
    size_t shared = bias.data && runs ? (size_t)(runs - 1) * (size_t)heads * longest * longest : 0;
    float     *parts;

    job.dout = dout.data;
    job.out = out.data;
    job.lse = lse.data;
    job.result = dqkv.data;
    if (!cpu_scratch(shared, (2 * TILE + 1) * longest))
        return;
    parts = cpu_scratch_shared();
    PARALLEL(pieces)
    for (int i = 0; i < pieces; i++) {
        if (bias.data)
            run_bwd(dbias.data, parts, &job, i / heads, runs, i % heads);
        else
            sequence_bwd(NULL, 0, &job, i / heads, i % heads);
    }
    if (bias.data)
        add_runs(dbias.data, parts, &job, runs);
}
