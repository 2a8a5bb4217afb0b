/* team.c -- see ops.h, "several processes", and team.h.
 *
 * A large array is cut into chunks, and a chunk into as many slices as there are ranks.  To sum it,
 * every rank gets its slice from all, adds them up in the order of ranks, and gives the sum to all:
 * each byte goes over the wire twice, which is the least there is, and one rank alone decides each
 * number, so they cannot differ. */
#define _POSIX_C_SOURCE 200809L
#include "kernels/team.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kernels/meet.h"
#include "kernels/wire.h"

enum { CHUNK = 1 << 20, HOST_BYTES = 64 };

static struct {
    int                  rank, ranks;
    const struct wire   *wire; /* NULL: one process */
    struct team_patience patience;
    char (*host)[HOST_BYTES];
    double *scratch; /* room for a chunk, or for the numbers of all ranks */
} team = { .ranks = 1 };

/* ---- who is there ---------------------------------------------------------------------------- */

static int
make_room(void)
{
    size_t ranks = (size_t)team.ranks;
    size_t numbers = CHUNK + ranks * (TEAM_NUMBERS_MAX + 1);

    team.host = calloc(ranks, sizeof *team.host);
    team.scratch = malloc(numbers * sizeof *team.scratch);
    return team.host != NULL && team.scratch != NULL ? OK
        : err_set(ERR_MEMORY, "no memory for what %d processes tell each other", team.ranks);
}

int
team_open(struct team *t, struct team_patience patience)
{
    char               host[HOST_BYTES] = "?";
    struct launch      launch;
    const struct wire *wire;
    int                rc;

    *t = (struct team){ .ranks = 1 };
    team.patience = patience;
    rc = launch_find(&launch);
    if (rc != OK || launch.found == NULL)
        return rc;
    wire = launch.speaks_mpi ? &wire_mpi : &wire_tcp;
    team.ranks = launch.ranks; /* as far as is known: so that a late one has a name */
    rc = wire->open(&launch, patience);
    if (rc != OK) {
        team.ranks = 1;
        return err_set(rc, "%s is set, so there are several processes: %s", launch.found, err_msg());
    }
    team.wire = wire;
    t->found = launch.found;
    t->rank = team.rank = launch.rank;
    t->ranks = team.ranks = launch.ranks;
    rc = make_room();
    gethostname(host, sizeof host - 1);
    return rc == OK ? team_gather(team.host, host, sizeof host) : rc;
}

const char *
team_host(int rank)
{
    CHECK(rank >= 0 && rank < team.ranks);
    return team.host != NULL ? team.host[rank] : "?";
}

int
team_rank(void)
{
    return team.rank;
}

int
team_ranks(void)
{
    return team.ranks;
}

void
team_close(void)
{
    if (team.wire == NULL)
        return;
    team.wire->close(team.patience.timeout_s);
    free(team.host);
    free(team.scratch);
    team.wire = NULL;
    team.rank = 0;
    team.ranks = 1;
    team.host = NULL;
    team.scratch = NULL;
}

void
team_abort(void)
{
    if (team.wire != NULL)
        team.wire->end_all();
}

/* ---- messages -------------------------------------------------------------------------------- */

void
team_send(int to, const void *bytes, size_t count)
{
    team.wire->send(to, bytes, count);
}

void
team_receive(int from, void *bytes, size_t count)
{
    team.wire->receive(from, bytes, count);
}

int
team_wait(void)
{
    int late, rc = team.wire->wait(team.patience, &late);

    return rc == OK || late < 0 ? rc
        : err_set(rc, "rank %d on %s %s", late, team_host(late), err_msg());
}

int
team_gather(void *all, const void *mine, size_t bytes)
{
    memcpy((char *)all + (size_t)team.rank * bytes, mine, bytes);
    if (team.ranks == 1)
        return OK;
    for (int r = 0; r < team.ranks; r++) {
        if (r == team.rank)
            continue;
        team_receive(r, (char *)all + (size_t)r * bytes, bytes);
        team_send(r, mine, bytes);
    }
    return team_wait();
}

int
team_sum(double *numbers, int count)
{
    int rc;

    CHECK(count <= TEAM_NUMBERS_MAX);
    if (team.ranks == 1)
        return OK;
    rc = team_gather(team.scratch, numbers, (size_t)count * sizeof *numbers);
    for (int i = 0; i < count; i++) {
        double sum = 0;

        for (int r = 0; r < team.ranks; r++)
            sum += team.scratch[r * count + i];
        numbers[i] = sum;
    }
    return rc;
}

int
team_await(int (*done)(void))
{
    const struct timespec nap = { 0, 20000 };
    double                start_s = meet_now_s(), told_s = 0, waited_s = 0, here = 1;
    int                   state, rc;

    while ((state = done()) == 0 && waited_s <= team.patience.timeout_s) {
        nanosleep(&nap, NULL);
        waited_s = meet_now_s() - start_s;
        if (waited_s - told_s < 0.1)
            continue;
        told_s = waited_s;
        team.patience.waiting(-1, waited_s);
    }
    if (state != 0)
        return state == 1 ? OK : state;
    rc = team_sum(&here, 1);
    return rc != OK ? rc : err_set(ERR_DEVICE, "messages between GPUs do not arrive, for %g s now, "
        "though all ranks answer", team.patience.timeout_s);
}

/* Where the slice of rank r begins in a chunk of so many items. */
static size_t
slice(size_t items, int r)
{
    return items * (size_t)r / (size_t)team.ranks;
}

/* Each rank's own slice is right: give it to all others. */
static int
give_slices(char *chunk, size_t items, size_t item_bytes)
{
    size_t mine = slice(items, team.rank), mine_end = slice(items, team.rank + 1);

    for (int r = 0; r < team.ranks; r++) {
        size_t first = slice(items, r), end = slice(items, r + 1);

        if (r == team.rank)
            continue;
        team_receive(r, chunk + first * item_bytes, (end - first) * item_bytes);
        team_send(r, chunk + mine * item_bytes, (mine_end - mine) * item_bytes);
    }
    return team_wait();
}

static int
spread_chunk(char *chunk, size_t bytes)
{
    size_t mine = slice(bytes, team.rank), mine_end = slice(bytes, team.rank + 1);
    int    rc;

    if (team.rank > 0)
        team_receive(0, chunk + mine, mine_end - mine);
    for (int r = 1; team.rank == 0 && r < team.ranks; r++)
        team_send(r, chunk + slice(bytes, r), slice(bytes, r + 1) - slice(bytes, r));
    rc = team_wait();
    return rc == OK ? give_slices(chunk, bytes, 1) : rc;
}

int
team_spread(void *bytes, size_t count)
{
    int rc = OK;

    for (size_t at = 0; rc == OK && team.ranks > 1 && at < count; at += CHUNK)
        rc = spread_chunk((char *)bytes + at, count - at < CHUNK ? count - at : CHUNK);
    return rc;
}

/* own[i] = the sum over ranks: this one's own numbers, and what the others sent, `items` from each. */
static void
add_up(char *own, const char *others, enum dtype dtype, size_t items)
{
    for (size_t i = 0; i < items; i++) {
        double sum = 0;

        for (int r = 0; r < team.ranks; r++) {
            const char *from = r == team.rank ? own : others + (size_t)r * items * dtype_bytes(dtype);

            sum += dtype == F64 ? ((const double *)(const void *)from)[i]
                                : (double)((const float *)(const void *)from)[i];
        }
        if (dtype == F64)
            ((double *)(void *)own)[i] = sum;
        else
            ((float *)(void *)own)[i] = (float)sum;
    }
}

static int
sum_chunk(char *chunk, enum dtype dtype, size_t items)
{
    size_t item_bytes = dtype_bytes(dtype), mine = slice(items, team.rank);
    size_t count = slice(items, team.rank + 1) - mine;
    int    rc;

    for (int r = 0; r < team.ranks; r++) {
        size_t first = slice(items, r), end = slice(items, r + 1);

        if (r == team.rank)
            continue;
        team_receive(r, (char *)team.scratch + (size_t)r * count * item_bytes, count * item_bytes);
        team_send(r, chunk + first * item_bytes, (end - first) * item_bytes);
    }
    rc = team_wait();
    if (rc != OK)
        return rc;
    add_up(chunk + mine * item_bytes, (const char *)team.scratch, dtype, count);
    return give_slices(chunk, items, item_bytes);
}

int
team_all_sum(struct view y)
{
    size_t items = (size_t)y.rows * (size_t)y.cols;
    int    rc = OK;

    CHECK(y.dtype == F32 || y.dtype == F64);
    for (size_t at = 0; rc == OK && at < items; at += CHUNK)
        rc = sum_chunk((char *)y.data + at * dtype_bytes(y.dtype), y.dtype,
            items - at < CHUNK ? items - at : CHUNK);
    return rc;
}
