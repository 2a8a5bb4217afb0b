/* input.c -- see input.h. */
#include "tools/glue-eval/input.h"

#include <stdio.h>

#include "lib/pmap.h"
#include "lib/utf8.h"

enum { CHUNK = 256, JOBS_MAX = 1024 };

int
input_rule_init(struct input_rule *rule, const struct tokenizer *t, int len_max, int jobs)
{
    *rule = (struct input_rule){ .tokenizer = t, .len_max = len_max, .jobs = jobs };
    rule->cls = tokenizer_id(t, "[CLS]");
    rule->sep = tokenizer_id(t, "[SEP]");
    if (rule->cls == TOKENIZER_NONE || rule->sep == TOKENIZER_NONE)
        return err_set(ERR_MISMATCH, "the tokenizer has no %s",
            rule->cls == TOKENIZER_NONE ? "[CLS]" : "[SEP]");
    if (len_max < INPUT_LEN_MIN)
        return err_set(ERR_MISMATCH, "an input of %d tokens is too short for an example; a model "
            "must have %d positions", len_max, INPUT_LEN_MIN);
    return OK;
}

void
input_cut(size_t *a, size_t *b, size_t room)
{
    size_t half = room / 2;

    if (*a + *b <= room)
        return;
    if (*a <= half)
        *b = room - *a;
    else if (*b <= room - half - 1) /* the first text may keep the odd token */
        *a = room - *b;
    else {
        *a = room - half;
        *b = half;
    }
}

/* ---- in threads, some examples at a time ---- */

struct chunk {
    size_t     first, count;
    struct buf ids, lens; /* u32 ids; for each example its length and where B begins */
    size_t     truncated;
    uint64_t   mended;
};

struct worker {
    struct tokenizer_scratch *scratch;
    struct buf                text;
};

struct work {
    const struct examples   *examples;
    const struct input_rule *rule;
    struct inputs           *in;
    size_t                   next;
    struct chunk             chunks[3 * JOBS_MAX];
    struct worker            workers[JOBS_MAX];
    void                    *items[3 * JOBS_MAX], *worker_of[JOBS_MAX];
};

static int
give(void *context, void *item)
{
    struct work  *w = context;
    struct chunk *c = item;

    c->first = w->next;
    c->count = w->examples->count - w->next;
    if (c->count > CHUNK)
        c->count = CHUNK;
    w->next += c->count;
    return c->count > 0;
}

/* Appends the tokens of one text to c->ids; *count how many. */
static int
encode(struct chunk *c, struct worker *worker, const char *text, size_t len, size_t *count)
{
    int rc = OK;

    if (utf8_bad(text, len) < len) {
        uint64_t bad = 0;

        buf_reset(&worker->text);
        if ((rc = utf8_mend(&worker->text, &bad, text, len, "\xef\xbf\xbd")) != OK)
            return rc;
        c->mended += bad;
        text = worker->text.bytes;
        len = worker->text.len;
    }
    if ((rc = tokenizer_encode(worker->scratch, text, len)) != OK)
        return rc;
    *count = worker->scratch->count;
    return buf_add(&c->ids, worker->scratch->ids, *count * sizeof(uint32_t));
}

/* Cut to `keep` of the `count` tokens that stand last in c->ids, and put [SEP] behind. */
static int
end_text(struct chunk *c, const struct input_rule *rule, size_t count, size_t keep)
{
    c->ids.len -= (count - keep) * sizeof(uint32_t);
    return buf_add(&c->ids, &rule->sep, sizeof rule->sep);
}

static int
add_example(struct chunk *c, struct worker *worker, const struct input_rule *rule,
    const struct example *e)
{
    size_t     a = 0, b = 0, a_keep, b_keep, room = (size_t)rule->len_max - (e->b == NULL ? 2 : 3);
    size_t     a_at = c->ids.len + sizeof rule->cls, b_at;
    struct buf second = { 0 };
    uint32_t   lens[2];
    int        rc = buf_add(&c->ids, &rule->cls, sizeof rule->cls);

    if (rc == OK)
        rc = encode(c, worker, e->a, e->a_len, &a);
    if (rc == OK && e->b != NULL)
        rc = encode(c, worker, e->b, e->b_len, &b);
    if (rc != OK)
        return rc;
    a_keep = a;
    b_keep = b;
    input_cut(&a_keep, &b_keep, room);
    c->truncated += a_keep + b_keep < a + b;
    b_at = a_at + a * sizeof(uint32_t);
    if ((rc = buf_add(&second, c->ids.bytes + b_at, b * sizeof(uint32_t))) == OK) {
        c->ids.len = b_at;
        rc = end_text(c, rule, a, a_keep);
    }
    if (rc == OK && e->b != NULL && (rc = buf_add(&c->ids, second.bytes, second.len)) == OK)
        rc = end_text(c, rule, b, b_keep);
    buf_free(&second);
    lens[0] = (uint32_t)(1 + a_keep + 1 + (e->b == NULL ? 0 : b_keep + 1));
    lens[1] = e->b == NULL ? 0 : (uint32_t)(1 + a_keep + 1);
    return rc != OK ? rc : buf_add(&c->lens, lens, sizeof lens);
}

static int
make(void *context, void *worker, void *item)
{
    struct work  *w = context;
    struct chunk *c = item;

    buf_reset(&c->ids);
    buf_reset(&c->lens);
    c->truncated = 0;
    c->mended = 0;
    for (size_t i = 0; i < c->count; i++) {
        int rc = add_example(c, worker, w->rule, &w->examples->items[c->first + i]);

        if (rc != OK) {
            char cause[512];

            snprintf(cause, sizeof cause, "%s", err_msg());
            return err_set(rc, "%s: example %zu: %s", w->examples->path.bytes, c->first + i + 1,
                cause);
        }
    }
    return OK;
}

static int
take(void *context, void *item)
{
    struct work        *w = context;
    const struct chunk *c = item;
    const uint32_t     *lens = (const uint32_t *)(const void *)c->lens.bytes;
    struct inputs      *in = w->in;

    for (size_t i = 0; i < c->count; i++) {
        int len = (int)lens[2 * i];

        in->start[c->first + i + 1] = in->start[c->first + i] + (size_t)len;
        in->second[c->first + i] = (int)lens[2 * i + 1];
        if (len > in->longest)
            in->longest = len;
    }
    in->truncated += c->truncated;
    in->mended += c->mended;
    return buf_add(&in->memory[0], c->ids.bytes, c->ids.len);
}

static int
run(struct work *w, int jobs)
{
    struct pmap map = { w, give, make, take, w->items, 3 * jobs, w->worker_of, jobs,
        NULL, 0 };
    int         rc = OK;

    for (int i = 0; i < 3 * jobs; i++)
        w->items[i] = &w->chunks[i];
    for (int i = 0; i < jobs && rc == OK; i++) {
        w->worker_of[i] = &w->workers[i];
        rc = tokenizer_scratch_open(&w->workers[i].scratch, w->rule->tokenizer);
    }
    if (rc == OK)
        rc = pmap_run(&map);
    for (int i = 0; i < jobs; i++) {
        if (w->workers[i].scratch != NULL)
            tokenizer_scratch_close(w->workers[i].scratch);
        buf_free(&w->workers[i].text);
    }
    for (int i = 0; i < 3 * jobs; i++) {
        buf_free(&w->chunks[i].ids);
        buf_free(&w->chunks[i].lens);
    }
    return rc;
}

int
inputs_make(struct inputs *in, const struct examples *e, const struct input_rule *rule)
{
    struct buf   memory = { 0 };
    struct work *w;
    int          jobs = rule->jobs < 1 ? 1 : rule->jobs > JOBS_MAX ? JOBS_MAX : rule->jobs, rc;

    *in = (struct inputs){ .count = e->count };
    if ((rc = buf_reserve(&memory, sizeof *w)) != OK)
        return rc;
    w = (struct work *)(void *)memory.bytes;
    *w = (struct work){ .examples = e, .rule = rule, .in = in };
    if ((rc = buf_reserve(&in->memory[1], (e->count + 1) * sizeof *in->start)) == OK
        && (rc = buf_reserve(&in->memory[2], (e->count + 1) * sizeof *in->second)) == OK
        && (rc = buf_reserve(&in->memory[3], (e->count + 1) * sizeof *in->label)) == OK) {
        in->start = (size_t *)(void *)in->memory[1].bytes;
        in->second = (int *)(void *)in->memory[2].bytes;
        in->label = (float *)(void *)in->memory[3].bytes;
        in->start[0] = 0;
        for (size_t i = 0; i < e->count; i++)
            in->label[i] = e->items[i].label;
        rc = run(w, jobs);
        in->ids = (uint32_t *)(void *)in->memory[0].bytes;
    }
    buf_free(&memory);
    return rc;
}

void
inputs_free(struct inputs *in)
{
    for (int i = 0; i < 4; i++)
        buf_free(&in->memory[i]);
    *in = (struct inputs){ 0 };
}
