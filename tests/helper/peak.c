/* peak.c -- the memory that a program needed: peak FILE COMMAND...
 *
 * Runs the command and writes the largest resident set it had, in KiB, to FILE; ends as it does. */
#define _GNU_SOURCE /* wait4 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
    struct rusage used;
    FILE         *file;
    int           status;
    pid_t         child;

    if (argc < 3)
        return fputs("usage: peak FILE COMMAND...\n", stderr), 2;
    child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &used) != child)
        return perror("peak"), 1;
    file = fopen(argv[1], "w");
    if (file == NULL || fprintf(file, "%ld\n", used.ru_maxrss) < 0 || fclose(file) != 0)
        return perror(argv[1]), 1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
