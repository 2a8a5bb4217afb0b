/* meet.c -- see meet.h.
 *
 * Addresses are kept as IPv6, those of IPv4 in their mapped form, so that one list holds both.
 * The address of a rank is the one that rank 0 was called from, which needs no name to be right;
 * where that is the loopback it is good on rank 0's host only, and the others take the address
 * by which they have found rank 0. */
#define _DEFAULT_SOURCE
#include "kernels/meet.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/philox.h"

enum { PORTS = 16, FIRST_PORT = 20000, PORT_RANGE = 12000 /* below those given to callers */ };
enum { FILES_BESIDE = 64 /* that a process may have open but for its connections */ };

static const char   magic[8] = "cloze 2", taken = '!';
static const double greeting_s = 5; /* for what is a matter of milliseconds */

struct place {
    struct in6_addr address;
    int32_t         port;
};

/* What a caller says of itself, and what it hears back. */
struct greeting {
    char     magic[sizeof magic];
    uint64_t job;
    int32_t  rank, ranks, port;
    int32_t  known; /* said back: another has come with the caller's rank */
};

double
meet_now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- sockets --------------------------------------------------------------------------------- */

static void
prepare(int fd)
{
    int on = 1;

    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

/* A socket that listens on `port`, 0: any; -1: that is not to be had. */
static int
listen_at(int port)
{
    struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
    struct sockaddr_in  four = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int                 fd = socket(AF_INET6, SOCK_STREAM, 0), on = 1, off = 0, rc;

    if (fd >= 0 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) != 0) {
        close(fd);
        fd = -1;
    }
    if (fd >= 0) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        rc = bind(fd, (struct sockaddr *)&six, sizeof six);
    } else { /* a host without IPv6 */
        fd = socket(AF_INET, SOCK_STREAM, 0);
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        rc = bind(fd, (struct sockaddr *)&four, sizeof four);
    }
    if (rc == 0)
        rc = listen(fd, SOMAXCONN);
    if (rc != 0 && fd >= 0) {
        close(fd);
        fd = -1;
    }
    if (fd >= 0)
        prepare(fd);
    return fd;
}

static void
place_of(struct place *place, const struct sockaddr_storage *s)
{
    if (s->ss_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)s;

        *place = (struct place){ six->sin6_addr, ntohs(six->sin6_port) };
    } else {
        const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)s;

        *place = (struct place){ .port = ntohs(four->sin_port) };
        memset(&place->address.s6_addr[10], 0xff, 2);
        memcpy(&place->address.s6_addr[12], &four->sin_addr, 4);
    }
}

static bool
is_loopback(const struct place *place)
{
    return IN6_IS_ADDR_LOOPBACK(&place->address) ||
           (IN6_IS_ADDR_V4MAPPED(&place->address) && place->address.s6_addr[12] == 127);
}

static bool
ready(int fd, short events, double seconds)
{
    struct pollfd p = { .fd = fd, .events = events };

    return poll(&p, 1, (int)(seconds * 1000)) == 1;
}

/* A connection to a place; -1: none within the time. */
static int
call(const struct place *place)
{
    struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = place->address,
        .sin6_port = htons((uint16_t)place->port) };
    struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons((uint16_t)place->port) };
    bool               mapped = IN6_IS_ADDR_V4MAPPED(&place->address);
    int                fd = socket(mapped ? AF_INET : AF_INET6, SOCK_STREAM, 0), rc, error = 0;
    socklen_t          len = sizeof error;

    if (fd < 0)
        return -1;
    prepare(fd);
    memcpy(&four.sin_addr, &place->address.s6_addr[12], 4);
    rc = mapped ? connect(fd, (struct sockaddr *)&four, sizeof four)
                : connect(fd, (struct sockaddr *)&six, sizeof six);
    if (rc != 0 && errno == EINPROGRESS && ready(fd, POLLOUT, greeting_s) &&
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0)
        rc = 0;
    if (rc != 0)
        close(fd);
    return rc == 0 ? fd : -1;
}

/* say, hear -- all of it, within the time. */
static bool
say(int fd, const void *bytes, size_t count)
{
    double end_s = meet_now_s() + greeting_s;

    for (size_t done = 0; done < count;) {
        ssize_t n = send(fd, (const char *)bytes + done, count - done, MSG_NOSIGNAL);

        if (n > 0)
            done += (size_t)n;
        else if ((errno != EAGAIN && errno != EINTR) || meet_now_s() > end_s)
            return false;
        else
            ready(fd, POLLOUT, 0.1);
    }
    return true;
}

static bool
hear(int fd, void *bytes, size_t count, double seconds)
{
    double end_s = meet_now_s() + seconds;

    for (size_t done = 0; done < count;) {
        ssize_t n = recv(fd, (char *)bytes + done, count - done, 0);

        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || (errno != EAGAIN && errno != EINTR) || meet_now_s() > end_s)
            return false;
        else
            ready(fd, POLLIN, 0.1);
    }
    return true;
}

/* ---- who calls ------------------------------------------------------------------------------- */

static int
wait_or_fail(const struct team_patience *patience, int rank, double start_s, const char *where)
{
    double waited_s = meet_now_s() - start_s;

    patience->waiting(rank, waited_s);
    if (waited_s > patience->timeout_s)
        return err_set(ERR_DEVICE, "rank %d does not come%s, for %g s now", rank, where,
            patience->timeout_s);
    return OK;
}

/* A caller may be anyone: a port scanner, another job; or gone, where this one was too slow to
 * hear it: a rank is known only when it has taken the answer, or its next call would be refused. */
static void
answer(int fd, int *peer, struct place *place, const struct launch *l, int first,
    const struct sockaddr_storage *from)
{
    struct greeting g, own = { .job = l->job, .rank = l->rank, .ranks = l->ranks };
    bool            fits = false;
    char            word;

    prepare(fd);
    memcpy(own.magic, magic, sizeof magic);
    if (hear(fd, &g, sizeof g, greeting_s) && memcmp(g.magic, magic, sizeof magic) == 0 &&
        g.job == l->job) {
        fits = g.ranks == l->ranks && g.rank >= first && g.rank < l->ranks;
        own.known = fits && peer[g.rank] >= 0;
        fits = say(fd, &own, sizeof own) && fits && !own.known;
    }
    if (fits && hear(fd, &word, sizeof word, greeting_s) && word == taken) {
        peer[g.rank] = fd;
        place_of(&place[g.rank], from);
        place[g.rank].port = g.port;
    } else
        close(fd);
}

/* Be called by all ranks from `first` on. */
static int
be_called(int listener, int *peer, struct place *place, const struct launch *l, int first,
    struct team_patience patience)
{
    double start_s = meet_now_s();
    int    rc = OK, missing = first;

    while (rc == OK) {
        struct sockaddr_storage from = { 0 };
        socklen_t               len = sizeof from;
        int                     fd = -1;

        while (missing < l->ranks && peer[missing] >= 0)
            missing++;
        if (missing == l->ranks)
            break;
        rc = wait_or_fail(&patience, missing, start_s, ""); /* also when strangers keep calling */
        if (rc != OK || !ready(listener, POLLIN, 0.1))
            continue;
        fd = accept(listener, (struct sockaddr *)&from, &len);
        if (fd >= 0)
            answer(fd, peer, place, l, first, &from);
        else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            rc = err_io("no connection of another rank can be taken");
    }
    return rc;
}

/* Call rank `to` and be known by it; *peer -1: somebody else, or nobody.  Errors: it is of the same
 * job, and will not have us. */
static int
greet(int *peer, const struct place *place, const struct launch *l, int to, int port)
{
    struct greeting g = { .job = l->job, .rank = l->rank, .ranks = l->ranks, .port = port }, back;
    int             fd = call(place), rc = OK;

    *peer = -1;
    if (fd < 0)
        return OK;
    memcpy(g.magic, magic, sizeof magic);
    if (say(fd, &g, sizeof g) && hear(fd, &back, sizeof back, greeting_s) &&
        memcmp(back.magic, magic, sizeof magic) == 0 && back.job == l->job && back.rank == to) {
        if (back.ranks != l->ranks)
            rc = err_set(ERR_DEVICE, "rank %d was started as one of %d, this rank %d as one of %d",
                to, back.ranks, l->rank, l->ranks);
        else if (back.known)
            rc = err_set(ERR_DEVICE, "rank %d knows another rank %d: two were started with that "
                "number", to, l->rank);
        else if (say(fd, &taken, sizeof taken))
            *peer = fd;
    }
    if (*peer < 0)
        close(fd);
    return rc;
}

/* ---- rank 0 ---------------------------------------------------------------------------------- */

/* The ports at which rank 0 may be, in the order in which it tries them. */
static int
port_of(const struct launch *l, int i)
{
    struct philox r = philox(l->job, PHILOX_ORDER, (uint32_t)i, 0, 0);

    return i == 0 && l->port > 0 ? l->port : FIRST_PORT + (int)(r.x[0] % PORT_RANGE);
}

static int
listen_as_first(const struct launch *l)
{
    int fd = -1;

    for (int i = 0; i < PORTS && fd < 0; i++)
        fd = listen_at(port_of(l, i));
    return fd;
}

/* Call rank 0 at each of its ports, at each address of its host, until it answers. */
static int
call_first(int *peer, struct place *place, const struct launch *l, int port,
    struct team_patience patience)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    double                start_s = meet_now_s();
    char                  where[LAUNCH_HOST_BYTES + 40];
    int                   rc = OK;

    snprintf(where, sizeof where, " (looked for on %s)", l->host);
    while (rc == OK) {
        struct addrinfo *list = NULL;

        if (getaddrinfo(l->host, NULL, &hints, &list) != 0)
            list = NULL; /* its name may not be known yet */
        for (int i = 0; i < PORTS; i++)
            for (const struct addrinfo *a = list; a != NULL && rc == OK && peer[0] < 0;
                 a = a->ai_next) {
                struct sockaddr_storage s = { 0 };

                memcpy(&s, a->ai_addr, a->ai_addrlen);
                place_of(place, &s);
                place->port = port_of(l, i);
                rc = greet(&peer[0], place, l, 0, port);
                if (rc == OK && peer[0] < 0) /* which may have taken seconds */
                    rc = wait_or_fail(&patience, 0, start_s, where);
            }
        if (list != NULL)
            freeaddrinfo(list);
        else if (rc == OK)
            rc = wait_or_fail(&patience, 0, start_s, where);
        if (peer[0] >= 0)
            return OK;
        nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
    }
    return rc;
}

/* ---- all ------------------------------------------------------------------------------------- */

/* The list of all places, which rank 0 gives when it has them. */
static int
be_told(struct place *place, const struct launch *l, int peer, struct team_patience patience)
{
    struct place first = place[0];
    size_t       bytes = (size_t)l->ranks * sizeof *place;
    double       start_s = meet_now_s();
    int          rc = OK;

    while (rc == OK && !ready(peer, POLLIN, 0.1))
        rc = wait_or_fail(&patience, 0, start_s, " to an end with the others");
    if (rc == OK && !hear(peer, place, bytes, greeting_s))
        rc = err_set(ERR_DEVICE, "rank 0 on %s has given up before all were there", l->host);
    for (int r = 0; r < l->ranks; r++)
        if (r == 0 || is_loopback(&place[r]))
            place[r].address = first.address;
    return rc;
}

static int
meet_as_other(int listener, int *peer, struct place *place, const struct launch *l,
    struct team_patience patience)
{
    struct sockaddr_storage own = { 0 };
    struct place            here;
    socklen_t               len = sizeof own;
    int                     rc;

    getsockname(listener, (struct sockaddr *)&own, &len);
    place_of(&here, &own);
    rc = call_first(peer, place, l, here.port, patience);
    if (rc == OK)
        rc = be_told(place, l, peer[0], patience);
    for (int r = 1; rc == OK && r < l->rank; r++) {
        double start_s = meet_now_s();

        while (rc == OK && (rc = greet(&peer[r], &place[r], l, r, here.port)) == OK && peer[r] < 0)
            rc = wait_or_fail(&patience, r, start_s, "");
    }
    return rc == OK ? be_called(listener, peer, place, l, l->rank + 1, patience) : rc;
}

static int
meet_as_first(int listener, int *peer, struct place *place, const struct launch *l,
    struct team_patience patience)
{
    int rc = be_called(listener, peer, place, l, 1, patience);

    for (int r = 1; rc == OK && r < l->ranks; r++)
        if (!say(peer[r], place, (size_t)l->ranks * sizeof *place))
            rc = err_set(ERR_DEVICE, "rank %d has gone before all were there", r);
    return rc;
}

/* A connection to each: as many open files as it takes, if that is allowed. */
static int
allow_files(int ranks)
{
    rlim_t        wanted = (rlim_t)ranks + FILES_BESIDE;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return OK;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    if (limit.rlim_cur == wanted && setrlimit(RLIMIT_NOFILE, &limit) == 0)
        return OK;
    return err_set(ERR_DEVICE, "a process has a connection to each of %d, and %llu open files are "
        "allowed (ulimit -n)", ranks, (unsigned long long)limit.rlim_cur);
}

int
meet(int *peer, const struct launch *l, struct team_patience patience)
{
    struct place *place = calloc((size_t)l->ranks, sizeof *place);
    int           rc = allow_files(l->ranks);
    int           listener = l->rank == 0 ? listen_as_first(l) : listen_at(0);

    for (int r = 0; r < l->ranks; r++)
        peer[r] = -1;
    if (rc == OK && place == NULL)
        rc = err_set(ERR_MEMORY, "no memory for the addresses of %d processes", l->ranks);
    else if (rc == OK && listener < 0)
        rc = err_io("no port is to be had for others to call at");
    else if (rc == OK && l->rank == 0)
        rc = meet_as_first(listener, peer, place, l, patience);
    else if (rc == OK)
        rc = meet_as_other(listener, peer, place, l, patience);
    if (listener >= 0)
        close(listener);
    for (int r = 0; rc != OK && r < l->ranks; r++)
        if (peer[r] >= 0)
            close(peer[r]);
    free(place);
    return rc;
}
