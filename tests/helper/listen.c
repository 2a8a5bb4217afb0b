/* listen.c -- listen PORT: takes calls there and says nothing, until it is killed. */
#define _POSIX_C_SOURCE 200809L
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    int                fd = socket(AF_INET, SOCK_STREAM, 0);

    if (argc != 2)
        return 2;
    at.sin_port = htons((unsigned short)atoi(argv[1]));
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 8) != 0)
        return 1;
    for (;;)
        pause();
}
