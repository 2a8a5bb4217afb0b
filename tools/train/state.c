/* state.c -- see state.h. */
#include "tools/train/state.h"

#include <stdio.h>
#include <string.h>

#include "model/checkpoint.h"

static int
options_make(json_t **options)
{
    struct buf value = { 0 };
    int        rc = OK;

    *options = json_object();
    for (int i = 0; rc == OK && conf_fixed[i] != NULL; i++) {
        rc = conf_value(&value, conf_fixed[i]);
        if (rc == OK && json_object_set_new(*options, conf_fixed[i], json_string(value.bytes)) != 0)
            rc = err_set(ERR_MEMORY, "no memory for trainer.json");
    }
    buf_free(&value);
    return rc;
}

int
state_make(json_t **trainer, const struct session *r)
{
    uint64_t samples = r->data.split[DATASET_TRAIN].samples;
    uint64_t number = r->at.step * (uint64_t)r->conf->batch;
    json_t  *options;
    int      rc = options_make(&options);
    const struct model_loss *window = &r->at.window;

    if (rc != OK)
        return rc;
    *trainer = json_pack("{s:I, s:I, s:I, s:I, s:{s:f, s:I, s:f, s:I}, s:{s:s, s:I, s:i},"
        " s:{s:s, s:i}, s:s, s:I, s:i, s:o}",
        "step", (json_int_t)r->at.step, "tokens", (json_int_t)r->at.tokens,
        "epoch", (json_int_t)(number / samples), "position", (json_int_t)(number % samples),
        "window", "loss", window->sum, "count", (json_int_t)window->count,
        "generator_loss", window->proposed.sum, "generator_count",
        (json_int_t)window->proposed.count,
        "data", "hash", r->data_hash, "samples", (json_int_t)samples, "seq_len",
        (int)r->data.head.seq_len,
        "vocab", "hash", r->data.head.tokens.vocab_hash, "size",
        (int)r->data.head.tokens.vocab_size,
        "device", backend_name(r->backend), "micro_batch", (json_int_t)r->conf->micro_batch,
        "ranks", r->team.ranks,
        "options", options);
    return *trainer != NULL ? OK : err_set(ERR_MEMORY, "no memory for trainer.json");
}

int
state_read(struct progress *at, const json_t *trainer, const char *where)
{
    json_error_t error;
    json_int_t   step, tokens, count, proposed_count;
    double       loss, proposed_loss;

    if (json_unpack_ex((json_t *)(uintptr_t)trainer, &error, 0,
        "{s:I, s:I, s:{s:F, s:I, s:F, s:I}}",
            "step", &step, "tokens", &tokens, "window", "loss", &loss, "count", &count,
            "generator_loss", &proposed_loss, "generator_count", &proposed_count) != 0
        || step < 0 || tokens < 0 || count < 0 || proposed_count < 0)
        return err_set(ERR_FORMAT, "%s/trainer.json: no step, tokens and window as train writes "
            "them", where);
    *at = (struct progress){ (uint64_t)step, (uint64_t)tokens,
        { .sum = loss, .count = count, .proposed = { proposed_loss, proposed_count, 0 } } };
    return OK;
}

/* ---- may it be continued? ---- */

static int
check_hash(const json_t *trainer, const char *what, const char *now, const char *dir)
{
    const char *then = json_string_value(json_object_get(json_object_get(trainer, what), "hash"));

    if (then == NULL)
        return err_set(ERR_FORMAT, "%s/trainer.json: the key \"%s\" is missing", dir, what);
    if (strcmp(then, now) != 0)
        return err_set(ERR_MISMATCH, "%s: was trained with another %s: its hash is %s there and %s "
            "here", dir, what, then, now);
    return OK;
}

static int
check_options(const json_t *trainer, const char *dir)
{
    const json_t *options = json_object_get(trainer, "options");
    struct buf    now = { 0 };
    int           rc = OK;

    for (int i = 0; rc == OK && conf_fixed[i] != NULL; i++) {
        const char *then = json_string_value(json_object_get(options, conf_fixed[i]));

        rc = conf_value(&now, conf_fixed[i]);
        if (rc == OK && then == NULL)
            rc = err_set(ERR_FORMAT, "%s/trainer.json: the option \"%s\" is missing", dir,
                conf_fixed[i]);
        else if (rc == OK && strcmp(then, now.bytes) != 0)
            rc = err_set(ERR_MISMATCH, "%s: was trained with --%s %s, not %s; a run is continued "
                "with the options it began with", dir, conf_fixed[i], then, now.bytes);
    }
    buf_free(&now);
    return rc;
}

/* The one option whose value may follow from the data is in the model's own file. */
static int
check_positions(const struct session *r, const char *dir)
{
    struct model_config then;
    int                 rc = checkpoint_config(&then, dir);

    if (rc != OK || then.max_len == r->config.max_len)
        return rc;
    return err_set(ERR_MISMATCH, "%s: was trained with --positions %d, not %d; a run is continued "
        "with the options it began with", dir, then.max_len, r->config.max_len);
}

static int
check_pieces(struct session *r, const json_t *trainer, const char *dir)
{
    json_int_t micro_batch = json_integer_value(json_object_get(trainer, "micro_batch"));
    json_int_t ranks = json_integer_value(json_object_get(trainer, "ranks"));

    if (micro_batch < 1 || micro_batch > r->conf->batch)
        return err_set(ERR_FORMAT, "%s/trainer.json: no micro_batch within the batch", dir);
    if (ranks < 1)
        return err_set(ERR_FORMAT, "%s/trainer.json: no ranks", dir);
    if (ranks != r->team.ranks) {
        tool_say("warning: %s was trained by %lld processes; by %d the numbers will differ by "
            "rounding", dir, (long long)ranks, r->team.ranks);
        return OK;
    }
    if (!r->conf->micro_batch_given)
        r->conf->micro_batch = micro_batch;
    if (r->conf->micro_batch != micro_batch)
        tool_say("warning: %s was trained with --micro-batch %lld; with %lld the numbers will "
            "differ by rounding", dir, (long long)micro_batch, r->conf->micro_batch);
    return OK;
}

int
state_check(struct session *r, const char *dir)
{
    char         path[4200];
    json_error_t error;
    json_t      *trainer;
    int          rc;

    snprintf(path, sizeof path, "%s/trainer.json", dir);
    trainer = json_load_file(path, 0, &error);
    if (trainer == NULL)
        return err_set(ERR_FORMAT, "%s:%d: %s", path, error.line, error.text);
    rc = check_hash(trainer, "data", r->data_hash, dir);
    if (rc == OK)
        rc = check_hash(trainer, "vocab", r->data.head.tokens.vocab_hash, dir);
    if (rc == OK)
        rc = check_options(trainer, dir);
    if (rc == OK)
        rc = check_positions(r, dir);
    if (rc == OK)
        rc = check_pieces(r, trainer, dir);
    json_decref(trainer);
    return rc;
}
