/* fuzz.h -- what the fuzz targets share; one file NAME_fuzz.c is one target of libFuzzer.
 *
 *     make fuzz SECONDS_EACH=60
 *
 * A target gives any bytes to a reader, and all that the reader accepts to those who work with it.
 * A crash, a leak, undefined behaviour or an endless loop is a fault; an error is not.  Where a
 * checksum would refuse every change, the target gives the bytes twice: as they are, and with the
 * checks made to fit, so that the code behind them is reached. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/strm.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Anything that goes wrong outside of what is tested. */
static inline void
fuzz_need(bool good)
{
    if (!good) {
        perror("fuzz: the target itself failed");
        exit(1);
    }
}

/* fuzz_file -- the bytes as a file without a name in memory, the same one again and again. */
static inline int
fuzz_file(const void *bytes, size_t len)
{
    static int fd = -1;

    if (fd < 0)
        fd = memfd_create("fuzz", 0);
    fuzz_need(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, bytes, len, 0) == (ssize_t)len
        && lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

/* fuzz_path -- the path of a descriptor. */
static inline const char *
fuzz_path(int fd)
{
    static char path[64];

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return path;
}

/* fuzz_copy -- the bytes and a 0 in memory of just that size, so that reading beyond is seen. */
static inline char *
fuzz_copy(const void *bytes, size_t len)
{
    char *copy = malloc(len + 1);

    fuzz_need(copy != NULL);
    if (len > 0)
        memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}

/* fuzz_reseal_head -- make the check of a stream's header fit. */
static inline void
fuzz_reseal_head(char head[STRM_HEAD_BYTES])
{
    static const char magic[] = "cloze/N ";
    int               version = head[6] == '3' ? 3 : 1;
    char              line[STRM_HEAD_BYTES];
    size_t            len = STRM_HEAD_BYTES - 1 - 8 - 6;

    while (len > 0 && head[len - 1] == ' ')
        len--;
    for (size_t i = 0; i < len; i++) /* the header is a C string: it cannot hold a 0 */
        head[i] = head[i] == '\0' || head[i] == '\n' ? '0' : head[i];
    if (len < sizeof magic || len + 1 >= STRM_HEAD_BYTES - 1 - 8 - 6)
        return;
    memcpy(line, head + sizeof magic - 1, len - (sizeof magic - 1));
    line[len - (sizeof magic - 1)] = '\0';
    strm_head(head, version, line);
}

#endif
