/* pass.c -- model_learn and model_eval of model.h: a batch through the objective, its losses to the
 * host, and its gradient to the other processes.
 *
 * Losses are added up on the device, into a report of some numbers a step, with the first that is
 * not finite beside the sum: so the host need not wait for a step before it asks for the next.
 *
 * The gradient goes in buckets of whole rows of params_all, from the end of the table of parameters
 * to its beginning: so the backward pass comes by them, from the heads through the layers to the
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
    CHECK(m->limits.batch.longest == 0 || b->longest <= m->limits.batch.longest);
    batch_upload(m->backend, &m->device, &m->device_limits, b, m->host);
    m->longest = b->longest;
    if (m->is_stale)
        op_cast(m->backend, params_all(&m->params, m->operand, m->real),
            params_all(&m->params, m->weight, m->wide));
    m->is_stale = false;
}

/* The losses of the batch in m->device, into the two tallies. */
static void
tally(struct model *m)
{
    double            *report = m->report.data;
    struct view        key = m->generator != NULL ? m->device.key : m->device.row_key;
    struct view        proposed_key = m->device.row_key;

    op_tally(m->backend, view_of(report, F64, 1, 4), view_rows(m->stat, 0, key.rows), key);
    m->step.count += key.rows;
    if (m->generator == NULL)
        return;
    op_tally(m->backend, view_of(report + 4, F64, 1, 4),
        view_rows(m->proposed, 0, proposed_key.rows), proposed_key);
    m->step.proposed += proposed_key.rows;
}

/* ---- to the host ----------------------------------------------------------------------------- */

void
model_tell(struct model *m, uint32_t step)
{
    unsigned slot = m->told % MODEL_TOLD;

    CHECK(m->told - m->heard < MODEL_TOLD);
    m->step.step = step;
    m->way[slot] = m->step;
    m->step = (struct model_step){ 0 };
    op_post(m->backend, (int)slot, m->report);
    op_zero(m->backend, m->report);
    m->told++;
}

static int
check_losses(const struct model *m, const double tally[4])
{
    int key = (int)(tally[2] - 1), span = m->config.max_len;

    if (tally[2] == 0)
        return OK;
    return err_set(ERR_NUMBER, "the loss is %s at token %d of sequence %d",
        isnan(tally[3]) ? "not a number" : "infinite", key % span + 1, key / span + 1);
}

int
model_hear(struct model *m, struct model_told *told)
{
    unsigned                 slot = m->heard % MODEL_TOLD;
    const struct model_step *step = &m->way[slot];
    double                   report[10];
    int                      rc;

    CHECK(m->heard != m->told);
    m->heard++;
    *told = (struct model_told){ .step = step->step };
    if ((rc = op_take(m->backend, report, (int)slot)) != OK ||
        (rc = check_losses(m, report)) != OK ||
        (rc = check_losses(m, report + 4)) != OK)
        return rc;
    told->loss = (struct model_loss){ report[0], step->count, (int64_t)report[1],
        { report[4], step->proposed, (int64_t)report[5] } };
    told->norm = report[8];
    told->blamed = report[9];
    return OK;
}

void
model_drop(struct model *m)
{
    m->heard = m->told;
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

void
model_learn(struct model *m, const struct batch *b, struct model_pass pass)
{
    struct encoder_pass learning = { .learning = true, .seed = pass.seed, .step = pass.step,
        .factor = (float)(1 / pass.normaliser), .last = pass.last };

    CHECK(m->limits.training && pass.normaliser > 0);
    CHECK(m->generator == NULL || pass.tokens > 0);
    if (m->generator != NULL)
        learning.choice_factor = (float)((double)m->config.choice_weight / pass.tokens);
    if (b->rows == 0 || (b->chosen == 0 && b->words == 0 && m->generator == NULL))
        return;
    take(m, b);
    m->objective->run(m, &learning);
    if (m->notebook != NULL)
        notebook_sum(m, b, encoder_output(m->encoder));
    tally(m);
}

/* Logits of the classes. */
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
    struct model_told   told;
    int                 rc;

    CHECK(m->heard == m->told);
    if (b->rows == 0 || (b->chosen == 0 && m->generator == NULL))
        return OK;
    take(m, b);
    m->objective->run(m, &evaluating);
    tally(m);
    model_tell(m, 0);
    if (scores != NULL) /* before the loss can refuse them */
        copy_scores(m, b, scores);
    if ((rc = model_hear(m, &told)) == OK)
        model_loss_add(loss, &told.loss);
    return rc;
}
