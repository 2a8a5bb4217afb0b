/* wire_tcp.c -- messages over TCP, a connection between any two ranks; see wire.h and meet.h.
 *
 * Nothing spins: who waits sleeps in poll until a byte comes or goes.  A rank that has ended is
 * noticed at once, as its connections are closed. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernels/meet.h"
#include "kernels/wire.h"

enum { POLL_MS = 100 };

/* What is under way to or from a rank. */
struct flow {
    char  *at;
    size_t left;
};

static int            ranks;
static int           *peer; /* [ranks] sockets */
static struct flow   *in, *out; /* [ranks] */
static struct pollfd *polled;   /* [ranks] */

static void
tcp_close(double timeout_s)
{
    (void)timeout_s;
    for (int r = 0; r < ranks; r++)
        if (peer[r] >= 0)
            close(peer[r]);
    free(peer), free(in), free(out), free(polled);
    peer = NULL, in = out = NULL, polled = NULL;
    ranks = 0;
}

/* The others find the connections closed. */
static void
tcp_end_all(void)
{
    tcp_close(0);
}

static int
tcp_open(struct launch *launch, struct team_patience patience)
{
    size_t count = (size_t)launch->ranks;
    int    rc;

    peer = malloc(count * sizeof *peer);
    in = calloc(count, sizeof *in);
    out = calloc(count, sizeof *out);
    polled = malloc(count * sizeof *polled);
    if (peer == NULL || in == NULL || out == NULL || polled == NULL)
        rc = err_set(ERR_MEMORY, "no memory for the messages of %d processes", launch->ranks);
    else
        rc = meet(peer, launch, patience);
    if (rc == OK)
        ranks = launch->ranks;
    else
        tcp_close(0);
    return rc;
}

static void
tcp_send(int to, const void *bytes, size_t count)
{
    CHECK(out[to].left == 0);
    out[to] = (struct flow){ (char *)bytes, count };
}

static void
tcp_receive(int from, void *bytes, size_t count)
{
    CHECK(in[from].left == 0);
    in[from] = (struct flow){ bytes, count };
}

/* false: the connection is gone. */
static bool
let_through(int r)
{
    while (out[r].left > 0) {
        ssize_t n = send(peer[r], out[r].at, out[r].left, MSG_NOSIGNAL);

        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        if (n < 0)
            break;
        out[r].at += n;
        out[r].left -= (size_t)n;
    }
    while (in[r].left > 0) {
        ssize_t n = recv(peer[r], in[r].at, in[r].left, 0);

        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return false;
        if (n < 0)
            break;
        in[r].at += n;
        in[r].left -= (size_t)n;
    }
    return true;
}

static int
tcp_move(int *late)
{
    int waiting = 0;

    for (int r = ranks - 1; r >= 0; r--) {
        if (in[r].left == 0 && out[r].left == 0)
            continue;
        if (!let_through(r)) {
            *late = r;
            return err_set(ERR_DEVICE, "is gone: its connection is closed");
        }
        if (in[r].left == 0 && out[r].left == 0)
            continue;
        *late = r;
        polled[waiting++] = (struct pollfd){ .fd = peer[r],
            .events = (short)((in[r].left ? POLLIN : 0) | (out[r].left ? POLLOUT : 0)) };
    }
    if (waiting == 0)
        return 1;
    (void)poll(polled, (nfds_t)waiting, POLL_MS);
    return 0;
}

const struct wire wire_tcp = { tcp_open, tcp_close, tcp_end_all, tcp_send, tcp_receive, tcp_move };
