/* loop.c -- see loop.h.
 *
 * What a step leaves behind is a function of the run's options and data alone: samples, masks and
 * dropout are drawn by number (lib/philox.h), sums are made in a fixed order.  When to stop is the
 * only thing that depends on the clock, and it changes no number. */
#include "tools/train/loop.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/halt.h"
#include "model/checkpoint.h"
#include "model/notebook.h"
#include "tools/train/clock.h"
#include "tools/train/ranks.h"
#include "tools/train/remarks.h"
#include "tools/train/state.h"
#include "tools/train/stop.h"

/* A guess until the first checkpoint was timed: a slow disk. */
#define SAVE_BYTES_PER_S 1e8

/* So many checkpoints in a row may fail to be written, as on a full disk, before the run ends. */
enum { SAVE_FAILURES_MAX = 3 };

/* Times since the last line of the log; these are not kept in a checkpoint. */
struct times {
    double learn_s, stall_s, flop, tokens;
    double step_s, save_s; /* the longest yet: kept in reserve before the time limit */
};

static bool
is_due(const struct session *r, long long every)
{
    uint64_t step = r->at.step;

    return step > 0 && (step % (uint64_t)every == 0 || step == (uint64_t)r->conf->steps);
}

enum reason { TERM, USR1, USR2, URG, XCPU, TIME_LIMIT, STOP_AT, REASONS };
static const char *const reasons[REASONS] = { "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGURG", "SIGXCPU",
    "--time-limit", "--stop-at" };

/* This process's own reason; REASONS: none. */
static enum reason
own_reason(const struct session *r, const struct times *t)
{
    const char *signal = halt_name();

    for (int i = TERM; signal != NULL && i <= XCPU; i++)
        if (strcmp(signal, reasons[i]) == 0)
            return (enum reason)i;
    if (stop_wanted(t->step_s + 2 * t->save_s))
        return TIME_LIMIT;
    return r->conf->stop_at > 0 && r->at.step >= (uint64_t)r->conf->stop_at ? STOP_AT : REASONS;
}

/* tell_where -- put the place before the sentence of a failure. */
static int
tell_where(int rc, const char *place, unsigned long long step)
{
    char sentence[1024];

    snprintf(sentence, sizeof sentence, "%s", err_msg());
    return err_set(rc, "%s %llu: %s", place, step, sentence);
}

/* All stop behind the same step if any of them wants to.  *reason NULL: none does. */
static int
reason_to_stop(const struct session *r, const struct times *t, const char **reason)
{
    double asked[REASONS + 1] = { 0 };
    int    rc;

    asked[own_reason(r, t)] = 1;
    rc = team_sum(asked, REASONS);
    *reason = NULL;
    for (int i = REASONS - 1; i >= 0; i--)
        if (asked[i] > 0)
            *reason = reasons[i];
    return rc == OK ? OK : tell_where(rc, "step", (unsigned long long)r->at.step);
}

/* ---- a step ---- */

/* The losses of all processes, and *more with them. */
static int
sum_losses(struct model_loss *loss, double *more)
{
    double sums[] = { loss->sum, (double)loss->count, (double)loss->correct, loss->proposed.sum,
        (double)loss->proposed.count, (double)loss->proposed.correct, *more };
    int    rc = team_sum(sums, 7);

    *loss = (struct model_loss){ sums[0], (int64_t)sums[1], (int64_t)sums[2],
        { sums[3], (int64_t)sums[4], (int64_t)sums[5] } };
    *more = sums[6];
    return rc;
}

/* What became of the steps on their way, but for the last `left`. */
static int
hear(struct session *r, unsigned left)
{
    struct model *m = &r->model;
    double        nothing = 0;

    while (m->told - m->heard > left) {
        struct model_told told;
        int               rc = model_hear(m, &told);

        if (rc == OK)
            rc = sum_losses(&told.loss, &nothing);
        if (rc != OK)
            return tell_where(rc, "step", told.step);
        rc = optimizer_check(m, &told);
        if (rc != OK)
            return rc;
        model_loss_add(&r->at.window, &told.loss);
        r->norm = told.norm;
    }
    return OK;
}

/* Gradients of all pieces of this process's share, then the sum over all processes. */
static int
learn(struct session *r, struct times *t, const struct supply_step *input, double chosen,
    double tokens)
{
    struct model      *m = &r->model;
    struct model_pass  pass = { .normaliser = chosen > 0 ? chosen : 1, .tokens = tokens,
         .seed = r->supply.seed, .step = (uint32_t)input->step };
    int                rc = notebook_begin(m, input->piece, input->pieces);

    model_forget(m);
    for (int i = 0; i < input->pieces && rc == OK; i++) {
        const struct batch *b = &input->piece[i];

        pass.last = i + 1 == input->pieces;
        model_learn(m, b, pass);
        if (b->chosen + b->words > 0 || m->generator != NULL) /* else there was nothing to do */
            t->flop += model_flop(&r->config, (uint64_t)b->rows, b->squares, b->longest,
                (uint64_t)b->chosen);
    }
    if (rc == OK)
        rc = model_sum(m);
    return rc;
}

/* A step is asked for, and then the one before is heard of: so the device always has work, and is
 * no more than a step behind.  Where the log has a line, the step itself is. */
static int
make_step(struct session *r, struct times *t)
{
    const struct supply_step *input;
    double                  start_s = clock_s(), stall_s, counts[2];
    int                     rc = supply_next(&r->supply, &input);

    if (rc != OK)
        return rc;
    CHECK(input->step == r->at.step + 1);
    stall_s = clock_s() - start_s;
    counts[0] = (double)input->chosen;
    counts[1] = (double)input->tokens;
    rc = team_sum(counts, 2);
    if (rc == OK)
        rc = learn(r, t, input, counts[0], counts[1]);
    if (rc != OK)
        return tell_where(rc, "step", (unsigned long long)input->step);
    optimizer_step(&r->optimizer, &r->model, (uint32_t)input->step);
    rc = notebook_end(&r->model);
    model_tell(&r->model, (uint32_t)input->step);
    r->at.step = input->step;
    if (rc == OK)
        rc = hear(r, is_due(r, r->conf->log_every) ? 0 : 1);
    if (rc != OK)
        return rc;
    r->at.tokens += (uint64_t)counts[1];
    t->tokens += counts[1];
    t->stall_s += stall_s;
    start_s = clock_s() - start_s;
    t->learn_s += start_s;
    t->step_s = fmax(t->step_s, start_s);
    return OK;
}

static int
compare_ranks(struct session *r)
{
    int rc = hear(r, 0);

    if (rc != OK)
        return rc;
    rc = ranks_check(r);
    return rc == OK ? OK : tell_where(rc, "step", (unsigned long long)r->at.step);
}

static double
epoch_of(const struct session *r)
{
    const struct dataset_split *train = &r->data.split[DATASET_TRAIN];

    return (double)r->at.step * (double)r->conf->batch / (double)train->samples;
}

/* add_line -- to the log, which rank 0 has. */
static int
add_line(struct session *r, int count, const struct log_field *fields)
{
    return r->team.rank > 0 ? OK
        : log_add(&r->log, r->at.step, epoch_of(r), r->at.tokens, count, fields);
}

static double
generator_mean(const struct model_loss *loss)
{
    return loss->proposed.count > 0 ? loss->proposed.sum / (double)loss->proposed.count : 0;
}

/* Whether there was a word to predict: the mean over none is no number. */
static bool
has_mean(const struct session *r, const struct model_loss *loss)
{
    return (config_has_generator(&r->config) ? loss->proposed.count : loss->count) > 0;
}

static int
log_step(struct session *r, struct times *t)
{
    struct progress *at = &r->at;
    struct log_field fields[LOG_FIELDS_MAX];
    bool             told = has_mean(r, &at->window);
    int              count = 0, rc;

    if (told)
        fields[count++] = (struct log_field){ "loss", model_loss_mean(&r->config, &at->window) };
    fields[count++] = (struct log_field){ "lr", optimizer_lr(&r->optimizer, (uint32_t)at->step) };
    fields[count++] = (struct log_field){ "grad_norm", r->norm };
    if (told && config_has_generator(&r->config))
        fields[count++] = (struct log_field){ "generator_loss", generator_mean(&at->window) };
    fields[count++] = (struct log_field){ "tokens_per_s", t->tokens / t->learn_s };
    fields[count++] = (struct log_field){ "flop_utilisation",
        t->flop / t->learn_s / r->ceiling_flops };
    fields[count++] = (struct log_field){ "data_stall", t->stall_s / t->learn_s };
    rc = add_line(r, count, fields);
    at->window = (struct model_loss){ 0 };
    *t = (struct times){ .step_s = t->step_s, .save_s = t->save_s };
    return rc;
}

/* ---- an evaluation ---- */

/* Samples first .. last - 1.  The masks of the validation split are those of epoch 0, always: only
 * the model changes between two evaluations. */
static int
fill_valid(struct session *r, uint64_t first, uint64_t last)
{
    struct batch *b = &r->valid_batch;
    uint64_t      places = (uint64_t)(INT32_MAX / b->span); /* what a generator draws
                                                               goes by these */

    batch_reset(b);
    for (uint64_t i = first; i < last; i++) {
        struct dataset_sample sample;
        int rc = dataset_get(&r->valid_reader, DATASET_VALID, i, &sample);

        if (rc != OK)
            return rc;
        batch_add(b, sample.ids, (int)sample.len, 0, (int)(i % places));
        mask_apply(&r->mask, b, sample.word, 0, i);
        batch_note(b, sample.span, sample.spans);
    }
    return OK;
}

/* A batch for each process at a time; their losses are added in the order of the samples.  *whole
 * is false if it was left because the run is to stop. */
static int
measure(struct session *r, const struct times *t, struct model_loss *loss, bool *whole)
{
    uint64_t samples = r->data.split[DATASET_VALID].samples;
    uint64_t size = (uint64_t)r->valid_batch.limits.sequences, rank = (uint64_t)r->team.rank;
    int      rc = OK;

    *whole = false;
    for (uint64_t at = 0; at < samples && rc == OK; at += size * (uint64_t)r->team.ranks) {
        uint64_t first = at + rank * size, last = first + size < samples ? first + size : samples;
        struct model_loss one = { 0 };
        double            stopping;

        rc = fill_valid(r, first, last);
        stopping = stop_wanted(t->step_s + 2 * t->save_s);
        tool_status("evaluation %llu of %llu", (unsigned long long)at, (unsigned long long)samples);
        if (rc == OK && stopping == 0)
            rc = model_eval(&r->model, &r->valid_batch, &one, NULL);
        if (rc == OK)
            rc = sum_losses(&one, &stopping);
        if (rc != OK || stopping > 0)
            return rc;
        model_loss_add(loss, &one);
    }
    *whole = true;
    return rc;
}

static int
evaluate(struct session *r, const struct times *t)
{
    struct model_loss loss = { 0 };
    struct log_field  fields[4];
    int               count = 2;
    double            start_s = clock_s();
    bool              whole;
    int               rc = hear(r, 0);

    if (rc != OK)
        return rc;
    rc = measure(r, t, &loss, &whole);
    if (rc != OK)
        return tell_where(rc, "evaluation behind step", (unsigned long long)r->at.step);
    if (whole && !has_mean(r, &loss))
        tool_say("step %llu of %lld: no evaluation: in the validation split no word is to be "
            "predicted", (unsigned long long)r->at.step, r->conf->steps);
    if (!whole || !has_mean(r, &loss))
        return rc;
    fields[0] = (struct log_field){ "valid_loss", model_loss_mean(&r->config, &loss) };
    fields[1] = (struct log_field){ "valid_accuracy", (double)loss.correct / (double)loss.count };
    if (loss.proposed.count > 0) {
        fields[count++] = (struct log_field){ "valid_generator_loss", generator_mean(&loss) };
        fields[count++] = (struct log_field){ "valid_generator_accuracy",
            (double)loss.proposed.correct / (double)loss.proposed.count };
    }
    r->log.evaluated = (int64_t)r->at.step;
    tool_say("step %llu of %lld: valid_loss %.4f, valid_accuracy %.4f, in %.1f s",
        (unsigned long long)r->at.step, r->conf->steps, fields[0].value, fields[1].value,
        clock_s() - start_s);
    return add_line(r, count, fields);
}

/* ---- a checkpoint ---- */

/* Are all elements of a tensor numbers, and so small that the sum of their squares is one? */
static int
check_numbers(const struct session *r, struct view v, const char *what, const char *name)
{
    const struct model *m = &r->model;
    double              sum;
    int                 rc;

    op_sum_squares(m->backend, m->sum, v);
    rc = op_sync(m->backend);
    if (rc != OK)
        return rc;
    model_download(m, &sum, m->sum);
    if (isfinite(sum))
        return OK;
    return err_set(ERR_NUMBER, "step %llu: the %s%s are not numbers any more; no checkpoint of it "
        "was written", (unsigned long long)r->at.step, what, name);
}

/* The last step may have made infinite weights out of finite gradients, and what a note was made of
 * need not have been in any loss: look before saving. */
static int
check_weights(const struct session *r)
{
    const struct model *m = &r->model;
    int                 rc = OK;

    for (int i = 0; i < m->params.params && rc == OK; i++)
        rc = check_numbers(r, model_weight(m, i), "weights of ", m->params.param[i].name);
    if (rc == OK && m->notebook != NULL)
        rc = check_numbers(r, m->notebook->table, "notes", "");
    return rc;
}

static int
save(struct session *r, struct times *t)
{
    double  start_s = clock_s();
    json_t *trainer = NULL;
    int     rc = check_weights(r);

    tool_status("step %llu: saving", (unsigned long long)r->at.step);
    if (rc == OK)
        rc = log_sync(&r->log);
    if (rc == OK)
        rc = state_make(&trainer, r);
    if (rc == OK)
        rc = checkpoint_save(&r->model, r->conf->tool.output, (uint32_t)r->at.step,
            &r->data.tokenizer, trainer, (int)r->conf->keep);
    json_decref(trainer);
    if (rc == OK)
        r->saved = (int64_t)r->at.step;
    t->save_s = fmax(t->save_s, clock_s() - start_s);
    return rc;
}

/* A checkpoint that cannot be written is no reason yet to lose the steps behind the one before: the
 * next may find room.  Unless this is the last one. */
static int
try_save(struct session *r, struct times *t, bool is_last)
{
    int rc = compare_ranks(r);

    if (rc != OK)
        return rc;
    if (r->team.rank > 0) {
        r->saved = (int64_t)r->at.step;
        return OK;
    }
    rc = save(r, t);

    if (rc == OK)
        r->save_failures = 0;
    if (rc != ERR_IO || is_last || ++r->save_failures >= SAVE_FAILURES_MAX)
        return rc;
    tool_say("warning: step %llu: no checkpoint: %s; going on", (unsigned long long)r->at.step,
        err_msg());
    return OK;
}

/* ---- all of it ---- */

static void
show_progress(const struct session *r, double start_s, uint64_t start_step)
{
    double done = (double)(r->at.step - start_step);
    double left = (double)r->conf->steps - (double)r->at.step;
    double left_s = (clock_s() - start_s) / done * left;
    char   loss[40] = "";

    if (has_mean(r, &r->at.window))
        snprintf(loss, sizeof loss, ", loss %.4f", model_loss_mean(&r->config, &r->at.window));
    tool_status("step %llu of %lld%s, %.0f:%02d:%02d left", (unsigned long long)r->at.step,
        r->conf->steps, loss, floor(left_s / 3600), (int)fmod(left_s / 60, 60),
        (int)fmod(left_s, 60));
}

/* Whatever is due behind a step: also where a resumed run begins, since a run may have been stopped
 * before it could evaluate. */
static int
settle(struct session *r, struct times *t, const char **stopping)
{
    int rc = OK;

    if (is_due(r, r->conf->eval_every) && r->log.evaluated != (int64_t)r->at.step)
        rc = evaluate(r, t);
    if (rc == OK)
        rc = reason_to_stop(r, t, stopping);
    if (rc == OK && r->conf->check_every > 0 && is_due(r, r->conf->check_every))
        rc = compare_ranks(r);
    if (rc == OK && r->saved != (int64_t)r->at.step
        && (*stopping != NULL || is_due(r, r->conf->save_every)))
        rc = try_save(r, t, *stopping != NULL || r->at.step >= (uint64_t)r->conf->steps);
    if (rc == OK)
        rc = remarks_hear(&r->remarks, r->backend,
            r->team.rank == 0 ? r->conf->tool.output : NULL);
    return rc;
}

int
loop_run(struct session *r, int *status)
{
    uint64_t     start_step = r->at.step, steps = (uint64_t)r->conf->steps;
    double       start_s = clock_s();
    struct times t = { .save_s = 12.0 * (double)r->plan.parameters / SAVE_BYTES_PER_S };
    double       end = 1;
    const char  *stopping = NULL;
    int          rc = r->at.step < steps ? supply_start(&r->supply, r->at.step + 1, steps) : OK;

    while (rc == OK) {
        rc = settle(r, &t, &stopping);
        if (rc != OK || stopping != NULL || r->at.step >= steps)
            break;
        rc = make_step(r, &t);
        if (rc == OK)
            show_progress(r, start_s, start_step);
        if (rc == OK && is_due(r, r->conf->log_every))
            rc = log_step(r, &t);
    }
    if (rc == OK)
        rc = team_sum(&end, 1); /* the last checkpoint is there before any process leaves */
    tool_progress_end();
    /* to be called again for nothing, again and again, is worse than to fail */
    if (rc == OK && stopping == reasons[TIME_LIMIT] && r->at.step == start_step
        && start_step < steps)
        rc = err_set(ERR_LIMIT, "--time-limit %llds is over before the first step",
            r->conf->time_limit_s);
    if (rc != OK)
        return rc;
    *status = r->at.step >= steps ? EXIT_DONE : EXIT_AGAIN;
    if (*status == EXIT_DONE)
        tool_say("step %lld of %lld: done", r->conf->steps, r->conf->steps);
    else
        tool_say("step %llu of %lld: saved and stopping (%s); call it again%s to go on",
            (unsigned long long)r->at.step, r->conf->steps, stopping,
            stopping == reasons[STOP_AT] ? " without it" : "");
    return OK;
}
