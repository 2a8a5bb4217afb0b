/* tfevents.c -- see tfevents.h. */
#define _GNU_SOURCE /* gethostname */
#include "lib/tfevents.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/file.h"

/* Ours are below 1 KB each: a longer payload is damage. */
enum { HEAD_BYTES = 12, TAIL_BYTES = 4, PAYLOAD_MAX_BYTES = 1 << 20 };

static const char prefix[] = "events.out.tfevents.";

/* ---- checksums ---- */

uint32_t
tfevents_crc32c(const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    uint32_t       crc = 0xFFFFFFFFu;

    /* bit by bit: a few hundred bytes each some hundred steps are not worth a table */
    while (len-- > 0) {
        crc ^= *at++;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78u : 0);
    }
    return ~crc;
}

static uint32_t
check_of(const void *bytes, size_t len)
{
    uint32_t crc = tfevents_crc32c(bytes, len);

    return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

/* ---- protocol buffers, the little of them that is needed ---- */

enum wire { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

static int
put_varint(struct buf *b, uint64_t v)
{
    int rc = OK;

    for (; rc == OK && v >= 0x80; v >>= 7)
        rc = buf_addc(b, (char)(v | 0x80));
    return rc == OK ? buf_addc(b, (char)v) : rc;
}

static int
put_key(struct buf *b, int field, enum wire wire)
{
    return put_varint(b, (uint64_t)field << 3 | wire);
}

static int
put_double(struct buf *b, int field, double v)
{
    int rc = put_key(b, field, FIXED64);

    return rc == OK ? buf_add(b, &v, sizeof v) : rc;
}

static int
put_bytes(struct buf *b, int field, const void *bytes, size_t len)
{
    int rc = put_key(b, field, BYTES);

    if (rc == OK)
        rc = put_varint(b, len);
    return rc == OK ? buf_add(b, bytes, len) : rc;
}

static int
put_value(struct buf *summary, const struct tfevents_value *v)
{
    float      single = (float)v->value;
    struct buf value = { 0 };
    int        rc = put_bytes(&value, 1, v->tag, strlen(v->tag));

    if (rc == OK)
        rc = put_key(&value, 2, FIXED32);
    if (rc == OK)
        rc = buf_add(&value, &single, sizeof single);
    if (rc == OK)
        rc = put_bytes(summary, 1, value.bytes, value.len);
    buf_free(&value);
    return rc;
}

/* ---- writing ---- */

/* t->record holds room for the head, then the payload. */
static int
write_record(struct tfevents *t)
{
    uint64_t    payload_bytes = t->record.len - HEAD_BYTES;
    uint32_t    check = check_of(&payload_bytes, sizeof payload_bytes);
    const char *at;
    size_t      left;
    int         rc;

    memcpy(t->record.bytes, &payload_bytes, sizeof payload_bytes);
    memcpy(t->record.bytes + sizeof payload_bytes, &check, sizeof check);
    check = check_of(t->record.bytes + HEAD_BYTES, payload_bytes);
    rc = buf_add(&t->record, &check, sizeof check);
    if (rc != OK)
        return rc;
    for (at = t->record.bytes, left = t->record.len; left > 0;) {
        ssize_t n = write(t->fd, at, left);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_io("%s: cannot write", t->path);
        at += n;
        left -= (size_t)n;
    }
    return OK;
}

static int
start_record(struct tfevents *t, double wall_time_s)
{
    static const char head[HEAD_BYTES] = { 0 };
    int               rc;

    buf_reset(&t->record);
    rc = buf_add(&t->record, head, sizeof head);
    return rc == OK ? put_double(&t->record, 1, wall_time_s) : rc;
}

int
tfevents_add(struct tfevents *t, double wall_time_s, uint64_t step, int count,
    const struct tfevents_value *values)
{
    struct buf summary = { 0 };
    int        rc = start_record(t, wall_time_s);

    if (rc == OK)
        rc = put_key(&t->record, 2, VARINT);
    if (rc == OK)
        rc = put_varint(&t->record, step);
    for (int i = 0; rc == OK && i < count; i++)
        rc = put_value(&summary, &values[i]);
    if (rc == OK)
        rc = put_bytes(&t->record, 5, summary.bytes, summary.len);
    buf_free(&summary);
    return rc == OK ? write_record(t) : rc;
}

/* ---- opening ---- */

static int
begin_file(struct tfevents *t)
{
    static const char version[] = "brain.Event:2";
    int               rc = start_record(t, (double)time(NULL));

    if (rc == OK)
        rc = put_bytes(&t->record, 3, version, sizeof version - 1);
    return rc == OK ? write_record(t) : rc;
}

/* step_of -- field 2 of an Event; 0 where it is left out, as in the first record. */
static uint64_t
step_of(const uint8_t *at, size_t len)
{
    const uint8_t *end = at + len;

    while (at < end) {
        uint64_t key = *at++, v = 0;

        if ((key & 7) == FIXED64) {
            at += end - at < 8 ? end - at : 8;
        } else if ((key & 7) == VARINT) {
            for (int shift = 0; at < end && shift < 64; shift += 7) {
                v |= (uint64_t)(*at & 0x7F) << shift;
                if (!(*at++ & 0x80))
                    break;
            }
            if (key >> 3 == 2)
                return v;
        } else {
            break; /* ours have the step before anything longer */
        }
    }
    return 0;
}

/* kept_bytes -- the length of the whole, undamaged records up to step_max; t->damaged_at if what
 * ends them is neither a later step nor a record that was cut. */
static int
kept_bytes(struct tfevents *t, uint64_t step_max, off_t *kept)
{
    struct stat st;
    uint64_t    len;
    uint32_t    check;

    *kept = 0;
    if (fstat(t->fd, &st) != 0)
        return err_io("%s: cannot stat", t->path);
    for (;;) {
        char head[HEAD_BYTES];
        int  rc;

        if (file_read_at(t->fd, head, HEAD_BYTES, (uint64_t)*kept) != HEAD_BYTES)
            return OK;
        memcpy(&len, head, sizeof len);
        memcpy(&check, head + sizeof len, sizeof check);
        if (check != check_of(&len, sizeof len) || len > PAYLOAD_MAX_BYTES) {
            t->damaged_at = *kept;
            return OK;
        }
        if ((uint64_t)st.st_size < (uint64_t)*kept + HEAD_BYTES + len + TAIL_BYTES)
            return OK;
        buf_reset(&t->record);
        rc = buf_reserve(&t->record, len + TAIL_BYTES);
        if (rc != OK)
            return rc;
        if (file_read_at(t->fd, t->record.bytes, len + TAIL_BYTES, (uint64_t)*kept + HEAD_BYTES)
            != (ssize_t)(len + TAIL_BYTES))
            return OK;
        memcpy(&check, t->record.bytes + len, sizeof check);
        if (check != check_of(t->record.bytes, len)) {
            t->damaged_at = *kept;
            return OK;
        }
        if (step_of((const uint8_t *)t->record.bytes, len) > step_max)
            return OK;
        *kept += (off_t)(HEAD_BYTES + len + TAIL_BYTES);
    }
}

/* find_file -- the name in `dir` that is the last in byte order, or a new one. */
static int
find_file(char name[512], const char *dir)
{
    DIR           *d = opendir(dir);
    struct dirent *entry;
    char           host[128] = "";

    name[0] = '\0';
    if (d == NULL)
        return err_io("%s: cannot open the directory", dir);
    while ((entry = readdir(d)) != NULL)
        if (strncmp(entry->d_name, prefix, sizeof prefix - 1) == 0
            && strcmp(entry->d_name, name) > 0)
            snprintf(name, 512, "%s", entry->d_name);
    closedir(d);
    if (name[0] == '\0') {
        gethostname(host, sizeof host - 1);
        snprintf(name, 512, "%s%lld.%s.%ld.0", prefix, (long long)time(NULL), host, (long)getpid());
    }
    return OK;
}

int
tfevents_open(struct tfevents *t, const char *dir, uint64_t step_max)
{
    char   name[512];
    size_t path_bytes;
    off_t  kept;
    int    rc = find_file(name, dir);

    *t = (struct tfevents){ .fd = -1, .damaged_at = -1 };
    if (rc != OK)
        return rc;
    path_bytes = strlen(dir) + strlen(name) + 2;
    t->path = malloc(path_bytes);
    if (t->path == NULL)
        return err_set(ERR_MEMORY, "no memory: cannot open %s/%s", dir, name);
    snprintf(t->path, path_bytes, "%s/%s", dir, name);
    t->fd = open(t->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (t->fd < 0)
        rc = err_io("%s: cannot open for writing", t->path);
    if (rc == OK)
        rc = kept_bytes(t, step_max, &kept);
    if (rc == OK && (ftruncate(t->fd, kept) != 0 || lseek(t->fd, kept, SEEK_SET) != kept))
        rc = err_io("%s: cannot cut to %lld bytes", t->path, (long long)kept);
    if (rc == OK && kept == 0)
        rc = begin_file(t);
    if (rc != OK)
        tfevents_close(t);
    return rc;
}

int
tfevents_sync(struct tfevents *t)
{
    if (fsync(t->fd) != 0)
        return err_io("%s: cannot sync", t->path);
    return OK;
}

void
tfevents_close(struct tfevents *t)
{
    if (t->fd >= 0)
        close(t->fd);
    free(t->path);
    buf_free(&t->record);
    *t = (struct tfevents){ .fd = -1, .damaged_at = -1 };
}
