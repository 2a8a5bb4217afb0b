/* validate.c -- see validate.h. */
#include "tools/train/validate.h"

#include "tools/train/clock.h"
#include "tools/train/line.h"
#include "tools/train/stop.h"

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
measure(struct session *r, const struct step_times *t, struct model_loss *loss, bool *whole)
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
            rc = step_sum_losses(&one, &stopping);
        if (rc != OK || stopping > 0)
            return rc;
        model_loss_add(loss, &one);
    }
    *whole = true;
    return rc;
}

int
validate_model(struct session *r, const struct step_times *t)
{
    struct model_loss loss = { 0 };
    double            start_s = clock_s();
    bool              whole;
    int               rc = step_hear(r, 0);

    if (rc != OK)
        return rc;
    rc = measure(r, t, &loss, &whole);
    if (rc != OK)
        return step_tell(rc, "evaluation behind step", (unsigned long long)r->at.step);
    if (!whole)
        return OK;
    if (line_has_loss(r, &loss))
        return line_valid(r, &loss, clock_s() - start_s);
    if (r->data.split[DATASET_VALID].samples > 0) /* else the run has said so when it began */
        tool_say("step %llu of %lld: no evaluation: in the validation split no word is to be "
            "predicted", (unsigned long long)r->at.step, r->conf->steps);
    return OK;
}
