/* flip.c -- what a cosmic ray does: change one bit of every array of 32 ones in the memory of a
 * process.  In a model that was never updated these are the gains of its layer norms.
 *
 *     flip PID        prints how many; 2 if the system does not allow it */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RUN = 32 };

/* The ones of one mapping, from..to of the process's addresses. */
static int
flip_in(int memory, unsigned long from, unsigned long to)
{
    const float one = 1;
    size_t      count = (to - from) / sizeof one, ones = 0;
    float      *numbers = malloc(to - from);
    int         flipped = 0;

    if (numbers == NULL || pread(memory, numbers, to - from, (off_t)from) != (ssize_t)(to - from))
        count = 0;
    for (size_t i = 0; i < count; i++) {
        ones = memcmp(&numbers[i], &one, sizeof one) == 0 ? ones + 1 : 0;
        if (ones == RUN) {
            float other = 1.0000001f;

            flipped += pwrite(memory, &other, sizeof other,
                           (off_t)(from + (i - RUN + 1) * sizeof other)) == sizeof other;
        }
    }
    free(numbers);
    return flipped;
}

int
main(int argc, char **argv)
{
    char          path[64], line[512], rights[8];
    unsigned long from, to;
    int           memory, flipped = 0;
    FILE         *maps;

    if (argc != 2)
        return 1;
    snprintf(path, sizeof path, "/proc/%s/maps", argv[1]);
    maps = fopen(path, "r");
    snprintf(path, sizeof path, "/proc/%s/mem", argv[1]);
    memory = open(path, O_RDWR);
    if (maps == NULL || memory < 0)
        return 2;
    while (fgets(line, sizeof line, maps) != NULL)
        if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) == 3 && strncmp(rights, "rw-p", 4) == 0
            && to - from < 1ul << 28)
            flipped += flip_in(memory, from, to);
    printf("%d\n", flipped);
    fclose(maps);
    close(memory);
    return 0;
}
