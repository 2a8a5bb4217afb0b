/* strm.c -- see strm.h. */
#include "lib/strm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"

static const char magic[] = "cloze/1 ";
static const char check_key[] = "check=";

_Static_assert(STRM_CHECKED_BYTES + sizeof check_key - 1 + 8 + 1 == STRM_HEAD_BYTES,
    "the check ends the header");

uint32_t
strm_check(uint64_t frame, const void *payload, size_t len)
{
    return hash_u32(payload, len, (frame << 32) + len);
}

void
strm_head(char text[STRM_HEAD_BYTES], int version, const char *head)
{
    char check[24], line[STRM_HEAD_BYTES];
    int  len = snprintf(line, sizeof line, "cloze/%d %s", version, head);

    CHECK(len > 0 && len < STRM_CHECKED_BYTES);
    memset(text, ' ', STRM_HEAD_BYTES);
    memcpy(text, line, (size_t)len);
    snprintf(check, sizeof check, "%s%08x\n", check_key, hash_u32(text, STRM_CHECKED_BYTES, 0));
    memcpy(text + STRM_CHECKED_BYTES, check, STRM_HEAD_BYTES - STRM_CHECKED_BYTES);
}

int
strm_start(struct strm_writer *w, struct out *out, const char *head)
{
    char text[STRM_HEAD_BYTES];

    *w = (struct strm_writer){ .out = out };
    strm_head(text, 1, head);
    return out_write(out, text, STRM_HEAD_BYTES);
}

static int
put_frame(struct strm_writer *w, uint32_t len, const void *payload, size_t payload_bytes)
{
    uint32_t head[2] = { len, strm_check(w->frames, payload, payload_bytes) };
    int      rc = out_write(w->out, head, sizeof head);

    return rc != OK ? rc : out_write(w->out, payload, payload_bytes);
}

int
strm_put(struct strm_writer *w, const void *payload, size_t len)
{
    int rc;

    CHECK(len > 0);
    if (len > STRM_FRAME_MAX)
        return err_set(ERR_LIMIT, "%s: frame %llu is %zu bytes; a frame holds at most %d",
            out_name(w->out), (unsigned long long)w->frames, len, STRM_FRAME_MAX);
    rc = put_frame(w, (uint32_t)len, payload, len);
    w->frames++;
    return rc;
}

int
strm_end(struct strm_writer *w, const uint64_t counts[STRM_COUNTS])
{
    uint64_t payload[1 + STRM_COUNTS] = { w->frames };

    memcpy(payload + 1, counts, STRM_COUNTS * sizeof *counts);
    return put_frame(w, 0, payload, sizeof payload);
}

/* ---- reading ---- */

static int
truncated(const struct strm_reader *r)
{
    return err_set(ERR_TRUNCATED, "%s: truncated at byte %llu, in frame %llu", r->in->name,
        (unsigned long long)r->in->offset, (unsigned long long)r->frames);
}

static int
damaged(const struct strm_reader *r, const char *what)
{
    return err_set(ERR_FORMAT, "%s: %s (frame %llu, before byte %llu)", r->in->name, what,
        (unsigned long long)r->frames, (unsigned long long)r->in->offset);
}

int
strm_open(struct strm_reader *r, struct in *in, const char *kind)
{
    char   text[STRM_HEAD_BYTES + 1] = "", want[16];
    size_t got, len, kind_len = strlen(kind);
    int    rc;

    *r = (struct strm_reader){ .in = in };
    rc = in_read(in, text, STRM_HEAD_BYTES, &got);
    if (rc != OK)
        return rc;
    if (got < sizeof magic - 1 || memcmp(text, magic, strlen("cloze/")) != 0)
        return err_set(ERR_FORMAT, "%s: not a cloze stream", in->name);
    if (memcmp(text, magic, sizeof magic - 1) != 0)
        return err_set(ERR_FORMAT, "%s: version \"%.*s\" of the format; this program reads cloze/1",
            in->name, (int)strcspn(text, " \n"), text);
    if (got < STRM_HEAD_BYTES)
        return truncated(r);
    snprintf(want, sizeof want, "%s%08x\n", check_key, hash_u32(text, STRM_CHECKED_BYTES, 0));
    if (memcmp(text + STRM_CHECKED_BYTES, want, strlen(want)) != 0)
        return err_set(ERR_FORMAT, "%s: the header is damaged", in->name);
    if (memcmp(text + sizeof magic - 1, kind, kind_len) != 0
        || text[sizeof magic - 1 + kind_len] != ' ')
        return err_set(ERR_FORMAT, "%s: a stream of \"%.*s\", not of \"%s\"", in->name,
            (int)strcspn(text + sizeof magic - 1, " "), text + sizeof magic - 1, kind);
    for (len = STRM_CHECKED_BYTES; len > 0 && text[len - 1] == ' ';)
        len--;
    memcpy(r->head, text, len);
    return OK;
}

int
strm_key(const struct strm_reader *r, const char *key, char *text, size_t max)
{
    size_t      key_len = strlen(key), len;
    const char *at = r->head;

    while ((at = strchr(at, ' ')) != NULL) {
        at++;
        if (strncmp(at, key, key_len) != 0 || at[key_len] != '=')
            continue;
        at += key_len + 1;
        len = strcspn(at, " ");
        if (len >= max)
            break;
        memcpy(text, at, len);
        text[len] = '\0';
        return OK;
    }
    return err_set(ERR_FORMAT, "%s: the header has no usable \"%s=\"", r->in->name, key);
}

int
strm_key_u64(const struct strm_reader *r, const char *key, uint64_t *value)
{
    char  text[32], *end;
    int   rc = strm_key(r, key, text, sizeof text);

    if (rc != OK)
        return rc;
    *value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0')
        return err_set(ERR_FORMAT, "%s: \"%s=%s\" is not a number", r->in->name, key, text);
    return OK;
}

static int
get_end(struct strm_reader *r, uint32_t check)
{
    uint64_t payload[1 + STRM_COUNTS];
    size_t   got;
    char     beyond;
    int      rc = in_read(r->in, payload, sizeof payload, &got);

    if (rc != OK)
        return rc;
    if (got < sizeof payload)
        return truncated(r);
    if (strm_check(r->frames, payload, sizeof payload) != check || payload[0] != r->frames)
        return damaged(r, "the end frame is damaged");
    memcpy(r->counts, payload + 1, sizeof r->counts);
    rc = in_read(r->in, &beyond, 1, &got);
    if (rc != OK)
        return rc;
    return got > 0 ? damaged(r, "there is more behind the end frame") : OK;
}

int
strm_get(struct strm_reader *r, const void **payload)
{
    enum { STEP_BYTES = 1 << 20 };
    uint32_t head[2];
    size_t   got, step;
    int      rc = in_read(r->in, head, sizeof head, &got);

    if (rc != OK)
        return rc;
    if (got < sizeof head)
        return truncated(r);
    if (head[0] == 0)
        return get_end(r, head[1]);
    if (head[0] > STRM_FRAME_MAX)
        return damaged(r, "a frame's length is damaged");
    buf_reset(&r->payload);
    while (r->payload.len < head[0]) {
        step = head[0] - r->payload.len < STEP_BYTES ? head[0] - r->payload.len : STEP_BYTES;
        rc = buf_reserve(&r->payload, step);
        if (rc == OK)
            rc = in_read(r->in, r->payload.bytes + r->payload.len, step, &got);
        if (rc != OK)
            return rc;
        r->payload.len += got;
        if (got < step)
            return truncated(r);
    }
    if (strm_check(r->frames, r->payload.bytes, r->payload.len) != head[1])
        return damaged(r, "a frame is damaged");
    r->frames++;
    *payload = r->payload.bytes;
    return (int)r->payload.len;
}

void
strm_close(struct strm_reader *r)
{
    buf_free(&r->payload);
}
