/* save.c -- see save.h. */
#include "tools/train/save.h"

#include <math.h>

#include "model/checkpoint.h"
#include "model/notebook.h"
#include "tools/train/clock.h"
#include "tools/train/ranks.h"
#include "tools/train/state.h"

/* So many checkpoints in a row may fail to be written before the run ends. */
enum { SAVE_FAILURES_MAX = 3 };

int
save_compare(struct session *r)
{
    int rc = step_hear(r, 0);

    if (rc != OK)
        return rc;
    rc = ranks_check(r);
    return rc == OK ? OK : step_tell(rc, "step", (unsigned long long)r->at.step);
}

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
write_all(struct session *r, struct step_times *t)
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
 * next may find room. */
int
save_checkpoint(struct session *r, struct step_times *t, bool is_last)
{
    int rc = save_compare(r);

    if (rc != OK)
        return rc;
    if (r->team.rank > 0) {
        r->saved = (int64_t)r->at.step;
        return OK;
    }
    rc = write_all(r, t);
    if (rc == OK)
        r->save_failures = 0;
    if (rc != ERR_IO || is_last || ++r->save_failures >= SAVE_FAILURES_MAX)
        return rc;
    tool_say("warning: step %llu: no checkpoint: %s; going on", (unsigned long long)r->at.step,
        err_msg());
    return OK;
}
