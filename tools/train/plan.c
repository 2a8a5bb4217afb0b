/* plan.c -- see plan.h. */
#include "tools/train/plan.h"

#include <stdio.h>

#include "tools/train/ranks.h"

enum { PROGRAM_MIB = 19 }; /* measured: text, libraries, the buffers of readers */

static int
plan_of(struct session *r, long long micro_batch)
{
    int len = (int)r->data.head.seq_len;

    int words = r->config.notes.words, tokens = (int)r->conf->batch * len;

    r->limits.training = true;
    r->limits.words = words < tokens ? words : tokens;
    r->limits.batch = (struct batch_limits){ .rows = (int)micro_batch * len,
        .sequences = (int)micro_batch, .chosen = (int)micro_batch * mask_most(&r->mask, len),
        .words = words > 0 ? (int)micro_batch * len : 0, .longest = len };
    return model_plan(&r->plan, &r->config, r->limits, conf_real(r->conf));
}

/* The largest that fits, then no larger than needed for as many pieces. */
static int
choose_micro_batch(struct session *r)
{
    long long share = ranks_share(r), fits = 1, too_many = share + 1, pieces;

    while (too_many - fits > 1) {
        long long half = fits + (too_many - fits) / 2;
        int       rc = plan_of(r, half);

        if (rc != OK)
            return rc;
        if (r->plan.activation_bytes <= (uint64_t)r->conf->memory_bytes)
            fits = half;
        else
            too_many = half;
    }
    pieces = (share + fits - 1) / fits;
    r->conf->micro_batch = (share + pieces - 1) / pieces;
    return OK;
}

int
plan_make(struct session *r)
{
    int rc = r->conf->micro_batch == 0 ? choose_micro_batch(r) : OK;

    if (r->conf->micro_batch > ranks_share(r))
        r->conf->micro_batch = ranks_share(r);
    if (rc == OK)
        rc = plan_of(r, r->conf->micro_batch);
    if (rc == OK)
        op_need(&r->reserve, r->device, (int)r->conf->tool.jobs, &r->plan.need);
    return rc;
}

size_t
plan_host_bytes(const struct session *r)
{
    return r->plan.host_bytes + batch_bytes(r->limits.batch)
        + supply_bytes(r->limits.batch, ranks_share(r), (int)r->conf->micro_batch)
        + (size_t)r->team.ranks * sizeof *r->hashes + (1 << 20);
}

/* What notes take: for each word where it occurs, the mean of its window and the rest
 * of its row. */
static void
print_notes(const struct session *r)
{
    const struct notes_config *n = &r->config.notes;
    double                     width = r->config.hidden, table_mib = n->words * width / (1 << 18);

    if (n->words == 0)
        return;
    printf("notes             %d words: %.1f MiB, and %.1f MiB for the sums of a step\n", n->words,
        table_mib, (double)r->plan.note_bytes / (1 << 20) - table_mib);
    printf("                  about %.4g FLOP for each word with a note\n",
        (2 * n->window + 9) * width);
}

/* Beside the tensors the device takes room to work in; on a CPU that is the host's. */
static void
print_memory(const struct session *r)
{
    const struct model_plan *plan = &r->plan;
    const struct reserve    *own = &r->reserve;
    const double             mib = 1.0 / (1 << 20);
    size_t                   host_bytes = plan_host_bytes(r);
    bool                     is_gpu = own->device_bytes > 0;

    printf("device memory     %.1f MiB: weights %.1f, gradients %.1f, moments %.1f, activations "
        "%.1f, notes %.1f", (double)(plan->device_bytes + own->device_bytes) * mib,
        (double)plan->weight_bytes * mib, (double)plan->gradient_bytes * mib,
        (double)plan->moment_bytes * mib, (double)plan->activation_bytes * mib,
        (double)plan->note_bytes * mib);
    if (is_gpu)
        printf(", to work in %.1f", (double)own->device_bytes * mib);
    printf("\n");
    print_notes(r);
    if (is_gpu) {
        printf("host memory       %.1f MiB, %.1f of them pinned\n",
            (double)(host_bytes + own->host_bytes) * mib, (double)own->host_bytes * mib);
        return;
    }
    printf("host memory       %.1f MiB\n", (double)host_bytes * mib);
    printf("memory in all     about %.0f MiB on a CPU, %d for the program and its "
        "libraries and %.1f for the work of %lld threads among them\n",
        (double)(plan->device_bytes + host_bytes + own->host_bytes) * mib + PROGRAM_MIB,
        PROGRAM_MIB, (double)own->host_bytes * mib, r->conf->tool.jobs);
}

int
plan_print(const struct session *r)
{
    const struct conf          *conf = r->conf;
    const struct dataset_split *train = &r->data.split[DATASET_TRAIN];
    const struct dataset_split *valid = &r->data.split[DATASET_VALID];
    const double                mib = 1.0 / (1 << 20);
    double                      tokens = (double)train->tokens / (double)train->samples;
    struct buf                  options = { 0 };
    int                         rc = conf_dump(&options);

    if (rc != OK)
        return rc;
    fputs(options.bytes, stdout);
    buf_free(&options);
    tokens *= (double)conf->batch * (double)conf->steps;
    printf("\nmodel             %d layers of %d, %d heads, inner %d, %d tokens, %d positions, %s\n",
        r->config.layers, r->config.hidden, r->config.heads, r->config.ffn, r->config.vocab_size,
        r->config.max_len, config_position_name(r->config.position));
    if (config_has_generator(&r->config)) {
        struct model_size size = config_generator(&r->config);

        printf("generator         %d layers of %d, %d heads, inner %d\n", size.layers, size.hidden,
            size.heads, size.ffn);
    }
    if (r->config.objective == OBJECTIVE_MC)
        printf("candidates        %d%s; the reject option is token %d%s\n", r->config.candidates,
            r->config.distinct ? ", distinct" : "", r->config.reject_id,
            r->config.reject_id < (int)r->data.head.tokens.vocab_size ? "" : ", one more row");
    printf("parameters        %llu\n", (unsigned long long)r->plan.parameters);
    printf("device            %s\n", r->device);
    print_memory(r);
    if (r->team.ranks > 1)
        printf("processes         %d, with up to %d of %lld sequences each\n", r->team.ranks,
            ranks_share(r), conf->batch);
    printf("micro-batch       %lld of %d sequences\n", conf->micro_batch, ranks_share(r));
    printf("a checkpoint      %.1f MiB\n", (12.0 * (double)r->plan.parameters
        + 4.0 * r->config.notes.words * r->config.hidden) * mib);
    printf("FLOP per token    %.4g\n", r->plan.flop_per_token);
    printf("FLOP in all       %.4g, for %.4g tokens\n", r->plan.flop_per_token * tokens, tokens);
    printf("training data     %llu samples, %llu tokens: the run sees them %.3g times\n",
        (unsigned long long)train->samples, (unsigned long long)train->tokens,
        (double)conf->batch * (double)conf->steps / (double)train->samples);
    printf("validation data   %llu samples, %llu tokens, entropy of words %.4f nats\n",
        (unsigned long long)valid->samples, (unsigned long long)valid->tokens,
        valid->entropy_words);
    if (fflush(stdout) != 0 || ferror(stdout))
        return err_io("standard output: cannot write");
    return OK;
}
