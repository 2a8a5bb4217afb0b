/* checkpoint_test.c -- what was saved is what is loaded, to the bit; and no damage, full disk or
 * kill costs more than the steps since the checkpoint before. */
#include "model/checkpoint.h"

#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/safetensors.h"
#include "model/optimizer.h"
#include "tests/model/toy.h"

static const struct backend *ref;
static char                  home[64] = "/tmp/cloze-checkpoint-XXXXXX", run[96];
static const struct buf      tokenizer = { .bytes = (char[]){ "{\"made\": \"up\"}" }, .len = 14 };
static struct arena          arena;

static const struct optimizer optimizer = { .lr = 0.01, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-6,
    .clip = 1, .steps = 100 };

/* A run of its own for each test. */
static void
new_run(const char *name)
{
    snprintf(run, sizeof run, "%s/%s", home, name);
}

static struct model
new_model(enum position position, int classes)
{
    struct model_config c = toy_config(position, classes);
    struct model        m = toy_model(&c, F32, ref, &arena);

    model_start(&m, 1);
    return m;
}

static void
step(struct model *m, struct batch *b, uint32_t t)
{
    struct model_loss loss = { 0 };
    struct model_pass pass = { .normaliser = b->chosen, .seed = 1, .step = t };
    double            norm;

    model_forget(m);
    if (toy_learn(m, b, pass, &loss) != OK || toy_step(&optimizer, m, t, &norm) != OK)
        printf("# %s\n", err_msg());
}

static int
save(struct model *m, uint32_t t, int keep)
{
    json_t *trainer = json_pack("{s:i, s:{s:f}}", "step", (int)t, "data", "position", 0.1 + t);
    int     rc = checkpoint_save(m, run, t, &tokenizer, trainer, keep);

    json_decref(trainer);
    return rc;
}

static struct buf path_found;

/* The newest whole checkpoint; "" for none; its sentence where that fails.  *told: one line. */
static const char *
found(struct buf *told)
{
    int rc;

    buf_reset(told);
    rc = checkpoint_find(&path_found, told, run);
    if (told->len > 0)
        told->bytes[strcspn(told->bytes, "\n")] = '\0';
    return rc == OK ? path_found.bytes + (path_found.len ? strlen(run) + 1 : 0) : err_msg();
}

static bool
equal(const struct model *a, const struct model *b)
{
    static const enum model_array arrays[] = { MODEL_WEIGHT, MODEL_MOMENT1, MODEL_MOMENT2 };
    bool                          same = a->params.count == b->params.count;

    for (int i = 0; i < 3 && same; i++) {
        double *x = toy_all(a, arrays[i]), *y = toy_all(b, arrays[i]);

        same = memcmp(x, y, a->params.count * sizeof *x) == 0;
        free(x);
        free(y);
    }
    return same;
}

static void
test_resume(enum position position)
{
    struct model        m = new_model(position, 0), back;
    struct batch        b = toy_batch(&m.config, &arena);
    struct model_config config;
    struct buf          told = { 0 }, text = { 0 };
    char                dir[128], name[32];
    json_t             *trainer = NULL;

    snprintf(name, sizeof name, "resume%d", position);
    new_run(name);
    ok(strcmp(found(&told), "") == 0 && told.len == 0, "there is nothing in a run not begun");
    for (uint32_t t = 1; t <= 3; t++)
        step(&m, &b, t);
    ok(save(&m, 3, 0) == OK, "%s: saved", config_position_name(position));
    snprintf(dir, sizeof dir, "%s/latest", run);
    ok(checkpoint_verify(dir) == OK && strcmp(found(&told), "step-00000003") == 0 && told.len == 0,
        "found and whole, by the name latest too");
    ok(checkpoint_config(&config, dir) == OK && config.position == position, "its configuration");
    ok(checkpoint_tokenizer(&text, dir) == OK && text.len == tokenizer.len &&
        memcmp(text.bytes, tokenizer.bytes, text.len) == 0, "its tokenizer.json");
    back = toy_model(&config, F32, ref, &arena);
    ok(checkpoint_load(&back, &trainer, dir) == OK && equal(&m, &back),
        "loaded it has the same weights and moments");
    ok(json_object_size(trainer) == 2 &&
        json_integer_value(json_object_get(trainer, "step")) == 3 &&
        json_real_value(json_object_get(json_object_get(trainer, "data"), "position")) == 3.1,
        "and the trainer's object");
    for (uint32_t t = 4; t <= 6; t++) {
        step(&m, &b, t);
        step(&back, &b, t);
    }
    ok(equal(&m, &back), "and goes on to the same bits");
    json_decref(trainer);
    buf_free(&told);
    buf_free(&text);
    model_close(&m);
    model_close(&back);
}

static bool
there(const char *name)
{
    char        path[160];
    struct stat st;

    snprintf(path, sizeof path, "%s/%s", run, name);
    return lstat(path, &st) == 0;
}

static void
test_keep(void)
{
    struct model m = new_model(POSITION_TUPE_R, 0);
    struct buf   told = { 0 };
    char         path[128];
    int          rc = OK;

    new_run("keep");
    for (uint32_t t = 10; t <= 50 && rc == OK; t += 10)
        rc = save(&m, t, 2);
    ok(rc == OK && !there("step-00000030") && there("step-00000040") && there("step-00000050"),
        "two are kept");
    snprintf(path, sizeof path, "%s/step-00000077.tmp/x", run);
    if (dir_make(path) != OK)
        printf("# %s\n", err_msg());
    model_start(&m, 2);
    ok(save(&m, 50, 2) == OK && there("step-00000040") && !there("step-00000077.tmp"),
        "saving a step again replaces it; what a crash left is swept");
    {
        struct model back = new_model(POSITION_TUPE_R, 0);
        json_t      *trainer = NULL;

        snprintf(path, sizeof path, "%s/latest", run);
        ok(checkpoint_load(&back, &trainer, path) == OK && equal(&m, &back), "by the new weights");
        json_decref(trainer);
        model_close(&back);
    }
    ok(save(&m, 45, 1) == OK && strcmp(found(&told), "step-00000045") == 0 &&
        there("step-00000050"),
        "a run taken up further back: latest decides, later steps are let be");
    snprintf(path, sizeof path, "%s/step-00000045", run);
    if (dir_remove(path) != OK)
        printf("# %s\n", err_msg());
    ok(strcmp(found(&told), "step-00000050") == 0, "and are the last resort");
    buf_free(&told);
    model_close(&m);
}

/* ---- damage ---- */

static void
edit(const char *file, long at, int flip, long cut)
{
    char  path[160];
    FILE *f;
    int   c;

    snprintf(path, sizeof path, "%s/step-00000002/%s", run, file);
    f = fopen(path, "r+b");
    if (f == NULL)
        exit(1);
    if (flip) {
        fseek(f, at, SEEK_SET);
        c = fgetc(f);
        fseek(f, at, SEEK_SET);
        fputc(c ^ flip, f);
    }
    fclose(f);
    if (cut >= 0 && truncate(path, cut) != 0)
        exit(1);
}

static long
size_of(const char *file)
{
    char        path[160];
    struct stat st;

    snprintf(path, sizeof path, "%s/step-00000002/%s", run, file);
    return stat(path, &st) == 0 ? (long)st.st_size : -1;
}

static void
test_damage(void)
{
    static const char *const files[] = { "config.json", "model.safetensors",
        "optimizer.safetensors", "tokenizer.json", "trainer.json" };
    struct model             m = new_model(POSITION_TUPE_A, 0);
    struct buf               told = { 0 };
    const char              *name;
    char                     path[160];

    new_run("damage");
    for (int i = 0; i < 5; i++) {
        long size, missed = 0, tried = 0;

        if (save(&m, 1, 0) != OK || save(&m, 2, 0) != OK)
            printf("# %s\n", err_msg());
        size = size_of(files[i]);
        for (long at = 0; at < size; at += size / 60 + 1, tried++) {
            edit(files[i], at, 1 << at % 8, -1);
            missed += strcmp(found(&told), "step-00000001") != 0;
            missed += told.len == 0 || strstr(told.bytes, files[i]) == NULL;
            edit(files[i], at, 1 << at % 8, -1);
        }
        ok(missed == 0 && strcmp(found(&told), "step-00000002") == 0,
            "%s: each of %ld flipped bits is found, and the one before taken", files[i], tried);
        edit(files[i], 0, 0, size - 1);
        name = found(&told);
        ok(strcmp(name, "step-00000001") == 0, "cut by a byte too: %s", told.bytes);
        snprintf(path, sizeof path, "%s/step-00000002/%s", run, files[i]);
        unlink(path);
        name = found(&told);
        ok(strcmp(name, "step-00000001") == 0, "and if it is not there: %s", told.bytes);
    }
    edit("config.json", 2, 1, -1);
    snprintf(path, sizeof path, "%s/step-00000001/model.safetensors", run);
    unlink(path);
    name = found(&told);
    ok(strstr(name, "no checkpoint is whole") != NULL, "none is whole: %s", name);
    buf_free(&told);
    model_close(&m);
}

/* A file system that is full after `bytes` of a file: writing fails, nothing is lost. */
static void
test_full(void)
{
    struct model  m = new_model(POSITION_ABSOLUTE, 0);
    struct rlimit limit;
    struct buf    told = { 0 };
    int           rc;

    new_run("full");
    ok(save(&m, 1, 1) == OK, "one is there");
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    for (rlim_t bytes = 100; bytes < 12000; bytes += 5800) {
        rlim_t before = limit.rlim_cur;

        limit.rlim_cur = bytes;
        setrlimit(RLIMIT_FSIZE, &limit);
        rc = save(&m, 2, 1);
        limit.rlim_cur = before;
        setrlimit(RLIMIT_FSIZE, &limit);
        ok(rc == ERR_IO && strcmp(found(&told), "step-00000001") == 0 &&
            !there("step-00000002.tmp"),
            "full after %d bytes: %s", (int)bytes, err_msg());
    }
    buf_free(&told);
    model_close(&m);
}

/* Killed at any instant of saving, again and again over the same steps. */
static void
test_kill(void)
{
    enum { KILLS = 25 };

    struct model m = new_model(POSITION_ABSOLUTE, 0);
    struct buf   told = { 0 };
    struct timespec delay = { 0 };
    uint64_t     state = 1;
    int          whole = 0, passed_over = 0;

    new_run("kill");
    if (save(&m, 1, 2) != OK)
        printf("# %s\n", err_msg());
    for (int i = 0; i < KILLS; i++) {
        pid_t child = fork();

        if (child == 0) {
            for (uint32_t t = 1;; t = t % 4 + 1)
                if (save(&m, t, 2) != OK)
                    _exit(1);
        }
        delay.tv_nsec = (long)(3e6 + 9e6 * (toy_random(&state) + 1));
        nanosleep(&delay, NULL);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        whole += strncmp(found(&told), "step-", 5) == 0;
        passed_over += told.len > 0;
    }
    ok(whole == KILLS && passed_over == 0,
        "killed %d times while saving: a whole one is found each time, none is damaged", whole);
    buf_free(&told);
    model_close(&m);
}

/* ---- weights for something else ---- */

static void
test_weights(void)
{
    struct model m = new_model(POSITION_TUPE_R, 0), fine = new_model(POSITION_TUPE_R, 3), other;
    struct buf   told = { 0 };
    char         dir[128];
    double      *a, *b;
    int          embeddings;

    new_run("weights");
    snprintf(dir, sizeof dir, "%s/latest", run);
    model_start(&fine, 5);
    ok(save(&m, 1, 0) == OK && checkpoint_weights(&fine, &told, dir, 9) == OK,
        "weights for fine-tuning");
    ok(strstr(told.bytes, "classifier.weight") && strstr(told.bytes, "cls.predictions.bias"),
        "what is new and what is left is told");
    a = toy_all(&m, MODEL_WEIGHT);
    b = toy_all(&fine, MODEL_WEIGHT);
    embeddings = fine.params.pooler;
    for (size_t i = 0, n = 0; embeddings > 0; i++) {
        n += toy_count(&fine, (int)i);
        if ((int)i + 1 == embeddings) {
            ok(memcmp(a, b, n * sizeof *a) == 0, "all %d values before the head are those saved",
                (int)n);
            break;
        }
    }
    free(a);
    free(b);
    other = new_model(POSITION_ABSOLUTE, 0);
    ok(checkpoint_weights(&other, &told, dir, 9) == ERR_MISMATCH &&
        strstr(err_msg(), "position_embeddings") != NULL, "of another position: %s", err_msg());
    buf_free(&told);
    model_close(&m);
    model_close(&fine);
    model_close(&other);
}

/* A file of a bare encoder, in half precision, with the names of 2018. */
static void
test_old_names(void)
{
    struct model              m = new_model(POSITION_ABSOLUTE, 3);
    struct safetensors_tensor tensor[64] = { 0 };
    static char               names[64][PARAM_NAME_BYTES];
    static uint16_t           half[4096], bfloat[4096];
    struct buf                told = { 0 };
    char                      path[128], *norm;
    double                    values[4096];
    int                       wrong = 0, count = m.params.pooler;

    for (int i = 0; i < 4096; i++) {
        half[i] = 0x3e00;   /* 1.5 */
        bfloat[i] = 0xc020; /* -2.5 */
    }
    half[1] = 0x0001; /* 2^-24, the least half */
    half[2] = 0xfbff; /* -65504, the largest but for its sign */
    new_run("old");
    snprintf(path, sizeof path, "%s/model.safetensors", run);
    for (int i = 0; i < count; i++) {
        const struct param *p = &m.params.param[i];

        snprintf(names[i], sizeof names[i], "%s", p->name + strlen("bert."));
        if ((norm = strstr(names[i], "LayerNorm.")) != NULL)
            memcpy(norm + 10, p->init == PARAM_ONE ? "gamma" : "beta",
                p->init == PARAM_ONE ? 6 : 5);
        tensor[i] = (struct safetensors_tensor){ .name = names[i], .dims = p->vector ? 1 : 2,
            .dtype = i % 2 ? SAFETENSORS_BF16 : SAFETENSORS_F16, .data = i % 2 ? bfloat : half,
            .shape = { (uint64_t)(p->vector ? p->cols : p->rows), (uint64_t)p->cols } };
    }
    ok(dir_make(run) == OK &&
        safetensors_save(path, tensor, (size_t)count, NULL, 0, NULL, NULL) == OK &&
        checkpoint_weights(&m, &told, run, 1) == OK, "names without bert., with gamma and beta");
    for (int i = 0; i < count; i++) {
        model_get(&m, MODEL_WEIGHT, i, values);
        for (size_t j = 0; j < toy_count(&m, i); j++)
            wrong += values[j] != (i % 2 ? -2.5 : j == 1 ? 0x1p-24 : j == 2 ? -65504.0 : 1.5);
    }
    ok(wrong == 0, "F16 and BF16 values are read exactly");
    buf_free(&told);
    model_close(&m);
}

int
main(void)
{
    arena = toy_arena();
    ref = toy_backend("ref");
    if (mkdtemp(home) == NULL)
        return 1;
    for (int position = 0; position < POSITIONS; position++)
        test_resume((enum position)position);
    test_keep();
    test_damage();
    test_full();
    test_kill();
    test_weights();
    test_old_names();
    arena_close(&arena);
    buf_free(&path_found);
    if (dir_remove(home) != OK)
        printf("# %s\n", err_msg());
    return tap_done();
}
