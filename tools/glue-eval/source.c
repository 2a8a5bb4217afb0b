/* source.c -- see source.h. */
#define _GNU_SOURCE /* realpath */
#include "tools/glue-eval/source.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/tool.h"
#include "model/checkpoint.h"

enum { READ_BYTES = 1 << 20 };

/* ---- the checkpoint ---- */

static bool
has_file(const char *dir, const char *name)
{
    struct buf path = { 0 };
    bool       there;

    tool_try(buf_addf(&path, "%s/%s", dir, name));
    there = access(path.bytes, F_OK) == 0;
    buf_free(&path);
    return there;
}

/* A run's folder stands for its newest checkpoint. */
static void
find_checkpoint(struct source *s, const char *model)
{
    char      *real;
    struct buf told = { 0 };

    if (has_file(model, "config.json"))
        tool_try(buf_adds(&s->dir, model));
    else
        tool_try(checkpoint_find(&s->dir, &told, model));
    if (told.len > 0)
        tool_say("warning: %.*s", (int)told.len - 1, told.bytes);
    buf_free(&told);
    real = s->dir.len == 0 ? NULL : realpath(s->dir.bytes, NULL);
    if (real == NULL)
        die("%s: not a checkpoint: it has no config.json; nor a run that has one", model);
    buf_reset(&s->dir);
    tool_try(buf_adds(&s->dir, real));
    free(real);
    if (has_file(s->dir.bytes, "trainer.json"))
        tool_try(checkpoint_verify(s->dir.bytes));
}

static void
hash_file(XXH3_state_t *state, const char *dir, const char *name)
{
    static char bytes[READ_BYTES];
    struct buf  path = { 0 };
    struct in   in;
    size_t      got;

    tool_try(buf_addf(&path, "%s/%s", dir, name));
    tool_try(in_open(&in, path.bytes));
    do {
        tool_try(in_read(&in, bytes, sizeof bytes, &got));
        if (XXH3_128bits_update(state, bytes, got) != XXH_OK)
            die("%s: cannot hash", path.bytes);
    } while (got == sizeof bytes);
    in_close(&in);
    buf_free(&path);
}

static void
hash_checkpoint(char hash[HASH_HEX_BYTES], const struct source *s)
{
    XXH3_state_t *state = XXH3_createState();

    if (state == NULL || XXH3_128bits_reset(state) != XXH_OK)
        die("no memory to hash the checkpoint");
    hash_file(state, s->dir.bytes, "config.json");
    hash_file(state, s->dir.bytes, "model.safetensors");
    hash_file(state, s->dir.bytes, "tokenizer.json");
    hash_text(hash, XXH3_128bits_digest(state));
    XXH3_freeState(state);
}

void
source_recheck(const struct source *s)
{
    char now[HASH_HEX_BYTES];

    hash_checkpoint(now, s);
    if (strcmp(now, s->hash) != 0)
        die("%s: has changed since it was checked: the run at hand is not recorded", s->dir.bytes);
}

static void
open_checkpoint(struct source *s, const struct options *o)
{
    struct buf json = { 0 };
    long long  len_max = o->recipe.len_max;

    find_checkpoint(s, o->model);
    tool_try(checkpoint_config(&s->config, s->dir.bytes));
    tool_try(checkpoint_tokenizer(&json, s->dir.bytes));
    tool_try(tokenizer_open(&s->tokenizer, json.bytes, json.len,
        "tokenizer.json of the checkpoint"));
    buf_free(&json);
    if (tokenizer_size(s->tokenizer) > (uint32_t)s->config.vocab_size)
        die("%s: tokenizer.json has %u tokens, the model only %d: they do not belong together",
            s->dir.bytes, tokenizer_size(s->tokenizer), s->config.vocab_size);
    if (len_max > s->config.max_len)
        len_max = s->config.max_len;
    tool_try(input_rule_init(&s->rule, s->tokenizer, (int)len_max, (int)o->common.jobs));
    hash_checkpoint(s->hash, s);
}

/* ---- the tasks ---- */

/* What is odd about a file but no error. */
static void
say_oddities(const struct examples *e, const struct task_split *split)
{
    if (e->absent)
        return;
    if (e->skipped > 0)
        tool_say("warning: %s: %zu rows lack fields and are left out, the first in line %zu",
            e->path.bytes, e->skipped, e->skipped_line);
    if (e->count != split->rows)
        tool_say("warning: %s: %zu rows; the official file has %zu", e->path.bytes, e->count,
            split->rows);
}

static void
check_task(struct source *s, int t)
{
    const struct task *task = s->options->task[t];
    XXH3_state_t      *state = XXH3_createState();

    if (state == NULL || XXH3_128bits_reset(state) != XXH_OK)
        die("no memory to hash the files of %s", task->name);
    for (int i = 0; i < TASK_SPLITS && task->splits[i].path != NULL; i++) {
        bool            test = task->splits[i].answers != NULL;
        struct examples e;

        if (test && !s->options->predict)
            continue;
        tool_try(examples_read(&e, s->options->data, task, i));
        say_oddities(&e, &task->splits[i]);
        memcpy(s->set_hash[t][i], e.hash, sizeof e.hash);
        if (!test && !e.absent && XXH3_128bits_update(state, e.hash, strlen(e.hash)) != XXH_OK)
            die("%s: cannot hash", e.path.bytes);
        examples_free(&e);
    }
    hash_text(s->data_hash[t], XXH3_128bits_digest(state));
    XXH3_freeState(state);
}

void
source_open(struct source *s, const struct options *o)
{
    s->options = o;
    open_checkpoint(s, o);
    for (int t = 0; t < o->tasks; t++)
        check_task(s, t);
    tool_try(backend_open(&s->backend, o->device, (int)o->common.jobs));
}

void
source_close(struct source *s)
{
    buf_free(&s->dir);
    tokenizer_close(s->tokenizer);
}

void
source_task(struct inputs *sets, const struct source *s, int t, bool tests)
{
    const struct task *task = s->options->task[t];

    for (int i = 0; i < TASK_SPLITS; i++) {
        struct examples e;

        sets[i] = (struct inputs){ 0 };
        if (task->splits[i].path == NULL || (task->splits[i].answers != NULL && !tests))
            continue;
        tool_try(examples_read(&e, s->options->data, task, i));
        if (strcmp(e.hash, s->set_hash[t][i]) != 0)
            die("%s: has changed since it was checked", e.path.bytes);
        if (!e.absent)
            tool_try(inputs_make(&sets[i], &e, &s->rule));
        if (sets[i].mended > 0)
            tool_say("warning: %s: %zu ill-formed UTF-8 sequences were replaced by U+FFFD",
                e.path.bytes, sets[i].mended);
        examples_free(&e);
    }
}

void
source_print(const struct source *s)
{
    struct out out;

    tool_try(out_open(&out, "-"));
    tool_try(out_printf(&out, "%-24s %8s %8s %10s %8s %9s\n", "file", "rows", "left out", "tokens",
        "longest", "truncated"));
    for (int t = 0; t < s->options->tasks; t++) {
        const struct task *task = s->options->task[t];

        for (int i = 0; i < TASK_SPLITS && task->splits[i].path != NULL; i++) {
            struct examples e;
            struct inputs   in = { 0 };

            if (task->splits[i].answers != NULL && !s->options->predict)
                continue;
            tool_try(examples_read(&e, s->options->data, task, i));
            if (!e.absent)
                tool_try(inputs_make(&in, &e, &s->rule));
            if (!e.absent)
                tool_try(out_printf(&out, "%-24s %8zu %8zu %10zu %8d %9zu\n", task->splits[i].path,
                    e.count, e.skipped, in.start[in.count], in.longest, in.truncated));
            examples_free(&e);
            inputs_free(&in);
        }
    }
    tool_try(out_close(&out));
}
