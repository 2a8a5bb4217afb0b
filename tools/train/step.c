/* step.c -- see step.h.
 *
 * What a step leaves behind is a function of the run's options and data alone: samples, masks and
 * dropout are drawn by number (lib/philox.h), sums are made in a fixed order. */
#include "tools/train/step.h"

#include <math.h>
#include <stdio.h>

#include "model/notebook.h"
#include "tools/train/clock.h"

bool
step_is_due(const struct session *r, long long every)
{
    uint64_t step = r->at.step;

    return step > 0 && (step % (uint64_t)every == 0 || step == (uint64_t)r->conf->steps);
}

int
step_tell(int rc, const char *place, unsigned long long step)
{
    char sentence[1024];

    snprintf(sentence, sizeof sentence, "%s", err_msg());
    return err_set(rc, "%s %llu: %s", place, step, sentence);
}

int
step_sum_losses(struct model_loss *loss, double *more)
{
    double sums[] = { loss->sum, (double)loss->count, (double)loss->correct, loss->proposed.sum,
        (double)loss->proposed.count, (double)loss->proposed.correct, *more };
    int    rc = team_sum(sums, 7);

    *loss = (struct model_loss){ sums[0], (int64_t)sums[1], (int64_t)sums[2],
        { sums[3], (int64_t)sums[4], (int64_t)sums[5] } };
    *more = sums[6];
    return rc;
}

int
step_hear(struct session *r, unsigned left)
{
    struct model *m = &r->model;
    double        nothing = 0;

    while (m->told - m->heard > left) {
        struct model_told told;
        int               rc = model_hear(m, &told);

        if (rc == OK)
            rc = step_sum_losses(&told.loss, &nothing);
        if (rc != OK)
            return step_tell(rc, "step", told.step);
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
learn(struct session *r, struct step_times *t, const struct supply_step *input, double chosen,
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
int
step_make(struct session *r, struct step_times *t)
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
        return step_tell(rc, "step", (unsigned long long)input->step);
    optimizer_step(&r->optimizer, &r->model, (uint32_t)input->step);
    rc = notebook_end(&r->model);
    model_tell(&r->model, (uint32_t)input->step);
    r->at.step = input->step;
    if (rc == OK)
        rc = step_hear(r, step_is_due(r, r->conf->log_every) ? 0 : 1);
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
