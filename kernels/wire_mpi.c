/* wire_mpi.c -- messages of MPI, of which only so much is used; see wire.h.
 *
 * MPI's own waits know no end, and spin.  So everything is begun and then asked after: often while
 * it can be a matter of microseconds, then with short sleeps, which leaves the processor to those
 * who are waited for. */
#define _POSIX_C_SOURCE 200809L
#include "kernels/wire.h"

#ifdef HAVE_MPI

#include <limits.h>
#include <mpi.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { POLLS_AWAKE = 2000, ABORT_S = 10 };

static MPI_Request *request;
static int         *peer; /* [requests] whom each is with */
static int          requests, requests_max, failure;
static long         polls; /* since the last message was done */

static int
mpi_open(struct launch *launch, struct team_patience patience)
{
    int provided;

    (void)patience;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided) != MPI_SUCCESS)
        return err_set(ERR_DEVICE, "MPI cannot be started");
    launch->one_thread = provided < MPI_THREAD_SERIALIZED;
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, &launch->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &launch->ranks);
    requests_max = 2 * launch->ranks; /* a message to and from each */
    request = malloc((size_t)requests_max * sizeof *request);
    peer = malloc((size_t)requests_max * sizeof *peer);
    return request != NULL && peer != NULL ? OK : err_set(ERR_MEMORY,
        "no memory for MPI's messages");
}

/* What ends a process that the other ranks do not let go. */
static void
end_within(double seconds)
{
    signal(SIGALRM, SIG_DFL);
    alarm((unsigned)seconds + 1);
}

static void
mpi_close(double timeout_s)
{
    end_within(timeout_s);
    MPI_Finalize();
    alarm(0);
    free(request);
    free(peer);
}

static void
mpi_end_all(void)
{
    end_within(ABORT_S);
    MPI_Abort(MPI_COMM_WORLD, 1);
}

static void
add(int with, int rc)
{
    peer[requests++] = with;
    if (rc != MPI_SUCCESS)
        failure = rc;
}

static void
mpi_send(int to, const void *bytes, size_t count)
{
    CHECK(requests < requests_max && count <= INT_MAX);
    add(to, MPI_Isend(bytes, (int)count, MPI_BYTE, to, 0, MPI_COMM_WORLD, &request[requests]));
}

static void
mpi_receive(int from, void *bytes, size_t count)
{
    CHECK(requests < requests_max && count <= INT_MAX);
    add(from, MPI_Irecv(bytes, (int)count, MPI_BYTE, from, 0, MPI_COMM_WORLD, &request[requests]));
}

/* The first rank that something is still expected of. */
static int
late_one(void)
{
    for (int i = 0; i < requests; i++) {
        int done = 1;

        MPI_Request_get_status(request[i], &done, MPI_STATUS_IGNORE);
        if (!done)
            return peer[i];
    }
    return peer[0];
}

static int
mpi_failed(int *late)
{
    char text[MPI_MAX_ERROR_STRING];
    int  len;

    *late = -1;
    MPI_Error_string(failure, text, &len);
    return err_set(ERR_DEVICE, "MPI: %s", text);
}

static int
mpi_move(int *late)
{
    const struct timespec nap = { 0, 100000 };
    int                   done = 0;

    if (failure == MPI_SUCCESS)
        failure = MPI_Testall(requests, request, &done, MPI_STATUSES_IGNORE);
    if (failure != MPI_SUCCESS)
        return mpi_failed(late);
    if (done) {
        requests = 0;
        polls = 0;
        return 1;
    }
    *late = late_one();
    if (polls++ < POLLS_AWAKE)
        sched_yield();
    else
        nanosleep(&nap, NULL);
    return 0;
}

const struct wire wire_mpi = { mpi_open, mpi_close, mpi_end_all, mpi_send, mpi_receive, mpi_move };

#else

static int
no_mpi(struct launch *launch, struct team_patience patience)
{
    (void)launch, (void)patience;
    return err_set(ERR_DEVICE, "this build has no MPI: torchrun or srun --mpi=none need none");
}

const struct wire wire_mpi = { .open = no_mpi };

#endif
