/* pass.c -- model_learn and model_eval of model.h: a batch through the objective, its losses to the
 * host, each looked at, and its gradient to the other processes.
 *
 * That goes in buckets of whole rows of params_all, from the end of the table of parameters to its
 * beginning: so the backward pass comes by them, from the heads through the layers to the
 * embeddings, and the generator behind all of these before.  Where the cuts are follows from the
 * table alone, whatever a process has been given to learn from: all must agree. */
#include "model/model.h"

#include <math.h>

#include "model/classify.h"
#include "model/notebook.h"

static void
take(struct model *m, const struct batch *b)
{
    CHECK(b->rows <= m->limits.batch.rows && b->sequences <= m->limits.batch.sequences &&
        b->chosen <= m->limits.batch.chosen && b->words <= m->limits.batch.words &&
        b->span == m->config.max_len);
    batch_upload(m->backend, &m->device, &m->device_limits, b, m->host);
    m->longest = b->longest;
    if (m->is_stale)
        op_cast(m->backend, params_all(&m->params, m->operand, m->real),
            params_all(&m->params, m->weight, m->wide));
    m->is_stale = false;
}

/* Which sequence of the batch a row belongs to. */
static int
sequence_of(const struct batch *b, int row)
{
    int sequence = 0;

    while (b->start[sequence + 1] <= row)
        sequence++;
    return sequence;
}

/* `count` losses of stat, added up in order; `at` says which rows they belong to, NULL: all.
 * Nothing else of a batch comes to the host. */
static int
add_up(struct model *m, const struct batch *b, struct view stat, const int32_t *at, int losses,
    struct loss_sum *loss)
{
    int             cols = stat.cols, piece = MODEL_PIECE / cols;
    struct loss_sum sum = { .count = losses };

    for (int first = 0; first < losses; first += piece) {
        int count = losses - first < piece ? losses - first : piece;

        model_download(m, m->values, view_rows(stat, first, count));
        for (int i = 0; i < count; i++) {
            double one = m->values[i * cols];

            if (!isfinite(one)) {
                int row = at ? at[first + i] : first + i, sequence = sequence_of(b, row);

                return err_set(ERR_NUMBER, "the loss is %s at token %d of sequence %d of the batch",
                    isnan(one) ? "not a number" : "infinite", row - b->start[sequence] + 1,
                    sequence + 1);
            }
            sum.sum += one;
            sum.correct += cols > 1 && m->values[(i + 1) * cols - 1] > 0;
        }
    }
    *loss = sum;
    return OK;
}

static int
finish(struct model *m, const struct batch *b, struct model_loss *loss)
{
    struct loss_sum sum, proposed = { 0 };
    bool            all = m->generator != NULL;
    int             rc = op_sync(m->backend);

    if (rc != OK ||
        (rc = add_up(m, b, m->stat, all ? NULL : b->row, all ? b->rows : b->chosen, &sum)) != OK ||
        (all && (rc = add_up(m, b, m->proposed, b->row, b->chosen, &proposed)) != OK))
        return rc;
    model_loss_add(loss, &(struct model_loss){ sum.sum, sum.count, sum.correct, proposed });
    return OK;
}

void
model_loss_add(struct model_loss *to, const struct model_loss *more)
{
    to->sum += more->sum;
    to->count += more->count;
    to->correct += more->correct;
    to->proposed.sum += more->proposed.sum;
    to->proposed.count += more->proposed.count;
    to->proposed.correct += more->proposed.correct;
}

double
model_loss_mean(const struct model_config *config, const struct model_loss *loss)
{
    double mean = loss->count > 0 ? loss->sum / (double)loss->count : 0;

    if (!config_has_generator(config))
        return mean;
    mean *= (double)config->choice_weight;
    if (loss->proposed.count > 0)
        mean += loss->proposed.sum / (double)loss->proposed.count;
    return mean;
}

/* The last `rows` of those whose sum was not begun. */
static void
begin_sum(struct model *m, int rows)
{
    m->unsummed -= rows;
    op_all_sum_begin(m->backend,
        view_rows(params_all(&m->params, m->gradient, m->wide), m->unsummed, rows));
}

/* Whole buckets, down to row `first`. */
static void
begin_buckets(struct model *m, int first)
{
    while (m->bucket_rows > 0 && m->unsummed - m->bucket_rows >= first)
        begin_sum(m, m->bucket_rows);
}

void
model_settled(struct model *m, int param)
{
    size_t at = m->params.param[param].offset;

    begin_buckets(m, (int)((at + PARAMS_ROW - 1) / PARAMS_ROW));
}

int
model_sum(struct model *m)
{
    begin_buckets(m, 0);
    if (m->unsummed > 0)
        begin_sum(m, m->unsummed);
    return op_all_sum_end(m->backend);
}

int
model_learn(struct model *m, const struct batch *b, struct model_pass pass, struct model_loss *loss)
{
    struct encoder_pass learning = { .learning = true, .seed = pass.seed, .step = pass.step,
        .factor = (float)(1 / pass.normaliser), .last = pass.last };
    int                 rc;

    CHECK(m->limits.training && pass.normaliser > 0);
    CHECK(m->generator == NULL || pass.tokens > 0);
    if (m->generator != NULL)
        learning.choice_factor = (float)((double)m->config.choice_weight / pass.tokens);
    if (b->rows == 0 || (b->chosen == 0 && b->words == 0 && m->generator == NULL))
        return OK;
    take(m, b);
    if ((rc = m->objective->run(m, b, &learning)) != OK)
        return rc;
    if (m->notebook != NULL)
        notebook_sum(m, b, encoder_output(m->encoder));
    return finish(m, b, loss);
}

/* Logits of the classes, before the loss can refuse them. */
static void
copy_scores(struct model *m, const struct batch *b, double *scores)
{
    int classes = m->config.classes, piece = MODEL_PIECE / classes;

    CHECK(classes > 0);
    for (int first = 0; first < b->chosen; first += piece) {
        int count = b->chosen - first < piece ? b->chosen - first : piece;

        model_download(m, scores + (size_t)first * (size_t)classes,
            view_rows(m->classify->logits, first, count));
    }
}

int
model_eval(struct model *m, const struct batch *b, struct model_loss *loss, double *scores)
{
    struct encoder_pass evaluating = { .learning = false };
    int                 rc;

    if (b->rows == 0 || (b->chosen == 0 && m->generator == NULL))
        return OK;
    take(m, b);
    if ((rc = m->objective->run(m, b, &evaluating)) != OK)
        return rc;
    if (scores != NULL)
        copy_scores(m, b, scores);
    return finish(m, b, loss);
}
