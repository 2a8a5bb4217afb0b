/* launch_test.c -- what srun leaves in the environment, and which host rank 0 is looked for on: the
 * first that `scontrol show hostnames` prints of each list. */
#include "kernels/launch.h"

#include <stdlib.h>
#include <string.h>

#include "tests/tap.h"

static const struct {
    const char *list, *host; /* NULL: refused */
} lists[] = {
    { "node7", "node7" },
    { "login,node[1-3]", "login" },
    { "node[1-3,7]", "node1" },
    { "node[7,1-3]", "node7" },
    { "node[9]", "node9" },
    { "gpu[01-10]", "gpu01" },
    { "gpu[008,011-013],cpu1", "gpu008" },
    { "node[1-3]-ib0", "node1-ib0" },
    { "rack[0-1]node[2-4]", "rack0node2" },
    { "rack[00-11]node[003,5-7]x,other[1-2]", "rack00node003x" },
    { "a[1-2]b[3]c[05-06]", "a1b3c05" },
    { "a[1-2]b[3-4]", "a1b3" },
    { "rack[1-2]node[01-10],login", "rack1node01" },
    { "[1-3]", "1" },
    { "10.0.0.[4-5]", "10.0.0.4" },
    { "node1.cluster.example", "node1.cluster.example" },
    { "", NULL },
    { ",node1", NULL },
    { "node[", NULL },
    { "node[]", NULL },
    { "node[1-3", NULL },
    { "node[-3]", NULL },
    { "node[x]", NULL },
    { "node[1x-3]", NULL },
    { "rack[0-1]node[2", NULL },
};

static void
find(const char *list, const char *host)
{
    struct launch l;
    int           rc;

    setenv("SLURM_STEP_NODELIST", list, 1);
    rc = launch_find(&l);
    if (host != NULL)
        ok(rc == OK && strcmp(l.host, host) == 0 && l.rank == 1 && l.ranks == 4 && !l.speaks_mpi,
            "%s begins with %s", list, host);
    else
        ok(rc == ERR_DEVICE && strstr(err_msg(), "SLURM_STEP_NODELIST=") != NULL, "\"%s\": %s",
            list, err_msg());
}

/* Names as long as there is room for, and one byte longer: of letters, and of a number. */
static void
test_long(void)
{
    char list[LAUNCH_HOST_BYTES + 8], host[LAUNCH_HOST_BYTES];

    memset(list, '7', sizeof list);
    list[LAUNCH_HOST_BYTES - 1] = '\0';
    memcpy(host, list, sizeof host);
    find(list, host);
    memcpy(list, "77777777", 8);
    list[LAUNCH_HOST_BYTES - 1] = '7';
    list[LAUNCH_HOST_BYTES] = '\0';
    find(list, NULL);
    memset(list, '7', sizeof list);
    list[0] = '[';
    strcpy(list + LAUNCH_HOST_BYTES, "]");
    find(list, host);
    memset(list, '7', sizeof list);
    list[0] = '[';
    strcpy(list + LAUNCH_HOST_BYTES + 1, "]");
    find(list, NULL);
}

int
main(void)
{
    static const char *const others[] = { "RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT",
        "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK" };

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        unsetenv(others[i]);
    setenv("SLURM_STEP_NUM_TASKS", "4", 1);
    setenv("SLURM_PROCID", "1", 1);
    setenv("SLURM_JOB_ID", "17", 1);
    setenv("SLURM_STEP_ID", "0", 1);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        find(lists[i].list, lists[i].host);
    test_long();
    return tap_done();
}
