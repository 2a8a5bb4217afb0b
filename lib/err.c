/* err.c -- one sentence per thread; see err.h. */
#include "lib/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MSG_MAX = 2048 };

static _Thread_local char msg[MSG_MAX];

int
err_set(int code, const char *fmt, ...)
{
    char    fresh[MSG_MAX]; /* an argument may be err_msg() itself */
    va_list args;

    va_start(args, fmt);
    vsnprintf(fresh, sizeof fresh, fmt, args);
    va_end(args);
    memcpy(msg, fresh, strlen(fresh) + 1);
    return code;
}

int
err_io(const char *fmt, ...)
{
    char    fresh[MSG_MAX];
    int     saved = errno;
    va_list args;

    va_start(args, fmt);
    vsnprintf(fresh, sizeof fresh, fmt, args);
    va_end(args);
    return err_set(ERR_IO, "%s: %s", fresh, strerror(saved));
}

const char *
err_msg(void)
{
    return msg;
}

void
err_bug(const char *file, int line, const char *cond)
{
    fprintf(stderr, "%s:%d: bug: %s does not hold\n", file, line, cond);
    abort();
}
