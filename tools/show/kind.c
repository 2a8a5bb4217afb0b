/* kind.c -- what is it?  By content: names of files and their endings say nothing, except that a
 * directory is known by the files in it. */
#define _GNU_SOURCE /* O_CLOEXEC */
#include "tools/show/show.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/zseek.h"

enum { HEAD_BYTES = 4096 };

static bool
holds(const char *dir, const char *name)
{
    char path[PATH_BYTES];

    return path_join(path, dir, name) == OK && access(path, F_OK) == 0;
}

static int
kind_of_dir(enum kind *kind, const char *path)
{
    if (access(path, R_OK | X_OK) != 0)
        return err_io("%s: cannot open", path);
    if (holds(path, "manifest.json"))
        *kind = KIND_DATA;
    else if (holds(path, "config.json") && holds(path, "model.safetensors"))
        *kind = KIND_MODEL;
    else if (holds(path, "log.jsonl") || holds(path, "latest"))
        *kind = KIND_RUN;
    else
        return err_set(ERR_FORMAT,
            "%s: a directory with no manifest.json (data), no config.json "
            "and model.safetensors (a model), and no log.jsonl (a run)",
            path);
    return OK;
}

static bool
begins(const char *head, size_t len, const char *with)
{
    return len >= strlen(with) && memcmp(head, with, strlen(with)) == 0;
}

/* Word, tab, digits, and a newline or the end of the file. */
static bool
is_table(const char *head, size_t len)
{
    const char *tab = memchr(head, '\t', len), *end = head + len;

    if (tab == NULL || tab == head || memchr(head, '\n', (size_t)(tab - head)) != NULL)
        return false;
    for (tab++; tab < end && *tab >= '0' && *tab <= '9'; tab++)
        ;
    return tab[-1] != '\t' && (tab == end || *tab == '\n' || *tab == '\t');
}

static bool
is_tensors(const char *head, size_t len, uint64_t file_bytes)
{
    uint64_t header = 0;

    if (len < 9)
        return false;
    memcpy(&header, head, sizeof header);
    return header <= 100000000 && header <= file_bytes && head[8] == '{';
}

static int
unknown(const char *path, const char *head, size_t len)
{
    char hex[16] = "";

    for (size_t i = 0; i < len && i < 4; i++)
        snprintf(hex + 3 * i, sizeof hex - 3 * i, " %02x", (unsigned char)head[i]);
    return err_set(ERR_FORMAT,
        "%s: none of the kinds this program knows: it begins with the bytes%s",
        path, hex);
}

static int
kind_of_bytes(enum kind *kind, const char *path, const char *head, size_t len, uint64_t file_bytes)
{
    size_t blank = 0;

    while (blank < len && strchr(" \t\r\n", head[blank]) != NULL && head[blank] != '\0')
        blank++;
    if (begins(head, len, "cloze/"))
        *kind = KIND_STREAM;
    else if (zseek_is(path))
        *kind = KIND_SHARD;
    else if (is_tensors(head, len, file_bytes))
        *kind = KIND_TENSORS;
    else if (blank < len && head[blank] == '{')
        *kind = KIND_TOKENIZER;
    else if (is_table(head, len))
        *kind = KIND_WORDS;
    else if (begins(head, len, "\x28\xb5\x2f\xfd"))
        return err_set(ERR_FORMAT,
            "%s: zstd without a seek table: a shard that is cut, or another "
            "file",
            path);
    else if (len == 0)
        return err_set(ERR_FORMAT, "%s: is empty", path);
    else
        return unknown(path, head, len);
    return OK;
}

int
kind_of(enum kind *kind, const char *path)
{
    char        head[HEAD_BYTES];
    struct stat st;
    ssize_t     len;
    int         fd;

    if (strcmp(path, "-") == 0) {
        *kind = KIND_STREAM; /* the one kind that is read from beginning to end */
        return OK;
    }
    if (*path == '\0')
        return err_set(ERR_IO, "the name of a file to read is empty");
    if (stat(path, &st) != 0)
        return err_io("%s: cannot open", path);
    if (S_ISDIR(st.st_mode))
        return kind_of_dir(kind, path);
    if (!S_ISREG(st.st_mode)) {
        *kind = KIND_STREAM;
        return OK;
    }
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_io("%s: cannot open", path);
    len = file_read_at(fd, head, sizeof head, 0);
    close(fd);
    if (len < 0)
        return err_io("%s: cannot read", path);
    return kind_of_bytes(kind, path, head, (size_t)len, (uint64_t)st.st_size);
}
