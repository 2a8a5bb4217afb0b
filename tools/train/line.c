/* line.c -- see line.h. */
#include "tools/train/line.h"

static double
epoch_of(const struct session *r)
{
    const struct dataset_split *train = &r->data.split[DATASET_TRAIN];

    return (double)r->at.step * (double)r->conf->batch / (double)train->samples;
}

/* To the log, which rank 0 has. */
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

bool
line_has_loss(const struct session *r, const struct model_loss *loss)
{
    return (config_has_generator(&r->config) ? loss->proposed.count : loss->count) > 0;
}

int
line_step(struct session *r, struct step_times *t)
{
    struct progress *at = &r->at;
    struct log_field fields[LOG_FIELDS_MAX];
    bool             told = line_has_loss(r, &at->window);
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
    *t = (struct step_times){ .step_s = t->step_s, .save_s = t->save_s };
    return rc;
}

int
line_valid(struct session *r, const struct model_loss *loss, double took_s)
{
    struct log_field fields[4];
    int              count = 2;

    fields[0] = (struct log_field){ "valid_loss", model_loss_mean(&r->config, loss) };
    fields[1] = (struct log_field){ "valid_accuracy", (double)loss->correct / (double)loss->count };
    if (loss->proposed.count > 0) {
        fields[count++] = (struct log_field){ "valid_generator_loss", generator_mean(loss) };
        fields[count++] = (struct log_field){ "valid_generator_accuracy",
            (double)loss->proposed.correct / (double)loss->proposed.count };
    }
    r->log.evaluated = (int64_t)r->at.step;
    tool_say("step %llu of %lld: valid_loss %.4f, valid_accuracy %.4f, in %.1f s",
        (unsigned long long)r->at.step, r->conf->steps, fields[0].value, fields[1].value, took_s);
    return add_line(r, count, fields);
}
