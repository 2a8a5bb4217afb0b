/* attention.c -- attention in tiles of queries: TILE queries of one head against all keys of their
 * sequence.  A thread holds one tile of logits (two in the backward), never all of a head.
 *
 * The backward makes the probabilities again from `lse`, see ref/attention.c for the formulas.  Its
 * dbias is a sum over sequences: they are cut into at most GROUPS runs, a thread takes one head of
 * one run, and the runs' sums are added up in order.  The runs but the first need heads x longest x
 * longest floats of scratch each.
 *
 * The columns of one head, in the rows of one sequence, are used where they lie, or, of BF16, in a
 * copy of floats: see struct part. */
#include "kernels/cpu/cpu.h"
#include "kernels/cpu/vmath.h"

enum { TILE = 128, GROUPS = 4 };

struct job {
    struct attention att;
    struct view      qkv, dout, out, dqkv;
    const float     *bias;
    float           *lse;
    const int32_t   *start, *key;
    int              cols, head_cols, bias_cols, sequences, longest;
};

/* The columns of a head in the rows of a sequence. */
struct part {
    float *at;
    int    stride;
};

/* What a thread works at: a sequence and a head, the parts of the tensors that are theirs, and room
 * for rows as long as the longest sequence. */
struct work {
    const struct job *job;
    int               first, len, head;
    struct part       q, k, v, out, dout, dq, dk, dv;
    float            *keep, *a, *dp;
};

/* A tile: queries `query` .. query + queries - 1. */
struct tile {
    int query, queries;
};

/* job_of -- what the forward and the backward have alike; the caller's promises are checked. */
static struct job
job_of(struct view qkv, struct view bias, struct view start, struct view key, struct attention att)
{
    struct job job = { .att = att, .qkv = qkv, .bias = bias.data, .start = start.data,
        .key = key.data, .cols = qkv.cols / 3, .bias_cols = bias.cols,
        .sequences = start.rows - 1 };

    job.head_cols = job.cols / att.heads;
    CHECK(job.start[0] == 0 && job.start[job.sequences] == qkv.rows);
    for (int s = 0; s < job.sequences; s++) {
        int len = job.start[s + 1] - job.start[s];

        CHECK(len >= 1 && len <= att.span && (!job.bias || len <= bias.cols));
        job.longest = len > job.longest ? len : job.longest;
    }
    return job;
}

/* ---- parts ----------------------------------------------------------------------------------- */

/* Floats that a thread needs: rows as long as `longest`, of `parts` copies and of tiles of `rows`
 * rows of logits in all. */
static size_t
own_room(enum dtype real, int head_cols, int longest, int parts, int rows)
{
    size_t copies = real == F32 ? 0 : (size_t)parts * (size_t)head_cols;

    return (copies + (size_t)rows) * (size_t)longest;
}

/* part_room -- where a part may be made, beginning at column `col` of the head's; *room moves on
 * behind it. */
static struct part
part_room(float **room, const struct work *w, struct view v, int col)
{
    struct part part = { *room, w->job->head_cols };

    if (v.dtype == F32)
        return (struct part){ (float *)v.data + (size_t)w->first * (size_t)v.cols + col, v.cols };
    *room += (size_t)w->len * (size_t)part.stride;
    return part;
}

/* part_read -- as it is.  part_write -- once it is made. */
static struct part
part_read(float **room, const struct work *w, struct view v, int col)
{
    struct part part = part_room(room, w, v, col);
    size_t      cols = (size_t)w->job->head_cols;

    for (int r = 0; r < w->len; r++)
        cpu_read(part.at + (size_t)r * (size_t)part.stride, v,
            (size_t)(w->first + r) * (size_t)v.cols + (size_t)col, cols);
    return part;
}

static void
part_write(const struct work *w, struct view v, int col, struct part part)
{
    for (int r = 0; r < w->len; r++)
        cpu_write(v, (size_t)(w->first + r) * (size_t)v.cols + (size_t)col,
            (size_t)w->job->head_cols, part.at + (size_t)r * (size_t)part.stride);
}

/* begin -- q, k and v of a sequence and head; *room is behind them then. */
static struct work
begin(float **room, const struct job *job, int sequence, int head)
{
    struct work w = { .job = job, .first = job->start[sequence], .head = head };
    int         col = head * job->head_cols;

    w.len = job->start[sequence + 1] - w.first;
    w.q = part_read(room, &w, job->qkv, col);
    w.k = part_read(room, &w, job->qkv, col + job->cols);
    w.v = part_read(room, &w, job->qkv, col + 2 * job->cols);
    return w;
}

static float *
row_of(struct part part, int row)
{
    return part.at + (size_t)row * (size_t)part.stride;
}

static struct tile
tile_of(const struct work *w, int query)
{
    return (struct tile){ query, w->len - query < TILE ? w->len - query : TILE };
}

/* logits -- queries x len numbers, row after row. */
static void
logits(const struct work *w, struct tile t)
{
    const struct job *job = w->job;

    for (int i = 0; job->bias && i < t.queries; i++)
        memcpy(w->a + (size_t)i * (size_t)w->len,
            job->bias + ((size_t)w->head * (size_t)job->bias_cols + (size_t)(t.query + i)) *
                            (size_t)job->bias_cols,
            (size_t)w->len * sizeof *w->a);
    cpu_product(&(struct product){ .rows = t.queries, .cols = w->len, .inner = job->head_cols,
        .a = row_of(w->q, t.query), .a_stride = w->q.stride,
        .b = w->k.at, .b_stride = w->k.stride, .b_turned = true,
        .c = w->a, .c_stride = w->len, .factor = job->att.scale, .keep = job->bias != NULL });
}

/* keep_row -- the dropout's factors of a query; all 1 without dropout. */
static void
keep_row(const struct work *w, int query)
{
    const struct job *job = w->job;

    if (job->att.drop.p > 0)
        cpu_keep(w->keep, job->att.drop, job->key[w->first + query], w->head * job->att.span,
            w->len);
}

static void
ones(float *keep, int count)
{
    for (int j = 0; j < count; j++)
        keep[j] = 1;
}

/* lse_of -- where that of a query is. */
static float *
lse_of(const struct work *w, int query)
{
    return w->job->lse + (size_t)(w->first + query) * (size_t)w->job->att.heads + (size_t)w->head;
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
sequence_fwd(const struct job *job, int sequence, int head)
{
    float      *room = cpu_scratch_own();
    struct work w = begin(&room, job, sequence, head);
    int         col = head * job->head_cols;

    w.out = part_room(&room, &w, job->out, col);
    w.keep = room;
    w.a = room + w.len;
    ones(w.keep, w.len);
    for (int query = 0; query < w.len; query += TILE) {
        struct tile t = tile_of(&w, query);

        logits(&w, t);
        for (int i = 0; i < t.queries; i++) {
            keep_row(&w, query + i);
            *lse_of(&w, query + i) = softmax(w.a + (size_t)i * (size_t)w.len, w.keep, w.len);
        }
        cpu_product(&(struct product){ .rows = t.queries, .cols = job->head_cols, .inner = w.len,
            .a = w.a, .a_stride = w.len,
            .b = w.v.at, .b_stride = w.v.stride,
            .c = row_of(w.out, query), .c_stride = w.out.stride, .factor = 1 });
    }
    part_write(&w, job->out, col, w.out);
}

void
cpu_attention_fwd(struct view out, struct view lse, struct view qkv, struct view bias,
    struct view start, struct view key, struct attention att)
{
    struct job job = job_of(qkv, bias, start, key, att);
    int        pieces = job.sequences * att.heads;

    job.out = out;
    job.lse = lse.data;
    if (!cpu_scratch(0, own_room(qkv.dtype, job.head_cols, job.longest, 4, TILE + 1)))
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

/* tile_bwd -- dq of the tile's queries; what they give to dk and dv of the whole sequence; and to
 * dbias, whose rows are `stride` apart, if there is one. */
static void
tile_bwd(float *dbias, size_t stride, const struct work *w, struct tile t)
{
    const struct job *job = w->job;
    struct product    p = { .rows = t.queries, .cols = w->len, .inner = job->head_cols,
           .a = row_of(w->dout, t.query), .a_stride = w->dout.stride,
           .b = w->v.at, .b_stride = w->v.stride, .b_turned = true,
           .c = w->dp, .c_stride = w->len, .factor = 1 };

    logits(w, t);
    cpu_product(&p);
    for (int i = 0; i < t.queries; i++) {
        size_t place = (size_t)i * (size_t)w->len;
        int    query = t.query + i;

        keep_row(w, query);
        attention_row_bwd(w->a + place, w->dp + place, w->keep, *lse_of(w, query),
            cpu_dot(row_of(w->dout, query), row_of(w->out, query), job->head_cols), w->len);
        if (dbias)
            cpu_add_run(dbias + (size_t)query * stride, w->dp + place, (size_t)w->len);
    }
    cpu_product(&(struct product){ .rows = t.queries, .cols = job->head_cols, .inner = w->len,
        .a = w->dp, .a_stride = w->len,
        .b = w->k.at, .b_stride = w->k.stride,
        .c = row_of(w->dq, t.query), .c_stride = w->dq.stride, .factor = job->att.scale });
    p = (struct product){ .rows = w->len, .cols = job->head_cols, .inner = t.queries,
        .a = w->dp, .a_stride = w->len, .a_turned = true,
        .b = row_of(w->q, t.query), .b_stride = w->q.stride,
        .c = w->dk.at, .c_stride = w->dk.stride, .factor = job->att.scale, .keep = t.query > 0 };
    cpu_product(&p);
    p.a = w->a;
    p.b = row_of(w->dout, t.query);
    p.b_stride = w->dout.stride;
    p.c = w->dv.at;
    p.c_stride = w->dv.stride;
    p.factor = 1;
    cpu_product(&p);
}

static void
sequence_bwd(float *dbias, size_t stride, const struct job *job, int sequence, int head)
{
    float      *room = cpu_scratch_own();
    struct work w = begin(&room, job, sequence, head);
    int         col = head * job->head_cols;

    w.out = part_read(&room, &w, job->out, col);
    w.dout = part_read(&room, &w, job->dout, col);
    w.dq = part_room(&room, &w, job->dqkv, col);
    w.dk = part_room(&room, &w, job->dqkv, col + job->cols);
    w.dv = part_room(&room, &w, job->dqkv, col + 2 * job->cols);
    w.keep = room;
    w.a = w.keep + w.len;
    w.dp = w.a + TILE * (size_t)w.len;
    ones(w.keep, w.len);
    for (int query = 0; query < w.len; query += TILE)
        tile_bwd(dbias, stride, &w, tile_of(&w, query));
    part_write(&w, job->dqkv, col, w.dq);
    part_write(&w, job->dqkv, col + job->cols, w.dk);
    part_write(&w, job->dqkv, col + 2 * job->cols, w.dv);
}

static int
runs_of(int sequences)
{
    return sequences < GROUPS ? sequences : GROUPS;
}

void
cpu_attention_room(size_t *shared, size_t *own, const struct need *need, int encoder)
{
    size_t square = (size_t)need->longest * (size_t)need->longest;
    int    runs = need->has_bias ? runs_of(need->sequences) : 0;
    int    heads = need->encoder[encoder].heads, head_cols = need->encoder[encoder].head_cols;

    *shared = runs > 0 ? (size_t)(runs - 1) * (size_t)heads * square : 0;
    *own = own_room(need->real, head_cols, need->longest, 8, 2 * TILE + 1);
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
                cpu_add_run(dbias + ((size_t)h * stride + i) * stride,
                    parts +
                        (((size_t)(run - 1) * (size_t)heads + (size_t)h) * longest + i) * longest,
                    longest);
}

void
cpu_attention_bwd(struct view dqkv, struct view dbias, struct view dout, struct view out,
    struct view lse, struct view qkv, struct view bias, struct view start, struct view key,
    struct attention att)
{
    struct job job = job_of(qkv, bias, start, key, att);
    int        heads = att.heads, runs = runs_of(job.sequences);
    int        pieces = (bias.data ? runs : job.sequences) * heads;
    size_t     shared, own;
    float     *parts;

    job.dout = dout;
    job.out = out;
    job.lse = lse.data;
    job.dqkv = dqkv;
    cpu_attention_room(&shared, &own, &(struct need){ .real = qkv.dtype, .has_bias = bias.data,
        .sequences = job.sequences, .longest = job.longest,
        .encoder = { { heads, job.head_cols } } }, 0);
    if (!cpu_scratch(shared, own))
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
