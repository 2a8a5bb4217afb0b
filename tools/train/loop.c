/* loop.c -- see loop.h.  When to stop is the only thing in a run that depends on the clock, and it
 * changes no number. */
#include "tools/train/loop.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/halt.h"
#include "tools/train/clock.h"
#include "tools/train/line.h"
#include "tools/train/remarks.h"
#include "tools/train/save.h"
#include "tools/train/stop.h"
#include "tools/train/validate.h"

/* A guess until the first checkpoint was timed: a slow disk. */
#define SAVE_BYTES_PER_S 1e8

/* ---- why a run stops ---- */

enum reason { TERM, USR1, USR2, URG, XCPU, TIME_LIMIT, STOP_AT, REASONS };
static const char *const reasons[REASONS] = { "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGURG", "SIGXCPU",
    "--time-limit", "--stop-at" };

/* This process's own reason; REASONS: none. */
static enum reason
own_reason(const struct session *r, const struct step_times *t)
{
    const char *signal = halt_name();

    for (int i = TERM; signal != NULL && i <= XCPU; i++)
        if (strcmp(signal, reasons[i]) == 0)
            return (enum reason)i;
    if (stop_wanted(t->step_s + 2 * t->save_s))
        return TIME_LIMIT;
    return r->conf->stop_at > 0 && r->at.step >= (uint64_t)r->conf->stop_at ? STOP_AT : REASONS;
}

/* All stop behind the same step if any of them wants to.  *reason NULL: none does. */
static int
reason_to_stop(const struct session *r, const struct step_times *t, const char **reason)
{
    double asked[REASONS + 1] = { 0 };
    int    rc;

    asked[own_reason(r, t)] = 1;
    rc = team_sum(asked, REASONS);
    *reason = NULL;
    for (int i = REASONS - 1; i >= 0; i--)
        if (asked[i] > 0)
            *reason = reasons[i];
    return rc == OK ? OK : step_tell(rc, "step", (unsigned long long)r->at.step);
}

/* ---- all of it ---- */

static void
show_progress(const struct session *r, double start_s, uint64_t start_step)
{
    double done = (double)(r->at.step - start_step);
    double left = (double)r->conf->steps - (double)r->at.step;
    double left_s = (clock_s() - start_s) / done * left;
    char   loss[40] = "";

    if (line_has_loss(r, &r->at.window))
        snprintf(loss, sizeof loss, ", loss %.4f", model_loss_mean(&r->config, &r->at.window));
    tool_status("step %llu of %lld%s, %.0f:%02d:%02d left", (unsigned long long)r->at.step,
        r->conf->steps, loss, floor(left_s / 3600), (int)fmod(left_s / 60, 60),
        (int)fmod(left_s, 60));
}

/* Whatever is due behind a step: also where a resumed run begins, since a run may have been stopped
 * before it could evaluate. */
static int
settle(struct session *r, struct step_times *t, const char **stopping)
{
    int rc = OK;

    if (step_is_due(r, r->conf->eval_every) && r->log.evaluated != (int64_t)r->at.step)
        rc = validate_model(r, t);
    if (rc == OK)
        rc = reason_to_stop(r, t, stopping);
    if (rc == OK && r->conf->check_every > 0 && step_is_due(r, r->conf->check_every))
        rc = save_compare(r);
    if (rc == OK && r->saved != (int64_t)r->at.step
        && (*stopping != NULL || step_is_due(r, r->conf->save_every)))
        rc = save_checkpoint(r, t, *stopping != NULL || r->at.step >= (uint64_t)r->conf->steps);
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
    struct step_times t = { .save_s = 12.0 * (double)r->plan.parameters / SAVE_BYTES_PER_S };
    double       end = 1;
    const char  *stopping = NULL;
    int          rc = r->at.step < steps ? supply_start(&r->supply, r->at.step + 1, steps) : OK;

    while (rc == OK) {
        rc = settle(r, &t, &stopping);
        if (rc != OK || stopping != NULL || r->at.step >= steps)
            break;
        rc = step_make(r, &t);
        if (rc == OK)
            show_progress(r, start_s, start_step);
        if (rc == OK && step_is_due(r, r->conf->log_every))
            rc = line_step(r, &t);
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
