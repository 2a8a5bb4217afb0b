/* zip.c -- see zip.h.  All numbers are little-endian. */
#include "lib/zip.h"

#include <string.h>
#include <zlib.h>

enum {
    LOCAL_HEADER = 0x04034b50, DIRECTORY_HEADER = 0x02014b50, DIRECTORY_END = 0x06054b50,
    VERSION = 20,      /* deflate */
    DEFLATED = 8,
    NAMES_ARE_UTF8 = 1 << 11,
    DAY_ONE = 1 << 5 | 1, /* 1980-01-01; its time is 0 */
    COUNT_MAX = 65535,
    BYTES_MAX = 1 << 30,
};

static int
add_number(struct buf *b, uint32_t value, int bytes)
{
    char little[4];

    for (int i = 0; i < 4; i++)
        little[i] = (char)(value >> 8 * i & 0xff);
    return buf_add(b, little, (size_t)bytes);
}

static int
add_numbers(struct buf *b, const uint32_t (*fields)[2], size_t count)
{
    int rc = OK;

    for (size_t i = 0; i < count && rc == OK; i++)
        rc = add_number(b, fields[i][0], (int)fields[i][1]);
    return rc;
}

static int
deflate_bytes(struct buf *to, const void *bytes, size_t len)
{
    z_stream z = { 0 };
    size_t   room;
    int      status;

    /* a negative window: no header, as the archive has its own */
    if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return err_set(ERR_MEMORY, "no memory to deflate");
    room = deflateBound(&z, (uLong)len);
    if (buf_reserve(to, room) != OK) {
        deflateEnd(&z);
        return ERR_MEMORY;
    }
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)len;
    z.next_out = (Bytef *)to->bytes + to->len;
    z.avail_out = (uInt)room;
    status = deflate(&z, Z_FINISH);
    to->len += (size_t)z.total_out;
    deflateEnd(&z);
    return status == Z_STREAM_END ? OK : err_set(ERR_FORMAT, "deflate: zlib says %d", status);
}

static int
add_headers(struct zip *zip, const char *name, uint32_t crc, size_t len, size_t packed_len)
{
    uint32_t       name_len = (uint32_t)strlen(name);
    const uint32_t both[][2] = { /* what both headers have: value, bytes */
        { VERSION, 2 }, { NAMES_ARE_UTF8, 2 }, { DEFLATED, 2 }, { 0, 2 }, { DAY_ONE, 2 },
        { crc, 4 }, { (uint32_t)packed_len, 4 }, { (uint32_t)len, 4 }, { name_len, 2 }, { 0, 2 },
    };
    const uint32_t rest[][2] = { /* no comment, one volume, no attributes; and where it begins */
        { 0, 2 }, { 0, 2 }, { 0, 2 }, { 0, 4 }, { (uint32_t)zip->files.len, 4 },
    };
    size_t fields = sizeof both / sizeof *both;
    int    rc;

    if ((rc = add_number(&zip->directory, DIRECTORY_HEADER, 4)) == OK
        && (rc = add_number(&zip->directory, VERSION, 2)) == OK
        && (rc = add_numbers(&zip->directory, both, fields)) == OK
        && (rc = add_numbers(&zip->directory, rest, sizeof rest / sizeof *rest)) == OK
        && (rc = buf_add(&zip->directory, name, name_len)) == OK
        && (rc = add_number(&zip->files, LOCAL_HEADER, 4)) == OK
        && (rc = add_numbers(&zip->files, both, fields)) == OK)
        rc = buf_add(&zip->files, name, name_len);
    return rc;
}

int
zip_add(struct zip *zip, const char *name, const void *bytes, size_t len)
{
    struct buf packed = { 0 };
    int        rc;

    if (zip->count == COUNT_MAX || len > BYTES_MAX || zip->files.len > BYTES_MAX
        || strlen(name) > UINT16_MAX)
        return err_set(ERR_LIMIT, "%s: too much for a zip archive", name);
    if ((rc = deflate_bytes(&packed, bytes, len)) == OK
        && (rc = add_headers(zip, name, (uint32_t)crc32(0, bytes, (uInt)len), len,
                packed.len)) == OK)
        rc = buf_add(&zip->files, packed.bytes, packed.len);
    zip->count++;
    buf_free(&packed);
    return rc;
}

int
zip_end(struct zip *zip)
{
    const uint32_t end[][2] = {
        { DIRECTORY_END, 4 }, { 0, 2 }, { 0, 2 }, { (uint32_t)zip->count, 2 },
        { (uint32_t)zip->count, 2 }, { (uint32_t)zip->directory.len, 4 },
        { (uint32_t)zip->files.len, 4 }, { 0, 2 },
    };
    int rc = buf_add(&zip->files, zip->directory.bytes, zip->directory.len);

    return rc != OK ? rc : add_numbers(&zip->files, end, sizeof end / sizeof *end);
}

void
zip_free(struct zip *zip)
{
    buf_free(&zip->files);
    buf_free(&zip->directory);
    *zip = (struct zip){ 0 };
}
