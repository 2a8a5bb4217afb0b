/* buf.c -- see buf.h. */
#include "lib/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
buf_reserve(struct buf *b, size_t more)
{
    size_t max = b->max ? b->max : 64;
    char  *bytes;

    if (more > SIZE_MAX / 4 || b->len > SIZE_MAX / 4)
        return err_set(ERR_MEMORY, "no memory: a buffer of %zu bytes was asked for", more);
    if (b->max > 0 && b->len + more < b->max)
        return OK;
    while (max <= b->len + more)
        max *= 2;
    bytes = realloc(b->bytes, max);
    if (bytes == NULL)
        return err_set(ERR_MEMORY, "no memory: a buffer cannot grow to %zu bytes", max);
    b->bytes = bytes;
    b->max = max;
    b->bytes[b->len] = '\0';
    return OK;
}

int
buf_add(struct buf *b, const void *bytes, size_t len)
{
    int rc = buf_reserve(b, len);

    if (rc != OK)
        return rc;
    if (len > 0)
        memcpy(b->bytes + b->len, bytes, len);
    b->len += len;
    b->bytes[b->len] = '\0';
    return OK;
}

int
buf_adds(struct buf *b, const char *text)
{
    return buf_add(b, text, strlen(text));
}

int
buf_addc(struct buf *b, char c)
{
    return buf_add(b, &c, 1);
}

int
buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list args;
    int     len, rc;

    va_start(args, fmt);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    CHECK(len >= 0);
    rc = buf_reserve(b, (size_t)len + 1);
    if (rc != OK)
        return rc;
    va_start(args, fmt);
    vsnprintf(b->bytes + b->len, (size_t)len + 1, fmt, args);
    va_end(args);
    b->len += (size_t)len;
    return OK;
}

void
buf_reset(struct buf *b)
{
    b->len = 0;
    if (b->bytes != NULL)
        b->bytes[0] = '\0';
}

void
buf_free(struct buf *b)
{
    free(b->bytes);
    *b = (struct buf){ 0 };
}
