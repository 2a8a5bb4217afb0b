/* team_test -- three processes that sum, spread and gather.  Started alone it starts itself under
 * mpirun and judges what comes back: rank 0 prints the results of all. */
#include "kernels/ops.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/backend.h"

enum { RANKS = 3, COUNT = 1200007 }; /* two chunks, which 3 does not divide; 7 of it where
                                        they are larger */

static struct team team;

static void
waiting(int rank, double waited_s)
{
    (void)rank, (void)waited_s;
}

/* every_rank -- is it so on all of them? */
static bool
every_rank(bool here)
{
    double wrong = !here;

    return team_sum(&wrong, 1) == OK && wrong == 0;
}

/* say -- what rank 0 prints of a result that all ranks share in. */
static void
say(bool good, const char *name)
{
    good = every_rank(good);
    if (team.rank == 0)
        ok(good, "%s", name);
}

/* Of ranks 1 and 2 alike but for the sign, and so large that nothing is left of rank 0's when they
 * are added in their order, but in none other. */
static double
number(int rank, int i)
{
    static const double scale[RANKS] = { 1, 0x1p60, -0x1p60 };
    uint32_t            x = ((uint32_t)i + 1) * 2654435761u + (rank > 0);

    x = (x ^ x >> 15) * 2246822519u;
    return scale[rank] * ((x >> 8) + 1) * 0x1p-24;
}

static void
test_tensor(const char *backend, enum dtype dtype, int count)
{
    const struct backend *be;
    size_t                bytes = (size_t)count * dtype_bytes(dtype);
    void                 *memory = malloc(bytes), *first = malloc(bytes);
    struct view           v = view_of(memory, dtype, 1, count);
    int                   wrong = 0;
    char                  name[60];

    be = test_backend(backend, 1);
    for (int i = 0; i < count; i++)
        if (dtype == F64)
            ((double *)memory)[i] = number(team.rank, i);
        else
            ((float *)memory)[i] = (float)number(team.rank, i);
    if (op_all_sum(be, v) != OK)
        exit(1);
    for (int i = 0; i < count; i++) {
        double sum = 0;

        for (int r = 0; r < RANKS; r++)
            sum += number(r, i);
        wrong += dtype == F64 ? ((double *)memory)[i] != sum : ((float *)memory)[i] != (float)sum;
    }
    snprintf(name, sizeof name, "%s, %s: the sum over ranks, added in their order", backend,
        dtype == F64 ? "F64" : "F32");
    say(wrong == 0, name);

    memset(memory, 17 * (team.rank + 1), bytes);
    memset(first, 17, bytes);
    if (op_broadcast(be, v) != OK)
        exit(1);
    snprintf(name, sizeof name, "%s: rank 0's to all", backend);
    say(memcmp(memory, first, bytes) == 0, name);
    free(memory);
    free(first);
}

static void
test_small(void)
{
    double numbers[TEAM_NUMBERS_MAX];
    int    all[RANKS] = { 0 }, mine = 10 * team.rank, wrong = 0;
    char   text[5] = "????";

    for (int i = 0; i < TEAM_NUMBERS_MAX; i++)
        numbers[i] = number(team.rank, i);
    wrong += team_sum(numbers, TEAM_NUMBERS_MAX) != OK;
    for (int i = 0; i < TEAM_NUMBERS_MAX; i++)
        wrong += numbers[i] != number(0, i) + number(1, i) + number(2, i);
    say(wrong == 0, "numbers are summed");
    wrong = team_gather(all, &mine, sizeof mine) != OK;
    say(wrong == 0 && all[0] == 0 && all[1] == 10 && all[2] == 20, "and gathered");
    if (team.rank == 0)
        memcpy(text, "abcd", 5);
    wrong = team_spread(text, 5) != OK || team_spread(text, 0) != OK;
    say(wrong == 0 && strcmp(text, "abcd") == 0, "5 bytes go to all, and none");
}

/* Rank 2 comes late, and then not at all. */
static void
test_late(void)
{
    double one = 1;
    int    rc;

    if (team.rank == 2)
        nanosleep(&(struct timespec){ .tv_nsec = 700000000 }, NULL);
    say(team_sum(&one, 1) == OK && one == RANKS, "a rank that is slow is waited for");
    if (team.rank == 2) {
        pause();
        exit(1);
    }
    rc = team_sum(&one, 1);
    if (team.rank == 0) {
        ok(rc == ERR_DEVICE && strstr(err_msg(), "rank 2 on ") != NULL,
            "one that does not answer is named: %s", err_msg());
        tap_done();
        fflush(stdout);
    } else {
        sleep(1); /* rank 0 has the word */
    }
    team_abort();
}

/* Alone: what mpirun says of itself goes to standard error. */
static int
start(char **argv)
{
    double one = 2.5;
    char   root[] = "OMPI_ALLOW_RUN_AS_ROOT", confirm[] = "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM";
    pid_t  pid;
    int    status = 0;

    if (team_sum(&one, 1) != OK || one != 2.5 || team.found != NULL)
        exit(1);
    setenv(root, "1", 1);
    setenv(confirm, "1", 1);
    setenv("OMPI_MCA_rmaps_base_oversubscribe", "1", 1);
    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        execlp("mpirun", "mpirun", "-n", "3", argv[0], (char *)NULL);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return 1;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
        printf("ok 1 # SKIP mpirun is not installed\n1..1\n");
        return 0;
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 1 ? 0 : 1; /* the abort it ends with */
}

int
main(int argc, char **argv)
{
    struct team_patience patience = { .timeout_s = 2, .waiting = waiting };

    (void)argc;
    if (team_open(&team, patience) != OK) {
        printf("ok 1 # SKIP %s\n1..1\n", err_msg());
        return 1;
    }
    if (team.ranks == 1)
        return start(argv);
    say(team.ranks == RANKS && team.found != NULL, "three processes");
    test_tensor("cpu", F32, COUNT);
    test_tensor("ref", F32, COUNT);
    test_tensor("ref", F64, COUNT);
    if (test_cuda_host())
        test_tensor("cuda-host", F32, 7 * COUNT);
    test_small();
    test_late();
    return 1;
}
