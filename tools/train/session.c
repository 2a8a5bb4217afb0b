/* session.c -- see session.h. */
#define _GNU_SOURCE /* realpath */
#include "tools/train/session.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/tokenizer.h"
#include "model/checkpoint.h"
#include "model/notebook.h"
#include "tools/train/ceiling.h"
#include "tools/train/device.h"
#include "tools/train/plan.h"
#include "tools/train/ranks.h"
#include "tools/train/remarks.h"
#include "tools/train/state.h"

/* ---- the data and the model ---- */

static int
prepare_mask(struct session *r)
{
    static uint32_t   special[MASK_SPECIALS_MAX];
    struct tokenizer *t;
    uint32_t          mask_id, pad_id, reject_id, size;
    int               specials = 0;
    int rc = tokenizer_open(&t, r->data.tokenizer.bytes, r->data.tokenizer.len, r->data.dir);

    if (rc != OK)
        return rc;
    mask_id = tokenizer_id(t, "[MASK]");
    pad_id = tokenizer_id(t, "[PAD]");
    reject_id = tokenizer_id(t, "[NOTA]");
    size = tokenizer_size(t);
    for (uint32_t id = 0; id < size && specials < MASK_SPECIALS_MAX; id++)
        if (tokenizer_is_added(t, id))
            special[specials++] = id;
    tokenizer_close(t);
    if (mask_id == TOKENIZER_NONE)
        return err_set(ERR_MISMATCH, "%s: its tokenizer.json has no token [MASK]", r->data.dir);
    r->config.pad_id = pad_id == TOKENIZER_NONE ? 0 : (int)pad_id;
    if (r->config.objective == OBJECTIVE_MC) /* a row more where the vocabulary has no such token */
        r->config.reject_id =
            reject_id == TOKENIZER_NONE ? r->config.vocab_size++ : (int)reject_id;
    rc = mask_init(&r->mask, r->conf->mask, r->data.head.tokens.vocab_size, mask_id, special,
        specials, (uint64_t)r->conf->tool.seed);
    r->mask.whole_words = r->conf->mask_whole_words;
    r->mask.always = config_has_generator(&r->config);
    return rc;
}

static int
prepare_notes(struct session *r)
{
    const struct conf *conf = r->conf;
    uint32_t           words = r->data.head.tokens.notes;

    if (!conf->notes)
        return OK;
    if (words == 0)
        return err_set(ERR_MISMATCH, "%s: --notes: no word of the data has a note; make it with "
            "\"tokenize --notes notes.tsv\", notes.tsv with \"freqstat --rare 100:500\"",
            conf->data);
    if (words > CONFIG_NOTES_MAX)
        return err_set(ERR_LIMIT, "%s: --notes: notes.tsv has %u words; at most %d are supported",
            conf->data, (unsigned)words, CONFIG_NOTES_MAX);
    r->config.notes = (struct notes_config){ .words = (int)words,
        .window = (int)conf->notes_window, .weight = (float)conf->notes_weight,
        .decay = (float)conf->notes_decay, .match = conf->notes_scale == 1 };
    return OK;
}

static uint64_t
positions_of(const struct session *r)
{
    return r->conf->positions > 0 ? (uint64_t)r->conf->positions : r->data.head.seq_len;
}

/* Rows are numbered by the positions that a sequence may have (batch_add). */
static int
check_positions(const struct session *r)
{
    if (positions_of(r) < r->data.head.seq_len)
        return err_set(ERR_MISMATCH, "%s: has sequences of %u tokens, more than --positions %lld",
            r->conf->data, (unsigned)r->data.head.seq_len, r->conf->positions);
    if ((uint64_t)r->conf->batch * positions_of(r) > INT32_MAX)
        return err_set(ERR_LIMIT, "--batch %lld of %llu tokens each is more than 2^31 tokens",
            r->conf->batch, (unsigned long long)positions_of(r));
    return OK;
}

static int
prepare_config(struct session *r)
{
    const struct conf *conf = r->conf;
    uint32_t           words = r->data.head.tokens.vocab_size;
    int                rc = config_named(&r->config, "base");

    if (rc == OK && words > CONFIG_VOCAB_MAX)
        rc = err_set(ERR_LIMIT, "%s: has a vocabulary of %u; at most %d are supported", conf->data,
            (unsigned)words, CONFIG_VOCAB_MAX);
    if (rc != OK)
        return rc;
    r->config.layers = (int)conf->layers;
    r->config.hidden = (int)conf->hidden;
    r->config.heads = (int)conf->heads;
    r->config.ffn = (int)conf->ffn;
    r->config.vocab_size = (int)words;
    r->config.max_len = (int)positions_of(r);
    r->config.dropout = r->config.attention_dropout = (float)conf->dropout;
    rc = config_position(&r->config.position, conf_position(conf));
    if (rc == OK)
        rc = config_objective(&r->config.objective, conf_objective(conf));
    if (rc == OK)
        rc = prepare_notes(r);
    if (rc != OK)
        return rc;
    r->config.choice_weight = (float)conf->choice_weight;
    r->config.candidates = (int)conf->candidates;
    r->config.distinct = conf->candidates_distinct;
    r->config.divider = (int)conf->controller_divider;
    r->config.pre_norm = conf->layer_norm == 1;
    config_finish(&r->config);
    return OK;
}

/* The user knows the size of the vocabulary, not that it grew by the row of prepare_mask. */
static int
check_config(const struct session *r)
{
    int  rc = config_check(&r->config);
    char sentence[512];

    if (rc == OK || r->config.vocab_size == (int)r->data.head.tokens.vocab_size)
        return rc;
    snprintf(sentence, sizeof sentence, "%s", err_msg());
    return err_set(rc, "%s (of the vocabulary %d are in %s, and one is [NOTA], for --objective mc)",
        sentence, r->config.vocab_size - 1, r->data.dir);
}

static int
hash_manifest(struct session *r)
{
    char       path[4096];
    struct buf text = { 0 };
    int        rc;

    snprintf(path, sizeof path, "%s/manifest.json", r->data.dir);
    rc = file_read_all(&text, path, 1 << 28);
    if (rc == OK)
        hash_hex(r->data_hash, text.bytes, text.len);
    buf_free(&text);
    return rc;
}

int
session_prepare(struct session *r)
{
    struct conf *conf = r->conf;
    int          rc;

    r->lock = -1;
    r->saved = -1;
    r->log = (struct log){ .fd = -1, .events.fd = -1, .evaluated = -1 };
    r->optimizer = (struct optimizer){ .kind = (enum optimizer_kind)conf->optimizer,
        .lr = conf->lr, .beta1 = conf->beta1, .beta2 = conf->beta2, .eps = conf->eps,
        .decay = conf->weight_decay, .clip = conf->clip,
        .warmup = (uint32_t)conf->warmup, .steps = (uint32_t)conf->steps,
        .decay_exclude = conf->decay_groups };
    rc = dataset_open(&r->data, conf->data);
    if (rc == OK)
        rc = hash_manifest(r);
    if (rc == OK && r->data.split[DATASET_TRAIN].samples == 0)
        rc = err_set(ERR_MISMATCH, "%s: there is no sample to train on", conf->data);
    if (rc == OK)
        rc = check_positions(r);
    if (rc == OK)
        rc = prepare_config(r);
    if (rc == OK)
        rc = prepare_mask(r); /* which may add a word to the vocabulary */
    return rc == OK ? check_config(r) : rc;
}

/* ---- where to go on ---- */

/* say_lines -- each behind `prefix`; cuts them apart. */
static void
say_lines(const char *prefix, struct buf *told)
{
    for (char *line = told->bytes, *end; line != NULL && *line != '\0'; line = end) {
        end = line + strcspn(line, "\n");
        if (*end == '\n')
            *end++ = '\0';
        tool_say("%s%s", prefix, line);
    }
}

/* Is `dir` what is said of a checkpoint, and not the run that it is of? */
static int
check_name(const char *option, const char *dir)
{
    char path[PATH_BYTES];
    bool has_config = path_join(path, dir, "config.json") == OK && access(path, F_OK) == 0;

    if (dir[0] == '\0')
        return err_set(ERR_MISMATCH, "--%s: the name of the checkpoint is empty", option);
    if (!has_config && path_join(path, dir, "latest") == OK && access(path, F_OK) == 0)
        return err_set(ERR_MISMATCH, "%s: is a run, not a checkpoint; its newest is --%s %s", dir,
            option, path);
    return OK;
}

/* *path = the checkpoint to continue from, "" for none. */
static int
find_checkpoint(struct session *r, struct buf *path)
{
    const char *run = r->conf->tool.output;
    struct buf  told = { 0 };
    bool        wanted = strcmp(r->conf->resume, "no") != 0;
    int         rc;

    if (wanted && strcmp(r->conf->resume, "auto") != 0) {
        rc = check_name("resume", r->conf->resume);
        if (rc == OK)
            rc = buf_adds(path, r->conf->resume);
        return rc == OK ? checkpoint_verify(path->bytes) : rc;
    }
    rc = checkpoint_find(path, &told, run);
    if (rc == OK)
        say_lines("warning: ", &told);
    buf_free(&told);
    if (rc == OK && !wanted && path->len > 0)
        rc = err_set(ERR_MISMATCH, "%s: --resume no does not overwrite a run; its newest "
            "checkpoint is %s", run, path->bytes);
    return rc;
}

/* What arrays of the same shapes do not tell: that they are meant otherwise. */
static int
check_init(const struct session *r, const char *dir)
{
    struct model_config then;
    int                 rc = check_name("init", dir);

    if (rc == OK)
        rc = checkpoint_config(&then, dir);
    if (rc != OK)
        return rc;
    if (then.heads != r->config.heads)
        return err_set(ERR_MISMATCH, "%s: has %d attention heads, not %d", dir, then.heads,
            r->config.heads);
    if (then.layer_norm_eps < r->config.layer_norm_eps
        || then.layer_norm_eps > r->config.layer_norm_eps)
        tool_say("warning: %s: has layer_norm_eps %g, this model %g", dir,
            (double)then.layer_norm_eps, (double)r->config.layer_norm_eps);
    return OK;
}

static int
begin_weights(struct session *r)
{
    const char *dir = r->conf->init;
    struct buf  tokenizer = { 0 }, told = { 0 };
    int         rc;

    model_start(&r->model, (uint64_t)r->conf->tool.seed);
    if (dir == NULL)
        return OK;
    rc = check_init(r, dir);
    if (rc == OK)
        rc = checkpoint_tokenizer(&tokenizer, dir);
    if (rc == OK && (tokenizer.len != r->data.tokenizer.len
        || memcmp(tokenizer.bytes, r->data.tokenizer.bytes, tokenizer.len) != 0))
        rc = err_set(ERR_MISMATCH, "%s: its tokenizer.json is not that of %s", dir, r->conf->data);
    if (rc == OK)
        rc = checkpoint_weights(&r->model, &told, dir, (uint64_t)r->conf->tool.seed);
    if (rc == OK)
        say_lines("", &told);
    buf_free(&tokenizer);
    buf_free(&told);
    return rc;
}

/* --bucket in rows of the gradient: at least one, or none. */
static int
bucket_rows(const struct session *r)
{
    long long rows = r->conf->bucket_bytes / (PARAMS_ROW * (long long)sizeof(float));

    return rows == 0 ? r->conf->bucket_bytes > 0 : rows < INT_MAX ? (int)rows : INT_MAX;
}

static int
open_model(struct session *r)
{
    struct conf *conf = r->conf;
    int          rc = device_room(r);

    if (rc == OK) /* now, as its matrices are not planned for beside the model's */
        rc = ceiling_measure(&r->ceiling_flops, r->backend, conf_real(conf));
    if (rc == OK) /* of those products: they are not the run's */
        rc = remarks_hear(&r->remarks, r->backend, NULL);
    if (rc == OK)
        rc = arena_open(&r->arena, plan_host_bytes(r));
    if (rc == OK)
        rc = model_open(&r->model, &r->config, r->limits, conf_real(conf), r->backend,
            &r->arena);
    if (rc == OK)
        r->model.bucket_rows = bucket_rows(r);
    if (rc == OK && r->model.notebook != NULL)
        r->model.notebook->words = &r->data.notes;
    if (rc == OK)
        rc = batch_open(&r->valid_batch, r->limits.batch, r->config.max_len, &r->arena);
    if (rc == OK)
        rc = arena_alloc(&r->arena, &r->hashes, (size_t)r->team.ranks, sizeof *r->hashes);
    if (rc == OK)
        rc = dataset_reader_open(&r->valid_reader, &r->data);
    if (rc != OK)
        return rc;
    r->supply.data = &r->data;
    r->supply.mask = &r->mask;
    r->supply.seed = (uint64_t)conf->tool.seed;
    r->supply.batch = (int)conf->batch;
    r->supply.first = ranks_first(r, r->team.rank);
    r->supply.share = ranks_first(r, r->team.rank + 1) - r->supply.first;
    r->supply.micro_batch = (int)conf->micro_batch;
    rc = supply_open(&r->supply, r->limits.batch, r->config.max_len, &r->arena);
    if (rc == OK)
        tool_say("%llu parameters, %lld sequences at a time; a large product in %s runs at %.3g "
            "FLOP/s", (unsigned long long)r->plan.parameters, conf->micro_batch,
            conf_precision(conf), r->ceiling_flops);
    if (rc == OK && r->data.split[DATASET_VALID].samples == 0)
        tool_say("warning: %s has no validation split: there will be no evaluations", conf->data);
    return rc;
}

/* RUN/config, and the same before the first line of talk. */
static int
write_config(const struct session *r)
{
    char       path[4096];
    struct buf text = { 0 };
    int        rc = conf_dump(&text);

    if (rc == OK && !r->conf->tool.quiet)
        fputs(text.bytes, stderr);
    snprintf(path, sizeof path, "%s/config", r->conf->tool.output);
    if (rc == OK)
        rc = file_write_all(path, text.bytes, text.len);
    buf_free(&text);
    return rc;
}

static int
resume(struct session *r, const char *path)
{
    const char *device;
    json_t     *trainer;
    int         rc = checkpoint_load(&r->model, &trainer, path);

    if (rc != OK)
        return rc;
    rc = state_read(&r->at, trainer, path);
    device = json_string_value(json_object_get(trainer, "device"));
    if (device != NULL && strcmp(device, backend_name(r->backend)) != 0)
        tool_say("warning: %s was trained with --device %s; with %s the numbers will differ by "
            "rounding", path, device, backend_name(r->backend));
    json_decref(trainer);
    r->saved = (int64_t)r->at.step;
    tool_say("continuing from %s", path);
    return rc;
}

/* A checkpoint of this run becomes its latest: newer ones are damaged, or given up.  One elsewhere
 * is not of this run, which gets its own when the time comes. */
static int
settle_latest(struct session *r, const char *path)
{
    const char *run = r->conf->tool.output, *name;
    char        parent[4200], *real;
    struct stat a, b;
    int         rc;

    snprintf(parent, sizeof parent, "%s/..", path);
    if (stat(parent, &a) != 0 || stat(run, &b) != 0 || a.st_dev != b.st_dev
        || a.st_ino != b.st_ino) {
        r->saved = -1;
        return OK;
    }
    real = realpath(path, NULL);
    if (real == NULL)
        return err_io("%s", path);
    name = strrchr(real, '/') + 1;
    rc = checkpoint_point(run, name);
    free(real);
    return rc;
}

/* What the run could not make a link of when it has learned for hours. */
static int
check_latest(const char *run)
{
    char        path[PATH_BYTES];
    struct stat st;
    int         rc = path_join(path, run, "latest");

    if (rc == OK && lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
        rc = err_set(ERR_MISMATCH, "%s: is a directory, not a link to a checkpoint beside it, as "
            "\"scp -r\" makes one of it; remove it", path);
    return rc;
}

/* Take the run directory, and find where to go on. */
static int
take_run(struct session *r, struct buf *path)
{
    const char *run = r->conf->tool.output;
    int         rc = OK;

    if (strlen(run) > 4000)
        rc = err_set(ERR_LIMIT, "--out: the path is too long");
    if (rc == OK)
        rc = dir_make(run);
    if (rc == OK)
        rc = lock_open(&r->lock, run);
    if (rc == OK)
        rc = check_latest(run);
    if (rc == OK)
        rc = find_checkpoint(r, path);
    if (rc == OK && path->len > 0)
        rc = state_check(r, path->bytes);
    return rc;
}

static int
begin(struct session *r, const char *path)
{
    int rc = path != NULL ? resume(r, path) : begin_weights(r);

    if (rc == OK && path != NULL)
        rc = settle_latest(r, path);
    return rc == OK ? log_open(&r->log, r->conf->tool.output, r->at.step) : rc;
}

int
session_open(struct session *r)
{
    struct buf path = { 0 };
    bool       is_first = r->team.rank == 0;
    int        rc = device_open(r);

    if (rc == OK)
        rc = ranks_compare(r);
    if (rc == OK && is_first)
        rc = take_run(r, &path);
    if (rc == OK)
        rc = team_spread(&r->conf->micro_batch, sizeof r->conf->micro_batch);
    if (rc == OK)
        rc = plan_make(r);
    if (rc == OK && is_first)
        rc = write_config(r);
    if (rc == OK)
        rc = open_model(r);
    if (rc == OK && is_first)
        rc = begin(r, path.len > 0 ? path.bytes : NULL);
    if (rc == OK)
        rc = ranks_begin(r);
    buf_free(&path);
    return rc;
}

void
session_close(struct session *r)
{
    supply_close(&r->supply);
    log_close(&r->log);
    buf_free(&r->remarks);
    dataset_reader_close(&r->valid_reader);
    model_close(&r->model);
    arena_close(&r->arena);
    dataset_close(&r->data);
    lock_close(r->lock);
}
