/* team.c -- see ops.h, "several processes", and team.h.
 *
 * A large array is cut into chunks, and a chunk into as many slices as there are ranks.  To sum it,
 * every rank gets its slice from all, adds them up in the order of ranks, and gives the sum to all:
 * each byte goes over the wire twice, which is the least there is, and one rank alone decides each
 * number, so they cannot differ.
 *
 * Large sums are made by a thread of their own (side.h), beside what the others compute; it is the
 * only one that sends anything until it is waited for. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "kernels/team.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "kernels/meet.h"
#include "kernels/side.h"
#include "kernels/wire.h"

enum { CHUNK = 1 << 20, HOST_BYTES = 64 };

static struct {
    int                  rank, ranks;
    const struct wire   *wire; /* NULL: one process */
    struct team_patience patience;
    char (*host)[HOST_BYTES];
    double     *scratch; /* room for a chunk, or for the numbers of all ranks */
    bool        at_once; /* no thread but the first may send */
    atomic_bool ends;    /* nothing is waited for any more */
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
        return err_set(rc, "%s is set, so there are several processes: %s", launch.found,
            err_msg());
    }
    team.wire = wire;
    team.at_once = launch.one_thread;
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
team_beside(int *ranks)
{
    const char *host = team_host(team.rank);
    cpu_set_t   set;
    uint64_t    mine, *all = malloc((size_t)team.ranks * sizeof *all);
    int         rc;

    *ranks = 0;
    if (all == NULL)
        return err_set(ERR_MEMORY, "no memory for what %d processes tell each other", team.ranks);
    CPU_ZERO(&set);
    (void)sched_getaffinity(0, sizeof set, &set);
    mine = XXH3_64bits_withSeed(&set, sizeof set, XXH3_64bits(host, strlen(host)));
    rc = team_gather(all, &mine, sizeof mine);
    for (int r = 0; rc == OK && r < team.ranks; r++)
        *ranks += all[r] == mine;
    free(all);
    return rc;
}

void
team_bear(double timeout_s)
{
    team.patience.timeout_s = timeout_s;
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
    side_close();
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
    if (team.wire == NULL)
        return;
    atomic_store(&team.ends, true);
    side_close();
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

/* A wait that has an end. */
struct wait {
    double start_s, told_s;
};

static bool
is_over(struct wait *w, int late)
{
    double waited_s = meet_now_s() - w->start_s;

    if (waited_s - w->told_s < 0.1)
        return false;
    w->told_s = waited_s;
    team.patience.waiting(late, waited_s);
    return waited_s > team.patience.timeout_s;
}

int
team_wait(void)
{
    struct wait w = { meet_now_s(), 0 };
    int         late = -1, state;

    while ((state = team.wire->move(&late)) == 0)
        if (is_over(&w, late) || atomic_load(&team.ends)) {
            state = err_set(ERR_DEVICE, "does not answer, for %g s now", team.patience.timeout_s);
            break;
        }
    return state > 0 ? OK : late < 0 ? state
        : err_set(state, "rank %d on %s %s", late, team_host(late), err_msg());
}

int
team_await(int (*done)(void))
{
    const struct timespec nap = { 0, 20000 };
    struct wait           w = { meet_now_s(), 0 };
    double                here = 1;
    int                   state, rc;

    while ((state = done()) == 0 && !is_over(&w, -1))
        nanosleep(&nap, NULL);
    if (state != 0)
        return state > 0 ? OK : state;
    rc = team_sum(&here, 1);
    return rc != OK ? rc : err_set(ERR_DEVICE, "messages between GPUs do not arrive, for %g s now, "
        "though all ranks answer", team.patience.timeout_s);
}

int
team_gather(void *all, const void *mine, size_t bytes)
{
    CHECK(!side_busy());
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

    CHECK(!side_busy());
    for (size_t at = 0; rc == OK && team.ranks > 1 && at < count; at += CHUNK)
        rc = spread_chunk((char *)bytes + at, count - at < CHUNK ? count - at : CHUNK);
    return rc;
}

/* own[i] = the sum over ranks: this one's own numbers, and what the others sent,
 * `items` from each. */
static void
add_up(char *own, const char *others, enum dtype dtype, size_t items)
{
    for (size_t i = 0; i < items; i++) {
        double sum = 0;

        for (int r = 0; r < team.ranks; r++) {
            const char *from = r == team.rank ? own : others + (size_t)r * items
                * dtype_bytes(dtype);

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

static int
all_sum(struct view y)
{
    size_t items = (size_t)y.rows * (size_t)y.cols;
    int    rc = OK;

    for (size_t at = 0; rc == OK && at < items; at += CHUNK)
        rc = sum_chunk((char *)y.data + at * dtype_bytes(y.dtype), y.dtype,
            items - at < CHUNK ? items - at : CHUNK);
    return rc;
}

void
team_all_sum_begin(struct view y)
{
    CHECK(y.dtype == F32 || y.dtype == F64);
    side_add(all_sum, y, team.at_once);
}

int
team_all_sum_end(void)
{
    return side_wait();
}

int
team_all_sum(struct view y)
{
    if (team.ranks == 1)
        return OK;
    team_all_sum_begin(y);
    return team_all_sum_end();
}
