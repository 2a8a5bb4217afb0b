/* launch.c -- see launch.h. */
#define _POSIX_C_SOURCE 200809L
#include "kernels/launch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* A connection between any two: more is a number that was mistyped. */
enum { RANKS_MAX = 1 << 16 };

/* Launchers that speak MPI. */
static const struct {
    const char *name;
    bool        is_count;
} mpi_marks[] = { { "OMPI_COMM_WORLD_SIZE", true }, { "PMI_SIZE", true }, { "PMIX_RANK", false } };

static int
number_of(const char *name, long least, long most, int *number)
{
    const char *text = getenv(name);
    char       *end;
    long        value = text != NULL ? strtol(text, &end, 10) : 0;

    if (text == NULL || end == text || *end != '\0' || value < least || value > most)
        return err_set(ERR_DEVICE, "%s=%s: a number from %ld to %ld is wanted", name,
            text != NULL ? text : "", least, most);
    *number = (int)value;
    return OK;
}

/* The variables that are the same for all processes of a start, and another's in another.  Not how
 * many processes there are: those that were told otherwise are to hear of it (meet.c). */
static void
name_job(struct launch *l, const char *const *names)
{
    uint64_t job = 0;

    for (; *names != NULL; names++) {
        const char *value = getenv(*names);

        if (value != NULL)
            job = XXH3_64bits_withSeed(value, strlen(value), job);
    }
    l->job = job;
}

/* ---- torchrun's variables -------------------------------------------------------------------- */

static int
find_world(struct launch *l)
{
    static const char *const job[] = { "MASTER_ADDR", "MASTER_PORT", "TORCHELASTIC_RUN_ID",
        "TORCHELASTIC_RESTART_COUNT", NULL };
    const char *store = getenv("TORCHELASTIC_USE_AGENT_STORE"), *host = getenv("MASTER_ADDR");
    int         rc = number_of("WORLD_SIZE", 1, RANKS_MAX, &l->ranks);

    if (rc == OK)
        rc = number_of("RANK", 0, l->ranks - 1, &l->rank);
    if (rc != OK || l->ranks == 1)
        return rc;
    if (host[0] == '\0' || strlen(host) >= sizeof l->host)
        return err_set(ERR_DEVICE, "MASTER_ADDR=%s: a name of 1 to %d bytes is wanted", host,
            LAUNCH_HOST_BYTES - 1);
    strcpy(l->host, host);
    rc = number_of("MASTER_PORT", 1, 65535, &l->port);
    if (store != NULL && strcmp(store, "True") == 0)
        l->port = 0; /* torchrun itself listens there */
    l->found = "WORLD_SIZE";
    name_job(l, job);
    return rc;
}

/* ---- Slurm's --------------------------------------------------------------------------------- */

static int
bad_list(const char *list)
{
    return err_set(ERR_DEVICE, "SLURM_STEP_NODELIST=%s: no host in it", list);
}

/* The first host of a list such as "rack[0-1]gpu[01-04,7]-x,login": rack0gpu01-x.  Of each bracket
 * it is the first number, as it is written; the comma behind it all ends the name. */
static int
first_host(struct launch *l, const char *list)
{
    const char *at = list;
    size_t      len = 0;

    while (*at != '\0' && *at != ',' && len < sizeof l->host) {
        size_t close = *at == '[' ? strcspn(at, "]") : 0, n;

        if (close == 0) {
            l->host[len++] = *at++;
            continue;
        }
        n = strspn(at + 1, "0123456789");
        if (n == 0 || at[close] == '\0' || strchr("-,]", at[1 + n]) == NULL ||
            n >= sizeof l->host - len)
            return bad_list(list);
        memcpy(l->host + len, at + 1, n);
        len += n;
        at += close + 1;
    }
    if (len == 0 || len == sizeof l->host)
        return bad_list(list);
    l->host[len] = '\0';
    return OK;
}

static int
find_slurm(struct launch *l)
{
    static const char *const job[] = { "SLURM_JOB_ID", "SLURM_STEP_ID", "SLURM_RESTART_COUNT",
        NULL };
    static const char *const needed[] = { "SLURM_PROCID", "SLURM_STEP_NODELIST", "SLURM_JOB_ID",
        "SLURM_STEP_ID" };
    int rc = number_of("SLURM_STEP_NUM_TASKS", 1, RANKS_MAX, &l->ranks);

    if (rc != OK || l->ranks == 1)
        return rc;
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (getenv(needed[i]) == NULL)
            return err_set(ERR_DEVICE, "SLURM_STEP_NUM_TASKS=%d: srun has started several "
                "processes, but %s is not set", l->ranks, needed[i]);
    rc = number_of("SLURM_PROCID", 0, l->ranks - 1, &l->rank);
    if (rc == OK)
        rc = first_host(l, getenv("SLURM_STEP_NODELIST"));
    l->found = "SLURM_STEP_NUM_TASKS";
    name_job(l, job);
    return rc;
}

/* Some of torchrun's variables that tell of other processes, but not all: each would
 * go on alone. */
static int
find_fragment(void)
{
    static const char *const needed[] = { "RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT" };
    const char              *ranks = getenv("WORLD_SIZE"), *rank = getenv("RANK");
    const char              *name = ranks != NULL ? "WORLD_SIZE" : "RANK";
    const char              *value = ranks != NULL ? ranks : rank;

    if (value == NULL || *value == '\0' || strcmp(value, ranks != NULL ? "1" : "0") == 0)
        return OK;
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (getenv(needed[i]) == NULL)
            return err_set(ERR_DEVICE, "%s=%s tells of several processes, but %s is not set", name,
                value, needed[i]);
    return OK;
}

int
launch_find(struct launch *l)
{
    *l = (struct launch){ .ranks = 1 };
    if (getenv("RANK") && getenv("WORLD_SIZE") && getenv("MASTER_ADDR") && getenv("MASTER_PORT"))
        return find_world(l);
    for (size_t i = 0; i < sizeof mpi_marks / sizeof *mpi_marks; i++) {
        const char *value = getenv(mpi_marks[i].name);

        if (value == NULL)
            continue;
        l->speaks_mpi = !mpi_marks[i].is_count || atoi(value) > 1;
        l->found = l->speaks_mpi ? mpi_marks[i].name : NULL;
        return OK;
    }
    if (getenv("SLURM_STEP_NUM_TASKS") != NULL)
        return find_slurm(l);
    return find_fragment();
}
