/* wire.c -- see wire.h.
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

static double
now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int
wire_open(int *rank, int *ranks)
{
    int provided, done = 0;

    MPI_Initialized(&done);
    if (!done && MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS)
        return err_set(ERR_DEVICE, "MPI cannot be started");
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, rank);
    MPI_Comm_size(MPI_COMM_WORLD, ranks);
    requests_max = 2 * *ranks; /* a message to and from each */
    request = malloc((size_t)requests_max * sizeof *request);
    peer = malloc((size_t)requests_max * sizeof *peer);
    return request != NULL && peer != NULL ? OK : err_set(ERR_MEMORY, "no memory for MPI's messages");
}

/* What ends a process that the other ranks do not let go. */
static void
end_within(double seconds)
{
    signal(SIGALRM, SIG_DFL);
    alarm((unsigned)seconds + 1);
}

void
wire_close(double timeout_s)
{
    end_within(timeout_s);
    MPI_Finalize();
    alarm(0);
    free(request);
    free(peer);
}

void
wire_abort(void)
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

void
wire_send(int to, const void *bytes, size_t count)
{
    CHECK(requests < requests_max && count <= INT_MAX);
    add(to, MPI_Isend(bytes, (int)count, MPI_BYTE, to, 0, MPI_COMM_WORLD, &request[requests]));
}

void
wire_receive(int from, void *bytes, size_t count)
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
mpi_failed(int rc, int *late)
{
    char text[MPI_MAX_ERROR_STRING];
    int  len;

    *late = -1;
    MPI_Error_string(rc, text, &len);
    return err_set(ERR_DEVICE, "MPI: %s", text);
}

int
wire_wait(struct team_patience patience, int *late)
{
    const struct timespec nap = { 0, 100000 };
    double                start_s = now_s(), told_s = 0;
    int                   done = 0;

    for (long polls = 0; failure == MPI_SUCCESS; polls++) {
        double waited_s;

        failure = MPI_Testall(requests, request, &done, MPI_STATUSES_IGNORE);
        if (done && failure == MPI_SUCCESS) {
            requests = 0;
            return OK;
        }
        if (polls < POLLS_AWAKE) {
            sched_yield();
            continue;
        }
        nanosleep(&nap, NULL);
        waited_s = now_s() - start_s;
        if (waited_s - told_s < 0.1)
            continue;
        told_s = waited_s;
        *late = late_one();
        patience.waiting(*late, waited_s);
        if (waited_s > patience.timeout_s)
            return err_set(ERR_DEVICE, "no answer");
    }
    return mpi_failed(failure, late);
}

#else

int
wire_open(int *rank, int *ranks)
{
    (void)rank, (void)ranks;
    return err_set(ERR_DEVICE, "this build has no MPI");
}

void
wire_close(double timeout_s)
{
    (void)timeout_s;
}

void
wire_abort(void)
{
}

/* Nobody is there to send to: these are not reached. */
void
wire_send(int to, const void *bytes, size_t count)
{
    (void)bytes, (void)count;
    CHECK(to < 0);
}

void
wire_receive(int from, void *bytes, size_t count)
{
    (void)bytes, (void)count;
    CHECK(from < 0);
}

int
wire_wait(struct team_patience patience, int *late)
{
    (void)patience;
    *late = -1;
    return err_set(ERR_DEVICE, "this build has no MPI");
}

#endif
