/* allsum_test.c -- the gradient of a step that two processes share, summed while it is made: each
 * element once, none before it is final, and the same bits as summed in one behind it all.
 *
 * The second process is forked here, and known by torchrun's variables.  The two learn from other
 * sequences, in two batches each; the last of rank 0 has nothing to learn from where there is no
 * generator and are no notes, so there nothing goes backward. */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernels/backend.h"
#include "tests/model/noted.h"

static struct team           team;
static struct backend        counting; /* of which sums are counted */
static const struct backend *counted;
static const float          *gradient;
static size_t                elements;
static int                  *times; /* [elements] that a sum was begun of each */
static int                   sums;

static void
waiting(int rank, double waited_s)
{
    (void)rank, (void)waited_s;
}

static void
count_sum(struct view y)
{
    size_t at = ((size_t)y.data - (size_t)gradient) / sizeof *gradient;
    size_t count = (size_t)y.rows * (size_t)y.cols;

    counted->all_sum_begin(y);
    if (at + count > elements) /* counts of notes, not the gradient */
        return;
    sums++;
    for (size_t i = 0; i < count; i++)
        times[at + i]++;
}

/* say -- what holds on both. */
static void
say(bool good, const char *what, const char *name)
{
    double wrong = !good;

    if (team_sum(&wrong, 1) != OK)
        exit(1);
    if (team.rank == 0)
        ok(wrong == 0, "%s: %s", name, what);
}

/* A step; how many sums were begun before model_sum. */
static int
learn(struct model *m, const struct batch *pieces, int bucket_rows)
{
    struct model_pass pass = { .normaliser = 8, .tokens = 24, .seed = 5, .step = 3 };
    struct model_loss loss = { 0 };
    int               begun;

    model_forget(m);
    m->bucket_rows = bucket_rows;
    if (notebook_begin(m, pieces, 2) != OK)
        exit(1);
    gradient = m->gradient;
    elements = m->params.elements;
    memset(times, 0, m->params.elements * sizeof *times);
    sums = 0;
    for (int i = 0; i < 2; i++) {
        pass.last = i == 1;
        if (toy_learn(m, &pieces[i], pass, &loss) != OK)
            exit(1);
    }
    begun = sums;
    if (model_sum(m) != OK)
        exit(1);
    return begun;
}

static bool
each_once(const struct model *m)
{
    size_t once = 0;

    for (size_t i = 0; i < m->params.elements; i++)
        once += times[i] == 1;
    return once == m->params.elements;
}

static void
test_model(const char *backend, enum position position, enum objective objective, bool notes)
{
    struct arena        arena = toy_arena();
    struct model_config config = notes ? noted_config(position, false) : toy_config(position, 0);
    struct model        m;
    struct batch        pieces[2];
    size_t              bytes;
    void               *whole;
    char                name[100];
    int                 all, begun;

    counted = toy_backend(backend);
    counting = *counted;
    counting.all_sum_begin = count_sum;
    config.hidden = 32; /* so that a layer is some rows of the gradient */
    config.ffn = 64;
    config.layers = 3;
    config.dropout = config.attention_dropout = 0.25f;
    config.objective = objective;
    for (int i = 0; i < 2; i++) {
        int sequence = 2 * team.rank + i;

        pieces[i] = noted_batch(&config, sequence, sequence, &arena);
        pieces[i].words = notes ? pieces[i].words : 0;
    }
    if (model_open(&m, &config, noted_limits(), F32, &counting, &arena) != OK)
        exit(1);
    toy_weights(&m, 9);
    bytes = m.params.elements * sizeof(float);
    all = (int)(m.params.elements / PARAMS_ROW);
    whole = malloc(bytes);
    times = malloc(m.params.elements * sizeof *times);
    snprintf(name, sizeof name, "%s, %s%s, %s%s", backend, toy_pre_norm ? "Pre-LN, " : "",
        config_position_name(position), config_objective_name(objective), notes ? ", notes" : "");

    begun = learn(&m, pieces, 0);
    say(begun == 0 && sums == 1 && each_once(&m), "with no buckets one sum behind it all", name);
    memcpy(whole, m.gradient, bytes);
    begun = learn(&m, pieces, 1);
    say(sums == all && each_once(&m), "rows one by one: each once", name);
    say(begun > all / 2 || (team.rank == 0 && objective == OBJECTIVE_MLM && begun == 0),
        "most are begun on the way, but where nothing goes backward", name);
    say(memcmp(whole, m.gradient, bytes) == 0, "the same bits as in one", name);
    for (int rows = 3; rows < 3 * all; rows *= 7) {
        learn(&m, pieces, rows);
        say(each_once(&m) && memcmp(whole, m.gradient, bytes) == 0, "and so by more rows", name);
    }
    free(whole);
    free(times);
    model_close(&m);
    arena_close(&arena);
}

/* Rank 1 ends while rank 0 has sums under way. */
static void
test_death(void)
{
    const struct backend *be = toy_backend("cpu");
    static float          values[1 << 16];
    int                   rc;

    op_all_sum_begin(be, view_of(values, F32, 1, 1 << 16));
    if (team.rank == 1)
        _exit(op_all_sum_end(be) == OK ? 0 : 1);
    for (int i = 0; i < 3; i++)
        op_all_sum_begin(be, view_of(values, F32, 1, 1 << 16));
    rc = op_all_sum_end(be);
    ok(rc == ERR_DEVICE && strstr(err_msg(), "rank 1 on ") != NULL && strstr(err_msg(), " is gone"),
        "a rank that ends with sums under way is named: %s", err_msg());
}

static void
meet(int rank, const char *run)
{
    struct team_patience patience = { .timeout_s = 60, .waiting = waiting };

    setenv("RANK", rank == 0 ? "0" : "1", 1);
    setenv("WORLD_SIZE", "2", 1);
    setenv("MASTER_ADDR", "localhost", 1);
    setenv("MASTER_PORT", "1", 1);
    setenv("TORCHELASTIC_USE_AGENT_STORE", "True", 1); /* the port is another */
    setenv("TORCHELASTIC_RUN_ID", run, 1);
    if (team_open(&team, patience) == OK)
        return;
    printf("Bail out! %s\n", err_msg());
    exit(1);
}

int
main(void)
{
    char  run[20];
    int   status = 0;
    pid_t child;

    snprintf(run, sizeof run, "%d", (int)getpid());
    child = fork();
    meet(child == 0, run);
    for (int position = 0; position < POSITIONS; position++)
        for (int objective = 0; objective < OBJECTIVES; objective++)
            for (int notes = 0; notes < 2; notes++)
                test_model("cpu", (enum position)position, (enum objective)objective, notes);
    test_model("ref", POSITION_TUPE_R, OBJECTIVE_MC, true);
    if (test_cuda_host())
        test_model("cuda-host", POSITION_TUPE_R, OBJECTIVE_ELECTRA, true);
    toy_pre_norm = true;
    test_model("cpu", POSITION_ABSOLUTE, OBJECTIVE_MLM, false);
    test_model("cpu", POSITION_TUPE_R, OBJECTIVE_MC, true);
    test_death();
    ok(waitpid(child, &status, 0) == child && status == 0, "the other process ends with 0");
    team_abort();
    return tap_done();
}
