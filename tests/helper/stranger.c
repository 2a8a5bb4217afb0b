/* stranger.c -- stranger PORT: calls there as somebody who has nothing to do with it: once and is
 * gone, once with bytes that mean nothing, and once to say nothing at all, for ten seconds. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int
call(int port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
        .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int                fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        exit(1);
    return fd;
}

int
main(int argc, char **argv)
{
    struct linger hard = { 1, 0 };
    char          bytes[100];
    int           port = argc == 2 ? atoi(argv[1]) : 0, gone = call(port), loud = call(port);

    setsockopt(gone, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(gone);
    memset(bytes, 'c', sizeof bytes);
    if (write(loud, bytes, sizeof bytes) != (ssize_t)sizeof bytes)
        return 1;
    (void)call(port);
    sleep(10);
    return 0;
}
